"""Reading the reference integrations of Maki-Marttunen et al. (2020), and comparing runs with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import places
import pytest

from nanospine import Result
from nanospine.model import units
from nanospine.plasticity.receptors import random_tetramers, tetramers_of_like_dimers
from nanospine.scenarios.maki2020.pathways import count, observe

FULL = places.REFERENCE / "maki_marttunen2020"
SMALL = places.DATA / "maki2020"

#: Column of the reference -> group that is counted.
SUMS = {
    "GluR1_memb_total_nM": "GluR1 on the membrane",
    "GluR1_memb_S831_total_nM": "GluR1 on the membrane, S831-P",
    "GluR2_memb_total_nM": "GluR2 on the membrane",
    "GluR1_S845_total_nM": "GluR1, S845-P",
    "GluR1_S831_total_nM": "GluR1, S831-P",
    "GluR2_S880_total_nM": "GluR2, S880-P",
}
TETRAMERS = {"N_hom1_np": "homomer1", "N_hom1_p": "homomer1_phosphorylated", "N_hom2": "homomer2", "N_het": "heteromer"}
#: Concentrations below are noise of both integrations: the reference's absolute tolerance is 1e-7 nM per step.
FLOOR_NM = 1e-3


def read_full(name: str) -> pd.DataFrame:
    """Read a file of the whole reference, or skip the test where it is not at hand."""
    if not (FULL / name).exists():
        pytest.skip("the reference integrations (../shared/reference/maki_marttunen2020) are not here")
    return pd.read_csv(FULL / name)


def read_small(name: str) -> pd.DataFrame:
    """Read a file of the copy that travels with the tests: every 40 s of the time courses, and the onset."""
    return pd.read_csv(SMALL / name)


def columns_of(result: Result, times: np.ndarray) -> pd.DataFrame:
    """Read a run as the reference has it: nM, molecules and pS at times (s)."""
    number = result.dataset["number"].sel(time=times, method="nearest")
    assert np.abs(number["time"].values - times).max() < 1e-6
    nM = 1e3 * units.micromolar(1.0, result.volume)
    found = {f"{name}_nM": number.sel(species=name).values * nM for name in map(str, number["species"].values)}
    found |= {column: count(number, group) * nM for column, group in SUMS.items()}
    observed = observe(number)
    found |= {column: observed["tetramers"].sel(kind=kind).values for column, kind in TETRAMERS.items()}
    subunits = [count(number, group) for group in list(SUMS.values())[:3]]
    assert np.allclose(random_tetramers(*subunits).conductance, observed["conductance"])
    found["gmax_pS"] = observed["conductance"].values
    found["gmax_dimerdimer_pS"] = tetramers_of_like_dimers(*subunits).conductance
    return pd.DataFrame(found)


def largest_difference(result: Result, reference: pd.DataFrame, times: np.ndarray) -> tuple[float, str]:
    """Return the largest relative difference over all columns and times, and its column."""
    mine = columns_of(result, times)
    worst = (0.0, "")
    for column in mine.columns.intersection(reference.columns):
        theirs = reference[column].to_numpy()
        big = theirs > FLOOR_NM
        if big.any():
            difference = np.abs(mine[column].to_numpy()[big] / theirs[big] - 1).max()
            worst = max(worst, (float(difference), column))
    return worst
