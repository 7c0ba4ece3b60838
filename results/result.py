"""The result of one run: labelled arrays, whichever engine made them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ..model import (
    Boundary,
    Document,
    Model,
    ModelError,
    ParameterError,
    ResultsError,
    SimulationError,
    checks,
)
from ..model.arguments import checked
from ..model.units import MOLECULES_PER_UM3_PER_UM
from .format import Kind
from .lock import exclusively
from .population import Population
from .readout import CaReadout
from .run import Run, Start
from .store import read_dataset, read_document, remove_leftovers, write_dataset
from .trajectory import Trajectory

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

STORE, FRAMES, POPULATION = "results.zarr", "trajectory.zarr", "population.zarr"


@dataclass(frozen=True)
class Visits:
    """Visits of molecules to a place, one row each.

    Parameters
    ----------
    entry : ndarray, shape (visits,)
        Time (s) of the first step at which the molecule was seen there.
    duration : ndarray, shape (visits,)
        Steps at which it was seen there, times the time step (s).
    finished : ndarray of bool, shape (visits,)
        False for visits under way at the end of the run, whose duration is that until then.
    """

    entry: NDArray[np.float64]
    duration: NDArray[np.float64]
    finished: NDArray[np.bool_]

    @property
    def mean(self) -> float:
        """Mean duration (s): the time spent in all visits over the number that ended.

        The mean of the finished visits alone would be too short, since the long ones are under way at the end.

        Raises
        ------
        ResultsError
            If none has ended.
        """
        if not self.finished.any():
            raise ResultsError(f"No visit has ended, of {self.finished.size} under way; run longer for a mean.")
        return float(self.duration.sum() / self.finished.sum())


@checked
@dataclass(frozen=True)
class Result:
    """What a run returns.

    Parameters
    ----------
    dataset : xarray.Dataset
        ``number`` (time, species): molecules inside the mesh, fractional in rate equations. What the engine has of
        these besides: ``outside`` (time, species): those followed outside;
        ``within`` (time, species, compartment): those in each compartment, surface molecules in that inside their
        membrane; ``hit`` (time, boundary, side): how often a boundary was reached so far;
        ``released`` (time, species): molecules released after t = 0 until then, if the model has such releases;
        ``event`` (time, reaction): events so far; ``crossing`` (time, boundary, direction): passages so far;
        ``sampled`` (time, sampler): mean number over the interval that ends at ``time``; ``sampled_open`` and
        ``open_fraction``: the same while the sampler's gate was open, and how long it was; ``sampled_volume``
        (sampler): accessible volume (um^3); ``visit_*`` (visit): see :meth:`visits`.
        The attributes hold the volume (um^3), what made it, and how long that took.
    run : Run
        All that it takes to make the result again: see :func:`~nanospine.rerun`.
    trajectory : Trajectory or None
        Positions at the requested times.
    complete : bool
        False if the run was interrupted; the dataset then ends early.
    population : Population or None
        All molecules at the end, after the last reactions, of a run of the particle engine that was not interrupted:
        another run can start with them.
    """

    dataset: xr.Dataset
    run: Run
    trajectory: Trajectory | None = None
    complete: bool = True
    population: Population | None = None

    @property
    def time(self) -> NDArray[np.float64]:
        """Output times (s), shape (time,)."""
        return np.asarray(self.dataset["time"].values)

    @property
    def model(self) -> Model:
        """The model that was run."""
        return self.run.model

    @property
    def end(self) -> Start:
        """The last numbers of molecules, from which another run can go on.

        Raises
        ------
        SimulationError
            If the run was interrupted.
        """
        if not self.complete:
            raise SimulationError("The run to continue was interrupted; run it to its end first.")
        last, compartments = self.dataset.isel(time=-1), self.model.mesh.compartment_names
        several = compartments if len(compartments) > 1 else ()
        number = last["within"].transpose("species", "compartment") if several else last["number"]
        names = tuple(map(str, last["species"].values))
        return Start(float(last["time"]), names, number.values.ravel().tolist(), several)

    @property
    def volume(self) -> float:
        """Volume of the mesh (um^3)."""
        return float(self.dataset.attrs["volume_um3"])

    def save(self, directory: Path | str) -> None:
        """Write ``results.zarr``, and if they are there ``trajectory.zarr`` and ``population.zarr``, into a directory.

        The first holds the model and all else that it takes to make the result again. ``nanospine view`` shows it,
        ``nanospine compare`` reads it, and :meth:`load` returns it.

        Raises
        ------
        ResultsError
            If the directory holds results already, another run writes there, or it cannot be written.
        """
        target = Path(directory)
        with exclusively(target):
            if (target / STORE).exists():
                raise ResultsError(f"{target / STORE} exists already; choose another directory or remove it.")
            remove_leftovers(target)
            if self.trajectory is not None:
                self.trajectory.save(target / FRAMES)
            if self.population is not None:
                self.population.save(target / POPULATION)
            # What says that a result is there comes last.
            dataset = self.dataset.assign_attrs(complete=int(self.complete))
            write_dataset(dataset, target / STORE, Kind.RESULT, Document.of(self.run))

    @classmethod
    def load(cls, directory: Path | str) -> Result:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ResultsError
            If there are no readable results, or they are of another kind or version.
        """
        store, frames, molecules = (Path(directory) / name for name in (STORE, FRAMES, POPULATION))
        dataset = read_dataset(store, Kind.RESULT)
        try:
            run = read_document(store).read()
        except ModelError as error:
            raise ResultsError(f"Cannot read how {store} came about: {error}") from error
        complete = bool(dataset.attrs.pop("complete"))
        trajectory = Trajectory.load(frames) if frames.exists() else None
        population = Population.load(molecules) if molecules.exists() else None
        return cls(dataset, run, trajectory, complete, population)

    def number(self, species: str) -> NDArray[np.int64]:
        """Molecules of a species inside the mesh, shape (time,).

        Raises
        ------
        ParameterError
            If there is no such species.
        """
        checks.one_of("Species", species, list(map(str, self.dataset["species"].values)), error=ParameterError)
        return np.asarray(self.dataset["number"].sel(species=species).values)

    def concentration(self, species: str) -> NDArray[np.float64]:
        """Mean concentration (uM) of a species in the whole mesh, shape (time,)."""
        return self.number(species) / (self.volume * MOLECULES_PER_UM3_PER_UM)

    def sampled_concentration(self, sampler: str) -> NDArray[np.float64]:
        """Mean concentration (uM) in a sampler's place over the interval that ends at each time, shape (time,).

        Raises
        ------
        ParameterError
            If there is no such sampler.
        """
        one = self._sampler(sampler)
        return np.asarray(one["sampled"].values / (float(one["sampled_volume"]) * MOLECULES_PER_UM3_PER_UM))

    def readout(self, species: str = "Ca", *, sampler: str | None = None, compartment: str | None = None) -> CaReadout:
        """Return what a rule of plasticity reads: calcium of the whole mesh, of a compartment or of a sampler's zone.

        Parameters
        ----------
        species : str
            Free calcium, of which the mean concentration in the whole mesh is read at each time of output.
        sampler : str, optional
            A sampler of calcium, to be read in place of that: the mean over each interval of output, at its middle.
        compartment : str, optional
            A compartment of the mesh, to be read in place of the whole.

        Raises
        ------
        ParameterError
            If there is no such species, sampler or compartment, both of these are given, or the run was interrupted
            before there was anything to read.
        """
        if sampler is not None and compartment is not None:
            raise ParameterError(
                f"Readout of sampler {sampler!r} and of compartment {compartment!r}; give one of the two."
            )
        if compartment is not None:
            return self._readout_within(species, compartment)
        if sampler is None:
            return CaReadout.of_ions(self.time, self.number(species), self.volume)
        one = self._sampler(sampler)
        middles = (self.time[1:] + self.time[:-1]) / 2
        return CaReadout.of_ions(middles, one["sampled"].values[1:], float(one["sampled_volume"]), sampler)

    def _readout_within(self, species: str, compartment: str) -> CaReadout:
        mesh = self.model.mesh
        checks.one_of("Compartment", compartment, mesh.compartment_names, error=ParameterError)
        number = self.number(species)
        if "within" in self.dataset:
            number = self.dataset["within"].sel(species=species, compartment=compartment).values
        volume = mesh.compartments[mesh.compartment_names.index(compartment)].volume
        return CaReadout.of_ions(self.time, number, volume, compartment)

    def _sampler(self, name: str) -> xr.Dataset:
        names = self.dataset["sampler"].values if "sampler" in self.dataset else ()
        checks.one_of("Sampler", name, list(map(str, names)), error=ParameterError)
        return self.dataset.sel(sampler=name)

    def visits(self, residence: str) -> Visits:
        """How long molecules stayed where a :class:`~nanospine.model.Residence` followed them.

        Raises
        ------
        ParameterError
            If there is no such residence.
        """
        names = [str(name) for name in self.dataset["residence"].values] if "residence" in self.dataset else []
        checks.one_of("Residence", residence, names, error=ParameterError)
        rows = self.dataset["visit_residence"].values == names.index(residence)
        return Visits(*(self.dataset[f"visit_{field.name}"].values[rows] for field in fields(Visits)))

    def to_dataframe(self) -> pd.DataFrame:
        """Molecules inside the mesh as a table: one row per time, one column per species."""
        return cast("pd.DataFrame", self.dataset["number"].to_pandas())


