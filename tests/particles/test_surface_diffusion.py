"""Surface molecules diffuse over the mesh, keep to fences, and react with each other."""

from __future__ import annotations

import warnings
from pathlib import Path

import numba
import numpy as np
import pytest

from nanospine import (
    ODE,
    Boundary,
    Box,
    Model,
    Particles,
    Reaction,
    Release,
    Sampler,
    Schedule,
    Simulation,
    Species,
    box,
    cube,
    simulate,
    sphere,
)
from nanospine.compiled.decorators import OPTIONS
from nanospine.geometry import Patch, TriangleMesh, membrane_patches, reaction_voxels
from nanospine.geometry.triangles import mean_curvature_product
from nanospine.model import ModelError, NanospineWarning, TimeStepError
from nanospine.particles import lower
from nanospine.particles.kernels.surface import walk_on_surface
from nanospine.results.estimates import Estimate
from nanospine.verification.models import slivered_wedge

LONG = Particles(dt=1e-4)  # a molecule of D = 1 um^2/s moves at every step


def receptors(mesh: TriangleMesh, D: float = 1.0, **parts: object) -> Model:
    """Return a model of a surface species R, and what is given."""
    parts = {"releases": [Release("R", density=1000.0)]} | parts
    return Model(mesh, species=[Species("R", D, where="surface")], **parts)


def pairs(*reactions: Reaction, D: float = 10.0, mesh: TriangleMesh | None = None, **numbers: int) -> Model:
    """Return a model of reactions between the mobile surface species A, B and C."""
    return Model(
        mesh or cube(0.05),
        species=[Species(name, D, where="surface") for name in "ABC"],
        reactions=reactions,
        releases=[Release(name, number=number) for name, number in numbers.items()],
    )


@numba.njit(**OPTIONS)  # not cached: the cache of a test does not see edits of kernels
def follow(walls, membrane, passage, species, triangle, x, y, z, dx, dy, dz):  # type: ignore[no-untyped-def]  # as kernels are
    """Give `walk_on_surface` a door to Python."""
    return walk_on_surface(walls, membrane, passage, species, triangle, x, y, z, dx, dy, dz)


def walk(mesh: TriangleMesh, start: tuple[float, ...], step: tuple[float, ...]) -> tuple[int, np.ndarray]:
    """Follow a straightest path from a point of the surface; return where it ends."""
    model = receptors(mesh, releases=[Release("R", points=[start])])
    particles, tables = Simulation(model, LONG)._particles, lower(model, LONG)
    place = (int(particles.face[0]), *particles.position[0])
    face, *end, _ = follow(tables.walls, tables.membrane, np.zeros((0, 4), np.int64), 0, *place, *step)
    return face, np.array(end)


class TestPathsOverTheSurface:
    def test_a_path_goes_round_the_edges_of_a_cube_and_comes_back(self) -> None:
        mesh = cube(1.0)
        for length, end in (
            (0.3, (0.3, 0.1, 0.5)),
            (1.0, (0.5, 0.1, 0.0)),
            (2.0, (0, 0.1, -0.5)),
            (4.0, (0, 0.1, 0.5)),
        ):
            _, found = walk(mesh, (0.0, 0.1, 0.5), (length, 0.0, 0.0))
            np.testing.assert_allclose(found, end, atol=1e-12)

    def test_an_oblique_path_is_unfolded(self) -> None:
        """Up to the edge it goes 0.5 along x; of the direction (3, 4) x 0.25 a third is left for the face x = 0.5."""
        _, found = walk(cube(1.0), (0.0, -0.4, 0.5), (0.75, 0.75, 0.0))
        np.testing.assert_allclose(found, (0.5, 0.35, 0.25), atol=1e-12)

    def test_a_path_through_a_vertex_ends_on_the_surface(self) -> None:
        _, found = walk(cube(1.0), (0.0, 0.0, 0.5), (0.9, 0.9, 0.0))
        assert np.abs(found).max() == pytest.approx(0.5, abs=1e-12)

    def test_on_a_sphere_a_path_is_a_great_circle(self) -> None:
        """The triangles' edges are 0.07 radii long, which bends paths by as much at most."""
        mesh = sphere(0.2, 4)
        face, found = walk(mesh, (0.0, 0.0, 0.2), (0.1 * np.pi, 0.0, 0.0))
        np.testing.assert_allclose(found / 0.2, (1.0, 0.0, 0.0), atol=0.07)
        assert mesh.normals[face] @ found > 0.99 * 0.2


