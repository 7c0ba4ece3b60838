"""Channels under a changing membrane potential or ligand against master equations and quadrature."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad, solve_ivp
from scipy.linalg import expm

from ..geometry import cube
from ..model import Model, Reaction, Schedule, Species, Voltage
from ..model.proteins import GHKFlux, Transition, markov_channel, nmda_receptor
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .membrane_vs_theory import KOLMOGOROV_MEAN, gate, kolmogorov
from .registry import check

Matrix = NDArray[np.float64]

PROTOCOLS = {
    "steps": Voltage.steps([0.0, 1.005e-3, 3e-3], [-60.0, 0.0, -40.0]),
    "action potential": Voltage.constant(-60.0) + Voltage.action_potential(1.005e-3),
}


def opening(mV: float) -> float:
    """Opening rate (1/s) of the channel that is tested."""
    return 600.0 * float(np.exp(mV / 25))


def closing(mV: float) -> float:
    """Closing rate (1/s)."""
    return 300.0 * float(np.exp(-mV / 25))


def recovery(mV: float) -> float:
    """Rate of the recovery from inactivation (1/s)."""
    return 50.0 * float(np.exp(-mV / 40))


INACTIVATION = 400.0


def inactivating(mV: float) -> Matrix:
    """Rate matrix of C <-> O <-> I, columns being the states that are left."""
    a, b, c, d = opening(mV), closing(mV), INACTIVATION, recovery(mV)
    return np.array([[-a, b, 0], [a, -b - c, d], [0, c, -d]])


def shares(potential: Callable[[float], float], times: Sequence[float]) -> NDArray[np.float64]:
    """Share of open channels at each time (s), all being closed at first: the master equation, integrated."""
    # Steps shorter than any level or excursion: none is jumped over.
    path = solve_ivp(
        lambda t, p: inactivating(potential(t)) @ p, (0, times[-1]), [1.0, 0.0, 0.0], t_eval=times, rtol=1e-6,
        atol=1e-9, max_step=1e-4,
    )  # fmt: skip
    return np.asarray(path.y[1])


@check(
    "ChannelVsTheory",
    fast=[{"protocol": name, "channels": 3_000} for name in PROTOCOLS],
    full=[{"protocol": name, "channels": 60_000} for name in PROTOCOLS],
)
def voltage_protocol(judge: Judge, protocol: str, channels: int) -> None:
    """Under a voltage protocol the open probability follows the master equation.

    Three states C <-> O <-> I, three of whose rates depend on the potential.
    """
    voltage = PROTOCOLS[protocol]
    scheme = markov_channel(
        "", "channel", ("C", "O", "I"),
        [Transition("C <-> O", opening, closing), Transition("O <-> I", INACTIVATION, recovery)],
        conducting={}, voltage=voltage, start="C", number=channels,
    )  # fmt: skip
    result = Simulation(Model(cube(1.0), [scheme]), Particles(dt=1e-5), seed=65).run(5e-3, every=0.5e-3)
    times = [1.5e-3, 3e-3, 5e-3]
    exact = shares(lambda t: float(voltage.at(t)), times)
    for time, expected in zip(times, exact, strict=True):
        judge.agrees(
            f"share of {channels} channels open after {time * 1e3:g} ms, {protocol}",
            Estimate.of_share(result.number("O")[round(time / 0.5e-3)], channels),
            float(expected),
            seed=65,
        )


@check("ChannelVsTheory", fast=[{"duration": 0.5}], full=[{"duration": 2.0}])
def dwell_times_at_a_changing_potential(judge: Judge, duration: float) -> None:
    """Under a wave of the potential, the rate integrated over each dwell time is exponential with mean 1."""
    voltage = Voltage.from_function(lambda t: -20 + 40 * np.sin(2 * np.pi * 50 * t), duration)
    rates = {"open": lambda mV: 6000.0 * np.exp(-mV / 25), "closed": lambda mV: 6000.0 * np.exp(mV / 25)}
    scheme = markov_channel(
        "", "channel", ("C", "O"), [Transition("C <-> O", rates["closed"], rates["open"])],
        conducting={}, voltage=voltage, start="C", number=1,
    )  # fmt: skip
    present = gate(list(scheme.reactions), duration, seed=66)
    changes = (np.flatnonzero(np.diff(present)) + 0.5) * 1e-6
    grid = np.linspace(0, duration, round(duration / 1e-6) + 1)
    potential = voltage.at(grid)
    for name in ("open", "closed"):
        rate = rates[name](potential)
        hazard = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2 * 1e-6)])
        begins = present[np.rint(changes[:-1] / 1e-6 + 0.5).astype(int)] == (name == "open")
        left = np.diff(np.interp(changes, grid, hazard))[begins]
        law = stats.expon().cdf
        judge.agrees(
            f"Kolmogorov's D sqrt(n) of {left.size} {name} times, each with the rate at its potential",
            kolmogorov(left, law),
            KOLMOGOROV_MEAN,
            seed=66,
        )
        judge.agrees(
            f"mean of {left.size} {name} times, in units of the mean at their potential",
            Estimate.of(left),
            1.0,
            seed=66,
        )


@check("ChannelVsTheory", fast=[{"channels": 20}], full=[{"channels": 400}])
def ghk_ramp(judge: Judge, channels: int) -> None:
    """Under a ramp of the potential, open channels emit as many ions as the integral of the GHK equation says.

    The number in each of 40 intervals is Poisson.
    """
    duration, rows = 2e-3, 40
    voltage = Voltage([0.0, duration], [-80.0, 60.0])
    flux = GHKFlux.from_current(0.3, -20.0)
    scheme = markov_channel(
        "R", "channel", ("O",), [], conducting={"O": flux}, voltage=voltage, start="O", number=channels
    )
    model = Model(cube(0.05), [scheme], species=[Species("Ca")], reactions=[Reaction("Ca -> 0", 1e6)])
    data = Simulation(model, seed=67).run(duration, every=duration / rows).dataset
    ions = np.diff(data["event"].sel(reaction="R_in").values)
    edges = np.linspace(0, duration, rows + 1)
    mean = channels * np.array([
        quad(lambda t: flux(float(voltage.at(t))), *edge)[0] for edge in zip(edges[:-1], edges[1:], strict=True)
    ])  # fmt: skip
    judge.agrees(
        f"ions of {channels} channels under a ramp of 2 ms", Estimate.of_count(ions.sum()), float(mean.sum()), seed=67
    )
    scatter = Estimate(float(((ions - mean) ** 2 / mean).mean()), float(np.sqrt(2 / rows)))
    judge.agrees(
        f"variance over mean of the ions of {channels} channels in {rows} intervals of the ramp", scatter, 1.0, seed=67
    )


@check("ChannelVsTheory", fast=[{"receptors": 10_000}], full=[{"receptors": 50_000}])
def nmda_response(judge: Judge, receptors: int) -> None:
    """After a pulse of glutamate NMDA receptors open and close as the master equation says."""
    glutamate, pulse = 100.0, 1.003e-3
    scheme = nmda_receptor(
        Schedule.pulses([0.0], pulse, glutamate), Voltage.constant(-65.0), flux=0.0, number=receptors
    )
    model = Model(cube(1.0), [scheme], species=[Species("Ca")])
    result = Simulation(model, Particles(dt=1e-4), seed=68).run(40e-3, every=5e-3)

    def rates(present: bool) -> Matrix:
        bind = 5.0 * glutamate * present
        Q = np.zeros((5, 5))
        for begin, end, rate in (
            (0, 1, bind), (1, 0, 12.9), (1, 2, bind), (2, 1, 12.9), (2, 3, 8.4), (3, 2, 6.8), (2, 4, 46.5),
            (4, 2, 73.8),
        ):  # fmt: skip
            Q[end, begin] += rate
            Q[begin, begin] -= rate
        return Q

    for time in (5e-3, 20e-3, 40e-3):
        exact = float((expm(rates(False) * (time - pulse)) @ expm(rates(True) * pulse))[4, 0])
        judge.agrees(
            f"share of {receptors} NMDA receptors open {time * 1e3:g} ms after 100 uM of glutamate for 1 ms",
            Estimate.of_share(result.number("NRO")[round(time / 5e-3)], receptors),
            exact,
            seed=68,
        )
