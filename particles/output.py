"""From the kernels' arrays to labelled results."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..model import Model
from ..results import Trajectory
from .kernels.tables import INSIDE, OUTSIDE, USED, Particles, Record


def to_dataset(model: Model, record: Record, rows: int, interval: float) -> xr.Dataset:
    """Label the first ``rows`` rows of output, ``interval`` seconds apart; see :class:`~nanospine.results.Result`."""
    steps = float(record.interval[0])
    total, gated, open_steps = np.moveaxis(record.sampled[:rows], 2, 0)
    with np.errstate(invalid="ignore"):
        # No open step in an interval leaves nothing to average; readers weight by open_fraction.
        while_open = np.where(open_steps > 0, gated / np.maximum(open_steps, 1), 0.0)
    count, per_interval = {"units": "molecules"}, {"units": "1"}
    return xr.Dataset(
        {
            "number": (("time", "species"), record.number[:rows, :, INSIDE], count),
            "outside": (("time", "species"), record.number[:rows, :, OUTSIDE], count),
            "event": (("time", "reaction"), record.event[:rows], {"units": "events"}),
            "crossing": (("time", "boundary", "direction"), record.crossing[:rows], count),
            "sampled": (("time", "sampler"), total / steps, count),
            "sampled_open": (("time", "sampler"), while_open, count),
            "open_fraction": (("time", "sampler"), open_steps / steps, per_interval),
        },
        coords={
            "time": ("time", np.arange(rows) * interval, {"units": "s"}),
            "species": list(model.species_names),
            "reaction": [step.name for step in model.steps],
            "boundary": np.array([f"{b.region}/{b.species}" for b in model.boundaries], dtype=str),
            "direction": ["out", "in"],
            "sampler": np.array([sampler.name for sampler in model.samplers], dtype=str),
        },
    )


class Camera:
    """Keeps the positions of all molecules at chosen times."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._times: list[float] = []
        self._positions: list[np.ndarray] = []
        self._species: list[np.ndarray] = []

    def take(self, time: float, particles: Particles) -> None:
        """Keep the present positions."""
        slots = np.flatnonzero(particles.species[: particles.counters[USED]] >= 0)
        self._times.append(time)
        self._positions.append(particles.position[slots].astype(np.float32))
        self._species.append(particles.species[slots].astype(np.int16))

    def trajectory(self) -> Trajectory | None:
        """Return what was kept, or None if nothing was."""
        if not self._times:
            return None
        model, mesh = self._model, self._model.mesh
        lengths = [len(species) for species in self._species]
        return Trajectory(
            time=np.array(self._times),
            start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
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