class TestDiffusion:
    @pytest.mark.parametrize("mesh", [cube(0.01), slivered_wedge(strips=300)], ids=["cube", "slivers"])
    def test_all_molecules_stay_on_their_triangles(self, mesh: TriangleMesh) -> None:
        simulation = Simulation(receptors(mesh, D=5.0), Particles(dt=2e-5))
        result = simulation.run(5e-3, every=5e-3)
        number = result.number("R")
        assert number[-1] == number[0] > 200
        particles, walls = simulation._particles, lower(simulation.model).walls
        position, face = particles.position[: number[0]], particles.face[: number[0]]
        above = np.einsum("ij,ij->i", walls.plane[face, :3], position) - walls.plane[face, 3]
        edges = walls.edges[face].reshape(-1, 3, 4)
        beyond = np.einsum("ikj,ij->ik", edges[:, :, :3], position) - edges[:, :, 3]
        # Rounding: a few operations on numbers of the order of the mesh's extent.
        assert np.abs(above).max() < 1e-14
        assert beyond.max() < 1e-14

    def test_reactions_with_the_volume_find_them_where_they_are(self) -> None:
        """All R start at the top; ions bind to them at the bottom, too, when they have spread."""
        model = Model(
            box((0.1, 0.1, 0.1), {"top": "z+"}),
            species=[Species("A", 100.0), *(Species(name, 20.0, where="surface") for name in ("R", "AR"))],
            reactions=[Reaction("A[inside] + R <-> AR", 300.0, 1000.0)],
            releases=[Release("R", number=60, region="top"), Release("A", number=100)],
            samplers=[Sampler("below", "AR", Box((0, 0, -0.02), (0.1, 0.1, 0.06)))],
        )
        simulation = Simulation(model)
        sampled = simulation.run(3e-3).dataset["sampled"]
        assert float(sampled[10:].mean()) > 5
        cells, particles = lower(model).cells, simulation._particles
        there = np.flatnonzero(particles.species >= 0)
        index = np.clip(np.floor((particles.position[there] - cells.origin) / cells.size), 0, cells.dims - 1)
        voxel = (index @ np.array([1, cells.dims[0], cells.dims[0] * cells.dims[1]])).astype(int)
        np.testing.assert_array_equal(particles.cell[there], cells.of_voxel[0, voxel])

    def test_a_run_is_repeated_bit_for_bit_and_goes_on_from_a_checkpoint(self, tmp_path: Path) -> None:
        model = pairs(Reaction("A + B <-> C", 0.1, 1000.0), A=300, B=200)

        def run(duration: float, **options: object) -> np.ndarray:
            simulation = Simulation(model, Particles(dt=1e-5))
            return np.array(simulation.run(duration, every=1e-4, **options).dataset["number"])

        def interrupt(snapshot: object) -> None:
            if getattr(snapshot, "time", 0.0) >= 1e-3:
                raise KeyboardInterrupt

        whole = run(2e-3)
        kept = {"checkpoint": tmp_path / "state", "checkpoint_every": 0.0}
        assert len(run(2e-3, observer=interrupt, observe_every=1e-3, **kept)) < len(whole)
        np.testing.assert_array_equal(run(2e-3, **kept), whole)

    def test_frames_show_them_move(self) -> None:
        trajectory = simulate(receptors(cube(0.05)), 1e-2, LONG, frames=[0.0, 1e-2]).trajectory
        assert trajectory is not None
        before, after = np.split(trajectory.position, trajectory.start[1:2])
        moved = ((after - before) ** 2).sum(axis=1)
        # Around edges the chord is shorter than the path: at most 4 D t, and more than half of it.
        assert 2 * 1e-2 < moved.mean() < 4 * 1e-2

    def test_slow_species_move_seldom(self) -> None:
        """At D = 0.1 um^2/s a step of 1 us is 0.4 nm; that of 15 nm, three quarters of a voxel, takes 1,024 of them."""
        assert lower(receptors(cube(0.05), D=0.1)).chemistry.species.period.tolist() == [1024]
        assert lower(receptors(cube(0.05), D=1e-12)).chemistry.species.period.tolist() == [2**30]


