"""Sets of results, ours or MCell's, as one kind of labelled array."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..model.arguments import checked
from ..model.errors import ResultsError
from ..results import Kind, read_dataset
from ..results.result import STORE
from .reaction_data import label_counts, read_counts, read_seeds, same_times, seed_directories

if TYPE_CHECKING:
    import xarray as xr

#: Where scenarios keep their trials.
TRIALS = "trials"
#: Coordinate that says of each column whether it has means over the intervals that end at the times.
MEANS = "interval_mean"


@checked
def load_results(path: Path, select: str | None = None) -> xr.DataArray:
    """Read a set of results.

    Parameters
    ----------
    path : pathlib.Path
        One of: a directory of ``seed_NNNNN`` as MCell writes them; a directory of Zarr stores, one for each trial, or
        of a run with such a directory ``trials``; the directory of a saved `Result`, or its Zarr store; one ``.dat``
        file.
    select : str, optional
        Which files of each seed or which stores to read: a name, for stores also a pattern such as
        ``"volume=0.01_*"``.

    Returns
    -------
    xarray.DataArray
        Counts (seed, time, column). The columns of our own results are species (inside and outside the mesh
        together), events of reactions, samplers, and ``<region>/<species> out`` and ``in`` for boundaries. Samplers
        are means over the intervals that end at the times, as the coordinate ``interval_mean`` of the columns says;
        all else are numbers at the times.

    Raises
    ------
    ResultsError
        If there are no results, or they are damaged or do not fit together.
    """
    try:
        is_file = path.is_file()
    except OSError as error:  # a name that is too long
        raise ResultsError(f"Cannot read {path}: {error.strerror}; check the path.") from error
    if is_file:
        return read_counts(path).expand_dims(seed=[1])
    if seed_directories(path):
        return read_seeds(path, select)
    saved = path if _is_store(path) or (path / TRIALS).is_dir() else path / STORE
    if _is_store(saved):
        return _from_dataset(saved)
    return _read_trials(path, select)


def read_mapping(path: Path) -> dict[str, str]:
    """Read which column of one set belongs to which of the other: a TOML file of lines ``"A's name" = "B's name"``.

    Raises
    ------
    ResultsError
        If the file is not of that form.
    """
    if not path.is_file():
        raise ResultsError(f"Cannot read the mapping {path}: there is no such file.")
    try:
        content = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ResultsError(f"Cannot read the mapping {path}: {error}.") from error
    for name, value in content.items():
        if not isinstance(value, str):
            raise ResultsError(f'{path}: {name} is {value!r}; write "name in A" = "name in B".')
    return content


def match_columns(
    a: xr.DataArray, b: xr.DataArray, mapping: Mapping[str, str] | None = None
) -> tuple[xr.DataArray, xr.DataArray, list[str]]:
    """Return the columns that both sets have, under A's names, and the names of the others.

    Raises
    ------
    ResultsError
        If the mapping names a column that does not exist, or nothing matches.
    """
    mapping = dict(mapping or {})
    names_a, names_b = ([str(name) for name in x["column"].values] for x in (a, b))
    for name_a, name_b in mapping.items():
        for side, name, names in (("A", name_a, names_a), ("B", name_b, names_b)):
            if name not in names:
                raise ResultsError(f"The mapping names column {name!r}, which {side} lacks; {side} has {_some(names)}.")
    taken = set(mapping.values())
    pairs = {name: mapping.get(name, name) for name in names_a}
    pairs = {x: y for x, y in pairs.items() if y in names_b and (x in mapping or y not in taken)}
    if not pairs:
        raise ResultsError(
            f"No column of A ({_some(names_a)}) is in B ({_some(names_b)}); give a mapping of the names (--map FILE)."
        )
    unmatched = [f"A: {name}" for name in names_a if name not in pairs]
    unmatched += [f"B: {name}" for name in names_b if name not in pairs.values()]
    matched = b.sel(column=list(pairs.values())).assign_coords(column=list(pairs))
    return a.sel(column=list(pairs)), matched, unmatched


def match_times(a: xr.DataArray, b: xr.DataArray, interpolate: bool = False) -> tuple[xr.DataArray, xr.DataArray]:
    """Return both sets at the same times.

    Parameters
    ----------
    a, b : xarray.DataArray
        Counts (seed, time, column).
    interpolate : bool
        Interpolate B linearly at the times of A that lie within those of B.

    Raises
    ------
    ResultsError
        If the times differ and ``interpolate`` is False, or do not overlap.
    """
    time_a, time_b = a["time"].values, b["time"].values
    if same_times(time_a, time_b):
        return a, b.assign_coords(time=a["time"])
    if not interpolate:
        raise ResultsError(
            f"A has {_span(time_a)} and B has {_span(time_b)}; "
            "ask for interpolation to compare them nevertheless (--interpolate)."
        )
    slack = 1e-9 * max(abs(time_b[0]), abs(time_b[-1]))
    common = time_a[(time_a >= time_b[0] - slack) & (time_a <= time_b[-1] + slack)]
    if common.size == 0:
        raise ResultsError(f"A has {_span(time_a)} and B has {_span(time_b)}; they do not overlap.")
    inside = np.clip(common, time_b[0], time_b[-1])
    return a.sel(time=common), b.interp(time=inside).assign_coords(time=common)


def like_with_like(a: xr.DataArray, b: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, NDArray[np.bool_]]:
    """Bring numbers at single times and means over intervals to one kind, as far as columns of both sets differ in it.

    Where one set has means, the numbers of the other are averaged over the two ends of each interval. The first time,
    at which no interval ends, is left out of all columns if one has means.

    Parameters
    ----------
    a, b : xarray.DataArray
        Counts (seed, time, column) at the same times.

    Returns
    -------
    tuple
        Both sets, and which columns were averaged in one of them, shape (column,).

    Raises
    ------
    ResultsError
        If there is only the first time.
    """
    in_a, in_b = means(a), means(b)
    if not (in_a | in_b).any():
        return a, b, in_a
    if a.sizes["time"] < 2:
        raise ResultsError("There is one time only, at which samplers have no mean yet; give results of several times.")
    return _averaged(a, in_b & ~in_a), _averaged(b, in_a & ~in_b), in_a ^ in_b


def means(counts: xr.DataArray) -> NDArray[np.bool_]:
    """Return which columns are means over intervals, shape (column,)."""
    if MEANS in counts.coords:
        return np.asarray(counts[MEANS].values, dtype=bool)
    return np.zeros(counts.sizes["column"], dtype=bool)


def _averaged(counts: xr.DataArray, columns: NDArray[np.bool_]) -> xr.DataArray:
    """Return counts without the first time; in some columns means over the ends of the intervals."""
    values = counts.values
    return counts.isel(time=slice(1, None)).copy(
        data=np.where(columns, (values[:, 1:] + values[:, :-1]) / 2, values[:, 1:])
    )


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _span(time: NDArray[np.float64]) -> str:
    return f"{time.size} times from {time[0]:g} to {time[-1]:g} s"


def _is_store(path: Path) -> bool:
    return any((path / name).exists() for name in ("zarr.json", ".zgroup"))


def _read_trials(path: Path, select: str | None) -> xr.DataArray:
    import xarray as xr

    home = path / TRIALS if (path / TRIALS).is_dir() else path
    stores = sorted(store for store in home.glob("*.zarr") if fnmatch.fnmatch(store.name, f"{select or '*'}"))
    if select is not None and not stores:
        stores = sorted(store for store in home.glob("*.zarr") if fnmatch.fnmatch(store.stem, select))
    if not stores:
        chosen = f" like {select!r}" if select else ""
        raise ResultsError(f"{path} holds no seed_00001, seed_00002 ... and no Zarr stores of trials{chosen}.")
    parts = [_from_dataset(store) for store in stores]
    for store, part in zip(stores[1:], parts[1:], strict=True):
        what = _difference(parts[0], part)
        if what:
            raise ResultsError(
                f"{stores[0].name} and {store.name} in {home} have different {what}; choose those of one model, "
                f"for example with --select {stores[0].stem!r}."
            )
    return xr.concat([part.assign_coords(seed=[k]) for k, part in enumerate(parts, 1)], "seed")


def _difference(a: xr.DataArray, b: xr.DataArray) -> str:
    if list(a["column"].values) != list(b["column"].values):
        return "columns"
    if not same_times(a["time"].values, b["time"].values):
        return "times"
    return "" if a.attrs.get("volume_um3") == b.attrs.get("volume_um3") else "volumes"


def _from_dataset(store: Path) -> xr.DataArray:
    """Make columns of the dataset of a `Result`."""
    dataset = read_dataset(store, Kind.RESULT, Kind.TRIAL)
    if "number" not in dataset:
        raise ResultsError(f"{store} is not the result of a run: it has no 'number'.")
    number = dataset["number"] + dataset["outside"] if "outside" in dataset else dataset["number"]
    columns = {str(species): number.sel(species=species).values for species in dataset["species"].values}
    averaged = set()
    for variable, label in (("event", "reaction"), ("sampled", "sampler")):
        for name in dataset[label].values if variable in dataset else ():
            if str(name) not in columns:
                columns[str(name)] = dataset[variable].sel({label: name}).values
                averaged |= {str(name)} if variable == "sampled" else set()
    for boundary in dataset["boundary"].values if "crossing" in dataset else ():
        for direction in dataset["direction"].values:
            name = f"{boundary} {direction}"
            columns[name] = dataset["crossing"].sel(boundary=boundary, direction=direction).values
    counts = np.stack(list(columns.values()), axis=-1).astype(np.float64)
    labelled = label_counts(dataset["time"].values, counts, list(columns)).expand_dims(seed=[1])
    labelled = labelled.assign_coords({MEANS: ("column", [name in averaged for name in columns])})
    return labelled.assign_attrs(volume_um3=dataset.attrs.get("volume_um3"))
