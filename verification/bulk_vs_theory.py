"""The well-mixed engines against master equations and closed forms."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from ..bulk import ODE, SSA
from ..geometry import cube
from ..model import Model, Reaction, Release, Species, units
from ..results.estimates import Estimate
from .evidence import Judge
from .registry import check

VOLUME = 0.01  # um^3
METHODS = ("exact", "tau-leaping")


def pairs_and_births(start: int, births: float, rate: float) -> Model:
    """Return a model of molecules that are born (per second) and vanish in pairs, at a rate per pair (1/s)."""
    per_uM = units.um3_per_s(1.0) / VOLUME
    return Model(
        cube(VOLUME),
        species=[Species("A", 1.0)],
        reactions=[Reaction("A + A -> 0", rate / per_uM), Reaction("0 -> A", units.micromolar(births, VOLUME))],
        releases=[Release("A", number=start)],
    )


@cache
def law(start: int, births: float, rate: float, t: float, most: int) -> NDArray[np.float64]:
    """Return the probabilities of 0, 1 ... molecules after a time (s), by the master equation up to some number."""
    generator = np.zeros((most + 1, most + 1))
    for n in range(most + 1):
        for after, propensity in ((n - 2, rate * n * (n - 1)), (n + 1, births)):
            if 0 <= after <= most:
                generator[after, n] += propensity
                generator[n, n] -= propensity
    return np.asarray(expm(generator * t)[:, start])


@check("Bulk", fast=[{"trials": 1_000}], full=[{"trials": 40_000}])
def few_molecules(judge: Judge, trials: int) -> None:
    """The jump process of a few molecules follows the master equation, in mean and variance."""
    start, births, rate, t = 5, 2_000.0, 300.0, 2e-3
    model, shares = pairs_and_births(start, births, rate), law(start, births, rate, t, 40)
    counts = np.array([SSA().run(model, t, seed=131, trial=k, every=t).number("A")[-1] for k in range(trials)])
    n = np.arange(shares.size)
    mean, square = shares @ n, shares @ n**2
    judge.agrees(f"mean of a few molecules, {trials} trials", Estimate.of(counts), float(mean), seed=131)
    judge.agrees(f"mean square of a few molecules, {trials} trials", Estimate.of(counts**2), float(square), seed=131)


@check("Bulk", fast=[{"trials": 400}], full=[{"trials": 10_000}])
def many_molecules(judge: Judge, trials: int) -> None:
    """The jump process of many molecules follows the master equation, in mean and variance."""
    start, births, rate, t = 300, 3e5, 5.0, 2e-3
    model, shares = pairs_and_births(start, births, rate), law(start, births, rate, t, 600)
    counts = np.array([SSA().run(model, t, seed=132, trial=k, every=t).number("A")[-1] for k in range(trials)])
    n = np.arange(shares.size)
    mean = float(shares @ n)
    judge.agrees(f"mean of many molecules, {trials} trials", Estimate.of(counts), mean, seed=132)
    judge.agrees(
        f"variance of many molecules over the right one, {trials} trials",
        Estimate.of((counts - mean) ** 2) * (1 / float(shares @ (n - mean) ** 2)),
        1.0,
        seed=132,
    )


@check("Bulk", fast=[{"method": method, "trials": 400} for method in METHODS])
def decay(judge: Judge, method: str, trials: int) -> None:
    """How many molecules have decayed is binomial; in leaps it is the sum of Poisson numbers.

    A leap takes no more than a share epsilon of the molecules, at the rate of those that are there at its begin.
    """
    n, rate, t = 2_000, 500.0, 1e-3
    model = Model(
        cube(VOLUME),
        species=[Species("A", 1.0), Species("B", 1.0)],
        reactions=[Reaction("A -> B", rate)],
        releases=[Release("A", number=n)],
    )
    engine = SSA(method=method)  # type: ignore[arg-type]
    counts = np.array([engine.run(model, t, seed=133, trial=k, every=t).number("A")[-1] for k in range(trials)])
    mean, variance, left = float(n), 0.0, rate * t
    p = np.exp(-left)
    if method == "exact":
        mean, variance = n * p, n * p * (1 - p)
    while method != "exact" and left > 1e-9:
        share = min(left, engine.epsilon)
        variance = variance * (1 - share) ** 2 + mean * share
        mean, left = mean * (1 - share), left - share
    judge.agrees(f"mean left of {n}, {method}, {trials} trials", Estimate.of(counts), float(mean), seed=133)
    judge.agrees(
        f"variance of what is left of {n} over the right one, {method}, {trials} trials",
        Estimate(float(counts.var(ddof=1) / variance), float(np.sqrt(2 / (trials - 1)))),
        1.0,
        seed=133,
    )


@check("Bulk", fast=[{"rtol": 1e-4}, {"rtol": 1e-7}])
def rate_equations(judge: Judge, rtol: float) -> None:
    """Rate equations are as exact as is asked for: pairs of a kind and a chain of two decays, against closed forms.

    What is asked for is counted as four standard errors.
    """
    n, rate, first, second, t = 1_000, 5.0, 900.0, 300.0, 2e-3
    per_uM = units.um3_per_s(1.0) / VOLUME
    model = Model(
        cube(VOLUME),
        species=[Species(name, 1.0) for name in "ABCD"],
        reactions=[Reaction("A + A -> 0", rate / per_uM), Reaction("B -> C", first), Reaction("C -> D", second)],
        releases=[Release("A", number=n), Release("B", number=n)],
    )
    result = ODE(rtol=rtol).run(model, t, every=t)
    chain = first / (first - second) * (np.exp(-second * t) - np.exp(-first * t))
    for name, exact in (("A", n / (1 + 2 * rate * n * t)), ("C", n * float(chain))):
        judge.agrees(
            f"{name} by rate equations, relative tolerance {rtol:g}",
            Estimate(float(result.number(name)[-1]), rtol * exact / 4),
            exact,
            seed="none",
        )
