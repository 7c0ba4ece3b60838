"""The particle engine as users meet it: lower a model, run it in chunks, return labelled arrays."""

from __future__ import annotations

import dataclasses
import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Model, NanospineWarning, ParameterError, SimulationError, checks
from ..results import Progress, Result, Silent, environment
from .chemistry import lower_chemistry
from .clamps import lower_clamps
from .kernels.advance import advance, start_clocks
from .kernels.sources import start_sources
from .kernels.tables import CAPACITY, USED, Record
from .output import Camera, Snapshot, released, take_snapshot, to_dataset
from .placement import later_releases, place, place_release
from .preflight import preflight
from .schedules import ScheduleTable
from .sources import lower_sources
from .space import lower_cells, lower_walls, lower_windows
from .state import as_kernel_arrays, copy_arrays, grow, insert, new_particles, new_record, new_tally

CHUNK_SECONDS = 0.1
FIRST_CHUNK = 64

Observer = Callable[[Snapshot], None]


@dataclass(frozen=True)
class Settings:
    """How the particle engine runs a model.

    Parameters
    ----------
    dt : float
        Time step (s).
    voxel : float
        Edge of the voxels (um) in which partners meet: the spatial resolution of reactions.
    escape : float
        Distance (um) from the mesh's bounding box beyond which molecules that left are forgotten.
    """

    dt: float = 1e-6
    voxel: float = 0.02
    escape: float = 3.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            checks.positive(f"Particle engine: {field.name}", value, error=ParameterError)
            object.__setattr__(self, field.name, float(value))


