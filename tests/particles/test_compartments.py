"""Meshes within meshes: an endoplasmic reticulum in a spine, a spine in the tissue around it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from nanospine import Boundary, Model, Particles, Reaction, Release, Result, Simulation, Species, cube, simulate, sphere
from nanospine.geometry import Assembly, TriangleMesh, box, reaction_voxels
from nanospine.interop import read_mdl, write_mdl
from nanospine.interop.mdl import MdlError
from nanospine.model import Ball, GeometryError, ModelError
from nanospine.particles import Snapshot


def spine_with_er() -> Assembly:
    return Assembly({"cytosol": cube(0.064), "er": sphere(0.1)})


def test_a_compartment_is_what_is_inside_a_mesh_and_outside_those_in_it() -> None:
    cell, tube = cube(1.0), sphere(0.3)
    mesh = Assembly({"cell": cell, "er": tube, "core": sphere(0.1)})
    assert mesh.volume == pytest.approx(1.0)
    assert [c.volume for c in mesh.compartments] == pytest.approx(
        [1.0 - tube.volume, tube.volume - sphere(0.1).volume, sphere(0.1).volume]
    )
    points = np.array([[0.4, 0.0, 0.0], [0.2, 0.0, 0.0], [0.0, 0.0, 0.0], [0.6, 0.0, 0.0]])
    assert mesh.compartment_at(points).tolist() == [0, 1, 2, -1]
    assert mesh.contains(points).tolist() == [True, True, True, False]
    assert np.unique(mesh.face_compartments, axis=0).tolist() == [[0, -1], [1, 0], [2, 1]]
    assert mesh.region_names == ("cell.membrane", "er.membrane", "core.membrane")
    assert mesh.area("er.membrane") == tube.area()


def test_parts_may_lie_side_by_side() -> None:
    right = box((0.2, 0.2, 0.2))
    left = TriangleMesh.from_arrays(right.vertices - [0.5, 0.0, 0.0], right.faces)
    mesh = Assembly({"right": right, "left": left})
    assert np.unique(mesh.face_compartments, axis=0).tolist() == [[0, -1], [1, -1]]


def test_each_compartment_has_reaction_cells_of_its_own_that_fill_it() -> None:
    mesh = spine_with_er()
    voxels = reaction_voxels(mesh, 0.03)
    for index, compartment in enumerate(mesh.compartments):
        assert voxels.volume[voxels.compartment == index].sum() == pytest.approx(compartment.volume)
        assert compartment.contains(voxels.reference[voxels.compartment == index]).all()
        walls = mesh.vertices[mesh.faces[(mesh.face_compartments == index).any(axis=1)]].mean(axis=1)
        walls *= 1 - 1e-12  # not outside the grid by rounding
        assert (voxels.compartment[voxels.cell_at(walls, index)] == index).all()


@pytest.mark.parametrize("at_wall", ["clamp", "complex", "source"])
def test_molecules_appear_where_they_belong_beside_a_wall_along_voxels(at_wall: str) -> None:
    # The inner walls lie on borders between voxels: those on the other side are touched, but no part of the place.
    inner = box((0.2, 0.2, 0.08))
    mesh = Assembly({"around": box((0.4, 0.4, 0.4)), "inner": inner})
    species, on_wall = [Species("A", 1.0), Species("B", 1.0)], "inner.membrane"
    if at_wall == "complex":
        species += [Species("P", where="surface"), Species("PA", where="surface")]
    binding = [Reaction(f"A[{side}] + P <-> PA", 1e-3, 1e4) for side in ("inside", "outside")]
    model = Model(
        mesh,
        species=species,
        reactions=binding if at_wall == "complex" else [Reaction("0 -> A", 1e6), Reaction("A + B -> B", 1e-3)],
        releases=[Release("PA", number=500, region=on_wall)] if at_wall == "complex" else [],
        boundaries=[Boundary(on_wall, "A", "clamp", concentration=500.0)] if at_wall == "clamp" else [],
    )
    found = simulate(model, 2e-5, Particles(dt=1e-6), every=2e-5, seed=1).population
    volume = found.face < 0
    assert volume.sum() > 50
    np.testing.assert_array_equal(mesh.compartment_at(found.position[volume]), found.compartment[volume])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "give at least one"),
        ({" ": cube(1.0)}, "give at least one, none blank"),
        ({"a": cube(1.0), "b": sphere(0.55)},
         r"The surfaces of 'a' and 'b' of 'assembly' meet near .* um, where one reaches 0.0\d+ um through"),
        ({"a": cube(1.0), "b": cube(1.0)}, "The surfaces of 'a' and 'b' of 'assembly' meet"),
        ({"a": cube(1.0), "b": TriangleMesh.from_arrays(
            np.concatenate([sphere(0.1).vertices, sphere(0.1).vertices + 3.0]),
            np.concatenate([sphere(0.1).faces, sphere(0.1).faces + len(sphere(0.1).vertices)]),
        )}, "Some closed pieces of 'b' of 'assembly' lie inside 'a' and some outside; make two parts"),
    ],
)  # fmt: skip
def test_parts_that_cannot_be_told_apart_are_refused(parts: dict[str, TriangleMesh], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        Assembly(parts)


def test_a_region_of_a_part_is_found_under_the_names_of_both() -> None:
    mesh = spine_with_er()
    inner = mesh.region_faces("er.membrane")
    assert mesh.face_areas[inner].sum() == pytest.approx(mesh.area("er.membrane"), rel=1e-12)
    assert (mesh.face_compartments[inner, 0] == 1).all()


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(GeometryError, match=r"no region 'membrane', only cytosol\.membrane, er\.membrane"):
        spine_with_er().area("membrane")


def test_molecules_are_released_in_the_compartment_named_and_in_the_first_otherwise() -> None:
    model = Model(
        spine_with_er(),
        species=[Species("A"), Species("S", where="surface")],
        releases=[
            Release("A", concentration=50.0),
            Release("A", number=30, compartment="er"),
            Release("A", points=[[0.0, 0.0, 0.0], [0.19, 0.19, 0.19]]),
            Release("A", number=5, within=Ball((0.0, 0.0, 0.0), 0.025), compartment="er"),
            Release("S", number=40),
            Release("S", number=7, region="er.membrane"),
        ],
    )
    within = simulate(model, 1e-5, every=1e-5).dataset["within"][0]
    assert abs(int(within.sel(species="A", compartment="cytosol")) - 1 - model.expected_number(model.releases[0])) < 1
    assert int(within.sel(species="A", compartment="er")) == 30 + 1 + 5
    assert within.sel(species="S").values.tolist() == [40, 7]


@pytest.mark.parametrize(
    ("release", "error", "message"),
    [
        (Release("A", number=1, compartment="nucleus"), ModelError, "compartment .*'nucleus'.*cytosol"),
        (Release("S", number=1, compartment="er"), ModelError, "surface species lie on a region, not in a compartment"),
        (Release("A", number=1, within=Ball((0.0, 0.0, 0.0), 0.025)), GeometryError, "outside the mesh"),
        (Release("A", number=1, within=Ball((0.19, 0.0, 0.0), 0.005), compartment="er"), GeometryError,
         "outside compartment 'er'"),
        (Release("A", points=[[0.3, 0.0, 0.0]]), GeometryError, "outside the mesh"),
    ],
)  # fmt: skip
def test_releases_that_lie_nowhere_are_refused(release: Release, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Model(spine_with_er(), species=[Species("A"), Species("S", where="surface")], releases=[release])


def test_a_release_at_points_has_no_compartment_to_name() -> None:
    with pytest.raises(ModelError, match="is in compartment 'er'; give a number or a concentration"):
        Release("A", points=[[0.0, 0.0, 0.0]], compartment="er")


def pump_into_er(outside: bool = True) -> Model:
    """SERCA in one direction: binds on the cytosol's side, releases into the reticulum."""
    side = "outside" if outside else "inside"
    return Model(
        spine_with_er(),
        species=[Species("Ca", 220.0), *(Species(name, where="surface") for name in ("S0", "S1"))],
        reactions=[
            Reaction(f"Ca[{side}] + S0 <-> S1", 100.0, 50.0),
            Reaction("S1 -> S0 + Ca[inside]", 500.0, name="pumped"),
        ],
        releases=[Release("Ca", number=300), Release("S0", number=100, region="er.membrane")],
    )