class TestFences:
    MESH = box((0.4, 0.4, 0.1), {"psd": Patch("z+", (0.2, 0.2))})

    def inside(self, rule: str | None, region: str) -> tuple[np.ndarray, np.ndarray]:
        """Run R, released in a region, with a rule at the rim of the PSD; return numbers, and who is in the PSD."""
        boundaries = [] if rule is None else [Boundary("psd", "R", rule)]
        model = receptors(self.MESH, releases=[Release("R", number=200, region=region)], boundaries=boundaries)
        last = {}
        result = Simulation(model, LONG).run(1e-2, observer=lambda s: last.update(end=s), observe_every=1e-2)
        x, y, z = last["end"].position.T
        in_psd = (np.abs(x) < 0.1) & (np.abs(y) < 0.1) & (z > 0.0499)
        crossing = result.dataset["crossing"].values[-1].ravel()
        return np.array([result.number("R")[-1], in_psd.sum()]), crossing

    @pytest.mark.parametrize("region", ["psd", "membrane"])
    def test_nobody_passes_a_reflecting_rim_in_either_direction(self, region: str) -> None:
        (left, in_psd), _ = self.inside("reflecting", region)
        assert left == 200
        assert in_psd == (200 if region == "psd" else 0)

    @pytest.mark.parametrize("region", ["psd", "membrane"])
    def test_without_a_fence_they_do(self, region: str) -> None:
        (left, in_psd), _ = self.inside(None, region)
        assert left == 200
        assert 10 < in_psd < 150

    def test_those_that_enter_an_absorbing_region_vanish_and_are_counted(self) -> None:
        (left, in_psd), crossing = self.inside("absorbing-segment", "membrane")
        assert 0 < left < 190
        assert in_psd == 0
        assert crossing.tolist() == [200 - left, 0]

    def test_a_pair_on_both_sides_of_a_fence_does_not_react(self) -> None:
        """One patch would reach across the fence: voxels of 0.07 um."""
        parts = {"species": [Species(name, 1.0, where="surface") for name in "ABC"]}
        for boundaries in ([Boundary("psd", name, "reflecting") for name in "ABC"], []):
            model = Model(
                self.MESH, reactions=[Reaction("A + B -> C", 0.1)],
                releases=[Release("A", number=200, region="psd"), Release("B", number=200, region="membrane")],
                boundaries=boundaries, **parts,
            )  # fmt: skip
            made = Simulation(model, Particles(dt=1e-5, voxel=0.07)).run(1e-3).number("C")[-1]
            assert (made == 0) == bool(boundaries)

    @pytest.mark.parametrize("rule", ["absorbing", "transparent", "clamp"])
    def test_rules_for_volume_species_are_refused(self, rule: str) -> None:
        value = {"concentration": 1.0} if rule == "clamp" else {}
        with pytest.raises(ModelError, match=f"psd/R is {rule}, which is for volume species; .*: reflecting, absorb"):
            receptors(self.MESH, boundaries=[Boundary("psd", "R", rule, **value)])

    def test_a_well_mixed_membrane_has_no_fence(self) -> None:
        model = receptors(self.MESH, boundaries=[Boundary("psd", "R", "reflecting")])
        with pytest.raises(ModelError, match="psd/R confines a surface species, but a well-mixed membrane"):
            simulate(model, 1e-3, engine="ode")


