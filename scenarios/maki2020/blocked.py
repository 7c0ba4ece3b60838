"""Each input, protein or phosphorylation removed in turn, under high- and low-frequency stimulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...bulk import ODE
from ...model.errors import ParameterError
from ...studies.pool import run_tasks
from ...viz.style import BLUE, RED, new_figure
from ..base import Outcome, RunOptions, Scenario, param
from ..claims import Bound, Claim, below, between, claim
from . import hfs, lfs
from .induction import InductionParameters
from .pathways import REST, changed, observe
from .variants import VARIANTS

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

PROTOCOLS: dict[str, InductionParameters] = {"hfs": hfs.Parameters(), "lfs": lfs.Parameters()}
PROTOCOL_LABELS = {"hfs": "high frequency", "lfs": "low frequency"}
#: Seconds from the first pulse at which the conductance is compared; multiples of 20.
READ_AT = (260.0, 960.0)


#: Bounds of what is left of the control's plasticity.
LOST, WEAKER = below(0.1), between(0.1, 1)
#: Name, sentence, variant and protocol that decide, bound; below 0 the plasticity has changed its sign.
STATEMENTS: tuple[tuple[str, str, str, str, Bound], ...] = (
    ("calcium-for-ltp", "Potentiation needs Ca2+", "no_calcium", "hfs", LOST),
    ("calcium-for-ltd", "Depression needs Ca2+", "no_calcium", "lfs", LOST),
    ("ligand-for-ltp", "Potentiation needs the β-adrenergic ligand", "no_beta_adrenergic", "hfs", LOST),
    ("pka-for-ltp", "Potentiation needs PKA", "no_pka", "hfs", LOST),
    ("s845-for-ltp", "Potentiation needs S845 of GluR1", "s845_blocked", "hfs", LOST),
    ("s831-helps-ltp", "Without S831 of GluR1 potentiation is weaker", "s831_blocked", "hfs", WEAKER),
    ("pkc-for-ltd", "Depression needs PKC", "no_pkc", "lfs", LOST),
    ("s880-for-ltd", "Depression needs S880 of GluR2", "s880_blocked", "lfs", LOST),
    ("modulators-for-ltd", "Depression needs glutamate or acetylcholine", "no_glutamate_acetylcholine", "lfs", LOST),
    ("glutamate-for-ltd", "Without glutamate depression is weaker", "no_glutamate", "lfs", WEAKER),
    ("glur2-only-depresses", "With GluR2 alone high frequency depresses", "glur2_only", "hfs", below(0)),
)  # fmt: skip


@dataclass(frozen=True)
class Parameters:
    """Which variants are run."""

    variants: str = param("all", "", "names of variants with spaces between, or all", "see docs/maki2020.md")

    def __post_init__(self) -> None:
        for name in self.names:
            if name not in VARIANTS:
                raise ParameterError(f"variants has {name!r}; known are all, {', '.join(VARIANTS)}.")

    @property
    def names(self) -> tuple[str, ...]:
        """The variants to run, the control first."""
        chosen = VARIANTS if self.variants == "all" else self.variants.replace(",", " ").split()
        return tuple(dict.fromkeys(["control", *chosen]))


def run_variant(task: tuple[str, str]) -> list[float]:
    """Return the conductance (pS) at rest and at :data:`READ_AT` of a variant under a protocol."""
    variant, protocol = VARIANTS[task[0]], PROTOCOLS[task[1]]
    inputs = {name: factor * getattr(protocol, name) for name, factor in variant.inputs.items()}
    model = changed(replace(protocol, **inputs).model, variant.amounts, variant.rates)
    resting = ODE().run(model, REST, every=REST)
    run = ODE().run(model, READ_AT[-1], every=20.0, start=resting)
    conductance = observe(run.dataset["number"])["conductance"]
    return [float(conductance.sel(time=REST + time)) for time in (0.0, *READ_AT)]


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Run all variants under both protocols."""
    import xarray as xr

    tasks = [(name, protocol) for name in p.names for protocol in PROTOCOLS]
    answers = run_tasks(run_variant, tasks, jobs=options.jobs, progress=options.progress, label="variants")
    found = np.array(list(answers)).reshape(len(p.names), len(PROTOCOLS), -1)
    return xr.Dataset(
        {
            "conductance": (("variant", "protocol", "time"), found, {"units": "pS"}),
            "ratio": (("variant", "protocol", "time"), found / found[:, :, :1], {"units": "1"}),
        },
        coords={
            "variant": list(p.names),
            "protocol": list(PROTOCOLS),
            "time": ("time", [0.0, *READ_AT], {"units": "s from the first pulse"}),
        },
    )


def claims(data: xr.Dataset) -> list[Claim]:
    """Check the statements about the variants that were run."""
    ratio, present = data["ratio"].isel(time=-1), set(map(str, data["variant"].values))
    return [
        claim(name, sentence, plasticity_left(ratio, variant, protocol), bound,
              what="plasticity left of the control's", where="Figs. 3, 4")
        for name, sentence, variant, protocol, bound in STATEMENTS
        if variant in present
    ]  # fmt: skip


def plasticity_left(ratio: xr.DataArray, variant: str, protocol: str) -> float:
    """Return (ratio - 1)/(ratio of the control - 1) of the conductance relative to rest (variant, protocol)."""
    of_variant, of_control = (float(ratio.sel(variant=name, protocol=protocol)) for name in (variant, "control"))
    return (of_variant - 1) / (of_control - 1)


def rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """List the conductance relative to rest."""
    found = []
    for name in map(str, data["variant"].values):
        ratio = data["ratio"].sel(variant=name)
        row: dict[str, Any] = {"variant": VARIANTS[name].label}
        for protocol, label in PROTOCOL_LABELS.items():
            for time in READ_AT:
                row[f"{label}, {time:g} s"] = f"{float(ratio.sel(protocol=protocol, time=time)):.3f}"
        found.append(row)
    return found


def draw(data: xr.Dataset) -> Figure:
    """Draw the conductance relative to rest, one row per variant."""
    names = [str(name) for name in data["variant"].values][::-1]
    figure = new_figure(6.0, 0.8 + 0.28 * len(names))
    axes = figure.subplots(1, 2, sharey=True)
    place = np.arange(len(names))
    for axis, protocol, colour in zip(axes, PROTOCOLS, (BLUE, RED), strict=True):
        ratio = data["ratio"].sel(protocol=protocol, variant=names)
        axis.barh(place + 0.2, ratio.isel(time=1), 0.38, color=colour, label=f"{READ_AT[0] / 60:.2g} min")
        axis.barh(place - 0.2, ratio.isel(time=2), 0.38, color=colour, alpha=0.4, label=f"{READ_AT[1] / 60:.2g} min")
        axis.axvline(1.0, color="0.3", linewidth=0.8)
        axis.set(xlabel="conductance relative to rest", title=PROTOCOL_LABELS[protocol])
        axis.legend(loc="lower right", title="after")
    axes[0].set_yticks(place, [VARIANTS[name].label for name in names])
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Run the variants, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(data), data, {"maki2020_blocked": draw(data)}, {"Conductance relative to rest": rows(data)})


SCENARIO = Scenario(
    name="maki2020.blocked",
    title="Which inputs, proteins and phosphorylations plasticity needs",
    figure="Maki-Marttunen et al. 2020, Figs. 3 and 4",
    engine="ode",
    expected="3 min with --jobs 2, quick 1 min",
    parameters=Parameters,
    run=run,
    quick={"variants": "no_calcium no_beta_adrenergic s845_blocked no_pkc"},
)
