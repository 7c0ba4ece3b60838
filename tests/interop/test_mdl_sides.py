"""Sides of membranes, orientations and places of counts, as MCell has them (3.4 and 3.5.1, where numbers are given)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nanospine.interop import MdlModel, read_mdl
from nanospine.interop.mdl import MdlError

HEAD = """TIME_STEP = 1e-6
DEFINE_MOLECULES {
 A { DIFFUSION_CONSTANT_3D = 2.2e-6 } B { DIFFUSION_CONSTANT_3D = 2.2e-6 }
 P { DIFFUSION_CONSTANT_2D = 0 } Q { DIFFUSION_CONSTANT_2D = 0 } M { DIFFUSION_CONSTANT_2D = 1e-9 } }
DEFINE_SURFACE_CLASS counted { TRANSPARENT = ALL_MOLECULES; }
outer BOX { CORNERS = [-0.5,-0.5,-0.5],[0.5,0.5,0.5] DEFINE_SURFACE_REGIONS { top { INCLUDE_ELEMENTS = [TOP] } } }
inner BOX { CORNERS = [-0.2,-0.2,-0.2],[0.2,0.2,0.2] DEFINE_SURFACE_REGIONS { top { INCLUDE_ELEMENTS = [TOP] } } }
box BOX { CORNERS = [-0.3,-0.3,-0.1],[0.3,0.3,0.3] }
MODIFY_SURFACE_REGIONS { box[ALL] { SURFACE_CLASS = counted } }
"""
AROUND = "a RELEASE_SITE { SHAPE = w.outer[ALL] - w.inner[ALL] MOLECULE = A CONCENTRATION = 1e-5 }"


def on(place: str, molecule: str, number: int = 500) -> str:
    return f"p_{number} RELEASE_SITE {{ SHAPE = w.{place} MOLECULE = {molecule} NUMBER_TO_RELEASE = {number} }}"


def read(
    tmp_path: Path,
    reactions: str,
    sites: str = "",
    columns: str = "COUNT[Q, WORLD]",
    iterations: int = 200,
    before: str = "",
) -> MdlModel:
    """Read a store in a cell, with a counting box around the store's upper half."""
    block = f"DEFINE_REACTIONS {{ {reactions} }}\n" if reactions else ""
    world = f"INSTANTIATE w OBJECT {{ outer OBJECT outer {{}} inner OBJECT inner {{}} box OBJECT box {{}} {sites} }}\n"
    outputs = f'REACTION_DATA_OUTPUT {{ STEP = 1e-4 {{ {columns} }} => "a.dat" }}\n'
    (tmp_path / "model.mdl").write_text(f"ITERATIONS = {iterations}\n" + HEAD + before + block + world + outputs)
    return read_mdl(tmp_path / "model.mdl")


def course(mdl: MdlModel, seed: int = 1) -> np.ndarray:
    """Run, and return the columns of the output, shape (time, column)."""
    return np.asarray(mdl.columns(mdl.run(seed), mdl.outputs[0]).values)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("A; + P; -> Q; [2e6]", {"A[inside] + P -> Q": 1.0, "A[outside] + P -> Q": 1.0}),
        ("A + P -> Q [2e6]", {"A[inside] + P -> Q": 1.0, "A[outside] + P -> Q": 1.0}),
        ("A', + P' -> Q' [2e6]", {"A[inside] + P -> Q": 1.0, "A[outside] + P -> Q": 1.0}),
        ("A'' + P' -> Q' [2e6]", {"A[inside] + P -> Q": 1.0, "A[outside] + P -> Q": 1.0}),
        ("A' + P' -> Q' [2e6]", {"A[outside] + P -> Q": 2.0}),
        ("A, + P' -> Q' [2e6]", {"A[inside] + P -> Q": 2.0}),
        ("P; -> P; + A; [2]", {"P -> P + A[inside]": 1.0, "P -> P + A[outside]": 1.0}),
        ("P' -> P' + A' [2]", {"P -> P + A[outside]": 2.0}),
        ("A' + P; -> B, + Q; [2e6]", {"A[inside] + P -> B[outside] + Q": 1.0, "A[outside] + P -> B[inside] + Q": 1.0}),
        ("A; + P; -> B; + Q; [4e6]",
         {f"A[{a}] + P -> B[{b}] + Q": 1.0 for a in ("inside", "outside") for b in ("inside", "outside")}),
        ("A + B -> NULL [2e6]", {"A + B -> 0": 2.0}),
    ],
)  # fmt: skip
def test_what_may_come_from_either_side_has_half_of_the_rate_on_each(
    tmp_path: Path, text: str, ways: dict[str, float]
) -> None:
    reactions = read(tmp_path, text).model.reactions
    assert {reaction.equation: reaction.forward for reaction in reactions} == pytest.approx(ways)


