"""Three-dimensional scenes of a trajectory: the membrane and every molecule at one moment."""

# The decorators of pyvista's methods hide their signatures.
# pyright: reportArgumentType=false

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from ..model.errors import ParameterError, ResultsError
from ..results import Trajectory
from .display import check_suffix, off_screen_plotter
from .frames import check_frame
from .legend import Legend, letter_size
from .look import EMPTY_SIZE, LOOKS, Look, Mark, fallback, legend_regions, occupancy_colors, region_kind, region_look
from .overlay import ScaleBar, text
from .shapes import STANDING, shape_mesh

# The part of the window that the legend leaves to the scene.
STAGE = 0.76
DEFAULT_SIZE = (1600, 1200)


class Scene:
    """A trajectory in a PyVista plotter: shows one frame at a time.

    Parameters
    ----------
    trajectory : Trajectory
        What to show.
    plotter : pyvista.Plotter
        Where to show it.
    hidden : collection of str
        Groups of species left out, of the legend too.
    looks : mapping of str to Look
        How to draw groups of species; entries win over the table in `nanospine.viz.look`.

    Raises
    ------
    ParameterError
        If ``hidden`` names a group that the trajectory lacks.
    """

    def __init__(
        self,
        trajectory: Trajectory,
        plotter: pv.Plotter,
        hidden: Collection[str] = (),
        looks: Mapping[str, Look] | None = None,
    ) -> None:
        self.trajectory, self.plotter = trajectory, plotter
        self.groups = tuple(dict.fromkeys(trajectory.species_groups))
        self._check_groups(hidden)
        self.visible = {group: group not in hidden for group in self.groups}
        self._marks = self._choose_marks(looks or {})
        self._colors = self._carrier_colors()
        self._surface = surface_of(trajectory)
        self._actors: dict[str, list[Any]] = {group: [] for group in self.groups}
        rows, regions = self._legend_rows(), legend_regions(trajectory.region_names)
        width, height = plotter.window_size
        self.unit = letter_size((width, height), 1 - STAGE, rows, len(regions))
        self._set_stage()
        self._draw_regions()
        self._time = text(plotter, (0.03 * width, 0.96 * height), round(1.3 * self.unit))
        ScaleBar(plotter, right=0.96, unit=self.unit)
        self.legend = Legend(
            plotter,
            rows,
            self._colors,
            regions,
            left=STAGE + 0.01,
            unit=self.unit,
        )
        self.frame = 0

    def show(self, frame: int) -> None:
        """Draw ``frame`` in place of what is there."""
        self.frame = check_frame(self.trajectory, frame)
        self._time.SetInput(f"t = {self.trajectory.time[self.frame] * 1e3:.3f} ms")
        for group in self.groups:
            for actor in self._actors[group]:
                self.plotter.remove_actor(actor, reset_camera=False, render=False)
            self._actors[group] = list(self._draw_group(group)) if self.visible[group] else []

    def toggle(self, group: str, visible: bool) -> None:
        """Show or hide a group of species."""
        self._check_groups([group])
        self.visible[group] = visible
        self.show(self.frame)

    def _check_groups(self, groups: Collection[str]) -> None:
        """Refuse groups that the trajectory lacks."""
        for group in groups:
            if group not in self.groups:
                raise ParameterError(f"There is no group {group!r} to hide; there are {', '.join(self.groups)}.")

    def _choose_marks(self, looks: Mapping[str, Look]) -> list[Mark]:
        """Choose the mark of every species, and colour those that go by occupancy."""
        t = self.trajectory
        calcium = np.array(t.species_calcium)
        groups = np.array(t.species_groups)
        self.looks = {**LOOKS, **looks}
        unknown = [group for group in self.groups if group not in self.looks]
        for order, group in enumerate(unknown):
            self.looks[group] = fallback(order, carries_calcium=bool(calcium[groups == group].any()))
        return [
            self.looks[group].of(name, carried)
            for name, group, carried in zip(t.species_names, t.species_groups, t.species_calcium, strict=True)
        ]

    def _carrier_colors(self) -> list[str]:
        """Return the colours of 0, 1, 2 ... Ca2+ bound; empty if nothing is coloured by it."""
        marked = zip(self.trajectory.species_calcium, self._marks, strict=True)
        carried = [calcium for calcium, mark in marked if mark.color is None]
        return occupancy_colors(max(carried)) if carried else []

    def _legend_rows(self) -> dict[str, list[tuple[Mark, str]]]:
        """Return the marks of every visible group with what they mean."""
        rows: dict[str, list[tuple[Mark, str]]] = {}
        for group in filter(self.visible.get, self.groups):
            look = self.looks[group]
            species = zip(self._marks, self.trajectory.species_groups, strict=True)
            name = look.label or group
            rows[group] = [
                (mark, f"{name}, {look.words[mark]}" if mark in look.words else name)
                for mark in dict.fromkeys(mark for mark, of in species if of == group)
            ]
        return rows

    def _set_stage(self) -> None:
        """Set background and camera: the PSD faces up, the mesh fills what the legend leaves free."""
        vertices, camera = self.trajectory.vertices, self.plotter.camera
        self.plotter.set_background("white")
        self.plotter.enable_depth_peeling(8)
        up = psd_normal(self.trajectory)
        toward = view_direction(up)
        centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        self.extent = float(np.ptp(vertices, axis=0).max())
        camera.focal_point = centre
        camera.position = centre + 4 * self.extent * toward
        camera.up = up
        camera.parallel_projection = True
        right = np.cross(up, toward)
        right /= np.linalg.norm(right)
        seen = (vertices - centre) @ np.c_[right, np.cross(toward, right)]
        half_width, half_height = np.abs(seen).max(axis=0)
        width, height = self.plotter.window_size
        camera.parallel_scale = 1.12 * max(half_height, half_width * height / (STAGE * width))
        camera.SetWindowCenter(1 - STAGE, 0.02)
        self.plotter.reset_camera_clipping_range()

    def _draw_regions(self) -> None:
        """Draw the membrane by region, with its edges."""
        t = self.trajectory
        for index, name in enumerate(t.region_names):
            mesh = self._surface.extract_cells(t.face_region == index).extract_surface(algorithm=None)
            if mesh.n_cells == 0:
                continue
            look = region_look(name)
            self._add(mesh, look.color, opacity=look.opacity, ambient=0.75, diffuse=0.25)
            if look.outline:
                self._add(boundary(mesh), look.outline, line_width=self.unit / 5, lighting=False)
        self.plotter.add_silhouette(self._surface, color="#5F6F80", line_width=self.unit / 10, decimate=None)
        edges = self._surface.extract_feature_edges(30, boundary_edges=False, manifold_edges=False)
        if edges.n_cells:
            self._add(edges, "#5F6F80", line_width=self.unit / 14, lighting=False)

    def _draw_group(self, group: str) -> Iterator[Any]:
        """Draw all molecules of a group; one actor for each mark."""
        position, species = self.trajectory.frame(self.frame)
        batches: dict[Mark, list[int]] = {}
        for index, of in enumerate(self.trajectory.species_groups):
            if of == group:
                batches.setdefault(self._drawn(index), []).append(index)
        for mark, members in batches.items():
            chosen = position[np.isin(species, members)]
            if len(chosen):
                yield self._add(self._glyphs(mark, chosen), mark.color, ambient=0.5, diffuse=0.6, specular=0.1)

    def _drawn(self, species: int) -> Mark:
        """Return the mark of a species with its colour and size filled in."""
        mark, carried = self._marks[species], self.trajectory.species_calcium[species]
        if mark.color is not None:
            return mark
        return Mark(mark.shape, mark.size * (1.0 if carried else EMPTY_SIZE), self._colors[carried])

    def _glyphs(self, mark: Mark, position: NDArray[np.float32]) -> pv.PolyData:
        """Put the shape of ``mark`` at every position; on the membrane it stands upright, outside."""
        points = pv.PolyData(position)
        shape = shape_mesh(mark.shape).scale(mark.size * self.extent)
        if mark.shape not in STANDING:
            return cast("pv.PolyData", points.glyph(geom=shape, scale=False, orient=False))
        nearest = self._surface.find_closest_cell(position)
        points["normal"] = self._surface.cell_normals[nearest]
        return cast("pv.PolyData", points.glyph(geom=shape, scale=False, orient="normal"))

    def _add(self, mesh: pv.DataSet, color: str | None, **style: Any) -> Any:
        """Add a mesh without moving the camera."""
        return self.plotter.add_mesh(
            mesh, color=color, scalars=None, reset_camera=False, render=False, show_scalar_bar=False, **style
        )


