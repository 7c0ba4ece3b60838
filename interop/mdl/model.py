"""MDL files as models that our engine runs, with their settings and outputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...model import GeometryError, Mesh, Model, ModelError, ResultsError, Species, checks
from ...model.arguments import checked
from ...particles import Particles
from ...results import Progress, Result
from ...results.lock import exclusively
from ...studies.pool import Case, run_cases
from ..reaction_data import label_counts, write_counts
from .boxes import BoxWatch
from .chemistry import joined, reactions, species
from .columns import Output
from .counts import Counter
from .definitions import Definitions
from .files import Readable
from .free_space import REACHED, voxel, widened
from .orientation import Orientations
from .reader import read_definitions
from .releases import released, releases
from .space import boundaries, build_space
from .syntax import MdlError, Place
from .vocabulary import warn_of

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
    voxel : float
        Edge of the reaction voxels (um).
    is_open : bool
        Whether molecules are in free space, the last compartment: a box whose sides they hardly reach.
    """

    model: Model
    time_step: float
    iterations: int
    outputs: tuple[Output, ...]
    voxel: float = Particles.voxel
    is_open: bool = False

    @property
    def duration(self) -> float:
        """Simulated time (s)."""
        return self.time_step * self.iterations

    @property
    def engine(self) -> Particles:
        """The particle engine with the time step."""
        return Particles(dt=self.time_step, voxel=self.voxel)

    @property
    def notes(self) -> dict[str, str]:
        """What the file says besides its model, for a summary."""
        files = [f"{output.path} ({len(output.columns)} columns)" for output in self.outputs]
        found = {
            "run": f"{self.iterations} steps of {self.time_step:g} s",
            "files": ", ".join(files) or "none",
        }
        if self.is_open:
            edges = " x ".join(f"{edge:.3g}" for edge in np.ptp(self.model.mesh.bounds, axis=0))
            found["space"] = f"free; run in a box of {edges} um, whose sides fewer than {REACHED} molecules reach"
        return found

    @property
    def interval(self) -> float:
        """The longest interval (s) whose multiples are all times of output."""
        return self._stride * self.time_step

    @property
    def _stride(self) -> int:
        steps = [output.steps.step if isinstance(output.steps, range) else output.steps for output in self.outputs]
        return math.gcd(self.iterations, *(step for part in steps for step in np.atleast_1d(part).tolist()))

    def run(self, seed: int = 1, progress: Progress | None = None) -> Result:
        """Run as the file says, and keep what its outputs need.

        Parameters
        ----------
        seed : int
            Seed of the engine; the variable ``SEED`` is that with which the file was read.
        progress : Progress, optional
            Receives the finished fraction.

        Returns
        -------
        Result
            With ``present`` (time, box) if there are boxes: the molecules in each at the time itself, as MCell counts.
        """
        watch = BoxWatch(self.model)
        result = self.engine.run(
            self.model, self.duration, seed=seed, every=self.interval, progress=progress,
            observer=watch if watch.has_boxes else None, observe_every=self.interval,
        )  # fmt: skip
        if watch.has_boxes:
            result.dataset["present"] = watch.counts()
        return result

    def columns(self, result: Result, output: Output) -> xr.DataArray:
        """Return the columns of one output file (time, column) from a result of :meth:`run`."""
        rows = np.array(output.steps) // self._stride
        values = np.stack([expression.course(result.dataset) for _, expression in output.columns], axis=-1)
        # Times such as 3 x 5e-05 s are to be read as 0.00015 in the file.
        rounded = np.array([float(f"{time:.9g}") for time in result.time[rows]])
        return label_counts(rounded, values[rows], [name for name, _ in output.columns])


