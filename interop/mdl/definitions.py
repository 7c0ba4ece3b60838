"""What the statements of an MDL file define, in MDL's own units and terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from lark import Token, Tree
from numpy.typing import NDArray

from ...model import Schedule
from .syntax import Node, Place

Floats = NDArray[np.float64]

#: MCell's default of SURFACE_GRID_DENSITY (1/um^2).
GRID_DENSITY = 1e4
GRID_WORDS = ("SURFACE_GRID_DENSITY", "EFFECTOR_GRID_DENSITY")


@dataclass(frozen=True)
class Molecule:
    """A molecule: ``D`` in cm^2/s."""

    name: str
    D: float
    where: Literal["volume", "surface"]
    note: Mapping[str, Any]
    place: Place
    is_target_only: bool = False

    @property
    def is_on_surface(self) -> bool:
        """Whether the molecule lives in a membrane."""
        return self.where == "surface"


@dataclass(frozen=True)
class Oriented:
    """A molecule with its orientation marks: +n or -n of class n, 0 for either (``;``), None without marks."""

    name: str
    orientation: int | None
    place: Place


@dataclass(frozen=True)
class SurfaceMolecules:
    """Molecules put on a surface class or region: ``MOLECULE_DENSITY`` (1/um^2) or ``MOLECULE_NUMBER``."""

    kind: str
    molecule: Oriented
    amount: float


@dataclass
class SurfaceClass:
    """A surface class: rules ``(ABSORPTIVE | REFLECTIVE | TRANSPARENT, molecule)``, clamps (M) and molecules."""

    name: str
    rules: list[tuple[str, Oriented]] = field(default_factory=list)
    clamps: list[tuple[Oriented, float]] = field(default_factory=list)
    molecules: list[SurfaceMolecules] = field(default_factory=list)


@dataclass(frozen=True)
class MdlReaction:
    """A reaction; rates in 1/s or 1/(M s)."""

    reactants: tuple[Oriented, ...]
    products: tuple[Oriented, ...]
    forward: float | Schedule
    backward: float | Schedule | None
    name: str
    note: Mapping[str, Any]
    place: Place


@dataclass(frozen=True)
class WallReaction:
    """What a surface class does to a molecule that comes from one side.

    Parameters
    ----------
    molecule : str
        A volume molecule.
    surface_class : str
        Where it happens.
    passes : bool
        Whether the molecule goes on at the other side, or vanishes.
    shares : (float, float)
        The part of the rate that molecules from inside and from outside meet.
    rate : float
        1/(M s).
    place : Place
        Where it is said.
    """

    molecule: str
    surface_class: str
    passes: bool
    shares: tuple[float, float]
    rate: float
    place: Place


@dataclass
class Region:
    """A surface region: its triangles (faces,), and what was set on it."""

    members: NDArray[np.bool_]
    classes: list[tuple[SurfaceClass, Place]] = field(default_factory=list)
    molecules: list[SurfaceMolecules] = field(default_factory=list)


@dataclass
class MeshObject:
    """A box or polygon list (um)."""

    vertices: Floats
    faces: NDArray[np.int64]
    regions: dict[str, Region]
    matrix: Floats
    note: Mapping[str, Any]
    place: Place
    is_box: bool = False
    is_copied: bool = False


@dataclass
class Site:
    """A release site; ``shape`` is a word such as SPHERICAL, or a tree of regions."""

    fields: dict[str, Any]
    positions: list[tuple[Oriented, list[float]]]
    shape: str | Tree[Token] | None
    molecule: Oriented | None
    matrix: Floats
    note: Mapping[str, Any]
    place: Place


@dataclass
class Group:
    """An object made of objects."""

    children: dict[str, Thing]
    matrix: Floats
    place: Place


Thing = MeshObject | Site | Group


@dataclass(frozen=True)
class Timer:
    """When outputs are written: ``STEP`` (s), or the values of ``TIME_LIST`` (s) or ``ITERATION_LIST``."""

    kind: str
    values: tuple[float, ...]
    place: Place


@dataclass(frozen=True)
class CountFile:
    """A file of reaction data: when it is written, and its columns as (name, tree)."""

    path: str
    timer: Timer
    header: str | None
    columns: tuple[tuple[str, Node], ...]
    place: Place


@dataclass
class Definitions:
    """Everything that a file and its included files define."""

    settings: dict[str, float] = field(default_factory=dict)
    molecules: dict[str, Molecule] = field(default_factory=dict)
    surface_classes: dict[str, SurfaceClass] = field(default_factory=dict)
    reactions: list[MdlReaction] = field(default_factory=list)
    wall_reactions: list[WallReaction] = field(default_factory=list)
    grid_density: float = GRID_DENSITY
    patterns: dict[str, dict[str, float]] = field(default_factory=dict)
    templates: dict[str, Thing] = field(default_factory=dict)
    instances: dict[str, Thing] = field(default_factory=dict)
    outputs: list[CountFile] = field(default_factory=list)
    ignored: list[tuple[str, Place]] = field(default_factory=list)

    @property
    def without_effect(self) -> list[tuple[str, Place]]:
        """What was read without effect: the density of tiles has one where molecules react with the surface itself."""
        acts = GRID_WORDS if self.wall_reactions else ()
        return [(word, place) for word, place in self.ignored if word not in acts]

    def ignore(self, word: str, place: Place) -> None:
        """Keep a word that is read without effect, for a warning."""
        self.ignored.append((word, place))
