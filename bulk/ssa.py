"""The stochastic well-mixed engine: exact, or by tau-leaping."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ..compiled.csr import pointers
from ..model import Model, ParameterError, SimulationError, checks
from ..model.arguments import checked
from ..results import Progress, Result, Run, Start, listening
from .gillespie import DONE, NEGATIVE, Channels, Places, State, put_busiest_first, refresh, run_exact
from .network import Codes, Floats, Network, lower_network
from .output import between, impossible_rate, output_interval, output_times, start_of, to_result
from .pools import Pools
from .tau_leaping import MOST_COUNTED, UNCOUNTABLE, leap_table, run_leaps

#: Events between looks at progress and Ctrl-C, about 20 ms. The sums of propensities are made anew and the reactions
#: sorted then, so that the number is fixed: a trial must not depend on how fast the machine is.
CHUNK = 200_000
#: To the end of a run: three years.
MOST_EVENTS = 1e15


@checked
@dataclass(frozen=True)
class SSA:
    """The stochastic well-mixed engine: a jump process.

    The event rate of ``n A + m B -> ...`` is its rate constant times n_A (n_A - 1) ... n_B (n_B - 1) ...: A + A has
    k n (n - 1), as in the rest of the house; that of a `Polynomial` or a `Formula` is its value. A rate that steps in
    time draws the next waiting time anew, which is exact because waiting times have no memory.

    Parameters
    ----------
    method : {"exact", "tau-leaping"}
        Every event by itself, or many at a time.
    epsilon : float
        Of tau-leaping: largest expected relative change of a propensity in a leap, to which its error is proportional.
    """

    name: ClassVar[str] = "ssa"

    method: Literal["exact", "tau-leaping"] = "exact"
    epsilon: float = 0.03

    def __post_init__(self) -> None:
        checks.one_of("SSA engine: method", self.method, ("exact", "tau-leaping"), error=ParameterError)
        checks.positive("SSA engine: epsilon", self.epsilon, error=ParameterError)
        if self.epsilon >= 1:
            raise ParameterError(f"SSA engine: epsilon is {self.epsilon}; give a number between 0 and 1.")

    def run(
        self,
        model: Model,
        duration: float,
        *,
        seed: int = 1,
        trial: int = 0,
        every: float | None = None,
        start: Result | Start | None = None,
        progress: Progress | bool | None = None,
    ) -> Result:
        """Run one trial of a model.

        Parameters
        ----------
        model : Model
            What to simulate; its molecules are taken for well mixed.
        duration : float
            Simulated time (s).
        seed, trial : int
            Seed and number of the trial; trials of one seed are independent.
        every : float, optional
            Interval of the output (s); a thousandth of the duration by default. The last row is at the end, whether or
            not the interval divides the duration.
        start : Result or Start, optional
            An earlier run, of any engine, whose last numbers and time this one goes on from, or these. Fractional
            numbers are rounded up or down at random.
        progress : Progress or bool, optional
            Receives the finished fraction; True shows a bar.

        Returns
        -------
        Result
            Incomplete after Ctrl-C.

        Raises
        ------
        ModelError
            If the model has parts that only exist in space.
        ParameterError
            If a time or the seed is out of range.
        SimulationError
            If a law falls below zero, the events are too many for any machine, or the earlier run does not fit.
        """
        for name, value in (("seed", seed), ("trial", trial)):
            checks.whole(f"SSA engine: {name}", value, error=ParameterError)
        network = lower_network(model, whole=True)
        model.check_taken_by(self.name)
        begin, interval = start_of(start, model), output_interval(duration, every)
        settings, document = dataclasses.asdict(self), model.to_document()
        origin = Run(document, self.name, settings, duration, interval, seed, trial, start=begin)
        times = output_times(duration, interval, 0.0 if begin is None else begin.time)
        initial, events = np.random.SeedSequence([seed, trial]).spawn(2)
        draw = np.random.default_rng(initial)
        pools = Pools(model)
        number = pools.draw_numbers(draw) if begin is None else _rounded(np.array(begin.number), draw)
        released = {time: pools.draw_numbers(draw, time) for time in pools.release_times.tolist()}
        number[network.held] = _rounded(network.held_number, draw)
        for later in released.values():
            later[network.held] = 0
        run = _Run(network, number, released, self, np.random.default_rng(events))
        started = time.perf_counter()
        numbers, happened = [number], [run.state.event.copy()]
        with listening(progress) as listener, contextlib.suppress(KeyboardInterrupt):
            listener.start(1.0, f"{self.name}, {duration:g} s")
            for before, after in pairwise(times):
                run.advance(before, after, listener, duration)
                numbers.append(run.state.number[:-1].copy())
                happened.append(run.state.event.copy())
        rows = len(happened)
        return to_result(
            model, network, origin, times[:rows], np.array(numbers[:rows]), np.array(happened), rows == len(times),
            time.perf_counter() - started,
        )  # fmt: skip


class _Run:
    """One trial under way."""

    def __init__(
        self,
        network: Network,
        number: NDArray[np.int64],
        released: dict[float, NDArray[np.int64]],
        engine: SSA,
        rng: np.random.Generator,
    ) -> None:
        self._network, self._released, self._engine, self._rng = network, released, engine, rng
        self._per_molecule = np.ones(network.rate.size)
        self._per_molecule[: network.order.size] = network.molecules_per_uM ** (1.0 - network.order)
        self._channels, member = lower_channels(network)
        self._leaps = leap_table(network)
        n, m = len(network.species), len(network.reactions)
        self.state = State(
            number=np.append(number, 1), event=np.zeros(m, np.int64), partial=np.zeros(m),
            group_partial=np.zeros(n + 1), group=np.zeros(n + 1), order=np.arange(n + 1, dtype=np.uint32),
            member=member,
        )  # fmt: skip

    def advance(self, start: float, stop: float, progress: Progress, duration: float) -> None:
        """Run from one time (s) to another, from edge to edge of the schedules."""
        bounds = between(start, stop, self._network.edges(start, stop), list(self._released))
        rates = self._network.scheduled_rates(bounds[:-1])
        for segment, (now, end) in enumerate(pairwise(bounds)):
            self.state.number[:-1] += self._released.get(float(now), 0)
            rate = self._network.rate.copy()
            rate[self._network.scheduled] = rates[segment]
            self._run_to(float(now), float(end), rate * self._per_molecule, progress, duration)

    def _run_to(self, now: float, end: float, rate: Floats, progress: Progress, duration: float) -> None:
        status = -1
        while status != DONE:
            before = now
            refresh(rate, self._channels, self.state)
            put_busiest_first(self._channels, self.state)
            if self._engine.method == "exact":
                status, now = run_exact(now, end, CHUNK, rate, self._channels, self.state, self._rng)
            else:
                status, now = run_leaps(
                    now, end, CHUNK, rate, self._channels, self.state, self._leaps, self._engine.epsilon, self._rng
                )
            if status == NEGATIVE:
                self._raise_impossible(now)
            if status == UNCOUNTABLE:
                raise SimulationError(
                    f"By leaps the SSA engine came no further than t = {now:g} s, since more than {MOST_COUNTED:.4g} "
                    'events cannot be counted; look for rates that are far too fast, or use engine="ode".'
                )
            if status != DONE and (end - now) * CHUNK > MOST_EVENTS * (now - before):
                raise SimulationError(
                    f"The SSA engine came from t = {before:g} s no further than {now:g} s by {CHUNK} events, and no "
                    f'machine gets to {end:g} s; look for rates that are far too fast, or use engine="ode".'
                )
            progress.advance((now - before) / duration)

    def _raise_impossible(self, now: float) -> None:
        laws = self._channels.evaluated
        lowest = int(laws[np.argmin(self.state.partial[laws])])
        raise impossible_rate(self._network, lowest, float(self.state.partial[lowest]), "1/s", now)


def lower_channels(network: Network) -> tuple[Channels, Places]:
    """Group the reactions by pivot; return their tables and the reactions by group."""
    n, m = len(network.species), len(network.reactions)
    products = [_row(network.law_start, network.law, p) for p in range(len(network.reaction_of))]
    evaluated = np.flatnonzero(network.as_it_stands)
    # The species with the most partners makes the best pivot: its changes then cost least.
    single = [[] if network.as_it_stands[r] else products[r] for r in range(m)]
    partners = Counter(species for law in single for species in set(law))
    pivot = np.array([max(law, key=lambda s: (partners[s], -s)) if law else n for law in single], dtype=np.int32)
    # Sums count a molecule with itself, and have no pivot to be taken out.
    factors = [
        (sorted(product), [0] * len(product)) if network.as_it_stands[r] else _other_factors(product, int(pivot[r]))
        for r, product in zip(network.reaction_of, products, strict=True)
    ]
    others, less = [other for other, _ in factors], [taken for _, taken in factors]
    depends: list[set[int]] = [set() for _ in range(n)]
    for r, other in zip(network.reaction_of.tolist(), others, strict=True):
        for species in {*other, *_row(network.need_start, network.need_species, r)}:
            depends[species].add(r)
    formula_of = {r: f for f, r in enumerate(network.tape.reaction.tolist())}
    for r, f in formula_of.items():
        for species in network.tape.species(f):
            depends[species].add(r)
    changed = [_row(network.change_start, network.change_species, r) for r in range(m)]
    affected = [sorted(set().union(*(depends[s] for s in species))) for species in changed]
    regroup = [sorted({*species, *pivot[other].tolist()}) for species, other in zip(changed, affected, strict=True)]
    members = np.argsort(pivot, kind="stable").astype(np.uint32)
    further = [[p for p in range(m, len(products)) if network.reaction_of[p] == r] for r in evaluated]
    row_of = {r: row for row, r in enumerate(evaluated.tolist())}
    singles = [[r for r in row if r not in row_of] for row in affected]
    sums = [[row_of[r] for r in row if r in row_of and r not in formula_of] for row in affected]
    formulas = [[row_of[r] for r in row if r in formula_of] for row in affected]
    channels = Channels(
        pivot=_unsigned(pivot),
        other_start=pointers(map(len, others), np.uint32), other=_flat(others, np.uint32),
        other_less=_flat(less, np.int32),
        need_start=_unsigned(network.need_start), need_species=_unsigned(network.need_species), need=network.need,
        change_start=_unsigned(network.change_start), change_species=_unsigned(network.change_species),
        change=network.change,
        affected_start=pointers(map(len, singles), np.uint32), affected=_flat(singles, np.uint32),
        regroup_start=pointers(map(len, regroup), np.uint32), regroup=_flat(regroup, np.uint32),
        member_start=_unsigned(np.searchsorted(pivot[members], np.arange(n + 2))),
        evaluated=_unsigned(evaluated),
        further_start=pointers(map(len, further), np.uint32), further=_flat(further, np.uint32),
        formula=np.array([formula_of.get(r, -1) for r in evaluated.tolist()], dtype=np.int32),
        affected_sum_start=pointers(map(len, sums), np.uint32), affected_sum=_flat(sums, np.uint32),
        affected_formula_start=pointers(map(len, formulas), np.uint32), affected_formula=_flat(formulas, np.uint32),
        tape=network.tape.per_molecule(network.molecules_per_uM),
    )  # fmt: skip
    return channels, members


def _other_factors(law: list[int], pivot: int) -> tuple[list[int], list[int]]:
    """Return the factors of a propensity besides the pivot, and how many molecules of each are taken before it."""
    others = sorted(law)
    if law:
        others.remove(pivot)
    taken = Counter([pivot])
    less = []
    for species in others:
        less.append(taken[species])
        taken[species] += 1
    return others, less


def _row(starts: Codes, values: Codes, r: int) -> list[int]:
    row: list[int] = values[starts[r] : starts[r + 1]].tolist()
    return row


def _flat(rows: Sequence[list[int]], dtype: type) -> NDArray[Any]:
    return np.array([item for row in rows for item in row], dtype=dtype)


def _unsigned(places: NDArray[Any]) -> Places:
    return places.astype(np.uint32)


def _rounded(number: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Round up or down at random, so that the mean is right."""
    positive = np.maximum(number, 0.0)
    return (positive + rng.random(positive.shape)).astype(np.int64)
