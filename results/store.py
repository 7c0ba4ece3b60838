"""Datasets on disk: Zarr stores that are either whole or absent."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ..model.errors import ResultsError

if TYPE_CHECKING:
    import xarray as xr


def write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Write ``dataset`` as a Zarr store at ``path``, replacing an older one only when the new one is whole."""
    partial = path.with_name(path.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        with warnings.catch_warnings():
            # Fixed-width strings have no Zarr v3 specification yet; both ends of the store are xarray.
            warnings.filterwarnings("ignore", message=".*(Zarr V3|Consolidated|vlen|specification).*")
            dataset.to_zarr(partial, mode="w", consolidated=False)
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
    except OSError as error:
        raise ResultsError(f"Cannot write results to {path}: {error}.") from error


def read_dataset(path: Path) -> xr.Dataset:
    """Read a Zarr store written by :func:`write_dataset` into memory.

    Raises
    ------
    ResultsError
        If there is no readable store at ``path``.
    """
    import xarray as xr

    if not path.is_dir():
        raise ResultsError(f"There are no results at {path}.")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*(Zarr V3|Consolidated|vlen|specification).*")
            return xr.open_zarr(path, consolidated=False).load()
    except (OSError, ValueError, KeyError) as error:
        raise ResultsError(f"Cannot read the results at {path}: {error}.") from error