class TestPairs:
    def test_the_well_mixed_engines_have_the_rate_per_area(self) -> None:
        """For equal numbers n = n0/(1 + k n0 t/area), and n0/(1 + 2 k n0 t/area) if they are of a kind."""
        k, n0, t = 0.05, 1000, 5e-3
        for equation, twice in (("A + B -> C", 1.0), ("2 A -> C", 2.0)):
            model = pairs(Reaction(equation, k), A=n0, B=n0)
            left = n0 / (1 + twice * k * n0 * t / model.mesh.area())
            assert simulate(model, t, engine="ode").number("A")[-1] == pytest.approx(left, rel=1e-4)
            jumps = [simulate(model, t, engine="ssa", trial=trial).number("A")[-1] for trial in range(20)]
            measured = Estimate.of(jumps)
            # The mean of numbers differs from the rate equation's by less than 1.
            assert abs(measured.mean - left) < 4 * measured.se + 1
            assert abs(measured.z(n0 - 1.2 * (n0 - left))) > 8  # the rate x 1.2 or so

    def test_a_rate_in_time_is_that_of_the_time(self) -> None:
        model = pairs(Reaction("A + B -> C", Schedule([0.0, 1e-3], [0.0, 0.1])), A=1000, B=1000)
        for engine in (ODE(), Particles(dt=1e-5)):
            made = simulate(model, 3e-3, engine).number("C")
            assert made[10] == 0
            # The ODE gives 197; particles are Poisson about it.
            assert made[-1] == pytest.approx(1000 - 1000 / (1 + 0.1 * 1000 * 2e-3 / model.mesh.area()), abs=60)

    def test_products_take_their_reactants_places_and_go_to_the_named_side(self) -> None:
        model = Model(
            cube(0.05),
            species=[Species("X", 50.0), *(Species(name, 10.0, where="surface") for name in "ABC")],
            reactions=[Reaction("A + B -> C + X[inside]", 0.5)],
            releases=[Release("A", number=300), Release("B", number=200)],
        )
        simulation = Simulation(model, Particles(dt=1e-5))
        result = simulation.run(10e-3)
        made = result.number("C")[-1]
        assert 100 < made == result.number("X")[-1] == 200 - result.number("B")[-1]
        particles = simulation._particles
        there = particles.species >= 0
        np.testing.assert_array_equal((particles.face >= 0)[there], (particles.species != 0)[there])

    def test_a_molecule_may_fall_into_two_that_stay_where_it_was(self) -> None:
        model = Model(
            cube(0.05),
            species=[Species(name, where="surface") for name in "ABC"],
            reactions=[Reaction("C -> A + B", 1e4)],
            releases=[Release("C", number=20)],
        )
        simulation = Simulation(model)
        assert simulation.run(2e-3).dataset["number"].values[-1].tolist() == [20, 20, 0]
        particles = simulation._particles
        a, b = (np.flatnonzero(particles.species == code) for code in (0, 1))
        for values in (particles.position, particles.face[:, None]):
            assert {tuple(row) for row in values[a]} == {tuple(row) for row in values[b]}

    def test_a_complex_that_falls_apart_is_spread_over_its_patch(self) -> None:
        """Uniform in a voxel of 0.1 um of a flat face: that of B stays, that of A is uniform in its voxel."""
        n = 400
        model = Model(
            box((0.5, 0.5, 0.1), {"top": Patch("z+", (0.29, 0.29))}),
            species=[Species("A", 1e-15, where="surface"), *(Species(x, where="surface") for x in "BC")],
            reactions=[Reaction("A + B -> C", 1e-18), Reaction("C -> A + B", 4e4)],
            releases=[Release("C", number=n, region="top")],
        )
        simulation = Simulation(model, Particles(dt=1e-6, voxel=0.1))
        simulation.run(1e-3)
        particles = simulation._particles
        assert particles.number[:, 1].tolist() == [n, n, 0]
        cell = np.floor(particles.position[: 2 * n, :2] / 0.1 + 0.5)
        a, b = (np.flatnonzero(particles.species == code) for code in (0, 1))
        np.testing.assert_allclose(particles.position[a, 2], 0.05, rtol=1e-12)
        for axis in (0, 1):
            assert np.array_equal(np.sort(cell[a, axis]), np.sort(cell[b, axis]))
            within = particles.position[a, axis] / 0.1 + 0.5
            spread = (within % 1).var()
            # SE of the variance 1/12 of n uniform numbers: sqrt((1/80 - 1/144)/n).
            assert abs(spread - 1 / 12) < 4 * np.sqrt((1 / 80 - 1 / 144) / n)

    def test_a_pair_that_does_not_move_is_refused(self) -> None:
        with pytest.raises(ModelError, match=r"neither A nor B moves; give one of them D > 0"):
            Simulation(pairs(Reaction("A + B -> C", 0.1), D=0.0))

    def test_a_rate_that_partners_cannot_keep_up_with_is_said(self) -> None:
        with pytest.warns(NanospineWarning, match=r"'A \+ B -> C' is up to 0\.\d+ times as fast as its partners diff"):
            Simulation(pairs(Reaction("A + B -> C", 0.1), D=0.1))

    def test_a_rate_above_what_a_step_can_do_is_refused(self) -> None:
        with pytest.raises(TimeStepError, match=r"'A \+ B -> C' reacts with probability 1\.9\d* per step"):
            Simulation(pairs(Reaction("A + B -> C", 10.0), D=1.0), Particles(dt=8e-5))

    def test_reports_pairs_on_the_surface(self) -> None:
        simulation = Simulation(pairs(Reaction("A + B -> C", 0.1)))
        rows = {row["quantity"]: row for row in simulation.preflight.rows()}
        assert str(rows["A + B -> C"]["note"]).startswith("on the surface; up to 0.3")
        assert simulation.preflight.association["A + B -> C"] == pytest.approx(0.1 * 1e-6 / 0.000419, rel=0.01)

    def test_three_or_mixed_reactants_of_the_membrane_have_no_rate_when_well_mixed(self) -> None:
        model = pairs(Reaction("A + B + C -> A", 1.0))
        with pytest.raises(ModelError, match=r"has no meaning with several surface molecules"):
            simulate(model, 1e-3, engine="ssa")


