"""Pumps and channels against closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import expm

from ..geometry import cube
from ..model import Boundary, Box, Model, Reaction, Release, Sampler, Species, units
from ..model.proteins import NCX, PMCA, PumpRates, two_state_channel
from ..particles import Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .models import FACES, faced_box
from .registry import check

LAYER = 0.02  # um; depth below the membrane in which the calcium that pumps see is sampled
PUMPS = {"PMCA": PMCA, "NCX": NCX}


def turnover(rates: PumpRates, calcium: float) -> float:
    """Ions that a pump carries out per second at a [Ca2+] in uM."""
    return rates.extrusion * rates.bound_fraction(calcium)


def pumping_box(rates: PumpRates, calcium: float, volume: float, density: float) -> Model:
    """Return a cube with pumps all over it, in which each ion that is carried out comes back as calcium after 50 us."""
    edge, bound = volume ** (1 / 3), rates.bound_fraction(calcium)
    return Model(
        faced_box((edge, edge, edge)),
        species=[
            *(Species(name, 220.0) for name in ("Ca", "X")),
            *(Species(name, where="surface") for name in ("P0", "P1")),
        ],
        reactions=[
            Reaction("Ca[inside] + P0 <-> P1", rates.on, rates.off),
            Reaction("P1 -> P0 + X[inside]", rates.extrusion, name="out"),
            Reaction("X -> Ca", 2e4),
        ],
        releases=[
            Release("Ca", concentration=calcium),
            Release({"P0": 1 - bound, "P1": bound}, number=round(density * 6 * edge**2)),
        ],
        samplers=[Sampler("layer", "Ca", Box((0, 0, (edge - LAYER) / 2), (edge, edge, LAYER)))],
    )  # fmt: skip


@check(
    "PumpVsTheory",
    fast=[{"pump": "NCX", "calcium": 3.0, "volume": 0.05, "duration": 12e-3}],
    full=[
        {"pump": pump, "calcium": calcium, "volume": volume, "duration": duration}
        for pump, calcium, volume, duration in (
            ("PMCA", 0.05, 0.05, 1.5),
            ("PMCA", 0.5, 0.05, 0.5),
            ("PMCA", 5.0, 0.05, 0.1),
            ("NCX", 0.05, 0.05, 1.0),
            ("NCX", 0.5, 0.05, 0.25),
            ("NCX", 3.0, 0.05, 60e-3),
            ("NCX", 30.0, 0.02, 20e-3),
            ("NCX", 1000.0, 0.002, 10e-3),
        )
    ],
)
def pump_turnover(judge: Judge, pump: str, calcium: float, volume: float, duration: float) -> None:
    """Pumps turn over as in the closed form.

    Measured at the [Ca2+] in the 20 nm below the membrane, which the pumps themselves lower a little.
    """
    rates = PUMPS[pump]
    model = pumping_box(rates, calcium, volume, density=1000.0)
    data = Simulation(model, seed=51).run(duration, every=duration / 500).dataset
    pumps = int(data["number"].sel(species=["P0", "P1"])[0].sum())
    out = np.diff(data["event"].sel(reaction="out").values) * 500 / duration / pumps
    seen = Estimate.of_series(data["sampled"].values[1:, 0]) * units.micromolar(1.0, data["sampled_volume"].item())
    slope = (turnover(rates, 1.01 * seen.mean) - turnover(rates, 0.99 * seen.mean)) / (0.02 * seen.mean)
    expected = Estimate(turnover(rates, seen.mean), slope * seen.se)
    judge.agrees(
        f"turnover (1/s) of {pump} at {calcium:g} uM, {duration * 1e3:g} ms", Estimate.of_series(out), expected, seed=51
    )
    if calcium < 100:  # above, all are bound
        bound = Estimate.of_series(data["number"].sel(species="P1").values[1:] / pumps)
        judge.agrees(
            f"bound fraction of {pump} at {calcium:g} uM, {duration * 1e3:g} ms",
            bound,
            expected * (1 / rates.extrusion),
            seed=51,
        )


def kolmogorov(dwells: NDArray[np.float64], cumulative: Callable[[Any], Any]) -> Estimate:
    """Return Kolmogorov's statistic D sqrt(n), whose mean is 0.8687 and whose SD is 0.2603 if the law is right."""
    distance = stats.kstest(dwells, cumulative).statistic
    return Estimate(float(distance * np.sqrt(dwells.size)), 0.2603)


KOLMOGOROV_MEAN = float(np.sqrt(np.pi / 2) * np.log(2))