@checked
def read_mdl(
    path: Path | str, *, seed: int = 1, absorber: str = "absorbing-segment", allow_path: Iterable[Path | str] = ()
) -> MdlModel:
    """Read an MDL file into a model with its run settings.

    Parameters
    ----------
    path : pathlib.Path or str
        The MDL file; files that it includes, and files of rates, are found beside it.
    seed : int
        Value of the variable ``SEED``.
    absorber : {"absorbing-segment", "absorbing"}
        What ABSORPTIVE becomes: as MCell does it, only for straight steps that cross the surface, or exact.
    allow_path : iterable of path
        Folders in which these files may lie, besides that of the model and those below it.

    Raises
    ------
    MdlError
        If a statement is not understood or cannot be expressed in a model, with file, line and statement.

    Warns
    -----
    NanospineWarning
        Of what is read without effect.
    """
    checks.one_of("Absorber", absorber, ABSORBERS, error=MdlError)
    definitions = read_definitions(Path(path), seed, Readable(Path(path), allow_path))
    whole = Place(str(path), 1, "the whole file")
    time_step, iterations = _settings(definitions, whole)
    space = build_space(definitions, whole)
    made_releases = releases(definitions, space)
    ahead = joined(definitions.reactions)
    orientations = Orientations(definitions.molecules, released(definitions, space), ahead)
    made_reactions = reactions(ahead, orientations)
    made_boundaries = boundaries(space, definitions, absorber)
    counter = Counter(
        definitions,
        space,
        species(definitions.molecules.values()),
        [step for _, parts in made_reactions for reaction in parts for step in reaction.steps],
        {r.name: [part.steps[0] for part in parts] for r, parts in made_reactions if r.name},
        [release for _, release in made_releases],
        [boundary for _, boundary in made_boundaries],
        orientations,
    )
    counter.add_noted_samplers()
    outputs = tuple(counter.output(file, time_step, iterations) for file in definitions.outputs)
    parts: dict[str, Sequence[tuple[Place, Any]]] = {
        "reactions": [(reaction.place, part) for reaction, made in made_reactions for part in made],
        "releases": made_releases,
        "boundaries": made_boundaries,
        "samplers": counter.places,
    }
    model = _model(space.mesh, counter, parts, whole)
    warn_of(definitions.without_effect)
    if not space.is_open:
        return MdlModel(model, time_step, iterations, outputs)
    model = widened(model, time_step * iterations)
    return MdlModel(model, time_step, iterations, outputs, voxel(model, whole), is_open=True)


def _model(mesh: Mesh, counter: Counter, parts: Mapping[str, Sequence[tuple[Place, Any]]], whole: Place) -> Model:
    """Make the model; an error names the statement by itself if one alone is wrong."""
    found: dict[str, list[Any]] = {kind: [part for _, part in pairs] for kind, pairs in parts.items()}
    # Hits are recorded at boundaries that no statement sets.
    found["boundaries"] = counter.boundaries
    try:
        return Model(mesh, species=counter.species, **found)
    except (ModelError, GeometryError) as error:
        for kind, pairs in parts.items():
            for place, part in pairs:
                _check_alone(mesh, counter.species, kind, part, place)
        raise whole.error(str(error)) from error


def _check_alone(mesh: Mesh, species: list[Species], kind: str, part: Any, place: Place) -> None:
    parts: dict[str, Any] = {kind: [part]}
    try:
        Model(mesh, species=species, **parts)
    except (ModelError, GeometryError) as error:
        raise place.error(str(error)) from error


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
    allow_path: Iterable[Path | str] = (),
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
    absorber, allow_path
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
    ResultsError
        If a file exists already, lies outside of the directory, or cannot be written, or another run writes there.
    """
    allowed = list(allow_path)
    cases = []
    targets: set[Path] = set()
    for seed in seeds:
        mdl = read_mdl(path, seed=seed, absorber=absorber, allow_path=allowed)
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
    with exclusively(directory):
        for target in targets:
            _prepare(target, directory)
        written = run_cases(_run_seed, cases, jobs=jobs, executor=executor, progress=progress, label="seeds")
        return [target for own in written for target in own]


def _run_seed(mdl: MdlModel, seed: int, targets: list[Path], progress: Progress) -> list[Path]:
    """Run one seed, and write its files."""
    result = mdl.run(seed, progress)
    if not result.complete:
        raise KeyboardInterrupt
    for target, output in zip(targets, mdl.outputs, strict=True):
        write_counts(target, mdl.columns(result, output), output.header)
    return targets


def _prepare(target: Path, directory: Path) -> None:
    """Make the folder of an output, which must be new and below the folder of all outputs."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() or target.is_symlink():
            raise ResultsError(f"{target} exists already; choose another directory or remove it.")
        if not target.resolve().is_relative_to(directory.resolve()):
            raise ResultsError(f"{target} lies outside of {directory} through a link; choose another directory.")
    except OSError as error:
        if isinstance(error, ResultsError):
            raise
        raise ResultsError(f"Cannot write {target}: {error}; choose another directory.") from error
