"""The pathways as a model, their variants, and what is read from a run: kinases, subunits, conductance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...geometry import cube
from ...interop.tables import read_tables
from ...model import Model, checks
from ...model.laws import scaled
from ...plasticity.receptors import random_tetramers

if TYPE_CHECKING:
    import xarray as xr

PAPER = "Maki-Marttunen et al. 2020"
#: Compartment of the tables (um^3).
VOLUME = 0.5
#: Seconds without input before a stimulus; the tables are not a steady state (ModelDB 260971).
REST = 4040.0

#: What is counted on the membrane and among the kinases: label -> species whose names match. Dimers of CaMKII, less
#: than 1 in 1000, are left out.
GROUPS: Mapping[str, str] = {
    "GluR1 on the membrane": r"GluR1_memb",
    "GluR1 on the membrane, S831-P": r"GluR1_memb(_S845)?_S831",
    "GluR2 on the membrane": r"GluR2_memb",
    "GluR1, S845-P": r"GluR1(_memb)?_S845",
    "GluR1, S831-P": r"GluR1(_memb)?(_S845)?_S831",
    "GluR2, S880-P": r"GluR2(_memb)?_S880",
    "CaMKII, active": r"(GluR1\w*_)?CK(p|CaM|Cam)",
    "PKA, catalytic": r"\w*PKAc(?!AMP4)",
    "PKC, active": r"(\w*_)?PKC[tp]$",
}


@cache
def pathways() -> Model:
    """Return the model of the tables: 204 species, 262 reactions."""
    data = files("nanospine.scenarios.maki2020") / "data"
    return read_tables(data / "species.csv", data / "reactions.csv", mesh=cube(VOLUME), pools_csv=data / "pools.csv")


def changed(model: Model, amounts: Mapping[str, float], rates: Mapping[str, float]) -> Model:
    """Return a model with initial concentrations and forward rates multiplied by the given factors.

    Raises
    ------
    ModelError
        If there is no such species or reaction.
    """
    for name in amounts:
        checks.one_of("Species", name, model.species_names)
    for name in rates:
        checks.one_of("Reaction", name, [reaction.name for reaction in model.reactions])
    releases = [
        replace(release, concentration=release.concentration * amounts.get(str(release.states), 1.0))
        for release in model.releases
        if release.concentration is not None
    ]
    return replace(
        model,
        releases=releases,
        reactions=[
            replace(reaction, forward=scaled(reaction.forward, rates.get(reaction.name, 1.0)))
            for reaction in model.reactions
        ],
    )


def count(number: xr.DataArray, group: str) -> NDArray[np.float64]:
    """Return the molecules of one of :data:`GROUPS`, shape (time,)."""
    pattern = re.compile(GROUPS[group])
    names = [name for name in map(str, number["species"].values) if pattern.match(name)]
    return np.asarray(number.sel(species=names).sum("species").values, dtype=np.float64)


def observe(number: xr.DataArray) -> xr.Dataset:
    """Read a run.

    Parameters
    ----------
    number : xarray.DataArray
        Molecules (time, species) of a result.

    Returns
    -------
    xarray.Dataset
        ``count`` (group, time): molecules of :data:`GROUPS`; ``tetramers`` (kind, time); ``conductance`` (time): with
        all channels open (pS); ``calcium`` (time): free ions in the compartment.
    """
    import xarray as xr

    counts = {group: count(number, group) for group in GROUPS}
    tetramers = random_tetramers(
        counts["GluR1 on the membrane"], counts["GluR1 on the membrane, S831-P"], counts["GluR2 on the membrane"]
    )
    kinds = ("homomer1", "homomer1_phosphorylated", "homomer2", "heteromer")
    return xr.Dataset(
        {
            "count": (("group", "time"), list(counts.values()), {"units": "molecules"}),
            "tetramers": (("kind", "time"), [getattr(tetramers, kind) for kind in kinds], {"units": "molecules"}),
            "conductance": ("time", tetramers.conductance, {"units": "pS"}),
            "calcium": ("time", number.sel(species="Ca").values.astype(np.float64), {"units": "molecules"}),
        },
        coords={"time": number["time"], "group": list(counts), "kind": list(kinds)},
    )
