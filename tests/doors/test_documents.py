"""Documents of models that others wrote: whatever stands in them makes a model, or one sentence."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
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
    Species,
    cube,
)
from nanospine.model import Document, ModelError, NanospineError

Path = tuple[str | int, ...]


@cache
def document() -> Document:
    """Return a document with every kind of part."""
    mesh = Assembly({"cytosol": cube(0.1), "store": cube(0.001)})
    return Model(
        mesh,
        species=[Species("A", 1.0, content={"Ca": 2}), Species("B", group="b"), Species("P", where="surface")],
        reactions=[Reaction("A <-> B", Schedule([0.0, 1.0], [1.0, 2.0]), 2.0), Reaction("P -> P + A[inside]", 1.0)],
        releases=[
            Release({"A": 0.25, "B": 0.75}, concentration=1.0, within=Ball((0.15, 0.15, 0.15), 0.02), at=(0.0, 1.0)),
            Release("P", points=[[0.23, 0.0, 0.0]]),
            Release("B", number=3, number_sd=1.0, compartment="store", probability=0.5),
        ],
        boundaries=[Boundary("store.membrane", "A", "clamp", concentration=3.0)],
        samplers=[Sampler("s", "A", within=Box((0.15, 0.15, 0.15), (0.01, 0.01, 0.01)), while_present="P")],
        residences=[Residence("r", "P", region="cytosol.membrane")],
    ).to_document()


def data() -> Any:
    return json.loads(document().text)


def paths(part: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where in plain data there is anything."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def changed(path: Path, value: Any) -> Document:
    """Return the document with something else in one place."""
    found = part = data()
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return Document(found, document().arrays)


def nested(levels: int, kind: type) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found] if kind is list else {"a": found}
    return found


#: What stands in the place of something else.
STRANGE: list[Any] = [
    None, True, -1, 3, 0.5, 10**400, 1e300, float("nan"), float("inf"), "", "x", "0", [], [[]], [1, 2, 3, 4], ["x"], {},
    {"class": "array"}, {"class": "array", "sha256": "x"}, {"class": "array", "sha256": 3}, {"class": "mapping"},
    {"class": "mapping", "items": 3}, {"class": "mapping", "items": [[1]]}, {"class": "mapping", "items": [[[], 1]]},
    {"class": "document"}, {"class": "document", "data": 3}, {"class": "model.Species", "name": "Z"},
    {"class": "model.Ball", "center": [0, 0, 0], "radius": 1}, {"class": 3}, {"class": None}, {"class": []},
    {"class": "os.path"}, {"class": "model.__init__"}, {"class": "viz.Scene"}, {"class": "model"}, {"class": "."},
    {"class": "results.Result"}, {"class": "studies.Case"}, {"class": "x" * 10_000},
]  # fmt: skip
PLACES = list(paths(data()))
DEEP = {"lists": list, "objects": dict}


def test_the_document_is_read() -> None:
    assert Model.from_document(Document(data(), document().arrays)).to_document() == document()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_anything_in_any_place_makes_a_model_or_one_sentence(place: Path) -> None:
    """Each place is given every eighth of what is strange; all of it is for the verification tier."""
    for value in STRANGE[PLACES.index(place) % 8 :: 8]:
        with contextlib.suppress(NanospineError):
            Model.from_document(changed(place, value))


@pytest.mark.verification
@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_all_that_is_strange_in_any_place_makes_a_model_or_one_sentence(place: Path) -> None:
    for value in STRANGE:
        with contextlib.suppress(NanospineError):
            Model.from_document(changed(place, value))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_what_is_missing_has_a_default_or_is_named(place: Path) -> None:
    found = part = data()
    for key in place[:-1]:
        part = part[key]
    del part[place[-1]]
    with contextlib.suppress(NanospineError):
        Model.from_document(Document(found, document().arrays))


@pytest.mark.parametrize("kind", DEEP)
@pytest.mark.parametrize("levels", [101, 5_000, 100_000])
@pytest.mark.parametrize("place", [("species",), ("mesh",), ("species", 0, "content")])
def test_data_nested_deeper_than_any_model_are_refused(kind: str, levels: int, place: Path) -> None:
    deep = changed(place, nested(levels, DEEP[kind]))
    with pytest.raises(
        ModelError, match="The document is nested deeper than 100 levels, as no model is; write it anew"
    ):
        Model.from_document(deep)
    with pytest.raises(ModelError, match="nested deeper"):
        assert deep.sha256


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", object(), 1j])
def test_what_json_cannot_hold_has_no_hash(value: Any) -> None:
    with pytest.raises(ModelError, match=r"The document holds what JSON cannot: .*; write it anew"):
        assert changed(("species",), [value]).sha256


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("species", 0, "D"), "1.0", r"Species 'A': D is '1.0' \(str\); give a number"),
        (("species", 0, "name"), 3, r"Species: name is 3 \(int\); give a text"),
        (("species", 0), 3, r"Model: species\[0\] is 3 \(int\); give a Species"),
        (("species", 0, "where"), "air", "where 'air' is unknown"),
        (("species", 1, "content"), {"class": "mapping", "items": [["Ca", -1]]}, "content of Ca is -1"),
        (("reactions", 0, "equation"), 7, r"Reaction: equation is 7 \(int\); give a text"),
        (("reactions", 0, "backward"), None, "needs a backward rate"),
        (("releases", 0, "within"), "here", r"within is 'here' \(str\); give a Ball or a Box or an Ellipsoid"),
        (("releases", 2, "number"), 10**30, "molecules cannot be counted exactly"),
        (("boundaries", 0, "concentration"), "3", r"concentration is '3' \(str\); give a number"),
        (("samplers", 0, "within"), [0, 0, 0], r"within is \(0, 0, 0\) \(tuple\); give a Ball or a Box or a Shell"),
        (("residences", 0, "region"), 4, r"region is 4 \(int\); give a text"),
        (("mesh",), {"class": "model.Species", "name": "Z"}, r"mesh is Species\(name=.*; give a Mesh"),
        (("mesh", "parts"), [], r"Assembly: parts is \(\) \(tuple\); give a mapping of texts to TriangleMesh"),
        (("version",), "1", "version '1'; this nanospine reads 'nanospine-model', version 1"),
        (("species", 0, "class"), "viz.Scene", "a part of class 'viz.Scene', which this nanospine does not know"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(place: Path, value: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Model.from_document(changed(place, value))


@pytest.mark.parametrize(
    "array",
    [
        None,
        3,
        "x",
        [[1.0]],
        np.zeros(3),
        np.array(["x"]),
        np.array([None]),
        np.array(1.0),
        np.zeros((0, 3)),
        np.array([1j]),
    ],
    ids=repr,
)
def test_an_array_that_is_another_is_refused(array: Any) -> None:
    for name in document().arrays:
        with pytest.raises(NanospineError):
            Model.from_document(Document(data(), {**document().arrays, name: array}))


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(
        ["model.Species", "model.Ball", "geometry.TriangleMesh", "array", "mapping", "document", "results.Run"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["class", "items", "data", "sha256", "name", "D"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.verification
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), PLAIN)
def test_any_data_in_any_place_make_a_model_or_one_sentence(place: Path, value: Any) -> None:
    with contextlib.suppress(NanospineError):
        Model.from_document(changed(place, value))