class Simulation:
    """One trial of a model.

    Parameters
    ----------
    model : Model
        What to simulate.
    settings : Settings, optional
        Time step and resolution.
    seed : int
        Seed of all random streams.
    trial : int
        Number of the trial; trials of one seed are independent.

    Raises
    ------
    ParameterError
        If the seed or the trial is not a whole number >= 0, or a reaction too fast for the voxels.
    ModelError, GeometryError
        If the engine cannot represent the model.
    TimeStepError
        If the time step is too long for the geometry or a reaction.
    """

    def __init__(self, model: Model, settings: Settings | None = None, *, seed: int = 1, trial: int = 0) -> None:
        self.model = model
        self.settings = settings or Settings()
        for name, value in (("seed", seed), ("trial", trial)):
            checks.whole(f"Particle engine: {name}", value, error=ParameterError)
        self.seed, self.trial = int(seed), int(trial)
        dt, voxel = self.settings.dt, self.settings.voxel
        self._cells = as_kernel_arrays(lower_cells(model, voxel, dt))
        schedules = ScheduleTable()
        self._sources = as_kernel_arrays(lower_sources(model, schedules))
        self._chemistry = as_kernel_arrays(lower_chemistry(model, dt, self._cells.size, schedules))
        self._walls = as_kernel_arrays(lower_walls(model, self.settings.escape))
        self._clamps = as_kernel_arrays(lower_clamps(model, self._cells, dt))
        self._windows = as_kernel_arrays(lower_windows(model, dt, self._chemistry.every))
        self.preflight = preflight(model, dt, self._cells, self._chemistry)
        self.preflight.raise_if_impossible()
        placement, streams = np.random.SeedSequence([seed, trial]).spawn(2)
        self._key = streams.generate_state(1, np.uint64)[0]
        self._particles = new_particles(place(model, np.random.default_rng(placement)), self._cells, self._chemistry)
        self._tally = new_tally(model)
        start_sources(self._sources, self._key)
        self._start_clocks(np.arange(self._particles.counters[USED]), 0.0)
        self._step = self._n_steps = 0
        self._later = later_releases(model, dt)
        self._released: list[tuple[int, NDArray[np.int64]]] = []
        self._chunk = FIRST_CHUNK

    def run(
        self,
        duration: float,
        *,
        every: float = 1e-4,
        frames: Sequence[float] = (),
        observer: Observer | None = None,
        observe_every: float = 1e-4,
        progress: Progress | None = None,
    ) -> Result:
        """Run from t = 0 for ``duration`` and return the result.

        Parameters
        ----------
        duration : float
            Simulated time (s).
        every : float
            Interval of the output (s), a whole number of time steps.
        frames : sequence of float
            Times (s) at which all positions are kept.
        observer : callable, optional
            Called with a :class:`Snapshot` every ``observe_every`` seconds.
        observe_every : float
            Interval of the observer (s), a whole number of time steps.
        progress : Progress, optional
            Receives the finished fraction.

        Returns
        -------
        Result
            Incomplete, up to the last finished output, if interrupted with Ctrl-C.

        Raises
        ------
        ParameterError
            If a time is not a positive whole number of steps.
        SimulationError
            If the simulation was already run.
        """
        if self._step:
            raise SimulationError("This Simulation has been run; make a new one for another run.")
        dt = self.settings.dt
        n_steps = self._n_steps = whole_steps("duration", duration, dt)
        interval = whole_steps("every", every, dt)
        record = new_record(self.model, n_steps // interval + 1, interval)
        record.number[0] = self._particles.number
        camera = Camera(self.model)
        calls: dict[int, list[Observer]] = {n_steps: []}
        for t in frames:
            calls.setdefault(frame_step(t, duration, dt), []).append(camera)
        if observer is not None:
            for step in range(0, n_steps + 1, whole_steps("observe_every", observe_every, dt)):
                calls.setdefault(step, []).append(observer)
        started = time.perf_counter()
        try:
            for stop in sorted({*calls, *(step for step in self._later if step < n_steps)}):
                self._run_to(stop, record, progress or Silent())
                for call in calls.get(stop, ()):
                    call(take_snapshot(stop * dt, self._particles))
                for later in self._later.get(stop, ()):
                    self._release(*later)
        except KeyboardInterrupt:
            pass
        self._warn_if_saturated()
        rows = self._step // interval + 1
        dataset = to_dataset(self.model, record, rows, interval * dt)
        if self._later:
            dataset["released"] = released(self._released, dataset, interval)
        dataset.attrs.update(self._provenance(time.perf_counter() - started))
        return Result(dataset, camera.trajectory(), complete=self._step == n_steps)

    def _run_to(self, stop: int, record: Record, progress: Progress) -> None:
        while self._step < stop:
            n = min(self._chunk, stop - self._step)
            before = time.perf_counter()
            self._advance(n, record)
            elapsed = time.perf_counter() - before
            progress.advance(n / self._n_steps)
            self._chunk = int(np.clip(n * CHUNK_SECONDS / max(elapsed, 1e-6), FIRST_CHUNK, 4 * self._chunk))

    def _release(self, time: float, index: int, turn: int) -> None:
        """Put the molecules of a later release into the store."""
        seeds = np.random.SeedSequence([self.seed, self.trial], spawn_key=(2, index, turn))
        placed = place_release(self.model, self.model.releases[index], np.random.default_rng(seeds))
        self._particles, slots = insert(self._particles, placed, time, self._cells, self._chemistry)
        self._start_clocks(slots, time)
        self._released.append((self._step, np.bincount(placed.species, minlength=len(self.model.species))))

    def _start_clocks(self, slots: NDArray[np.int64], now: float) -> None:
        start_clocks(self._particles, self._chemistry, self._cells, slots, now, self._key, self.settings.dt)

    def _advance(self, n: int, record: Record) -> None:
        """Advance by ``n`` steps; if slots run out, start the chunk again with twice as many."""
        while True:
            particles, tally = copy_arrays(self._particles), copy_arrays(self._tally)
            cells, sources = copy_arrays(self._cells), copy_arrays(self._sources)
            size = self._particles.species.size
            waiting, active = np.empty(size, np.int64), np.empty(size, np.int64)
            status = advance(
                self._particles, self._chemistry, self._cells, self._walls, self._windows, self._sources, self._clamps,
                self._tally, record, waiting, active, self._key, self._step, n, self.settings.dt,
            )  # fmt: skip
            if status != CAPACITY:
                break
            self._particles, self._tally = grow(particles), tally
            self._cells, self._sources = cells, sources
        self._step += n

    def _warn_if_saturated(self) -> None:
        count = int(self._tally.saturated[0])
        if count and count * 1000 > self._step:
            warnings.warn(
                f"{count} times in {self._step} steps a molecule would have reacted with probability above 1; "
                f"use a time step below {self.settings.dt:g} s or larger voxels than {self.settings.voxel:g} um.",
                NanospineWarning,
                stacklevel=3,
            )

    def _provenance(self, seconds: float) -> dict[str, object]:
        return {
            "kind": "nanospine result",
            "format_version": 1,
            "engine": "particles",
            "volume_um3": self.model.mesh.volume,
            "seed": self.seed,
            "trial": self.trial,
            "settings": json.dumps(dataclasses.asdict(self.settings)),
            "mesh_sha256": self.model.mesh.sha256,
            "wall_seconds": seconds,
            "environment": json.dumps(environment()),
        }


def simulate(
    model: Model,
    duration: float,
    *,
    settings: Settings | None = None,
    seed: int = 1,
    trial: int = 0,
    every: float = 1e-4,
    frames: Sequence[float] = (),
    progress: Progress | None = None,
) -> Result:
    """Run one trial of a model with the particle engine; see :class:`Simulation` for parameters and errors."""
    simulation = Simulation(model, settings, seed=seed, trial=trial)
    return simulation.run(duration, every=every, frames=frames, progress=progress)


def frame_step(time: float, duration: float, dt: float) -> int:
    """Return the step nearest to a time.

    Raises
    ------
    ParameterError
        If the time lies outside the run.
    """
    step = round(time / dt)
    if not 0 <= step <= round(duration / dt):
        raise ParameterError(f"A frame is asked for at {time:g} s; the run lasts from 0 to {duration:g} s.")
    return step


def whole_steps(what: str, seconds: float, dt: float) -> int:
    """Return how many steps a time is.

    Raises
    ------
    ParameterError
        If it is not a positive whole number of steps.
    """
    checks.positive(f"{what} (s)", seconds, error=ParameterError)
    steps = round(seconds / dt)
    if steps < 1 or abs(seconds / dt - steps) > 1e-6 * steps:
        raise ParameterError(
            f"{what} is {seconds:g} s, {seconds / dt:g} time steps of {dt:g} s; "
            "give a whole multiple, or a step that divides it."
        )
    return steps