def test_a_reversible_reaction_of_either_side_goes_back_to_both(tmp_path: Path) -> None:
    both = read(tmp_path, "A; + P; <-> Q; [>2e6, <30]").model.reactions
    assert [(r.equation, r.forward, r.backward) for r in both] == [
        ("A[inside] + P <-> Q", pytest.approx(1.0), 15.0),
        ("A[outside] + P <-> Q", pytest.approx(1.0), 15.0),
    ]


def test_molecules_on_one_side_bind_at_half_the_rate_if_they_may_come_from_either(tmp_path: Path) -> None:
    """MCell 3.4: 188.6 +- 2.2 of 500 within 1 ms, and 302.5 +- 2.8 with marks (24 seeds each)."""
    sites = AROUND + on("inner", "P'")
    either = course(read(tmp_path, "A; + P; -> Q; [1e8]", sites, iterations=1000))[-1, 0]
    marked = course(read(tmp_path, "A' + P' -> Q' [1e8]", sites, iterations=1000))[-1, 0]
    deviation = np.sqrt(500 * 0.38 * 0.62)
    assert abs(either - 188.6) < 4 * deviation
    assert abs(marked - 302.5) < 4 * deviation
    assert course(read(tmp_path, "A, + P' -> Q' [1e8]", sites))[-1, 0] == 0  # there is none inside


def test_events_of_a_named_reaction_are_the_sum_over_its_ways(tmp_path: Path) -> None:
    sites = AROUND + on("inner", "P'") + on("inner", "P'", 20)
    mdl = read(tmp_path, "A; + P; -> Q; [1e8] : bind", sites, 'COUNT[bind, WORLD]:"bind", COUNT[Q, WORLD]:"Q"')
    assert [step.name for step in mdl.model.steps] == ["bind_inside", "bind_outside"]
    bind, bound = course(mdl).T
    assert bound[-1] > 20
    np.testing.assert_array_equal(bind, bound)


@pytest.mark.parametrize(
    ("reactions", "site", "message"),
    [
        ("A' + P' -> Q' [1e6]", "P;", "P stands both ways up, and how it stands to A matters"),
        ("A' + P' -> Q' [1e6]", "P", "P stands both ways up"),
        ("P' -> Q; [1] Q' -> Q' + A, [1]", "P'", "Q stands both ways up, and how it stands to A matters"),
        ("A; + P; -> Q; [1e6] Q' -> P' + A' [1]", "P'", "Q stands both ways up"),
        ("P' + M' -> Q' [1e6]", "P;", "P stands both ways up, and how it stands to M matters"),
        ("P' + M, -> Q' [1e6]", "P' NUMBER_TO_RELEASE = 1 } m RELEASE_SITE { SHAPE = w.inner MOLECULE = M'",
         "never stand to each other as the marks say"),
    ],
)  # fmt: skip
def test_a_molecule_that_stands_both_ways_up_is_refused_where_it_matters(
    tmp_path: Path, reactions: str, site: str, message: str
) -> None:
    with pytest.raises(MdlError, match=rf"line 11: .*{message}"):
        read(tmp_path, reactions, f"p RELEASE_SITE {{ SHAPE = w.inner MOLECULE = {site} NUMBER_TO_RELEASE = 2 }}")


