"""MDL files as models that our engine runs, with their settings and outputs."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from ...model import GeometryError, Model, ModelError, checks
from ...particles import Particles
from ...results import Progress, Result
from ...studies.pool import Case, run_cases
from ..reaction_data import label_counts, write_counts
from .chemistry import Orientations, reactions, species
from .counts import Counter, Output
from .definitions import Definitions
from .reader import read_definitions
from .releases import released, releases
from .space import boundaries, build_space
from .syntax import MdlError, Place

ABSORBERS = ("absorbing-segment", "absorbing")


@dataclass(frozen=True)
class MdlModel:
    """An MDL file, read.

    Parameters
    ----------
    model : Model
        What to simulate.
    time_step : float
        s.
    iterations : int
        Number of time steps.
    outputs : tuple of Output
        The files of reaction data.
    """

    model: Model
    time_step: float
    iterations: int
    outputs: tuple[Output, ...]

    @property
    def duration(self) -> float:
        """Simulated time (s)."""
        return self.time_step * self.iterations

    @property
    def engine(self) -> Particles:
        """The particle engine with the time step."""
        return Particles(dt=self.time_step)

    @property
    def notes(self) -> dict[str, str]:
        """What the file says besides its model, for a summary."""
        files = [f"{output.path} ({len(output.columns)} columns)" for output in self.outputs]
        return {
            "run": f"{self.iterations} steps of {self.time_step:g} s",
            "files": ", ".join(files) or "none",
        }

    @property
    def interval(self) -> float:
        """The longest interval (s) whose multiples are all times of output."""
        steps = self.iterations
        for output in self.outputs:
            for time in (output.step,) if output.step is not None else output.times:
                steps = int(np.gcd(steps, round(time / self.time_step)))
        return max(steps, 1) * self.time_step

    def columns(self, result: Result, output: Output) -> xr.DataArray:
        """Return the columns of one output file (time, column) from a result of :attr:`model`."""
        times = result.time
        rows = np.arange(times.size)
        if output.step is not None:
            rows = rows[:: max(1, round(output.step / self.interval))]
        else:
            rows = np.array([round(time / self.interval) for time in output.times if time <= self.duration])
        values = np.stack([expression.course(result.dataset) for _, expression in output.columns], axis=-1)
        # Times such as 3 x 5e-05 s are to be read as 0.00015 in the file.
        rounded = np.array([float(f"{time:.9g}") for time in times[rows]])
        return label_counts(rounded, values[rows], [name for name, _ in output.columns])


def read_mdl(path: Path | str, *, seed: int = 1, absorber: str = "absorbing-segment") -> MdlModel:
    """Read an MDL file into a model with its run settings.

    Parameters
    ----------
    path : pathlib.Path or str
        The MDL file; files that it includes are found beside it.
    seed : int
        Value of the variable ``SEED``.
    absorber : {"absorbing-segment", "absorbing"}
        What ABSORPTIVE becomes: as MCell does it, only for straight steps that cross the surface, or exact.

    Raises
    ------
    MdlError
        If a statement is not understood or cannot be expressed in a model, with file, line and statement.
    """
    checks.one_of("Absorber", absorber, ABSORBERS, error=MdlError)
    definitions = read_definitions(Path(path), seed)
    whole = Place(str(path), 1, "the whole file")
    space = build_space(definitions, whole)
    made_releases = releases(definitions, space)
    orientations = Orientations(definitions.molecules, released(definitions, space), definitions.reactions)
    counter = Counter(
        definitions,
        space,
        species(definitions.molecules.values()),
        reactions(definitions.reactions, orientations),
        made_releases,
        boundaries(space, definitions.molecules, absorber),
    )
    counter.add_noted_samplers()
    outputs = tuple(counter.output(file) for file in definitions.outputs)
    try:
        model = Model(
            space.mesh,
            species=counter.species,
            reactions=counter.reactions,
            releases=counter.releases,
            boundaries=counter.boundaries,
            samplers=list(counter.samplers.values()),
        )
    except (ModelError, GeometryError) as error:
        raise MdlError(f"{path}: {error}") from error
    return MdlModel(model, *_settings(definitions, whole), outputs)


def _settings(definitions: Definitions, whole: Place) -> tuple[float, int]:
    for name in ("TIME_STEP", "ITERATIONS"):
        if name not in definitions.settings:
            raise whole.error(f"{name} is missing; add {name} = ...")
    return definitions.settings["TIME_STEP"], int(definitions.settings["ITERATIONS"])


def run_mdl(
    path: Path | str,
    seeds: Iterable[int],
    directory: Path,
    *,
    absorber: str = "absorbing-segment",
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Run an MDL file with our engine, and write its reaction data where MCell would.

    Parameters
    ----------
    path : pathlib.Path or str
        The MDL file, read anew for each seed.
    seeds : iterable of int
        Seeds.
    directory : pathlib.Path
        The files' paths are relative to it.
    absorber : str
        As for :func:`read_mdl`.
    jobs, executor
        As for :func:`~nanospine.studies.pool.run_cases`.
    progress : Progress, optional
        Receives the finished seeds.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    MdlError
        As :func:`read_mdl`; also if two seeds would write the same file, or there is nothing to write.
    """
    cases = []
    targets: set[Path] = set()
    for seed in seeds:
        mdl = read_mdl(path, seed=seed, absorber=absorber)
        if not mdl.outputs:
            raise MdlError(f"{path} has no REACTION_DATA_OUTPUT; there is nothing to write.")
        own = [directory / output.path for output in mdl.outputs]
        if targets & set(own):
            raise MdlError(
                f"{path}: seed {seed} would write {own[0]} again; put SEED into its name, "
                'e.g. sprintf(sd, "%05g", SEED) and "seed_" & sd & "/counts.dat".'
            )
        targets |= set(own)
        cases.append(Case(f"seed {seed}", 1.0, (mdl, seed, own)))
    written = run_cases(_run_seed, cases, jobs=jobs, executor=executor, progress=progress, label="seeds")
    return [target for own in written for target in own]


def _run_seed(mdl: MdlModel, seed: int, targets: list[Path], progress: Progress) -> list[Path]:
    """Run one seed, and write its files."""
    result = mdl.engine.run(mdl.model, mdl.duration, seed=seed, every=mdl.interval, progress=progress)
    if not result.complete:
        raise KeyboardInterrupt
    for target, output in zip(targets, mdl.outputs, strict=True):
        write_counts(target, mdl.columns(result, output), output.header)
    return targets
