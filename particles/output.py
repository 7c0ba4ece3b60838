"""From the kernels' arrays to labelled results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ..compiled.csr import pointers
from ..model import Model
from ..results import Population, Trajectory
from .kernels.state import HIT_INSIDE, HIT_OUTSIDE, IN, OUT, USED, Particles, Record
from .kernels.tables import INSIDE, OUTSIDE


def to_dataset(model: Model, record: Record, steps: NDArray[np.int64], dt: float, volumes: list[float]) -> xr.Dataset:
    """Label the first rows of output; see :class:`~nanospine.results.Result`.

    Parameters
    ----------
    model, record : Model, Record
        What was run and measured.
    steps : ndarray, shape (rows,)
        Time steps from the start of the run to each finished row.
    dt : float
        Time step (s).
    volumes : list of float
        Accessible volume of each sampler's place (um^3).
    """
    rows, first = len(steps), int(record.first[0])
    # Nothing was sampled before the first row.
    interval = np.diff(steps, prepend=-1)[:, np.newaxis]
    total, gated, open_steps = np.moveaxis(record.sampled[:rows], 2, 0)
    with np.errstate(invalid="ignore"):
        # No open step in an interval leaves nothing to average; readers weight by open_fraction.
        while_open = np.where(open_steps > 0, gated / np.maximum(open_steps, 1), 0.0)
    count, per_interval = {"units": "molecules"}, {"units": "1"}
    return xr.Dataset(
        {
            "number": (("time", "species"), record.number[:rows, :, INSIDE:].sum(axis=2), count),
            "outside": (("time", "species"), record.number[:rows, :, OUTSIDE], count),
            "within": (("time", "species", "compartment"), record.number[:rows, :, INSIDE:], count),
            "event": (("time", "reaction"), record.event[:rows], {"units": "events"}),
            "crossing": (("time", "boundary", "direction"), record.passage[:rows, :, [OUT, IN]], count),
            "hit": (("time", "boundary", "side"), record.passage[:rows, :, [HIT_INSIDE, HIT_OUTSIDE]], count),
            "sampled": (("time", "sampler"), total / interval, count),
            "sampled_open": (("time", "sampler"), while_open, count),
            "open_fraction": (("time", "sampler"), open_steps / interval, per_interval),
            "sampled_volume": ("sampler", volumes, {"units": "um^3"}),
        },
        coords={
            "time": ("time", (first + steps) * dt, {"units": "s"}),
            "species": list(model.species_names),
            "reaction": [step.name for step in model.steps],
            "boundary": np.array([f"{b.region}/{b.species}" for b in model.boundaries], dtype=str),
            "direction": ["out", "in"],
            "side": ["inside", "outside"],
            "compartment": list(model.mesh.compartment_names),
            "sampler": np.array([sampler.name for sampler in model.samplers], dtype=str),
        },
    )


def released(
    releases: list[tuple[int, NDArray[np.int64]]], dataset: xr.Dataset, steps: NDArray[np.int64]
) -> tuple[tuple[str, str], NDArray[np.int64], dict[str, str]]:
    """Return how many molecules of each species were released after the start until each output, for the dataset.

    Parameters
    ----------
    releases : list of (int, ndarray)
        Steps after the start, and molecules of each species, shape (species,).
    dataset : xarray.Dataset
        The labelled output.
    steps : ndarray, shape (rows,)
        Time steps from the start of the run to each row.
    """
    so_far = np.zeros((dataset.sizes["time"], dataset.sizes["species"]), np.int64)
    for step, number in releases:
        so_far[np.searchsorted(steps, step, side="right") :] += number
    return ("time", "species"), so_far, {"units": "molecules"}


@dataclass(frozen=True)
class Snapshot:
    """All molecules at one time, as an observer sees them.

    Parameters
    ----------
    time : float
        s.
    species : ndarray of int16, shape (molecules,)
        Index into the model's ``species_names``.
    position : ndarray, shape (molecules, 3)
        um.
    number : ndarray, shape (species,)
        Molecules of each species in all compartments.
    """

    time: float
    species: NDArray[np.int16]
    position: NDArray[np.float64]
    number: NDArray[np.int64]


Observer = Callable[[Snapshot], None]


def take_snapshot(time: float, particles: Particles) -> Snapshot:
    """Copy the present molecules out of the store, in the order of their serials."""
    slots = np.flatnonzero(particles.species[: particles.counters[USED]] >= 0)
    slots = slots[np.argsort(particles.serial[slots])]
    species = particles.species[slots].astype(np.int16)
    return Snapshot(time, species, particles.position[slots], particles.number[:, INSIDE:].sum(axis=1))


def take_population(model: Model, time: float, particles: Particles) -> Population:
    """Copy all that a run needs to start with the present molecules out of the store."""
    slots = np.flatnonzero(particles.species[: particles.counters[USED]] >= 0)
    return Population(
        time=time,
        species_names=model.species_names,
        species=particles.species[slots],
        position=particles.position[slots],
        face=particles.face[slots],
        compartment=particles.compartment[slots] - np.int32(INSIDE),
    )


class Camera:
    """An observer that keeps all positions."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._times: list[float] = []
        self._positions: list[NDArray[Any]] = []
        self._species: list[NDArray[Any]] = []

    def __call__(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        self._times.append(snapshot.time)
        self._positions.append(snapshot.position.astype(np.float32))
        self._species.append(snapshot.species)

    def state(self) -> dict[str, ArrayLike]:
        """Return what was kept as arrays."""
        return {
            "time": np.array(self._times),
            "length": np.array([len(species) for species in self._species], dtype=np.int64),
            "position": np.concatenate([np.empty((0, 3), np.float32), *self._positions]),
            "species": np.concatenate([np.empty(0, np.int16), *self._species]),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up what another camera kept."""
        self._times = state["time"].tolist()
        ends = np.cumsum(state["length"])[:-1] if self._times else np.empty(0, np.int64)
        self._positions = np.split(state["position"], ends) if self._times else []
        self._species = np.split(state["species"], ends) if self._times else []

    def trajectory(self) -> Trajectory | None:
        """Return what was kept, or None if nothing was."""
        if not self._times:
            return None
        model, mesh = self._model, self._model.mesh
        return Trajectory(
            time=np.array(self._times),
            start=pointers(map(len, self._species), np.int64),
            position=np.concatenate(self._positions),
            species=np.concatenate(self._species),
            species_names=model.species_names,
            species_groups=tuple(species.group for species in model.species),
            species_calcium=tuple(int(n) for n in model.content("Ca")),
            vertices=np.asarray(mesh.vertices),
            faces=np.asarray(mesh.faces),
            face_region=np.asarray(mesh.face_region),
            region_names=mesh.region_names,
        )


def looks(
    frames: Sequence[int], camera: Camera, observed: range, observer: Observer | None
) -> dict[int, list[Observer]]:
    """Return who looks at the molecules after each step: the camera for every frame, then the observer."""
    calls: dict[int, list[Observer]] = {step: [camera] * number for step, number in Counter(frames).items()}
    if observer is not None:
        for step in observed:
            calls.setdefault(step, []).append(observer)
    return calls