@pytest.mark.parametrize("site", ["P;", "P", "P'", "P,"])
def test_a_molecule_that_stands_both_ways_up_is_read_where_it_does_not_matter(tmp_path: Path, site: str) -> None:
    mdl = read(tmp_path, "A; + P; -> Q; [1e6] Q' -> P, [1]", on("inner", site))
    assert len(mdl.model.reactions) == 3
    assert mdl.model.releases[0].number == 500


def test_counts_by_orientation_are_all_or_none(tmp_path: Path) -> None:
    columns = 'COUNT[P{1}, WORLD]:"up", COUNT[P{-1}, WORLD]:"down", COUNT[P{0}, WORLD]:"all"'
    assert course(read(tmp_path, "", on("inner", "P'"), columns))[0].tolist() == [500, 0, 500]
    assert course(read(tmp_path, "", on("inner", "P,"), columns))[0].tolist() == [0, 500, 500]
    with pytest.raises(MdlError, match="only surface molecules that stand one way are counted by orientation"):
        read(tmp_path, "", on("inner", "P;"), columns)


FLIP, DECAY = "P' -> Q' [500] : flip", "A -> NULL [500] : decay"


@pytest.mark.parametrize(
    ("place", "fate"),
    [
        ("WORLD", "all"), ("w.inner", "all"), ("w.inner[ALL]", "all"), ("w.inner[top]", "all"), ("w.outer", "none"),
        ("w.outer, ALL_ENCLOSED", "all"), ("w.outer[top]", "none"),
    ],
)  # fmt: skip
def test_events_on_a_surface_are_counted_where_they_must_happen(tmp_path: Path, place: str, fate: str) -> None:
    """On the other object there is none, as in MCell; on all that an object encloses there are all."""
    mdl = read(tmp_path, FLIP, on("inner[top]", "P'"), f'COUNT[flip, {place}]:"here", COUNT[flip, WORLD]:"all"')
    here, everywhere = course(mdl).T
    assert everywhere[-1] > 20
    np.testing.assert_array_equal(here, everywhere if fate == "all" else 0 * everywhere)


@pytest.mark.parametrize(
    ("reaction", "sites", "place"),
    [
        (FLIP, on("inner", "P'"), "w.inner[top]"),
        (FLIP, on("inner", "P'") + on("outer", "P'", 20), "w.inner"),
        (FLIP, on("inner", "P'"), "w.box"),
        (DECAY, AROUND, "w.inner"),
        (DECAY, AROUND, "w.inner[ALL]"),
        (DECAY, AROUND, "w.outer[top]"),
        (DECAY, AROUND, "w.box"),
    ],
)
def test_events_that_may_happen_in_a_place_and_elsewhere_are_refused(
    tmp_path: Path, reaction: str, sites: str, place: str
) -> None:
    """MCell counts 59 of 173 decays in a store; here the 173 of the world would be wrong."""
    with pytest.raises(MdlError, match=r"line 13: events of \w+ are recorded in the WORLD, not by place"):
        read(tmp_path, reaction, sites, f"COUNT[{reaction.split()[-1]}, {place}]")


def test_events_in_an_object_around_everything_are_those_of_the_world(tmp_path: Path) -> None:
    columns = 'COUNT[decay, w.outer]:"outer", COUNT[decay, w.outer[ALL]]:"all", COUNT[decay, WORLD]:"world"'
    outer, whole, world = course(read(tmp_path, DECAY, AROUND, columns)).T
    assert world[-1] > 300
    np.testing.assert_array_equal(outer, world)
    np.testing.assert_array_equal(whole, world)