def test_a_pump_binds_outside_and_releases_inside() -> None:
    data = simulate(pump_into_er(), 4e-3, every=1e-3).dataset
    cytosol, er = (data["within"].sel(species="Ca", compartment=name).values for name in ("cytosol", "er"))
    bound = data["number"].sel(species="S1").values
    assert np.array_equal(er, data["event"].sel(reaction="pumped"))
    assert np.array_equal(cytosol + er + bound, np.full(5, 300))
    assert er[-1] > 50


def test_nothing_binds_on_the_side_that_is_not_named() -> None:
    data = simulate(pump_into_er(outside=False), 1e-3, every=1e-3).dataset
    assert int(data["number"].sel(species="S1")[-1]) == 0


def test_a_pair_may_release_its_product_on_the_other_side() -> None:
    model = Model(
        spine_with_er(),
        species=[Species("A", 220.0), Species("T", where="surface")],
        reactions=[Reaction("A[outside] + T -> T + A[inside]", 400.0, name="carried")],
        releases=[Release("A", number=500), Release("T", number=100, region="er.membrane")],
    )
    data = simulate(model, 1e-3, every=1e-3).dataset
    carried = int(data["event"].sel(reaction="carried")[-1])
    assert carried > 20
    assert data["within"].sel(species="A")[-1].values.tolist() == [500 - carried, carried]


