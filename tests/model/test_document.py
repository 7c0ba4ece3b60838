"""Models as documents: plain data with arrays beside them, from which the very same model is made again."""

from __future__ import annotations

import dataclasses
import json
import struct
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanospine import (
    Assembly,
    Ball,
    Boundary,
    Box,
    Model,
    Reaction,
    Release,
    Residence,
    Sampler,
    Schedule,
    Shell,
    Species,
    TriangleMesh,
    box,
    cube,
    proteins,
    sphere,
    spine,
)
from nanospine.model import Document, Mesh, ModelError


def everything() -> Model:
    """A model with a part of each class, and with mappings whose order counts."""
    pulses = Schedule.pulses([1e-3, 2e-3], 0.5e-3, 1e4)
    return Model(
        Assembly({"cytosol": sphere(volume=0.5), "er": box((0.1, 0.1, 0.1), {"top": "z+"})}),
        schemes=[proteins.calcium(0.1), proteins.calbindin(20.0)],
        species=[
            Species("Zinc", 100.0, content={"Zn": 1, "Any": 2}),
            Species("P", where="surface", group="pump"),
            Species("Q", 0.1, where="surface"),
        ],
        reactions=[
            Reaction("Zinc[inside] + P <-> Q", 10.0, pulses, name="bind"),
            Reaction("0 -> Zinc", pulses),
            Reaction("2 Zinc -> Ca", 1.0, forward_law="Zinc"),
        ],
        releases=[
            Release({"Q": 0.25, "P": 0.75}, density=10.0, region=("er.top", "er.membrane")),
            Release("Zinc", number=40, within=Ball((0.0, 0.0, 0.2), 0.05), number_sd=2.0),
            Release("Zinc", points=[(0, 0, 0.2), (0, 0, 0.25)], at=np.array([0.0, 1e-3]), probability=0.5),
        ],
        boundaries=[Boundary("er.top", "Zinc", "clamp", concentration=3.0), Boundary("er.top", "Q", "reflecting")],
        samplers=[
            Sampler("middle", "Zinc", Box((0.0, -0.0, 0.2), (0.1, 0.1, 0.1)), while_present="P"),
            Sampler("shell", "Zinc", within=Shell((0.0, 0.0, 0.0), 0.2, 0.3)),
        ],
        residences=[Residence("stay", "P", region="er.top")],
    )  # fmt: skip


def after_json(document: Document) -> Document:
    """Return a document as it is after its data have been a text."""
    return Document(json.loads(document.text), document.arrays)


def comparable(release: Release) -> dict[str, Any]:
    """Return the fields of a release, its points as lists of numbers."""
    return vars(release) | {"points": None if release.points is None else release.point_array().tolist()}


def dye(**options: object) -> Model:
    return Model(cube(0.05), species=[Species("Dye", **options)])


