"""The whole head of Fig. 7 against MCell 3.5.1: every molecule count and cumulated flux over 60 ms."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import places
import pytest
from scipy import stats

from nanospine.results import Result, Silent
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters
from nanospine.scenarios.odonnell2011.fig7.trial import new_simulation

REFERENCE = places.REFERENCE / "mcell"
#: MCell's seeds per folder, as its README says.
SEEDS = {"spine_V0.01": 20, "spine_V0.05": 10, "spine_V0.2": 4, "spine_V0.01_dt0.1us": 8, "spine_V0.05_dt0.1us": 4}
#: Our trials per folder.
TRIALS = {"spine_V0.01": 40, "spine_V0.05": 20, "spine_V0.2": 10, "spine_V0.01_dt0.1us": 16, "spine_V0.05_dt0.1us": 8}
LOOKS = np.array([2e-3, 5e-3, 10e-3, 20e-3, 40e-3, 60e-3])  # s
SEED = 7
#: Standard errors by which a right result may differ.
ACCEPT = 4.0
#: MCell's names of what we call otherwise.
RENAMED = {"L_open": "LO"}
CUMULATED = ("pmca_out", "ncx_out", "glun_in", "ltype_in")

pytestmark = [
    pytest.mark.verification,
    pytest.mark.skipif(not REFERENCE.exists(), reason="the reference runs (../shared/reference/mcell) are not here"),
]


@cache
def mcell(folder: str, what: str = "mean") -> pd.DataFrame:
    """Means over MCell's seeds, or their standard errors (``"se"``), by time."""
    table = pd.read_csv(REFERENCE / folder / "mean_se.csv").set_index("time_s")
    return table[[c for c in table if str(c).endswith(f"_{what}")]].rename(columns=lambda c: c.removesuffix(f"_{what}"))


def trial_table(folder: str, trial: int, changes: dict[str, Any]) -> pd.DataFrame:
    """One of our trials with the folder's parameters, in MCell's columns and at its times."""
    volume = float(folder.split("_")[1].removeprefix("V"))
    settings: dict[str, Any] = {
        "volumes": (volume,), "start": "free", "neck": "absorbing-segment", "settle": 0.0, "cube_edge": 0.0199,
        "glun_rate": 1.505e4, "duration": 0.02 if "dt0.1us" in folder else 0.06,
        "dt": 1e-7 if "dt0.1us" in folder else 1e-6,
    }  # fmt: skip
    p = Parameters(**(settings | changes))
    result: Result = new_simulation(p, volume, SEED, trial).run(p.duration, progress=Silent())
    data = result.dataset
    columns = {
        c: data["event"].sel(reaction=c) if c in CUMULATED else data["number"].sel(species=RENAMED.get(c, c))
        for c in mcell(folder)
    }
    return pd.DataFrame({c: v.values for c, v in columns.items()}, index=data["time"].values)


def run(folder: str, **changes: Any) -> np.ndarray:
    """All our trials, (trial, time, column), at those of MCell's output times that both have."""
    tables = [trial_table(folder, k, changes) for k in range(TRIALS[folder])]
    at = np.searchsorted(tables[0].index, mcell(folder).index[: len(tables[0])] - 1e-6)
    return np.stack([t.values[at] for t in tables])


def standard_errors_apart(ours: np.ndarray, theirs: np.ndarray, n: int, se: np.ndarray | None = None) -> np.ndarray:
    """Difference of means in standard errors, as the normal deviate of equal probability.

    ``ours`` (trial, ...) are single trials, ``theirs`` (...) means over MCell's ``n`` seeds and ``se`` their standard
    errors. If the engines agree both are samples of one process: the scatter is pooled (without ``se`` it is ours),
    and Student's t gives the probability.
    """
    trials, freedom = len(ours), len(ours) - 1
    variance = ours.var(axis=0, ddof=1)
    if se is not None:
        variance = (freedom * variance + (n - 1) * n * se**2) / (freedom + n - 1)
        freedom += n - 1
    # Where no seed scattered, half a molecule in one of them is still no difference.
    variance = np.maximum(variance, 0.25 / (trials + n))
    t = (ours.mean(axis=0) - theirs) / np.sqrt(variance * (1 / trials + 1 / n))
    return np.sign(t) * stats.norm.isf(stats.t.sf(np.abs(t), df=freedom))


def changes(time: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Least-squares change from first to last time (the last axis but one), in molecules."""
    weight = (time - time.mean()) / ((time - time.mean()) ** 2).sum() * np.ptp(time)
    return np.einsum("t,...tc->...c", weight, values)


def compare(folder: str, ours: np.ndarray) -> pd.DataFrame:
    """Table of z by column: at each look, and of the linear trend over the second half."""
    mean, se = (mcell(folder, what).iloc[: ours.shape[1]] for what in ("mean", "se"))
    time = mean.index.to_numpy()
    n = SEEDS[folder]
    rows = {
        f"{1e3 * time[i]:g} ms": standard_errors_apart(ours[:, i], mean.values[i], n, se.values[i])
        for i in np.searchsorted(time, LOOKS[time[-1] + 1e-9 > LOOKS] - 1e-6)
    }
    late = time >= time[-1] / 2
    rows["trend"] = standard_errors_apart(changes(time[late], ours[:, late]), changes(time[late], mean.values[late]), n)
    return pd.DataFrame(rows, index=mean.columns)


@pytest.mark.parametrize("folder", SEEDS)
def test_every_count_and_flux_agrees_and_none_drifts_away(folder: str) -> None:
    z = compare(folder, run(folder))
    print(f"\n{folder}, {TRIALS[folder]} trials\n{z.round(1).to_string()}")
    assert len(z) == 30
    assert z.abs().to_numpy().max() < ACCEPT


@pytest.mark.parametrize(
    ("wrong", "changes"),
    [
        ("exact instead of end-of-step absorber", {"neck": "absorbing"}),
        ("half of the PMCA", {"pmca": 499.0}),
        ("5 % more calbindin", {"calbindin": 47.25}),
    ],
)
def test_the_comparison_catches(wrong: str, changes: dict[str, Any]) -> None:
    z = compare("spine_V0.01", run("spine_V0.01", **changes))
    largest = z.abs().max(axis=1)
    print(f"\n{wrong}: |z| up to {largest.max():.1f} ({largest.idxmax()})")
    assert largest.max() > ACCEPT