class TestCurvature:
    def test_the_mean_curvature_of_a_sphere_is_one_over_its_radius_squared(self) -> None:
        mesh = sphere(0.3, 3)
        # The sum of the lacking angles is 4 pi; only the area is not that of the sphere.
        assert mean_curvature_product(mesh) == pytest.approx(4 * np.pi / mesh.area(), rel=1e-12)

    def test_steps_that_are_long_against_the_curvature_are_doubtful(self) -> None:
        model = receptors(sphere(0.05, 2), D=1.0)
        with pytest.warns(NanospineWarning, match=r"the steps of R are long against the curvature .* = 0\.04"):
            Simulation(model, LONG)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Simulation(model, Particles(dt=1e-6, voxel=0.01))


class TestPatches:
    @pytest.mark.parametrize("mesh", [cube(0.05), sphere(0.3), slivered_wedge()], ids=["cube", "sphere", "slivers"])
    def test_they_cover_the_surface_and_none_is_tiny(self, mesh: TriangleMesh) -> None:
        grid = reaction_voxels(mesh, 0.03)
        patches = membrane_patches(mesh, np.zeros(len(mesh.faces), np.int64), grid.origin, grid.size, grid.dims)
        assert patches.area.sum() == pytest.approx(mesh.area(), rel=1e-9)
        assert patches.area.min() > 0.2 * np.prod(grid.size) / grid.size.max()
        sides = patches.piece_corners[:, 1:] - patches.piece_corners[:, :1]
        area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
        np.testing.assert_allclose(np.add.reduceat(area, patches.piece_start[:-1]), patches.area, rtol=1e-9)
        np.testing.assert_allclose(patches.piece_cumulated[patches.piece_start[1:] - 1], patches.area, rtol=1e-6)
        # Pieces lie in the planes of their triangles.
        normal = mesh.normals[patches.piece_face]
        offset = np.einsum("ij,ij->i", normal, mesh.vertices[mesh.faces[patches.piece_face, 0]])
        assert np.abs(np.einsum("ij,ikj->ik", normal, patches.piece_corners) - offset[:, None]).max() < 1e-12

    def test_groups_and_closed_parts_do_not_share_any(self) -> None:
        one, gap = cube(0.001), np.array([0.104, 0.0, 0.0])
        mesh = TriangleMesh.from_arrays(
            np.concatenate([one.vertices, one.vertices + gap]),
            np.concatenate([one.faces, one.faces + len(one.vertices)]),
        )
        grid = (np.array([-0.06, -0.06, -0.06]), np.full(3, 0.15), np.array([2, 1, 1], np.int32))
        alone = membrane_patches(mesh, np.zeros(24, np.int64), *grid)
        assert len(alone.area) == 3  # the second cube reaches into both voxels
        assert alone.area.sum() == pytest.approx(mesh.area())
        assert alone.mixed_start.tolist() == [0, len(alone.mixed_face)]
        group = np.where(mesh.normals[:, 2] > 0.5, 1, 0)
        # What the top of the second cube has in the first voxel is less than a quarter of its face.
        assert len(membrane_patches(mesh, group, *grid).area) == 5

    def test_both_sides_of_a_sheet_thinner_than_a_voxel_are_apart_but_at_its_rim(self) -> None:
        mesh = box((0.5, 0.5, 0.02))
        grid = (mesh.bounds[0], np.array([0.1, 0.1, 0.1]), np.array([5, 5, 1], np.int32))
        area = membrane_patches(mesh, np.zeros(12, np.int64), *grid).area
        np.testing.assert_allclose(np.sort(area), [*[0.01] * 18, *[0.022] * 12, *[0.024] * 4], rtol=1e-5)
