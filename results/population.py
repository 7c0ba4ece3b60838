"""All molecules at one time: how a run of the particle engine ends, and how another can start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..model import ParameterError, ResultsError, checks
from ..model.arguments import checked
from .format import Kind
from .store import read_dataset, write_dataset

if TYPE_CHECKING:
    import xarray as xr

TYPES = {"species": np.int32, "position": np.float64, "face": np.int32, "compartment": np.int32}


@checked
@dataclass(frozen=True, eq=False)
class Population:
    """Molecules at one time.

    Those of a result are exact: a run that starts with them rounds nothing and draws nothing anew. Without triangles
    or compartments, as in another mesh, molecules belong where their positions are, as released points do.

    Parameters
    ----------
    time : float
        s; a run that starts with these molecules goes on from here.
    species_names : tuple of str
        Names of the species, in any order.
    species : ndarray of int, shape (molecules,)
        Index into ``species_names``.
    position : ndarray, shape (molecules, 3)
        um.
    face : ndarray of int, shape (molecules,), optional
        Triangle of each molecule of a membrane, -1 for those in a volume.
    compartment : ndarray of int, shape (molecules,), optional
        Index into the mesh's ``compartment_names``, -1 outside of everything; of molecules of a membrane, that inside
        of it.

    Raises
    ------
    ParameterError
        If a number is out of range, or the arrays do not fit together.
    """

    time: float
    species_names: tuple[str, ...]
    species: NDArray[np.int32]
    position: NDArray[np.float64]
    face: NDArray[np.int32] | None = None
    compartment: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        checks.finite("Population: time (s)", self.time, minimum=0.0, error=ParameterError)
        n = np.size(self.species)
        twice = [name for k, name in enumerate(self.species_names) if name in self.species_names[:k]]
        if twice:
            raise ParameterError(f"Population: species {twice[0]!r} is named twice; give each name once.")
        for name, dtype in TYPES.items():
            shape = (n, 3) if name == "position" else (n,)
            if getattr(self, name) is None:
                continue
            array = np.asarray(getattr(self, name))
            if array.shape != shape or not np.isfinite(array).all():
                raise ParameterError(
                    f"Population of {n} molecules: {name} has shape {array.shape}; give finite numbers, {shape}."
                )
            if np.issubdtype(dtype, np.integer) and not _are_indices(array):
                raise ParameterError(
                    f"Population: {name} holds {array.min():g} to {array.max():g}; give whole numbers."
                )
            object.__setattr__(self, name, array.astype(dtype, copy=False))
        if n and not 0 <= self.species.min() <= self.species.max() < len(self.species_names):
            raise ParameterError(
                f"Population: species are numbered {self.species.min()} to {self.species.max()}, "
                f"but {len(self.species_names)} have names; give indices of these."
            )

    def __len__(self) -> int:
        """Return the number of molecules."""
        return len(self.species)

    def save(self, path: Path) -> None:
        """Write a Zarr store, which :meth:`load` reads.

        Raises
        ------
        ResultsError
            If it cannot be written.
        """
        write_dataset(self.to_dataset(), path, Kind.POPULATION)

    @classmethod
    def load(cls, path: Path) -> Population:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ResultsError
            If there is no readable store, or it is of another kind or version.
        """
        try:
            return cls.from_dataset(read_dataset(path, Kind.POPULATION))
        except (KeyError, ParameterError) as error:
            raise ResultsError(f"{path} holds no molecules: {error}") from error

    def to_dataset(self) -> xr.Dataset:
        """Return the molecules as a labelled dataset."""
        import xarray as xr

        arrays = {name: getattr(self, name) for name in TYPES if getattr(self, name) is not None}
        return xr.Dataset(
            {name: (("molecule", "axis")[: array.ndim], array) for name, array in arrays.items()},
            coords={"species_name": np.array(self.species_names), "axis": ["x", "y", "z"], "time": self.time},
        )

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> Population:
        """Rebuild the molecules from :meth:`to_dataset`."""
        return cls(
            time=float(dataset["time"]),
            species_names=tuple(map(str, dataset["species_name"].values)),
            **{name: dataset[name].values for name in TYPES if name in dataset},
        )


def _are_indices(array: NDArray[Any]) -> bool:
    limits = np.iinfo(np.int32)
    return bool((array == np.trunc(array)).all() and ((array >= -1) & (array <= limits.max)).all())
