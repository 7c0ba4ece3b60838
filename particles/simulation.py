"""The particle engine as users meet it: lower a model, run it in chunks, return labelled arrays."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import Model, ParameterError, SimulationError, checks, warn
from ..model.arguments import checked
from ..results import Population, Progress, Result, Run, attributes, environment, listening
from ..results.lock import exclusively_file
from ..results.memory import check_memory
from .checkpoint import Arrays, Checkpoint, digest, flat, group
from .discretization import Discretization
from .kernels.advance import advance, start_clocks
from .kernels.move import catch_up
from .kernels.sources import start_sources
from .kernels.state import CAPACITY, NEVER, USED, Record, Tally
from .kernels.tables import Tables
from .lowering import check_fit, lower
from .lowering.zones import sampled_volume
from .output import Camera, Observer, looks, released, take_population, take_snapshot, to_dataset
from .placement import later_releases, place, place_release
from .preflight import BYTES_PER_MOLECULE, check_amounts, check_looks, check_rates, preflight
from .restored import check_state
from .start import first_step, place_population, start_of
from .state import (
    as_kernel_arrays,
    copy_arrays,
    insert,
    new_particles,
    new_record,
    new_scratch,
    new_tally,
    with_slots,
)
from .times import frame_step, row_steps, whole_steps
from .visits import Diary

CHUNK_SECONDS = 0.1
FIRST_CHUNK = 64


@checked
@dataclass(frozen=True)
class Particles(Discretization):
    """The particle engine: Brownian dynamics of individual molecules in the mesh.

    Parameters
    ----------
    dt : float
        Time step (s).
    voxel : float
        Edge of the voxels (um) in which partners meet: the spatial resolution of reactions.
    escape : float
        Distance (um) from the mesh's bounding box beyond which molecules that left are forgotten.
    """

    name: ClassVar[str] = "particles"

    def run(
        self,
        model: Model,
        duration: float,
        *,
        seed: int = 1,
        trial: int = 0,
        start: Result | Population | None = None,
        every: float = 1e-4,
        frames: Sequence[float] = (),
        observer: Observer | None = None,
        observe_every: float = 1e-4,
        progress: Progress | bool | None = None,
        checkpoint: Path | str | None = None,
        checkpoint_every: float = 30.0,
    ) -> Result:
        """Run one trial of a model; see :class:`Simulation` for the options and errors."""
        return Simulation(model, self, seed=seed, trial=trial, start=start).run(
            duration, every=every, frames=frames, observer=observer, observe_every=observe_every, progress=progress,
            checkpoint=checkpoint, checkpoint_every=checkpoint_every,
        )  # fmt: skip


@checked
class Simulation:
    """One trial of a model.

    Parameters
    ----------
    model : Model
        What to simulate.
    engine : Particles, optional
        Time step and resolution.
    seed : int
        Seed of all random streams.
    trial : int
        Number of the trial; trials of one seed are independent.
    start : Result or Population, optional
        An earlier run, or its molecules, with which this one starts instead of the releases at t = 0. It goes on at
        their time, as do the rates and releases that the model has at times; what is counted or measured begins anew.
    tables : Tables, optional
        What :func:`~nanospine.particles.lower` makes of the model and the engine, or a copy of it with other values.

    Raises
    ------
    ParameterError
        If the seed or the trial is not a whole number >= 0, a reaction too fast for the voxels, the molecules to start
        with are none of the model or of no whole time step, or the tables are those of another model.
    ModelError, GeometryError
        If the engine cannot represent the model, or these molecules do not lie in its mesh.
    SimulationError
        If the earlier run was interrupted, or has no molecules.
    TimeStepError
        If the time step is too long for the geometry or a reaction.
    """

    def __init__(
        self,
        model: Model,
        engine: Particles | None = None,
        *,
        seed: int = 1,
        trial: int = 0,
        start: Result | Population | None = None,
        tables: Tables | None = None,
    ) -> None:
        self.model = model
        self.engine = engine or Particles()
        for name, value in (("seed", seed), ("trial", trial)):
            checks.whole(f"Particle engine: {name}", value, error=ParameterError)
        self.seed, self.trial = int(seed), int(trial)
        check_amounts(model)
        tables = tables or lower(model, self.engine)
        check_fit(model, tables)
        self._tables = as_kernel_arrays(tables)
        check_rates(model, tables, self.engine.dt)
        self._start = start_of(start)
        self._begin = self._step = first_step(self._start, self.engine.dt)
        earlier = None if self._start is None else place_population(model, self._start)
        self.preflight = preflight(model, self.engine.dt, self._tables, earlier)
        self.preflight.raise_if_impossible()
        begin = self._begin * self.engine.dt
        placement, streams = np.random.SeedSequence([seed, trial]).spawn(2)
        placed = place(model, np.random.default_rng(placement)) if earlier is None else earlier
        if self._start is not None:
            # The streams of earlier runs, in which its molecules drew when to react, must not be read again: nor those
            # of one that began after as many steps of another length.
            length = int(np.float64(self.engine.dt).view(np.uint64))
            streams = np.random.SeedSequence([seed, trial], spawn_key=(3, self._begin, length))
        self._key = streams.generate_state(1, np.uint64)[0]
        self._particles = new_particles(placed, begin, self._tables)
        self._tally = new_tally(model)
        self._sampled_volumes = [sampled_volume(sampler, model.mesh) for sampler in model.samplers]
        self._diary = Diary(model, self._particles.species.size)
        start_sources(self._particles, self._tables.sources, begin, self._key)
        self._start_clocks(np.arange(self._particles.counters[USED]), begin)
        self._n_steps = 0
        self._later = later_releases(model, self.engine.dt)
        self._released: list[tuple[int, NDArray[np.int64]]] = []
        self._checkpoint: Checkpoint | None = None
        self._chunk = FIRST_CHUNK

    def compile(self) -> None:
        """Compile what a run needs, or load it: processes forked after that share it."""
        self._advance(0, new_record(self.model, 1, 1, self._begin))

    def run(
        self,
        duration: float,
        *,
        every: float = 1e-4,
        frames: Sequence[float] = (),
        observer: Observer | None = None,
        observe_every: float = 1e-4,
        progress: Progress | bool | None = None,
        checkpoint: Path | str | None = None,
        checkpoint_every: float = 30.0,
    ) -> Result:
        """Run for ``duration`` and return the result.

        Parameters
        ----------
        duration : float
            Simulated time (s).
        every : float
            Interval of the output (s), a whole number of time steps. The last row is at the end, whether or not the
            interval divides the duration.
        frames : sequence of float
            Times (s) at which all positions are kept.
        observer : callable, optional
            Called with a :class:`Snapshot` every ``observe_every`` seconds.
        observe_every : float
            Interval of the observer (s), a whole number of time steps.
        progress : Progress or bool, optional
            Receives the finished fraction; True shows a bar.
        checkpoint : pathlib.Path or str, optional
            File that keeps the state, so that a run that was killed loses little: the same call of a new simulation
            goes on from there, to the very result of a run without a stop. Observers are called for the rest only.
            At the end it holds the last state; remove it when the result is safe.
        checkpoint_every : float
            Seconds of real time between states.

        Returns
        -------
        Result
            Incomplete, up to the last finished output, if interrupted with Ctrl-C.

        Raises
        ------
        ParameterError
            If a time is not a positive whole number of steps, or the run has more than 2^31 - 2 of them.
        SimulationError
            If the simulation was already run.
        ResultsError
            If the checkpoint cannot be read or written, belongs to another run, or another run writes it.
        """
        if self._step > self._begin:
            raise SimulationError("This Simulation has been run; make a new one for another run.")
        dt = self.engine.dt
        self._n_steps, interval = whole_steps("duration", duration, dt), whole_steps("every", every, dt)
        interval = min(interval, self._n_steps)
        end = self._end = self._begin + self._n_steps
        if end >= NEVER:
            raise ParameterError(
                f"The run ends at {end * dt:g} s, after {end:g} steps of {dt:g} s; at most {NEVER - 1} can be counted: "
                "use a longer time step."
            )
        kept = [frame_step(t, self._begin, self._n_steps, dt) for t in frames]
        settings, document = dataclasses.asdict(self.engine), self.model.to_document()
        run = Run(document, self.engine.name, settings, duration, every, self.seed, self.trial, frames, self._start)
        between = whole_steps("observe_every", observe_every, dt) if observer else 0
        observed = range(self._begin, end + 1, between) if observer else range(0)
        check_looks(len(kept), int(self._particles.counters[USED]), len(observed))
        self._rows = row_steps(self._n_steps, interval)
        self._record = new_record(self.model, len(self._rows), interval, self._begin)
        self._record.number[0] = self._particles.number
        self._camera = Camera(self.model)
        calls = looks(kept, self._camera, observed, observer)
        started = time.perf_counter()
        if checkpoint is not None:
            checks.finite("checkpoint_every (s)", checkpoint_every, minimum=0.0, error=ParameterError)
            self._checkpoint = Checkpoint(Path(checkpoint), self._digest(interval, kept), checkpoint_every)
        alone = contextlib.nullcontext() if checkpoint is None else exclusively_file(Path(checkpoint))
        with alone, listening(progress) as listener, contextlib.suppress(KeyboardInterrupt):
            self._restore(self._checkpoint.load(self._check) if self._checkpoint else None)
            listener.start(1.0, f"{self.engine.name}, {duration:g} s")
            listener.advance((self._step - self._begin) / self._n_steps)
            self._run_all(calls, listener)
        self._warn_if_saturated()
        return self._result(run, time.perf_counter() - started)

    def _run_all(self, calls: dict[int, list[Observer]], progress: Progress) -> None:
        """Run from the present step to the end; stop for observers and releases, and before the last step."""
        later = {step: releases for step, releases in self._later.items() if step < self._end}
        for stop in sorted(step for step in {*calls, *later, self._end - 1, self._end} if step >= self._step):
            self._run_to(stop, progress)
            if stop in calls or stop == self._end:
                self._catch_up()
            for call in calls.get(stop, ()):
                call(take_snapshot(stop * self.engine.dt, self._particles))
            for release in later.get(stop, ()):
                self._release(*release)

    def _result(self, run: Run, seconds: float) -> Result:
        rows = self._rows[self._rows <= self._step - self._begin]
        dataset = to_dataset(self.model, self._record, rows, self.engine.dt, self._sampled_volumes)
        if self.model.residences:
            dataset = dataset.merge(self._diary.to_dataset(self._step, self.engine.dt))
        if self._later:
            dataset["released"] = released(self._released, dataset, rows)
        dataset.attrs.update(attributes(self.model.mesh.volume, seconds))
        if self._step < self._end:
            return Result(dataset, run, self._camera.trajectory(), complete=False)
        population = take_population(self.model, self._end * self.engine.dt, self._particles)
        return Result(dataset, run, self._camera.trajectory(), population=population)

    def _run_to(self, stop: int, progress: Progress) -> None:
        while self._step < stop:
            n = min(self._chunk, stop - self._step)
            before = time.perf_counter()
            self._advance(n, self._record if self._step + n < self._end else self._last_row())
            elapsed = time.perf_counter() - before
            progress.advance(n / self._n_steps)
            self._chunk = int(np.clip(n * CHUNK_SECONDS / max(elapsed, 1e-6), FIRST_CHUNK, 4 * self._chunk))
            if self._checkpoint and (self._checkpoint.is_due or self._step == self._end):
                self._checkpoint.save(self._state())

    def _last_row(self) -> Record:
        """Return the record as the kernel fills it in the last step: its last row, whatever the interval."""
        first = np.array([self._end - (len(self._rows) - 1)], np.int64)
        return self._record._replace(first=first, interval=np.array([1], np.int64))

    def _digest(self, interval: int, frames: list[int]) -> str:
        """Return a digest of all that determines the run, at its start, but for observers."""
        later = [release for release in self.model.releases if release.times[-1] > 0]
        points = [release.point_array() for release in later if release.points is not None]
        names = (self.model.species_names, [step.name for step in self.model.steps], self.model.boundaries)
        numbers = (
            self._begin,
            self._n_steps,
            interval,
            sorted(frames),
            self.engine,
            self.seed,
            self.trial,
            environment()["nanospine"],
        )
        measured = (self.model.samplers, self.model.residences)
        return digest((numbers, names, *measured, repr(later), *points, self._tables, self._particles, self._tally))

    def _state(self) -> dict[str, ArrayLike]:
        """Return the present state: before the releases and observers of the present step."""
        return flat(
            particles=self._particles._asdict(),
            tally=self._tally._asdict(),
            record=self._record._asdict(),
            camera=self._camera.state(),
            diary=self._diary.state(),
            released={
                "step": np.array([step for step, _ in self._released], dtype=np.int64),
                "number": np.array([number for _, number in self._released]).reshape(-1, len(self.model.species)),
            },
            run={"step": self._step},
        )

    def _check(self, state: Arrays) -> None:
        check_state(state, self.model, self._tables, self._particles, self._tally, self._record, self._end)

    def _restore(self, state: Arrays | None) -> None:
        """Go on from a state, if there is one."""
        if state is None:
            return
        self._particles = self._particles._replace(**group(state, "particles"))
        self._tally = Tally(**group(state, "tally"))
        self._record = Record(**group(state, "record"))
        self._camera.restore(group(state, "camera"))
        self._diary.restore(group(state, "diary"))
        later = group(state, "released")
        self._released = list(zip(later["step"].tolist(), later["number"].astype(np.int64), strict=True))
        self._step = int(group(state, "run")["step"])

    def _release(self, time: float, index: int, turn: int) -> None:
        """Put the molecules of a later release into the store."""
        seeds = np.random.SeedSequence([self.seed, self.trial], spawn_key=(2, index, turn))
        placed = place_release(self.model, self.model.releases[index], np.random.default_rng(seeds))
        self._particles, slots = insert(self._particles, placed, time, self._tables)
        self._start_clocks(slots, time)
        number = np.bincount(placed.species, minlength=len(self.model.species))
        self._released.append((self._step - self._begin, number))

    def _start_clocks(self, slots: NDArray[np.int64], now: float) -> None:
        start_clocks(self._particles, self._tables.chemistry, self._tables.cells, slots, now, self._key, self.engine.dt)

    def _catch_up(self) -> None:
        """Move those that wait for their turn up to the present step."""
        catch_up(
            self._particles, *self._tables[:4], self._tables.membrane, self._tally, self._key, self._step - 1,
            self.engine.dt,
        )  # fmt: skip

    def _advance(self, n: int, record: Record) -> None:
        """Advance by ``n`` steps; if slots run out, start the chunk again with twice as many."""
        size = self._particles.species.size
        particles = with_slots(self._particles, max(1, int(self._particles.counters[USED])))
        tally = copy_arrays(self._tally)
        while True:
            status = advance(
                self._particles, *self._tables, self._diary.page(size), self._tally, record, new_scratch(size),
                self._key, self._step, n, self.engine.dt,
            )  # fmt: skip
            if status != CAPACITY:
                break
            # Rows for visits, or else slots, were lacking.
            if not self._diary.grow():
                size *= 2
                check_memory(f"{size:.4g} molecules at {self._step * self.engine.dt:g} s", size * BYTES_PER_MOLECULE,
                             "look for a reaction that makes ever more of them")  # fmt: skip
            self._particles = with_slots(particles, size)
            self._tally = copy_arrays(tally)
        self._diary.keep()
        self._step += n

    def _warn_if_saturated(self) -> None:
        count = int(self._tally.saturated[0])
        steps = self._step - self._begin
        if count and count * 1000 > steps:
            warn(
                f"{count} times in {steps} steps a molecule would have reacted with probability above 1; "
                f"use a time step below {self.engine.dt:g} s or larger voxels than {self.engine.voxel:g} um."
            )