def test_counts_on_regions_are_those_of_what_stays_there(tmp_path: Path) -> None:
    columns = 'COUNT[P, w.inner[top]]:"top", COUNT[P, w.outer[top]]:"other", COUNT[P, w.outer]:"outer"'
    assert course(read(tmp_path, "", on("inner[top]", "P'"), columns))[0].tolist() == [500, 0, 0]
    with pytest.raises(MdlError, match=r"only of molecules that stay in it; M is also in inner\.membrane"):
        read(tmp_path, "", on("inner[top]", "M'"), "COUNT[M, w.inner[top]]")
    assert course(read(tmp_path, "", on("inner[top]", "M'"), "COUNT[M, w.inner]"))[-1, 0] == 500
    with pytest.raises(MdlError, match=r"A is in a volume; count it in w\.inner, or its hits on top"):
        read(tmp_path, "", "", "COUNT[A, w.inner[top]]")


def test_a_box_counts_at_the_time_and_surface_molecules_only_with_all_that_it_encloses(tmp_path: Path) -> None:
    """MCell 3.4: 0 of the molecules on an object within the box, and all with ALL_ENCLOSED."""
    columns = 'COUNT[A, w.box]:"A", COUNT[P, w.box]:"own", COUNT[P, w.box, ALL_ENCLOSED]:"enclosed"'
    mdl = read(tmp_path, "", AROUND + on("inner[top]", "P'"), columns)
    counts = course(mdl)
    expected = 10 * 602.214 * (0.6 * 0.6 * 0.4 - 0.4 * 0.4 * 0.3)
    assert abs(counts[:, 0] - expected).max() < 5 * np.sqrt(expected)
    assert not counts[:, 1].any()
    assert (counts[:, 2] == 500).all()
    with pytest.raises(MdlError, match="only counted, no ALL_HITS is recorded"):
        read(tmp_path, "", "", "COUNT[A, w.box, ALL_HITS]")


def crossing(tmp_path: Path, region: str, columns: str) -> MdlModel:
    """Read the store with a region that A passes."""
    door = "DEFINE_SURFACE_CLASS door { TRANSPARENT = A; }\n"
    door += f"MODIFY_SURFACE_REGIONS {{ inner[{region}] {{ SURFACE_CLASS = door }} }}\n"
    return read(tmp_path, "", AROUND, columns, before=door)


def test_crossings_by_side_are_counted_where_steps_are_those_of_mcell_and_else_only_the_net(tmp_path: Path) -> None:
    """Near the rim of a region steps are finer than MCell's, and meet it three times as often."""
    sides = "COUNT[A, w.inner[%s], FRONT_CROSSINGS], COUNT[A, w.inner[%s], BACK_CROSSINGS]"
    net = "COUNT[A, w.inner[%s], FRONT_HITS] - COUNT[A, w.inner[%s], BACK_HITS], COUNT[A, w.inner]"
    into, out = course(crossing(tmp_path, "ALL", sides % ("ALL", "ALL")))[-1]
    assert into > out > 100
    entered, inside = course(crossing(tmp_path, "top", net % ("top", "top")))[-1]
    assert entered == inside > 50
    for columns in (sides % ("top", "top"), "COUNT[A, w.outer, ALL_HITS]", "COUNT[A, w.inner[top], ALL_CROSSINGS]"):
        with pytest.raises(MdlError, match=r"line 14: \w+ depend on how fine steps are, and those of A are finer"):
            crossing(tmp_path, "top", columns)


@pytest.mark.parametrize("shape", ["SPHERICAL", "CUBIC", "ELLIPTIC"])
def test_a_site_without_extent_releases_all_at_one_point(tmp_path: Path, shape: str) -> None:
    fields = f"SHAPE = {shape} LOCATION = [0, 0.1, 0.3] SITE_DIAMETER = 0 MOLECULE = A NUMBER_TO_RELEASE = 300"
    (release,) = read(tmp_path, "", f"v RELEASE_SITE {{ {fields} TRANSLATE = [0, 0, 0.1] }}").model.releases
    np.testing.assert_allclose(release.point_array(), np.tile([0, 0.1, 0.4], (300, 1)))
    with pytest.raises(MdlError, match="releases at a point; give it NUMBER_TO_RELEASE"):
        read(tmp_path, "", f"v RELEASE_SITE {{ {fields.replace('NUMBER_TO_RELEASE', 'CONCENTRATION')} }}")