def test_the_reticulum_s_absorber_takes_nothing_through_the_other_s_wall() -> None:
    """A wall's absorber is none for the compartment that lies beyond another wall."""
    inner = box((0.29, 0.29, 0.29))
    model = Model(
        Assembly({"outer": box((0.3, 0.3, 0.3)), "inner": inner}),
        species=[Species("A", 220.0)],
        releases=[Release("A", number=2000, compartment="inner")],
        boundaries=[Boundary("outer.membrane", "A", "absorbing")],
    )
    assert int(simulate(model, 2e-5, every=1e-5).number("A")[-1]) == 2000


def test_hits_are_counted_by_side_wherever_there_is_a_boundary() -> None:
    n, D, dt = 3000, 220.0, 1e-6
    mesh = spine_with_er()
    model = Model(
        mesh,
        species=[Species("A", D)],
        releases=[Release("A", number=n)],
        boundaries=[Boundary("er.membrane", "A", "reflecting"), Boundary("cytosol.membrane", "A", "absorbing-segment")],
    )
    data = Simulation(model, Particles(dt=dt), seed=3).run(1e-5, every=1e-5).dataset.isel(time=-1)
    hit = data["hit"].sel(boundary="er.membrane/A")
    assert int(hit.sel(side="inside")) == 0
    expected = n / mesh.compartments[0].volume * mesh.area("er.membrane") * np.sqrt(D * dt / np.pi) * 10
    assert abs(int(hit.sel(side="outside")) - expected) < 4 * np.sqrt(expected)
    gone = n - int(data["number"].sel(species="A"))
    assert int(data["hit"].sel(boundary="cytosol.membrane/A", side="inside")) == gone > 100


@pytest.mark.parametrize(
    ("rule", "parameter"),
    [("absorbing", {}), ("partially-absorbing", {"velocity": 5e3}), ("permeable", {"permeability": 5e3})],
)
def test_nothing_is_taken_through_a_thin_wall_from_behind(rule: str, parameter: dict[str, float]) -> None:
    """Molecules under a plate of 10 nm, whose upper side is an absorber 300 nm away round the edge."""
    plate = box((0.6, 0.6, 0.01), {"top": "z+"}).moved((0.0, 0.0, 0.1))
    below = np.tile([0.0, 0.0, 0.085], (2000, 1))
    model = Model(
        Assembly({"cytosol": box((0.8, 0.8, 0.8)), "er": plate}),
        species=[Species("A", 20.0)],
        releases=[Release("A", points=below)],
        boundaries=[Boundary("er.top", "A", rule, **parameter)],
    )
    engine = Particles(dt=1e-7)
    data = simulate(model, 1e-6, engine, every=1e-6).dataset
    assert data["crossing"][-1].sum() == 0
    assert data["number"].sel(species="A")[-1] == 2000


class TestAPermeableWall:
    def leaky(self, permeability: float | tuple[float, float]) -> Model:
        return Model(
            spine_with_er(),
            species=[Species("A", 220.0)],
            releases=[Release("A", number=500, compartment="er")],
            boundaries=[Boundary("er.membrane", "A", "permeable", permeability=permeability)],
        )

    def test_counts_what_passes_and_keeps_every_molecule(self) -> None:
        data = simulate(self.leaky(2e3), 100e-6, every=10e-6).dataset
        crossed = data["crossing"].sel(boundary="er.membrane/A")
        inside = data["within"].sel(species="A", compartment="er").values
        assert inside[-1] < 400
        assert np.array_equal(500 - inside, (crossed.sel(direction="out") - crossed.sel(direction="in")).values)
        assert (data["number"].sel(species="A") == 500).all()

    def test_lets_pass_one_way_only_if_so_asked(self) -> None:
        passed = simulate(self.leaky((2e3, 0.0)), 50e-6, every=50e-6).dataset["crossing"][-1, 0]
        assert passed.sel(direction="out") > 100
        assert passed.sel(direction="in") == 0

    def test_that_nothing_passes_reflects(self) -> None:
        result = simulate(self.leaky(0.0), 50e-6, every=50e-6)
        assert result.dataset["within"].sel(species="A", compartment="er")[-1] == 500


