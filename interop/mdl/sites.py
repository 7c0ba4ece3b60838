"""What a release site of MDL says of its own place: shape, centre and edges."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
from lark import Tree

from .definitions import Floats, Site
from .vocabulary import REFUSED, refusal

ROUND, SQUARE = ("SPHERICAL", "ELLIPTIC"), ("CUBIC", "RECTANGULAR")


def is_list(site: Site) -> bool:
    """Say whether a site lists positions."""
    shape = site.shape
    return isinstance(shape, Tree) and shape.data == "place" and shape.children == ["LIST", None]


def shape_word(site: Site) -> str | None:
    """Return the shape of a site that is not a region, e.g. SPHERICAL."""
    shape = site.shape
    if isinstance(shape, Tree) and shape.data == "place":
        shape = str(shape.children[0])
    return shape if isinstance(shape, str) and shape in (*ROUND, *SQUARE, "SPHERICAL_SHELL") else None


def extent(site: Site, matrix: Floats, shape: str) -> tuple[Floats, Floats]:
    """Return centre and edges of a site with a shape of its own (um).

    Raises
    ------
    MdlError
        If it does not say both, is turned, or has a shape that is refused.
    """
    if shape in REFUSED:
        raise refusal(shape, site.place)
    fields = site.fields
    if (matrix[:3, :3] != np.eye(3)).any():
        raise site.place.error("a release site that is turned or scaled cannot be expressed; move it only")
    sizes = [key for key in ("SITE_DIAMETER", "SITE_RADIUS") if key in fields]
    if len(sizes) != 1 or "LOCATION" not in fields:
        raise site.place.error(f"a {shape} release needs LOCATION = [x, y, z] and SITE_DIAMETER")
    size = np.array(fields[sizes[0]], dtype=float)
    if size.size not in (1, 3):
        raise site.place.error(f"{sizes[0]} has {size.size} numbers; give one, or three")
    edges = (2.0 if sizes == ["SITE_RADIUS"] else 1.0) * np.broadcast_to(size, 3)
    return transformed(np.array([fields["LOCATION"]]), matrix)[0], edges


def corners(site: Site, matrix: Floats, on_surface: Container[str]) -> Floats:
    """Return the lowest and highest corner (um) of each place where a site releases volume molecules, shape (n, 2, 3).

    There is none if it releases into objects.

    Raises
    ------
    MdlError
        If the site has a shape of its own without the size.
    """
    if is_list(site):
        listed = [point for molecule, point in site.positions if molecule.name not in on_surface]
        return np.repeat(transformed(np.reshape(listed, (-1, 3)), matrix)[:, None], 2, axis=1)
    shape = shape_word(site)
    if shape is None:
        return np.empty((0, 2, 3))
    center, edges = extent(site, matrix, shape)
    return np.stack([center - edges / 2, center + edges / 2])[None]


def transformed(points: Floats, matrix: Floats) -> Floats:
    """Apply a transform to points of shape (n, 3)."""
    if (matrix == np.eye(4)).all():
        return points
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])