def surface_of(trajectory: Trajectory) -> pv.PolyData:
    """Return the mesh of a trajectory."""
    return pv.PolyData.from_regular_faces(trajectory.vertices, trajectory.faces)


def boundary(mesh: pv.PolyData) -> pv.PolyData:
    """Return the outer edges of an open mesh."""
    return mesh.extract_feature_edges(boundary_edges=True, feature_edges=False, manifold_edges=False)


def view_direction(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit vector towards the viewer: from the front, a little from the side and above."""
    across = np.eye(3)[np.argmin(np.abs(up))]
    across -= up * (across @ up)
    across /= np.linalg.norm(across)
    direction = 0.85 * np.cross(across, up) + 0.42 * across + 0.30 * up
    return direction / np.linalg.norm(direction)


def psd_normal(trajectory: Trajectory) -> NDArray[np.float64]:
    """Return the mean outward normal of the PSD; +z if there is none."""
    psd = [index for index, name in enumerate(trajectory.region_names) if region_kind(name) == "psd"]
    corners = trajectory.vertices[trajectory.faces[np.isin(trajectory.face_region, psd)]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).sum(axis=0)
    length = np.linalg.norm(normal)
    return normal / length if length > 0 else np.array([0.0, 0.0, 1.0])


def save_screenshot(
    trajectory: Trajectory,
    path: Path,
    *,
    frame: int = 0,
    hidden: Collection[str] = (),
    size: tuple[int, int] = DEFAULT_SIZE,
    looks: Mapping[str, Look] | None = None,
) -> None:
    """Write a PNG of one frame; works without a display.

    Parameters
    ----------
    trajectory : Trajectory
        What to show.
    path : pathlib.Path
        PNG file.
    frame : int
        Index of the frame; negative counts from the end.
    hidden : collection of str
        Groups of species left out.
    size : tuple of int
        Width and height (pixels).
    looks : mapping of str to Look
        How to draw groups of species, where the built-in table does not do.

    Raises
    ------
    ParameterError
        If the frame or a hidden group does not exist, or the file is no ``.png``.
    ResultsError
        If there is no graphics library or the file cannot be written.
    """
    check_suffix(path, (".png",))
    check_frame(trajectory, frame)
    with off_screen_plotter(size) as plotter:
        scene = Scene(trajectory, plotter, hidden, looks)
        scene.show(frame)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            plotter.screenshot(path)
        except OSError as error:
            raise ResultsError(f"Cannot write the picture {path}: {error}.") from error
