"""Removals and blockades: which inputs, initial amounts and rates they multiply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Catalytic steps that phosphorylate each site.
KINASES_AT_S831 = ("CKCam", "CKpCam", "CKp", "PKCt", "PKCp")
S845 = tuple(f"GluR1{place}{site}_PKAc_diss" for place in ("", "_memb") for site in ("", "_S831"))
S831 = tuple(
    f"GluR1{place}{site}_{kinase}_diss"
    for place in ("", "_memb")
    for site in ("", "_S845")
    for kinase in KINASES_AT_S831
)
S880 = tuple(f"GluR2{place}_{kinase}_diss" for place in ("", "_memb") for kinase in ("PKCt", "PKCp"))


@dataclass(frozen=True)
class Variant:
    """A changed model.

    Parameters
    ----------
    label : str
        As on the axis of the figure.
    inputs : mapping of str to float
        Parameter of an influx -> factor.
    amounts : mapping of str to float
        Species -> factor of its initial concentration.
    rates : mapping of str to float
        Reaction -> factor of its forward rate.
    """

    label: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    amounts: Mapping[str, float] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)


#: Maki-Marttunen et al. (2020), Figs. 3 and 4 and Methods.
VARIANTS: Mapping[str, Variant] = {
    "control": Variant("control"),
    "no_calcium": Variant("no Ca2+", inputs={"calcium": 0.0}),
    "no_beta_adrenergic": Variant("no β-adrenergic ligand", inputs={"beta_adrenergic": 0.0}),
    "no_glutamate": Variant("no glutamate", inputs={"glutamate": 0.0}),
    "no_acetylcholine": Variant("no acetylcholine", inputs={"acetylcholine": 0.0}),
    "no_glutamate_acetylcholine": Variant(
        "no glutamate, no acetylcholine", inputs={"glutamate": 0.0, "acetylcholine": 0.0}
    ),
    "no_camkii": Variant("no CaMKII", amounts={"CK": 0.0}),
    "no_pka": Variant("no PKA", amounts={"PKA": 0.0}),
    "no_pkc": Variant("no PKC", amounts={"PKC": 0.0}),
    "s831_blocked": Variant("S831 blocked", rates=dict.fromkeys(S831, 0.0)),
    "s845_blocked": Variant("S845 blocked", rates=dict.fromkeys(S845, 0.0)),
    "s880_blocked": Variant("S880 blocked", rates=dict.fromkeys(S880, 0.0)),
    "glur2_only": Variant("GluR2 only", amounts={"GluR1": 0.0, "GluR1_memb": 0.0, "GluR2": 2.0, "GluR2_memb": 2.0}),
}