def test_an_assembly_survives_mdl_and_back(tmp_path: Path) -> None:
    model = Model(
        spine_with_er(),
        species=[Species("A", 100.0), Species("B", 50.0), Species("S", where="surface")],
        reactions=[Reaction("A[outside] + S -> S + A[inside]", 100.0)],
        releases=[
            Release("A", concentration=5.0),
            Release("A", number=30, compartment="er"),
            Release("A", number=5, within=Ball((0.0, 0.0, 0.0), 0.025), compartment="er"),
            Release("S", density=100.0, region="er.membrane"),
            Release("S", density=10.0),
        ],
        boundaries=[
            Boundary("cytosol.membrane", "A", "reflecting"),
            Boundary("cytosol.membrane", "B", "clamp", concentration=2.0),
            Boundary("er.membrane", "A", "transparent"),
            Boundary("er.membrane", "B", "clamp", concentration=3.0),
        ],
    )
    back = read_mdl(write_mdl(model, tmp_path / "model.mdl")).model
    assert back.mesh == model.mesh
    assert back.species == model.species
    assert back.reactions == model.reactions
    assert back.releases == model.releases
    assert set(back.boundaries) == set(model.boundaries)


NESTED = """
ITERATIONS = 10
TIME_STEP = 1e-6
DEFINE_MOLECULES { A { DIFFUSION_CONSTANT_3D = 2.2e-6 } P { DIFFUSION_CONSTANT_2D = 0 } }
cell BOX { CORNERS = [-0.2, -0.2, -0.2], [0.2, 0.2, 0.2] }
er BOX { CORNERS = [-0.1, -0.1, -0.1], [0.1, 0.1, 0.1] }
INSTANTIATE w OBJECT {
 cell OBJECT cell {} er OBJECT er {}
 a RELEASE_SITE { SHAPE = w.cell - w.er MOLECULE = A NUMBER_TO_RELEASE = 100 }
 b RELEASE_SITE { SHAPE = %s }
 c RELEASE_SITE { SHAPE = w.er MOLECULE = P' NUMBER_TO_RELEASE = 7 }
}
REACTION_DATA_OUTPUT { STEP = 1e-6 { COUNT[A, w.cell]:"all", COUNT[A, w.er]:"er", COUNT[P, w.cell]:"P",
 COUNT[P, w.cell, ALL_ENCLOSED]:"enclosed", COUNT[A, w.er[ALL], FRONT_HITS]:"front",
 COUNT[A, w.er[ALL], BACK_HITS]:"back" } => "counts.dat" }
"""


def test_objects_in_objects_are_counted_as_mcell_counts_them(tmp_path: Path) -> None:
    """Volume molecules in all objects around them, surface molecules on their own, hits on either face."""
    (tmp_path / "model.mdl").write_text(NESTED % "w.er MOLECULE = A NUMBER_TO_RELEASE = 40")
    mdl = read_mdl(tmp_path / "model.mdl")
    result = simulate(mdl.model, mdl.duration, mdl.engine, every=mdl.interval)
    counts = mdl.columns(result, mdl.outputs[0])
    last = {str(name): float(counts.sel(column=name)[-1]) for name in counts["column"].values}
    assert (last["all"], last["er"], last["P"], last["enclosed"]) == (140, 40, 0, 7)
    hit = result.dataset["hit"].sel(boundary="er.membrane/A").isel(time=-1)
    assert (last["front"], last["back"]) == (int(hit.sel(side="outside")), int(hit.sel(side="inside")))
    assert last["back"] > last["front"] > 0


def test_a_concentration_in_an_object_fills_what_lies_in_it_too(tmp_path: Path) -> None:
    (tmp_path / "model.mdl").write_text(NESTED % "w.cell MOLECULE = A CONCENTRATION = 1e-5")
    releases = read_mdl(tmp_path / "model.mdl").model.releases
    assert [(r.compartment, r.concentration) for r in releases if r.concentration] == [(None, 10.0), ("er", 10.0)]


def test_a_number_in_several_compartments_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.mdl").write_text(NESTED % "w.cell MOLECULE = A NUMBER_TO_RELEASE = 40")
    with pytest.raises(MdlError, match=r"w\.b divides a number over cell, er; release into one compartment"):
        read_mdl(tmp_path / "model.mdl")


def test_what_binds_from_outside_a_membrane_survives_a_restart(tmp_path: Path) -> None:
    def run(checkpoint: Path | None, stop: float = math.inf) -> Result:
        def interrupt(snapshot: Snapshot) -> None:
            if snapshot.time >= stop:
                raise KeyboardInterrupt

        return Simulation(pump_into_er(), seed=3).run(
            4e-4, every=1e-4, observer=interrupt, checkpoint=checkpoint, checkpoint_every=0.0
        )

    path = tmp_path / "state.npz"
    assert not run(path, stop=2e-4).complete
    assert run(path).dataset.equals(run(None).dataset)
