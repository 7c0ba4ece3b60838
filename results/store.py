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
from .files import beside, read_json
from .format import Kind, check, stamp
from .seal import ROOT, SEAL, check_seal, seal

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
    partial = beside(path)
    try:
        with warnings.catch_warnings():
            # Fixed-width strings have no Zarr v3 specification yet; both ends of the store are xarray.
            warnings.filterwarnings("ignore", message=".*(Zarr V3|Consolidated|vlen|specification).*")
            dataset.assign_attrs(stamp(kind)).to_zarr(partial, mode="w", consolidated=False)
        if document is not None:
            _write_document(document, partial)
        seal(partial)
        _put(partial, path)
    except OSError as error:
        raise ResultsError(f"Cannot write results to {path}: {error}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _put(whole: Path, path: Path) -> None:
    """Give a store its name; an older one is removed when it has lost it, so that none is ever half there."""
    if not path.exists():
        whole.rename(path)
        return
    old = beside(path)
    path.rename(old)
    whole.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def remove_leftovers(directory: Path) -> None:
    """Remove the stores that a killed process was writing; for whoever has locked the directory."""
    for partial in directory.glob("*.zarr.*.partial"):
        shutil.rmtree(partial, ignore_errors=True)


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
        If there is no readable store at ``path``, it is of another kind or version, or not as it was written.
    """
    import xarray as xr

    check_store(path, *kinds)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*(Zarr V3|Consolidated|vlen|specification|not recognized).*")
            dataset = xr.open_zarr(path, consolidated=False).load()
    except Exception as error:  # whatever Zarr makes of what it did not write
        raise ResultsError(f"Cannot read the results at {path}: {error}.") from error
    for name in (*stamp(kinds[0]), SEAL):
        del dataset.attrs[name]
    return dataset


def check_store(path: Path, *kinds: Kind) -> None:
    """Refuse what is no whole store of one of the kinds.

    Raises
    ------
    ResultsError
        As :func:`read_dataset`.
    """
    try:
        if not path.is_dir():
            raise ResultsError(f"There are no results at {path}.")
        said = read_json(path / ROOT)
        if not isinstance(said.get("attributes"), dict):
            raise ResultsError(f"{path / ROOT} has no attributes.")
        check(said["attributes"], path, *kinds)
        check_seal(path, said)
    except ResultsError:
        raise
    except OSError as error:
        raise ResultsError(f"Cannot read the results at {path}: {error}.") from error


def read_document(path: Path) -> Document:
    """Read the document of a store.

    Raises
    ------
    ResultsError
        If it has none.
    """
    import zarr

    try:
        group = zarr.open_group(path, mode="r", path=DOCUMENT)
        arrays = {name: np.asarray(array[...]) for name, array in group.arrays()}
        return Document(json.loads(arrays.pop(TEXT).tobytes()), arrays)
    except Exception as error:  # whatever Zarr makes of what it did not write
        raise ResultsError(f"Cannot read how the results at {path} came about: {error}.") from error


def _write_document(document: Document, path: Path) -> None:
    import zarr

    group = zarr.open_group(path, mode="r+").create_group(DOCUMENT)
    # As an array the text is packed, to a tenth.
    text = np.frombuffer(document.text.encode(), dtype=np.uint8)
    for name, array in {TEXT: text, **document.arrays}.items():
        group.create_array(name, data=array)
