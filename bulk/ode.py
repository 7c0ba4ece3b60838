"""The deterministic well-mixed engine: rate equations, integrated with an analytic sparse Jacobian."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from ..model import Model, ParameterError, SimulationError, checks
from ..model.arguments import checked
from ..results import Progress, Result, Run, Start, listening
from .kinetics import lower_kinetics, negative_law
from .network import Floats, Network, lower_network
from .output import between, impossible_rate, output_interval, output_times, start_of, to_result
from .pools import Pools
from .rosenbrock import DONE, NEGATIVE, integrate

#: Between two outputs.
MOST_STEPS = 1_000_000


@checked
@dataclass(frozen=True)
class ODE:
    """The deterministic well-mixed engine: rate equations.

    The method, RODAS, begins anew where a rate steps, as at the edges of pulses.

    Parameters
    ----------
    rtol : float
        Relative tolerance per step.
    atol : float
        Absolute tolerance per step (uM); species that count in smaller amounts need a smaller one.
    """

    name: ClassVar[str] = "ode"

    rtol: float = 1e-5
    atol: float = 1e-9

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            checks.positive(f"ODE engine: {field.name}", getattr(self, field.name), error=ParameterError)
        if self.rtol >= 1:
            raise ParameterError(f"ODE engine: rtol is {self.rtol:g}; give a number between 0 and 1.")

    def run(
        self,
        model: Model,
        duration: float,
        *,
        every: float | None = None,
        start: Result | Start | None = None,
        progress: Progress | bool | None = None,
    ) -> Result:
        """Integrate the rate equations of a model.

        Parameters
        ----------
        model : Model
            What to simulate; its molecules are taken for well mixed.
        duration : float
            Simulated time (s).
        every : float, optional
            Interval of the output (s); a thousandth of the duration by default. The last row is at the end, whether or
            not the interval divides the duration.
        start : Result or Start, optional
            An earlier run, of any engine, whose last numbers and time this one goes on from, or these.
        progress : Progress or bool, optional
            Receives the finished fraction; True shows a bar.

        Returns
        -------
        Result
            With fractional numbers of molecules and no events; incomplete after Ctrl-C.

        Raises
        ------
        ModelError
            If the model has parts that only exist in space.
        ParameterError
            If a time is out of range.
        SimulationError
            If the integration fails, a law falls below zero, or the earlier run does not fit.
        """
        network = lower_network(model)
        model.check_taken_by(self.name)
        begin, interval = start_of(start, model), output_interval(duration, every)
        run = Run(model.to_document(), self.name, dataclasses.asdict(self), duration, interval, start=begin)
        times = output_times(duration, interval, 0.0 if begin is None else begin.time)
        number = Pools(model).expected_numbers() if begin is None else np.array(begin.number)
        number[network.held] = network.held_number
        rows = [number / network.molecules_per_uM]
        started = time.perf_counter()
        with listening(progress) as listener, contextlib.suppress(KeyboardInterrupt):
            listener.start(1.0, f"{self.name}, {duration:g} s")
            for now, concentration in _integrate(network, rows[0], times, _later_releases(model, network), self):
                rows.append(concentration)
                listener.advance((now - times[len(rows) - 2]) / duration)
        return to_result(
            model, network, run, times[: len(rows)], np.array(rows) * network.molecules_per_uM, None,
            len(rows) == len(times), time.perf_counter() - started,
        )  # fmt: skip


def _later_releases(model: Model, network: Network) -> dict[float, Floats]:
    """Return the concentrations (uM) that are added, by time (s)."""
    pools, found = Pools(model), {}
    for at in pools.release_times.tolist():
        found[at] = pools.expected_numbers(at) / network.molecules_per_uM
        found[at][network.held] = 0.0
    return found


def _integrate(
    network: Network, y: Floats, times: Floats, released: dict[float, Floats], engine: ODE
) -> Iterator[tuple[float, Floats]]:
    """Yield (time, concentrations in uM) at each time after the first."""
    kinetics, factors = lower_kinetics(network)
    rate, y = network.rate.copy(), y.copy()
    wanted = set(times)
    bounds = between(times[0], times[-1], network.edges(times[0], times[-1]), list(released))
    scheduled_rates = network.scheduled_rates(bounds[:-1])
    for segment, (begin, end) in enumerate(pairwise(bounds)):
        rate[network.scheduled] = scheduled_rates[segment]
        y += released.get(float(begin), 0.0)
        now, step = begin, 0.0
        for stop in np.union1d(times[(times > begin) & (times < end)], end):
            status, now, step = integrate(
                y, now, stop, step, engine.rtol, engine.atol, MOST_STEPS, rate, kinetics, factors
            )
            if status == NEGATIVE:
                reaction, v = negative_law(y, engine.rtol, engine.atol, rate, kinetics)
                raise impossible_rate(network, reaction, v, "uM/s", now)
            if status != DONE:
                raise SimulationError(
                    f"The ODE engine came no further than t = {now:g} s, with steps of {step:.3g} s; "
                    "use smaller tolerances, or look for rates that are far too fast."
                )
            if stop in wanted:
                yield stop, y.copy()
