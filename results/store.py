"""Datasets on disk: Zarr stores that are either whole or absent, and say what they are."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..model import Document
from ..model.errors import ResultsError
from .format import Kind, check, stamp

if TYPE_CHECKING:
    import xarray as xr

#: The group of a store that holds a document, and its array of the JSON text.
DOCUMENT, TEXT = "document", "json"


def write_dataset(dataset: xr.Dataset, path: Path, kind: Kind, document: Document | None = None) -> None:
    """Write a Zarr store at ``path``, replacing an older one only when the new one is whole.

    Parameters
    ----------
    dataset : xarray.Dataset
        What is written.
    path : pathlib.Path
        The store.
    kind : Kind
        What it is.
    document : Document, optional
        Written into a group of the store, where it does not meet the dataset's variables.

    Raises
    ------
    ResultsError
        If it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        with warnings.catch_warnings():
            # Fixed-width strings have no Zarr v3 specification yet; both ends of the store are xarray.
            warnings.filterwarnings("ignore", message=".*(Zarr V3|Consolidated|vlen|specification).*")
            dataset.assign_attrs(stamp(kind)).to_zarr(partial, mode="w", consolidated=False)
        if document is not None:
            _write_document(document, partial)
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
    except OSError as error:
        raise ResultsError(f"Cannot write results to {path}: {error}.") from error


def read_dataset(path: Path, *kinds: Kind) -> xr.Dataset:
    """Read a Zarr store written by :func:`write_dataset` into memory.

    Parameters
    ----------
    path : pathlib.Path
        The store.
    kinds : Kind
        What it may be.

    Raises
    ------
    ResultsError
        If there is no readable store at ``path``, or it is of another kind or version.
    """
    import xarray as xr

    if not path.is_dir():
        raise ResultsError(f"There are no results at {path}.")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*(Zarr V3|Consolidated|vlen|specification).*")
            dataset = xr.open_zarr(path, consolidated=False)
            check(dataset.attrs, path, *kinds)
            dataset = dataset.load()
    except ResultsError:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise ResultsError(f"Cannot read the results at {path}: {error}.") from error
    for name in stamp(kinds[0]):
        del dataset.attrs[name]
    return dataset


def read_document(path: Path) -> Document:
    """Read the document of a store.

    Raises
    ------
    ResultsError
        If it has none, or it is damaged.
    """
    import zarr

    try:
        group = zarr.open_group(path, mode="r", path=DOCUMENT)
        arrays = {name: np.asarray(array[...]) for name, array in group.arrays()}
        document = Document(json.loads(arrays.pop(TEXT).tobytes()), arrays)
        sha256 = group.attrs["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise ResultsError(f"Cannot read how the results at {path} came about: {error}.") from error
    if document.sha256 != sha256:
        raise ResultsError(f"What is written at {path} of how the results came about is damaged; restore it.")
    return document


def _write_document(document: Document, path: Path) -> None:
    import zarr

    group = zarr.open_group(path, mode="r+").create_group(DOCUMENT)
    group.attrs["sha256"] = document.sha256
    # As an array the text is packed, to a tenth.
    text = np.frombuffer(document.text.encode(), dtype=np.uint8)
    for name, array in {TEXT: text, **document.arrays}.items():
        group.create_array(name, data=array)
