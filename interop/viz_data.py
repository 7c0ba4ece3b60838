"""Visualisation data of MCell (ASCII and CELLBLENDER files) as labelled arrays and as a trajectory."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..compiled.csr import pointers
from ..geometry import TriangleMesh, box
from ..model import Mesh, Model
from ..model.errors import ResultsError
from ..model.numerals import read_number
from ..results import Trajectory
from .reaction_data import read_lines

if TYPE_CHECKING:
    import xarray as xr

FRAME_FILE = re.compile(r".+\.(ascii|cellbin)\.([0-9]+)\.dat\Z")
CELLBIN_VERSION = 1
#: Part of the extent that the box around molecules without a mesh leaves free.
MARGIN = 0.02

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Molecules:
    """The molecules of one frame.

    Parameters
    ----------
    species : list of str
        Species of each molecule.
    position : ndarray of float32, shape (molecules, 3)
        um.
    normal : ndarray of float32, shape (molecules, 3)
        Orientation of surface molecules; zero for volume molecules.
    """

    species: list[str]
    position: Floats
    normal: Floats


def is_viz_directory(directory: Path) -> bool:
    """Say whether a directory holds visualisation files of MCell."""
    return directory.is_dir() and any(FRAME_FILE.match(path.name) for path in directory.iterdir())


def read_viz(directory: Path, time_step: float | None = None) -> xr.Dataset:
    """Read the visualisation files of one run.

    Parameters
    ----------
    directory : pathlib.Path
        Holds ``<name>.ascii.<iteration>.dat`` or ``<name>.cellbin.<iteration>.dat``, of one kind.
    time_step : float, optional
        The run's time step (s), which the files do not tell; adds the coordinate ``time``.

    Returns
    -------
    xarray.Dataset
        ``position`` and ``normal`` (molecule, axis), ``species_index`` (molecule), ``start`` (frame_edge): molecules
        of frame ``f`` are ``start[f]`` to ``start[f + 1]``; coordinates ``iteration`` (frame) and ``species``.

    Raises
    ------
    ResultsError
        If there are none or of both kinds, or one is damaged; the message names the line or byte.
    """
    import xarray as xr

    frames = {iteration: read_frame(path) for iteration, path in _frame_files(directory).items()}
    species = list(dict.fromkeys(name for frame in frames.values() for name in frame.species))
    number = {name: index for index, name in enumerate(species)}
    um = {"units": "um"}
    dataset = xr.Dataset(
        {
            "start": ("frame_edge", pointers((len(frame.species) for frame in frames.values()), np.int64)),
            "position": (("molecule", "axis"), np.concatenate([f.position for f in frames.values()]), um),
            "normal": (("molecule", "axis"), np.concatenate([f.normal for f in frames.values()])),
            "species_index": (
                "molecule",
                np.array([number[name] for frame in frames.values() for name in frame.species], dtype=np.int16),
            ),
        },
        coords={
            "iteration": ("frame", np.array(list(frames), dtype=np.int64)),
            "species": species,
            "axis": ["x", "y", "z"],
        },
    )
    if time_step is not None:
        dataset = dataset.assign_coords(time=("frame", dataset["iteration"].values * time_step, {"units": "s"}))
    return dataset


def read_frame(path: Path) -> Molecules:
    """Read one visualisation file, of the kind that its name says."""
    match = FRAME_FILE.match(path.name)
    if match is None:
        raise ResultsError(f"{path} is not called <name>.ascii.<iteration>.dat or <name>.cellbin.<iteration>.dat.")
    return _read_ascii(path) if match[1] == "ascii" else _read_cellbin(path)


def to_trajectory(viz: xr.Dataset, model: Model | None = None) -> Trajectory:
    """Make a trajectory of visualisation data, for 3D scenes.

    Parameters
    ----------
    viz : xarray.Dataset
        From :func:`read_viz`; without ``time``, iterations are taken as microseconds.
    model : Model, optional
        Gives mesh, groups and Ca2+ carried; without one a box around the molecules stands for the mesh, and each
        species is a group of its own.
    """
    names = tuple(map(str, viz["species"].values))
    mesh = model.mesh if model is not None else _box_around(viz["position"].values)
    known = {species.name: species for species in model.species} if model is not None else {}
    carried = {name: int(known[name].content.get("Ca", 0)) if name in known else 0 for name in names}
    return Trajectory(
        time=viz["time"].values if "time" in viz.coords else viz["iteration"].values * 1e-6,
        start=viz["start"].values,
        position=viz["position"].values,
        species=viz["species_index"].values,
        species_names=names,
        species_groups=tuple(known[name].group if name in known else name for name in names),
        species_calcium=tuple(carried[name] for name in names),
        vertices=np.asarray(mesh.vertices),
        faces=np.asarray(mesh.faces),
        face_region=np.asarray(mesh.face_region),
        region_names=mesh.region_names,
    )


def _frame_files(directory: Path) -> dict[int, Path]:
    """Return the visualisation files in a directory by iteration."""
    kinds: dict[str, dict[int, Path]] = {}
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        match = FRAME_FILE.match(path.name)
        if match:
            frames = kinds.setdefault(match[1], {})
            if int(match[2]) in frames:
                raise ResultsError(
                    f"{directory} holds two files of iteration {int(match[2])}, {frames[int(match[2])].name} and "
                    f"{path.name}; keep one run in a directory."
                )
            frames[int(match[2])] = path
    if not kinds:
        raise ResultsError(f"{directory} holds no <name>.ascii.<iteration>.dat or <name>.cellbin.<iteration>.dat.")
    if len(kinds) > 1:
        raise ResultsError(f"{directory} holds both ASCII and CELLBLENDER files; keep one kind in a directory.")
    return dict(sorted(next(iter(kinds.values())).items()))


def _read_ascii(path: Path) -> Molecules:
    """Read lines of ``species id x y z nx ny nz``; before MCell 3.3 there was no id."""
    species, rows, width = [], [], 0
    for line, words in enumerate(map(str.split, read_lines(path)), 1):
        if not words:
            continue
        width = width or len(words)
        if len(words) not in (7, 8) or len(words) != width:
            raise ResultsError(
                f"{path}, line {line}: {len(words)} words instead of 8 (species id x y z nx ny nz); "
                "the file is damaged or of another kind."
            )
        species.append(words[0])
        rows.append(_six_numbers(path, line, words[-6:]))
    table = np.array(rows, dtype=np.float32).reshape(-1, 6)
    return Molecules(species, table[:, :3], table[:, 3:])


def _six_numbers(path: Path, line: int, words: list[str]) -> list[float]:
    try:
        numbers = [read_number(word) for word in words]
    except ValueError as error:
        raise ResultsError(f"{path}, line {line}: {error}.") from error
    if not np.isfinite(numbers).all():
        raise ResultsError(f"{path}, line {line}: {' '.join(words)} are not all finite; the run went wrong there.")
    return numbers


def _read_cellbin(path: Path) -> Molecules:
    """Read blocks of species name, type, number of coordinates, coordinates and, on surfaces, normals."""
    reader = _Bytes(path)
    version = reader.number("<I")
    if version != CELLBIN_VERSION:
        raise ResultsError(f"{path} has version {version}; only version {CELLBIN_VERSION}, of MCell 3, is known.")
    species: list[str] = []
    positions, normals = [np.empty((0, 3), np.float32)], [np.empty((0, 3), np.float32)]
    while not reader.at_end:
        name = reader.text(reader.number("<B"))
        on_surface = reader.number("<B")
        count = reader.number("<I")
        if on_surface not in (0, 1) or count % 3:
            raise ResultsError(f"{path}, byte {reader.place}: {name!r} has type {on_surface} and {count} coordinates.")
        positions.append(reader.floats(count))
        normals.append(reader.floats(count) if on_surface else np.zeros_like(positions[-1]))
        species += [name] * (count // 3)
    return Molecules(species, np.concatenate(positions), np.concatenate(normals))


class _Bytes:
    """Takes numbers off the front of a binary file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.place = 0
        try:
            self._data = path.read_bytes()
        except OSError as error:
            raise ResultsError(f"Cannot read {path}: {error}.") from error

    @property
    def at_end(self) -> bool:
        return self.place == len(self._data)

    def _take(self, size: int) -> bytes:
        piece = self._data[self.place : self.place + size]
        if len(piece) < size:
            raise ResultsError(
                f"{self._path}, byte {self.place}: the file is cut off, {size - len(piece)} bytes are missing."
            )
        self.place += size
        return piece

    def number(self, code: str) -> int:
        return int(struct.unpack(code, self._take(struct.calcsize(code)))[0])

    def text(self, size: int) -> str:
        place = self.place
        try:
            return self._take(size).decode("ascii")
        except UnicodeDecodeError as error:
            raise ResultsError(f"{self._path}, byte {place}: there is no species name here.") from error

    def floats(self, count: int) -> Floats:
        place = self.place
        values = np.frombuffer(self._take(4 * count), dtype="<f4").astype(np.float32).reshape(-1, 3)
        if not np.isfinite(values).all():
            raise ResultsError(f"{self._path}, byte {place}: a coordinate is not finite; the run went wrong there.")
        return values


def _box_around(position: Floats) -> Mesh:
    points = np.asarray(position, dtype=np.float64)
    low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (np.full(3, -0.5), np.full(3, 0.5))
    edges = (high - low) + MARGIN * max(float((high - low).max()), 1e-3)
    shape = box(edges.tolist())
    return TriangleMesh.from_arrays(shape.vertices + (low + high) / 2, shape.faces, name="box around the molecules")