class TestRoundTrip:
    def test_gives_the_same_model(self) -> None:
        model = everything()
        back = Model.from_document(after_json(model.to_document()))
        for field in dataclasses.fields(Model):
            if field.name != "releases":
                assert getattr(back, field.name) == getattr(model, field.name), field.name
        assert list(map(comparable, back.releases)) == list(map(comparable, model.releases))
        assert back.to_document() == model.to_document()
        assert back.to_document().text == model.to_document().text

    def test_keeps_the_order_of_states_from_which_molecules_are_drawn(self) -> None:
        back = Model.from_document(after_json(everything().to_document()))
        assert [list(release.fractions) for release in back.releases][-3] == ["Q", "P"]
        turned = dataclasses.replace(everything(), releases=[Release({"P": 0.75, "Q": 0.25}, density=10.0)])
        assert (
            turned.to_document()
            != dataclasses.replace(everything(), releases=[Release({"Q": 0.25, "P": 0.75}, density=10.0)]).to_document()
        )

    @given(st.floats(0.0, 1e100), st.floats(-1e100, 1e100))
    def test_keeps_every_bit_of_every_number(self, D: float, x: float) -> None:
        shell = Shell((x, -0.0, 0.0), 0.0, 1.0)
        model = dataclasses.replace(dye(D=D), samplers=[Sampler("s", "Dye", within=shell)])
        back = Model.from_document(after_json(model.to_document()))
        assert back.samplers[0].within is not None
        numbers = (back.species[0].D, *back.samplers[0].within.center)
        assert struct.pack("4d", *numbers) == struct.pack("4d", D, x, -0.0, 0.0)

    @given(
        st.lists(st.floats(0.0, 1e100, exclude_min=True), max_size=20, unique=True).map(sorted),
        st.floats(0.0, 1e100),
    )
    def test_keeps_every_bit_of_a_schedule(self, times: list[float], value: float) -> None:
        schedule = Schedule([0.0, *times], [value] * (len(times) + 1))
        model = dataclasses.replace(dye(), reactions=[Reaction("Dye -> 0", schedule)])
        assert Model.from_document(after_json(model.to_document())).reactions[0].forward == schedule

    def test_makes_plain_numbers_of_those_of_numpy(self) -> None:
        odd = dye(D=np.float64(0.1), content=MappingProxyType({"Ca": np.int64(2)}))
        assert odd.to_document() == dye(D=0.1, content={"Ca": 2}).to_document()

    @pytest.mark.parametrize("mesh", [box((1, 2, 3), {"top": "z+"}), spine("thin"), sphere(0.3).moved((0.1, 0, -0.0))])
    def test_gives_the_same_mesh(self, mesh: Mesh) -> None:
        back = Model.from_document(dataclasses.replace(dye(), mesh=mesh).to_document()).mesh
        assert (back.name, back.sha256, back.is_convex) == (mesh.name, mesh.sha256, mesh.is_convex)
        assert back.volume == mesh.volume
        assert back.vertices.tobytes() == mesh.vertices.tobytes()
        assert [back.area(name) for name in back.region_names] == [mesh.area(name) for name in mesh.region_names]

    def test_gives_the_same_assembly(self) -> None:
        mesh = everything().mesh
        back = Model.from_document(everything().to_document()).mesh
        assert (back.name, back.sha256, back.compartment_names) == (mesh.name, mesh.sha256, mesh.compartment_names)
        assert [part.volume for part in back.compartments] == [part.volume for part in mesh.compartments]
        assert np.array_equal(back.face_compartments, mesh.face_compartments)


class TestDocument:
    def test_says_format_and_version_and_is_json(self) -> None:
        data = json.loads(everything().to_document().text)
        assert (data["format"], data["version"]) == ("nanospine-model", 1)
        assert data["boundaries"][0] == {
            "class": "model.Boundary", "region": "er.top", "species": "Zinc", "rule": "clamp", "concentration": 3.0,
            "velocity": None, "permeability": None,
        }  # fmt: skip

    def test_holds_equal_arrays_once(self) -> None:
        """The pulses are the rates of two reactions; both their columns are there once."""
        model = everything()
        rates = model.reactions[-2].forward
        assert isinstance(rates, Schedule)
        assert sum(array.shape == (len(rates.times),) for array in model.to_document().arrays.values()) == 2

    def test_has_a_hash_that_any_change_changes(self) -> None:
        assert dye(D=1.0).to_document().sha256 == dye(D=1.0).to_document().sha256
        documents = [
            dye(D=1.0).to_document(),
            dye(D=np.nextafter(1.0, 2.0)).to_document(),
            dataclasses.replace(dye(D=1.0), mesh=cube(0.06)).to_document(),
            dataclasses.replace(dye(D=1.0), reactions=[Reaction("Dye -> 0", Schedule([0.0], [1.0]))]).to_document(),
            dataclasses.replace(dye(D=1.0), reactions=[Reaction("Dye -> 0", Schedule([0.0], [2.0]))]).to_document(),
        ]
        assert len({document.sha256 for document in documents}) == len(set(documents)) == len(documents)

    def test_does_not_change_with_the_points_that_were_given(self) -> None:
        points = np.zeros((2, 3))
        model = dataclasses.replace(dye(), releases=[Release("Dye", points=points)])
        document = model.to_document()
        points += 0.1
        [kept] = Model.from_document(document).releases
        assert not np.any(kept.points)

    def test_refuses_a_number_that_is_not_finite(self) -> None:
        with pytest.raises(ModelError, match=r"Species 'Dye': content\['Ca'\] is inf \(float\); give a whole number"):
            dye(content={"Ca": float("inf")}).to_document()

    def test_refuses_a_mesh_of_another_house(self) -> None:
        class Mine(TriangleMesh):
            pass

        mesh = cube(0.05)
        mine = Mine(mesh.vertices, mesh.faces, mesh.face_region, mesh.region_names)
        with pytest.raises(ModelError, match=r"Model.mesh is a .*Mine, which no document can hold; use the classes"):
            dataclasses.replace(dye(), mesh=mine).to_document()