def dwells(present: NDArray[np.int64], dt: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return whole sojourns (s) in and out of a state from its presence at each step."""
    changes = np.flatnonzero(np.diff(present)) + 1
    lengths = np.diff(changes) * dt
    inside = present[changes[:-1]] == 1
    return lengths[inside], lengths[~inside]


def gate(reactions: list[Reaction], duration: float, seed: int) -> NDArray[np.int64]:
    """Return at each step whether one channel, closed (C) at first, is open (O)."""
    names = sorted({term.species for reaction in reactions for step in reaction.steps for term in step.reactants})
    model = Model(
        cube(0.001),
        species=[Species(name, where="surface") for name in names],
        reactions=reactions,
        releases=[Release("C", points=[(0, 0, 0.05)])],
    )
    return np.asarray(Simulation(model, seed=seed).run(duration, every=1e-6).number("O"))


@check("ChannelVsTheory", fast=[{"duration": 0.2}], full=[{"duration": 1.0}])
def dwell_times(judge: Judge, duration: float) -> None:
    """Open and closed times of a channel are exponential."""
    k_open, k_close = 4000.0, 6000.0
    present = gate([Reaction("C <-> O", k_open, k_close)], duration, seed=61)
    for name, times, rate in zip(("open", "closed"), dwells(present, 1e-6), (k_close, k_open), strict=True):
        judge.agrees(
            f"Kolmogorov's D sqrt(n) of {times.size} {name} times",
            kolmogorov(times, stats.expon(0, 1 / rate).cdf),
            KOLMOGOROV_MEAN,
            seed=61,
        )
        judge.agrees(f"mean of {times.size} {name} times (s)", Estimate.of(times), 1 / rate, seed=61)


@check("ChannelVsTheory", full=[{}])
def two_closed_states(judge: Judge) -> None:
    """Closed times of a scheme with two closed states are a sum of two exponentials.

    Their distribution is 1 minus the sum of the row of exp(Q t) over closed states.
    """
    reactions = [Reaction("C <-> D", 2000.0, 1000.0), Reaction("C <-> O", 5000.0, 8000.0)]
    _, closed = dwells(gate(reactions, 1.0, seed=62), 1e-6)
    Q = np.array([[-7000.0, 2000.0], [1000.0, -1000.0]])
    grid = np.linspace(0, closed.max(), 2_000)
    left = np.array([expm(Q * t)[0].sum() for t in grid])
    judge.agrees(
        f"Kolmogorov's D sqrt(n) of {closed.size} closed times, two closed states",
        kolmogorov(closed, lambda t: np.interp(t, grid, 1 - left)),
        KOLMOGOROV_MEAN,
        seed=62,
    )


@check("ChannelVsTheory", fast=[{"duration": 30e-3}], full=[{"duration": 300e-3}])
def open_probability(judge: Judge, duration: float) -> None:
    """Channels are open for the share k_open/(k_open + k_close)."""
    model = Model(
        cube(0.05),
        species=[Species("C", where="surface"), Species("O", where="surface")],
        reactions=[Reaction("C <-> O", 1000.0, 9000.0)],
        releases=[Release("C", number=2_000)],
    )
    open_ = Simulation(model, seed=63).run(duration).number("O")[20:] / 2_000
    judge.agrees(f"open probability, {duration * 1e3:g} ms", Estimate.of_series(open_), 0.1, seed=63)


@check("ChannelVsTheory", fast=[{"duration": 20e-3}], full=[{"duration": 300e-3}])
def emission(judge: Judge, duration: float) -> None:
    """The emission of a channel is Poisson given its open time."""
    rate, every, edge = 3.3e6, 50e-6, 0.2
    channel = two_state_channel("L", "channel", rate, 0.5, 1e-3, (0, 0, edge / 2), "in", start_open=True)
    model = Model(
        faced_box((edge,) * 3),
        schemes=[channel],
        species=[Species("Ca", 220.0)],
        boundaries=[Boundary(face, "Ca", "absorbing") for face in FACES if face != "z+"],
        samplers=[Sampler("whole", "Ca", while_present="LO")],
    )
    data = Simulation(model, seed=64).run(duration, every=every).dataset
    ions = np.diff(data["event"].sel(reaction="in").values)
    time_open = data["open_fraction"].values[1:, 0] * every
    enough = time_open > 0.5 * every
    ions, mean = ions[enough], rate * time_open[enough]
    scatter = Estimate(float(((ions - mean) ** 2 / mean).mean()), float(np.sqrt(2 / ions.size)))
    judge.agrees(f"variance over mean of the ions in {ions.size} intervals of 50 us", scatter, 1.0, seed=64)
    judge.agrees(
        f"ions per second open, {ions.sum()} ions",
        Estimate.of_count(ions.sum()) * (1 / (mean.sum() / rate)),
        rate,
        seed=64,
    )
