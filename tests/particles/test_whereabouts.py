"""Where surface molecules may be decides in which cells a reaction with them must be slow enough."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nanospine import Model, Particles, Population, Reaction, Release, Simulation, Species, box
from nanospine.geometry import Assembly
from nanospine.model import ParameterError
from nanospine.particles.whereabouts import reachable_faces

ROOM = box((1.0, 1.0, 1.0), regions={"left": "x-", "right": "x+"})
SPECIES = [Species("Ca", 220.0), *(Species(name, where="surface") for name in ("P", "PA", "Q")),
           Species("R", 1.0, where="surface")]  # fmt: skip
BINDING = [Reaction("Ca[inside] + P <-> PA", 100.0, 10.0), Reaction("PA -> Q", 1.0), Reaction("Q -> R", 1.0)]


def regions(faces: np.ndarray) -> set[str]:
    return {ROOM.region_names[k] for k in np.unique(ROOM.face_region[faces])}


ON_THE_LEFT = Release("P", number=3, region="left")


def found(release: Release, *reactions: Reaction) -> dict[str, np.ndarray]:
    return reachable_faces(Model(ROOM, species=SPECIES, reactions=reactions, releases=[release]), None)


def test_molecules_stay_where_they_are_released_and_become_others_there() -> None:
    assert {name: regions(faces) for name, faces in found(ON_THE_LEFT, *BINDING[:2]).items()} == {
        "P": {"left"}, "PA": {"left"}, "Q": {"left"}, "R": set(),
    }  # fmt: skip


def test_those_that_diffuse_may_be_everywhere() -> None:
    assert regions(found(ON_THE_LEFT, *BINDING, Reaction("R -> P", 1.0))["PA"]) == set(ROOM.region_names)


def test_points_are_on_the_nearest_triangle() -> None:
    faces = found(Release("P", points=[[0.5, 0.1, 0.2]]), *BINDING)["P"]
    assert regions(faces) == {"right"}
    assert faces.sum() == 1


def test_a_slit_matters_where_the_partners_are() -> None:
    """Between a wall and a second compartment 10 nm from it ions meet again and again what binds them."""
    inner = box((0.4, 0.4, 0.4)).moved((0.29, 0.0, 0.0))
    mesh = Assembly({"cell": ROOM, "er": inner})
    engine = Particles(dt=1e-6, voxel=0.05)

    def model(region: str) -> Model:
        binding = Reaction("Ca[inside] + P <-> PA", 3000.0, 10.0)
        return Model(
            mesh, species=SPECIES[:3], reactions=[binding], releases=[Release("P", number=3, region=f"cell.{region}")]
        )

    with pytest.raises(ParameterError, match="times as fast as its partners diffuse"):
        Simulation(model("right"), engine)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Simulation(model("left"), engine)
    at_the_slit = Population(0.0, ("P",), np.zeros(1, np.int32), np.array([[0.5, 0.1, 0.05]]))
    with pytest.raises(ParameterError, match="times as fast as its partners diffuse"):
        Simulation(model("left"), engine, start=at_the_slit)
    beside_it = Population(0.0, ("P",), np.zeros(1, np.int32), np.array([[-0.5, 0.1, 0.05]]))
    assert Simulation(model("left"), engine, start=beside_it).preflight.returns["Ca[inside] + P -> PA"] < 0.5