def changed(change: dict[str, object], where: tuple[str | int, ...] = ()) -> Document:
    """Return a document with some of its data changed; what is changed to None is left out."""
    document = everything().to_document()
    data = json.loads(document.text)
    part = data
    for key in where:
        part = part[key]
    part.update(change)
    for key in [key for key, value in change.items() if value is None]:
        del part[key]
    return Document(data, document.arrays)


class TestBadDocuments:
    @pytest.mark.parametrize(
        ("change", "where", "message"),
        [
            ({"format": "sbml"}, (), r"of format 'sbml', version 1; this nanospine reads 'nanospine-model', version 1"),
            ({"version": 2}, (), "of format 'nanospine-model', version 2; this nanospine reads"),
            ({"format": None}, (), "of format None"),
            ({"class": "model.Law"}, ("species", 0), "a part of class 'model.Law', which this nanospine does not know"),
            ({"class": "attic.Law"}, ("species", 0), "a part of class 'attic.Law'"),
            ({"class": "model.parse"}, ("species", 0), "a part of class 'model.parse'"),
            ({"class": None}, ("species", 0), "a part of class None"),
            ({"class": "model.Ball"}, ("mesh",), "a model.Ball with 'name', which this nanospine"),
            ({"charge": 2}, ("species", 0), "a model.Species with 'charge', which this nanospine does not know"),
            ({"name": None}, ("species", 0), "a model.Species without 'name'; add it"),
            ({"D": "fast"}, ("species", 0), r"Species 'Ca': D is 'fast' \(str\); give a number"),
            ({"mesh": 3}, (), r"Model: mesh is 3 \(int\); give a Mesh"),
            ({"species": 3}, (), r"Model: species is 3 \(int\); give a sequence of Species"),
        ],
    )  # fmt: skip
    def test_are_refused(self, change: dict[str, object], where: tuple[str | int, ...], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            Model.from_document(changed(change, where))

    def test_of_another_class_are_refused(self) -> None:
        document = Document.of(Species("A"))
        data = {"format": "nanospine-model", "version": 1, **document.data}
        with pytest.raises(ModelError, match="The document holds a Species; give that of a model"):
            Model.from_document(Document(data, {}))

    def test_a_field_that_is_left_out_has_its_default(self) -> None:
        assert Model.from_document(changed({"residences": None})).residences == ()

    def test_an_array_that_is_missing_or_damaged_is_refused(self) -> None:
        document = everything().to_document()
        name, array = min(document.arrays.items())
        with pytest.raises(ModelError, match=f"Array {name[:12]}... of the document is missing; keep its arrays"):
            Model.from_document(Document(document.data, {}))
        wrong = array + 1e-15
        with pytest.raises(ModelError, match=f"Array {name[:12]}... of the document is damaged"):
            Model.from_document(Document(document.data, {**document.arrays, name: wrong}))
        with pytest.raises(ModelError, match="is damaged"):
            Model.from_document(Document(document.data, {**document.arrays, name: array.astype(np.float32)}))
