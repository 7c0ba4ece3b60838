"""Positions of all molecules at chosen times, with the mesh they move in: what a 3D scene needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..model.arguments import checked
from ..model.errors import ParameterError, ResultsError
from .format import Kind
from .store import read_dataset, write_dataset

if TYPE_CHECKING:
    import xarray as xr


@checked
@dataclass(frozen=True)
class Trajectory:
    """Frames of molecule positions.

    Parameters
    ----------
    time : ndarray, shape (frames,)
        Time of each frame (s).
    start : ndarray of int64, shape (frames + 1,)
        Molecules of frame ``f`` are rows ``start[f]:start[f + 1]`` of ``position``.
    position : ndarray of float32, shape (molecules, 3)
        Positions (um).
    species : ndarray of int16, shape (molecules,)
        Index into ``species_names``.
    species_names : tuple of str
        All species of the model.
    species_groups : tuple of str
        Per species, the protein or ion that it is a state of, e.g. ``"calbindin"``.
    species_calcium : tuple of int
        Per species, how many Ca2+ it carries.
    vertices : ndarray, shape (vertices, 3)
        Mesh vertices (um).
    faces : ndarray of int, shape (faces, 3)
        Mesh triangles, outward.
    face_region : ndarray of int, shape (faces,)
        Index into ``region_names``.
    region_names : tuple of str
        Named regions of the mesh.

    Raises
    ------
    ParameterError
        If the arrays do not fit together, a number is not finite, or an index is out of range.
    """

    time: NDArray[np.float64]
    start: NDArray[np.int64]
    position: NDArray[np.float32]
    species: NDArray[np.int16]
    species_names: tuple[str, ...]
    species_groups: tuple[str, ...]
    species_calcium: tuple[int, ...]
    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    face_region: NDArray[np.int64]
    region_names: tuple[str, ...]

    def __post_init__(self) -> None:
        species, regions, rows = len(self.species_names), len(self.region_names), len(np.atleast_1d(self.position))
        self._check("time", (len(np.atleast_1d(self.time)),))
        self._check("start", (len(self.time) + 1,), 0, rows)
        self._check("position", (rows, 3))
        self._check("species", (rows,), 0, species - 1)
        self._check("vertices", (len(np.atleast_1d(self.vertices)), 3))
        self._check("faces", (len(np.atleast_1d(self.faces)), 3), 0, len(self.vertices) - 1)
        self._check("face_region", (len(self.faces),), 0, regions - 1)
        if (np.diff(self.time) < 0).any() or (np.diff(self.start) < 0).any():
            raise ParameterError("Trajectory: time and start must not decrease; sort the frames.")
        for name in ("species_groups", "species_calcium"):
            given = len(getattr(self, name))
            if given != species:
                raise ParameterError(f"Trajectory: {species} species have {given} {name}; give one for each.")

    def _check(self, name: str, shape: tuple[int, ...], low: float = -np.inf, high: float = np.inf) -> None:
        """Refuse an array of another shape, or with numbers that are not finite or out of range."""
        array = np.asarray(getattr(self, name))
        if array.shape != shape:
            raise ParameterError(f"Trajectory: {name} has shape {array.shape}; give {shape}.")
        if not (np.isfinite(array).all() and (array >= low).all() and (array <= high).all()):
            allowed = "finite numbers" if np.isinf(low) else f"whole numbers from {low} to {high}"
            raise ParameterError(f"Trajectory: {name} holds {array.min()} to {array.max()}; give {allowed}.")
        object.__setattr__(self, name, array if np.isinf(low) else _indices(array, name))

    def __len__(self) -> int:
        """Return the number of frames."""
        return int(self.time.size)

    def frame(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Return positions (molecules, 3) in um and species indices (molecules,) of one frame.

        Raises
        ------
        ParameterError
            If there is no such frame.
        """
        if not 0 <= index < len(self):
            raise ParameterError(f"There is no frame {index}; the trajectory has {len(self)}, 0 to {len(self) - 1}.")
        rows = slice(int(self.start[index]), int(self.start[index + 1]))
        return self.position[rows], self.species[rows]

    def save(self, path: Path) -> None:
        """Write a Zarr store, which ``nanospine view`` shows and :meth:`load` reads.

        Raises
        ------
        ResultsError
            If it cannot be written.
        """
        write_dataset(self.to_dataset(), path, Kind.TRAJECTORY)

    @classmethod
    def load(cls, path: Path) -> Trajectory:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ResultsError
            If there is no readable store, or it is of another kind or version.
        """
        try:
            return cls.from_dataset(read_dataset(path, Kind.TRAJECTORY))
        except (KeyError, ParameterError) as error:
            raise ResultsError(f"{path} holds no trajectory: {error}") from error

    def to_dataset(self) -> xr.Dataset:
        """Return the trajectory as a labelled dataset."""
        import xarray as xr

        um, seconds = {"units": "um"}, {"units": "s"}
        return xr.Dataset(
            {
                "start": ("frame_edge", self.start),
                "position": (("molecule", "axis"), self.position, um),
                "species_index": ("molecule", self.species),
                "group": ("species", np.array(self.species_groups)),
                "calcium": ("species", np.array(self.species_calcium), {"units": "ions per molecule"}),
                "vertices": (("vertex", "axis"), self.vertices, um),
                "faces": (("face", "corner"), self.faces),
                "face_region": ("face", self.face_region),
            },
            coords={
                "frame": ("frame", self.time, seconds),
                "species": np.array(self.species_names),
                "region": np.array(self.region_names),
                "axis": np.array(["x", "y", "z"]),
            },
        )

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> Trajectory:
        """Rebuild a trajectory from :meth:`to_dataset`."""
        return cls(
            time=dataset["frame"].values,
            start=dataset["start"].values,
            position=dataset["position"].values,
            species=dataset["species_index"].values,
            species_names=tuple(map(str, dataset["species"].values)),
            species_groups=tuple(map(str, dataset["group"].values)),
            species_calcium=tuple(map(int, dataset["calcium"].values)),
            vertices=dataset["vertices"].values,
            faces=dataset["faces"].values,
            face_region=dataset["face_region"].values,
            region_names=tuple(map(str, dataset["region"].values)),
        )


def _indices(array: NDArray[Any], name: str) -> NDArray[Any]:
    if array.dtype.kind in "iu":
        return array
    if (array != np.trunc(array)).any():
        raise ParameterError(f"Trajectory: {name} holds fractions; give whole numbers.")
    return array.astype(np.int64)