@checked
def budget(result: Result, moiety: str = "Ca") -> NDArray[np.int64]:
    """Return content minus (start content + what came in - what went out), shape (time,): zero if conserved.

    Every event of a reaction that does not conserve the moiety is a flux in or out, every passage of a boundary
    carries its species' content, unless it leads from one compartment to another.

    Parameters
    ----------
    result : Result
        Of the particle engine.
    moiety : str
        What is conserved; see :class:`~nanospine.model.Species`.

    Raises
    ------
    ParameterError
        If the result has no events. If the mesh has several compartments and a reaction has products outside a
        membrane: they may have left all compartments or come into another.
    """
    dataset, model = result.dataset, result.model
    if "event" not in dataset:
        raise ParameterError(
            f"A result of engine {result.run.engine!r} has no events; give one of the particle engine."
        )
    outward = [step.name for step in model.steps if any(term.side == "outside" for term in step.products)]
    if outward and len(model.mesh.compartment_names) > 1:
        raise ParameterError(
            f"Reaction {outward[0]!r} has products outside a membrane, which need not be outside of all compartments "
            f"of {model.mesh.name!r}; close the budget with the numbers in each, the result's 'within' and 'outside'."
        )
    carried = model.content(moiety)
    content = dataset["number"].values @ carried
    gain = np.array([
        sum(carried[model.index(t.species)] for t in step.products if t.side != "outside")
        - sum(carried[model.index(t.species)] for t in step.reactants)
        for step in model.steps
    ])  # fmt: skip
    supplied = dataset["event"].values @ gain
    if "released" in dataset:
        supplied = supplied + dataset["released"].values @ carried
    if model.boundaries:
        per_boundary = np.array(
            [0 if _is_internal(model, b) else carried[model.index(b.species)] for b in model.boundaries]
        )
        crossing = dataset["crossing"]
        net_out = crossing.sel(direction="out").values - crossing.sel(direction="in").values
        supplied = supplied - net_out @ per_boundary
    return np.asarray(content - content[0] - supplied)


def _is_internal(model: Model, boundary: Boundary) -> bool:
    """Say whether what passes a boundary stays in the mesh."""
    first = model.mesh.region_faces(boundary.region)[0]
    return not boundary.behaviour.takes and bool(model.mesh.face_compartments[first, 1] >= 0)
