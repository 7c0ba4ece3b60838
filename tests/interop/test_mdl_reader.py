"""MDL files of MCell as models: each statement of the subset, and errors with file and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import places
import pytest

from nanospine import Ball, Boundary, Box, Ellipsoid, NanospineError
from nanospine.interop import MdlModel, read_counts, read_mdl, run_mdl
from nanospine.interop.mdl import MdlError
from nanospine.model import Place, Schedule

DATA = places.DATA / "mcell"

HEAD = "ITERATIONS = 100\nTIME_STEP = 1e-6\n"
MOLECULES = """DEFINE_MOLECULES {
 A { DIFFUSION_CONSTANT_3D = 1e-6 } B { DIFFUSION_CONSTANT_3D = 0 }
 P { DIFFUSION_CONSTANT_2D = 0 } Q { DIFFUSION_CONSTANT_2D = 0 } }
"""
CELL = """cell BOX { CORNERS = [-0.1,-0.1,-0.1],[0.1,0.1,0.1]
 DEFINE_SURFACE_REGIONS { top { INCLUDE_ELEMENTS = [TOP] } ends { INCLUDE_ELEMENTS = [TOP, BOTTOM] } } }
"""
WORLD = "INSTANTIATE w OBJECT { cell OBJECT cell {} %s }\n"


def read(tmp_path: Path, *parts: str, **options: object) -> MdlModel:
    path = tmp_path / "model.mdl"
    path.write_text("".join(parts))
    return read_mdl(path, **options)


def simple(tmp_path: Path, *, reactions: str = "", sites: str = "", rest: str = "", before: str = "") -> MdlModel:
    """Read a small model with some statements in the middle."""
    block = f"DEFINE_REACTIONS {{ {reactions} }}\n" if reactions else ""
    return read(tmp_path, HEAD, MOLECULES, before, block, CELL, WORLD % sites, rest)


def site(fields: str) -> str:
    return f"r RELEASE_SITE {{ {fields} }}"


def test_a_clamp_holds_the_concentration_inside(tmp_path: Path) -> None:
    before = "DEFINE_SURFACE_CLASS held { CLAMP_CONCENTRATION A, = 2e-6 REFLECTIVE = B; }\n"
    after = "MODIFY_SURFACE_REGIONS { cell[top] { SURFACE_CLASS = held } }\n"
    path = tmp_path / "model.mdl"
    path.write_text("".join([HEAD, MOLECULES, before, CELL, after, WORLD % ""]))
    rules = read_mdl(path).model.boundaries
    assert rules == (Boundary("top&ends", "B", "reflecting"), Boundary("top&ends", "A", "clamp", concentration=2.0))
    path.write_text(path.read_text().replace("A, = 2e-6", "A' = 2e-6"))
    with pytest.raises(MdlError, match=r"the concentration of A is held outside, .* write A, for the inside"):
        read_mdl(path)


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        ("DELAY = 1e-3", [1e-3]),
        ("DELAY = 2e-5 RELEASE_INTERVAL = 1e-5 TRAIN_DURATION = 3e-5", [2e-5, 3e-5, 4e-5]),
        ("RELEASE_INTERVAL = 1e-3 TRAIN_DURATION = 2e-4", [0.0]),
        ("TRAIN_INTERVAL = 2e-5 NUMBER_OF_TRAINS = 3", [0.0, 2e-5, 4e-5]),
        ("RELEASE_INTERVAL = 1e-6 TRAIN_DURATION = 2e-6 TRAIN_INTERVAL = 5e-5 NUMBER_OF_TRAINS = UNLIMITED",
         [0.0, 1e-6, 5e-5, 5.1e-5]),
        ("DELAY = 1e-5 RELEASE_INTERVAL = 3e-5", [1e-5, 4e-5, 7e-5, 1e-4]),
    ],
)  # fmt: skip
def test_release_patterns_are_times(tmp_path: Path, fields: str, times: list[float]) -> None:
    """Without an end of its own a pattern ends with the run, here of 100 us."""
    pattern = f"DEFINE_RELEASE_PATTERN p {{ {fields} }}\n"
    where = "SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = 3 RELEASE_PATTERN = p RELEASE_PROBABILITY = 0.25"
    (release,) = simple(tmp_path, sites=site(where), before=pattern).model.releases
    assert release.times == pytest.approx(times)
    assert release.probability == 0.25


def test_a_file_of_rates_is_a_schedule_that_is_zero_before_its_first_time(tmp_path: Path) -> None:
    (tmp_path / "ab.txt").write_text("# time (s), rate\n1e-3, 2e6\n\t2e-3 ; 0 and a comment\n")
    (tmp_path / "ba.txt").write_text("2e-3 7\n-1 3\n0 5\n")
    forward, backward = simple(tmp_path, reactions='A + A <-> B [>"ab.txt", <"ba.txt"]').model.steps
    assert forward.rate == Schedule([0.0, 1e-3, 2e-3], [0.0, 1.0, 0.0])
    assert backward.rate == Schedule([0.0, 2e-3], [5.0, 7.0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("0 1\n1e-3\n", r"rates\.txt, line 2: '1e-3' is no time .s. and rate; give two numbers"),
        ("0 1\n1e-3 -5\n", r"the rates in .*rates\.txt have no meaning: .* value 1 is -5"),
    ],
)
def test_a_damaged_file_of_rates_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "rates.txt").write_text(content)
    with pytest.raises(MdlError, match=message):
        simple(tmp_path, reactions='A -> B ["rates.txt"]')


def test_seeds_that_would_overwrite_each_other_and_files_without_output_are_refused(tmp_path: Path) -> None:
    output = 'REACTION_DATA_OUTPUT { STEP = 1e-5 { COUNT[A,WORLD] } => "a.dat" }'
    simple(tmp_path, sites=site("SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = 5"), rest=output)
    with pytest.raises(MdlError, match=r"seed 2 would write .*a\.dat again; put SEED into its name"):
        run_mdl(tmp_path / "model.mdl", [1, 2], tmp_path / "out")
    with pytest.raises(MdlError, match="there is nothing to write"):
        run_mdl(DATA / "viz" / "model.mdl", [1], tmp_path / "out2")


# ---- expressions ------------------------------------------------------------------------------------------------


def test_variables_includes_and_sprintf_make_names(tmp_path: Path) -> None:
    (tmp_path / "parameters.mdl").write_text("n = 3 * 4 // molecules\n")
    mdl = simple(
        tmp_path,
        before='INCLUDE_FILE = "parameters.mdl"\nsprintf(s, "%03g_%s", SEED, "x")\nprintf("hello %g", n)\n',
        sites=site("SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = n / 2"),
        rest='REACTION_DATA_OUTPUT { STEP = 1e-5 HEADER = "# " { COUNT[A,WORLD]:"A" } => "d" & s & ".dat" }',
    )
    assert mdl.model.releases[0].number == 6
    assert mdl.outputs[0].path == "d001_x.dat"


# ---- statements -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "equation", "forward", "backward"),
    [
        ("A + B -> NULL [1e8]", "A + B -> 0", 100.0, None),
        ("A + A -> B [2e8]", "A + A -> B", 100.0, None),  # MCell's rate is that of a pair
        ("A <-> B [>5, <3]", "A <-> B", 5.0, 3.0),
        ("A + B <-> A [<3, >1e6]", "A + B <-> A", 1.0, 3.0),
        ("A -B-> A + A [1e6]", "A + B -> A + A + B", 1.0, None),
        ("A <-B-> B [>1e6, <2e6]", "A + B <-> B + B", 1.0, 1.0),
        ("A, + P' -> Q' [1e6]", "A[inside] + P -> Q", 1.0, None),
        ("A' + P' -> Q' [1e6]", "A[outside] + P -> Q", 1.0, None),
        ("A' + P, -> Q, [1e6]", "A[inside] + P -> Q", 1.0, None),
        ("A{-2} + P{2} -> Q{2} [1e6]", "A[inside] + P -> Q", 1.0, None),
        ("P' -> P' + A, [7]", "P -> P + A[inside]", 7.0, None),
    ],
)
def test_reactions(tmp_path: Path, text: str, equation: str, forward: float, backward: float | None) -> None:
    (reaction,) = simple(tmp_path, reactions=text).model.reactions
    assert reaction.equation == equation
    assert reaction.forward == pytest.approx(forward)
    assert reaction.backward == (None if backward is None else pytest.approx(backward))


def test_surface_molecules_released_upside_down_react_on_the_other_side(tmp_path: Path) -> None:
    mdl = simple(
        tmp_path,
        reactions="A, + P' -> Q' [1e6]",
        sites=site("SHAPE = w.cell[top] MOLECULE = P, NUMBER_TO_RELEASE = 3"),
    )
    assert mdl.model.reactions[0].equation == "A[outside] + P -> Q"
    assert mdl.model.releases[0].region == "top&ends"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = 7.9", {"number": 7}),
        ("SHAPE = w.cell[ALL] MOLECULE = A CONCENTRATION = 2e-6", {"concentration": 2.0}),
        ("SHAPE = w.cell MOLECULE = A DENSITY = 602.214076", {"concentration": 1.0}),
        ("SHAPE = w.cell MOLECULE = P' DENSITY = 100", {"density": 100.0, "region": None}),
        ("SHAPE = w.cell[ends] MOLECULE = P' DENSITY = 1", {"region": ("top&ends", "ends")}),
        ("SHAPE = w.cell[ends] - w.cell[top] MOLECULE = P' DENSITY = 1", {"region": "ends"}),
        ("SHAPE = w.cell[ends] * w.cell[top] MOLECULE = P' DENSITY = 1", {"region": "top&ends"}),
        ("SHAPE = w.cell MOLECULE = A GAUSSIAN_RELEASE_NUMBER { MEAN_NUMBER = 5 }", {"number": 5}),
        ("SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = 1 RELEASE_PATTERN = once", {"number": 1}),
    ],
)
def test_releases(tmp_path: Path, fields: str, expected: dict[str, object]) -> None:
    pattern = "DEFINE_RELEASE_PATTERN once { DELAY = 0 NUMBER_OF_TRAINS = 1 }\n"
    (release,) = simple(tmp_path, sites=site(fields), before=pattern).model.releases
    for name, value in expected.items():
        found = getattr(release, name)
        assert found == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        ("SHAPE = SPHERICAL LOCATION = [0,0,0.01] SITE_DIAMETER = 0.1", Ball((0, 0, 0.01), 0.05)),
        ("SHAPE = CUBIC LOCATION = [0,0,0] SITE_RADIUS = 0.05", Box((0, 0, 0), (0.1,) * 3)),
        ("SHAPE = ELLIPTIC LOCATION = [0,0,0] SITE_DIAMETER = [0.1,0.05,0.02]",
         Ellipsoid((0, 0, 0), (0.05, 0.025, 0.01))),
    ],
)  # fmt: skip
def test_sites_of_their_own_shape_release_within_it(tmp_path: Path, shape: str, place: Place) -> None:
    fields = f"{shape} MOLECULE = A GAUSSIAN_RELEASE_NUMBER {{ MEAN_NUMBER = 50 STANDARD_DEVIATION = 5 }}"
    (release,) = simple(tmp_path, sites=site(fields)).model.releases
    assert (release.within, release.number, release.number_sd) == (place, 50, 5.0)


def test_old_release_sites_are_read_and_a_place_outside_the_mesh_is_refused(tmp_path: Path) -> None:
    old = "r SPHERICAL_RELEASE_SITE { LOCATION = [%g,0,0] SITE_DIAMETER = 0.1 MOLECULE = A NUMBER_TO_RELEASE = 5 }"
    (release,) = simple(tmp_path, sites=old % 0).model.releases
    assert release.within == Ball((0, 0, 0), 0.05)
    with pytest.raises(MdlError, match=r"point of its place .* lies outside the mesh"):
        simple(tmp_path, sites=old % 0.08)


def test_positions_are_transformed_with_their_site(tmp_path: Path) -> None:
    listed = "SHAPE = LIST MOLECULE_POSITIONS { A [0,0,0.05] A [0.01,0,0] } TRANSLATE = [0,0.02,0]"
    (release,) = simple(tmp_path, sites=site(listed)).model.releases
    np.testing.assert_allclose(release.point_array(), [[0, 0.02, 0.05], [0.01, 0.02, 0]])


def test_objects_are_scaled_turned_and_moved_in_the_order_written(tmp_path: Path) -> None:
    bar = "bar BOX { CORNERS = [0,0,0],[1,1,2] }\n"
    moved = "INSTANTIATE w OBJECT { bar OBJECT bar { SCALE = 0.5 ROTATE = [0,1,0], 90 TRANSLATE = [0,0,3] } }\n"
    mesh = read(tmp_path, HEAD, MOLECULES, bar, moved).model.mesh
    np.testing.assert_allclose(mesh.bounds, [[0, 0, 2.5], [1, 0.5, 3]], atol=1e-12)


def test_surface_classes_become_boundaries_and_molecules(tmp_path: Path) -> None:
    classes = "DEFINE_SURFACE_CLASSES { door { TRANSPARENT = A; ABSORPTIVE = B MOLECULE_DENSITY { P' = 50 } } }\n"
    model = simple(
        tmp_path, before=classes, rest="MODIFY_SURFACE_REGIONS { w.cell[top] { SURFACE_CLASS = door } }\n"
    ).model
    assert model.boundaries == (
        Boundary("top&ends", "A", "transparent"),
        Boundary("top&ends", "B", "absorbing-segment"),
    )
    assert (model.releases[0].states, model.releases[0].density, model.releases[0].region) == ("P", 50.0, "top&ends")


def test_exclude_takes_elements_from_all(tmp_path: Path) -> None:
    regions = "DEFINE_SURFACE_REGIONS { cell[sides] { EXCLUDE_ELEMENTS = [TOP, BOTTOM] } }\n"
    mdl = read(tmp_path, HEAD, MOLECULES, CELL, regions, WORLD % "")
    assert mdl.model.mesh.area("sides") == pytest.approx(4 * 0.04)


def test_counts_are_evaluated_with_arithmetic(tmp_path: Path) -> None:
    """B is absorbed on the way out; hits from the back are what the absorber took."""
    columns = (
        '{ COUNT[A,WORLD]:"A", (2 * COUNT["A",w.cell] + COUNT[P,w.cell[top]]) / k:"twice", '
        'COUNT[A,w.cell[top],BACK_HITS]:"hits", -COUNT[turn,WORLD] + 1:"turns", COUNT[Q,w.cell[ends]]:"none" }'
    )
    mdl = simple(
        tmp_path,
        reactions="B -> NULL [1e4] : turn",
        before="k = 2\nDEFINE_SURFACE_CLASS door { ABSORPTIVE = A; }\n",
        sites=site("SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = 100")
        + "s RELEASE_SITE { SHAPE = w.cell[top] MOLECULE = P' NUMBER_TO_RELEASE = 10 }"
        + "b RELEASE_SITE { SHAPE = w.cell MOLECULE = B NUMBER_TO_RELEASE = 50 }",
        rest="MODIFY_SURFACE_REGIONS { w.cell[top] { SURFACE_CLASS = door } }\n"
        f'REACTION_DATA_OUTPUT {{ STEP = 5e-5 {columns} => "a.dat" }}\n'
        'REACTION_DATA_OUTPUT { ITERATION_LIST = [0, 50] { 1 } => "b.dat" }',
    )
    (path, _) = run_mdl(tmp_path / "model.mdl", [1], tmp_path)
    counts = read_counts(path)
    assert path.read_text().splitlines()[0].startswith("0 100 ")  # no header asked for
    a, twice, hits, turns, none = counts.values.T
    np.testing.assert_allclose(twice, (2 * a + 10) / 2)
    np.testing.assert_allclose(hits, 100 - a)
    assert hits[-1] > 10
    assert turns[0] == 1
    assert turns[-1] < 0
    assert not none.any()
    assert len(mdl.outputs) == 2


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"before": "DEFINE_SURFACE_CLASS c { CLAMP_FLUX A, = 1e-5 }"}, "line 6: CLAMP_FLUX cannot be expressed"),
        ({"before": "DEFINE_SURFACE_CLASS c { CLAMP_CONC A, = -1 }"},
         r"line 6: CLAMP_CONC \(M\) is -1; give a number >= 0"),
        ({"before": "GEOMETRY = 1\nDYNAMIC { }"}, "line 7: .* is not understood"),
        ({"before": "x = 1 +"}, "is not understood"),
        ({"before": "x = unknown"}, "line 6: the variable 'unknown' has no value"),
        ({"before": "x = 1 / 0"}, "line 6: an expression cannot be evaluated: .*division"),
        ({"before": "x = RAND_UNIFORM(0, 1)"}, "RAND_UNIFORM cannot be expressed: it makes a model random"),
        ({"before": 'INCLUDE_FILE = "missing.mdl"'}, "there is no file"),
        ({"before": "DEFINE_MOLECULE A { DIFFUSION_CONSTANT_3D = 0 }"}, "the molecule 'A' is defined twice"),
        ({"before": "DEFINE_MOLECULE C { TARGET_ONLY }"}, "C needs one DIFFUSION_CONSTANT_3D"),
        ({"reactions": "A -> C [1]"}, "there is no molecule 'C'; defined are: A, B, P, Q"),
        ({"reactions": 'A -> B ["missing.txt"]'}, "line 7: there is no file .*missing.txt"),
        ({"reactions": "A <-> B [1]"}, "a reversible reaction needs two rates"),
        ({"reactions": "A + B + A -> B [1]"}, "has 3 reactants"),
        ({"before": "DEFINE_MOLECULE R { DIFFUSION_CONSTANT_2D = 1e-9 }\n"
                    "DEFINE_SURFACE_CLASS fence { REFLECTIVE = R; }\n",
          "rest": "MODIFY_SURFACE_REGIONS { w.cell[ends] { SURFACE_CLASS = fence } }\n"},
         "the rim of a region to R cannot be expressed where other regions cut it"),
        ({"reactions": "P' -> P, [1] A' + P' -> Q' [1]",
          "sites": site("SHAPE = w.cell MOLECULE = P' NUMBER_TO_RELEASE = 1")},
         "line 7: P stands both ways up, and how it stands to A matters"),
        ({"sites": site("SHAPE = SPHERICAL_SHELL LOCATION = [0,0,0] MOLECULE = A NUMBER_TO_RELEASE = 1")},
         "SPHERICAL_SHELL cannot be expressed: use SPHERICAL"),
        ({"sites": site("SHAPE = SPHERICAL LOCATION = [0,0,0] MOLECULE = A NUMBER_TO_RELEASE = 1")},
         "needs LOCATION = .x, y, z. and SITE_DIAMETER"),
        ({"sites": site("SHAPE = CUBIC LOCATION = [0,0,0] SITE_DIAMETER = [1,1,0] MOLECULE = A NUMBER_TO_RELEASE = 1")},
         "line 9: .*edges z .um. is 0"),
        ({"sites": site("SHAPE = w.cell MOLECULE = A")}, "w.r has no amount; give one amount"),
        ({"sites": site("SHAPE = w.cell MOLECULE = C NUMBER_TO_RELEASE = 1")}, "w.r releases 'C'"),
        ({"sites": site("SHAPE = w.other MOLECULE = A NUMBER_TO_RELEASE = 1")},
         "'w.other' is no object that bounds a compartment"),
        ({"sites": site("SHAPE = w.cell[no] MOLECULE = P' NUMBER_TO_RELEASE = 1")}, "has no region 'no'"),
        ({"sites": site("SHAPE = w.cell[top] MOLECULE = A NUMBER_TO_RELEASE = 1")}, "A is no surface molecule"),
        ({"sites": site("SHAPE = w.cell MOLECULE = P' CONCENTRATION = 1")}, "surface molecules have a DENSITY"),
        ({"sites": "second BOX { CORNERS = [0,0,0],[2,2,2] }"}, "The surfaces of 'cell' and 'second' of 'model' meet"),
        ({"sites": "second OBJECT gone {}"}, "there is no object 'gone'; defined are: cell"),
        ({"rest": "MODIFY_SURFACE_REGIONS { w.cell[top] { SURFACE_CLASS = no } }"},
         "there is no surface class 'no'"),
        ({"rest": "MODIFY_SURFACE_REGIONS { w.cell[no] { } }"}, "has no region 'no'; it has ALL, top, ends"),
        ({"rest": "REACTION_DATA_OUTPUT { STEP = 1e-5 { TRIGGER[A,WORLD] } => \"a\" }"},
         "TRIGGER cannot be expressed: it writes single events"),
        ({"rest": "REACTION_DATA_OUTPUT { STEP = 1e-5 { COUNT[C,WORLD] } => \"a\" }"}, "'C' is neither a molecule"),
        ({"rest": "REACTION_DATA_OUTPUT { STEP = 1e-5 { COUNT[A,w.x] } => \"a\" }"}, "'w.x' is no object"),
        ({"rest": "REACTION_DATA_OUTPUT { STEP = 1e-5 { COUNT[P,w.cell[top],ALL_HITS] } => \"a\" }"},
         "ALL_HITS of surface molecules are not recorded"),
        ({"rest": "REACTION_DATA_OUTPUT { { COUNT[A,WORLD] } => \"a\" }"},
         "no STEP, TIME_LIST or ITERATION_LIST"),
        ({"rest": "REACTION_DATA_OUTPUT { STEP = 1e-5"}, "the file ends within a statement"),
    ],
)  # fmt: skip
def test_what_is_not_understood_or_cannot_be_expressed_is_named_with_its_line(
    tmp_path: Path, parts: dict[str, str], message: str
) -> None:
    before = parts.pop("before", "") + "\n"
    with pytest.raises(MdlError, match=message) as caught:
        simple(tmp_path, before=before, **parts)
    assert f"{tmp_path / 'model.mdl'}, line " in str(caught.value)


def test_a_surface_that_is_not_closed_and_settings_that_are_missing_are_refused(tmp_path: Path) -> None:
    sheet = "s POLYGON_LIST { VERTEX_LIST { [0,0,0] [1,0,0] [0,1,0] } ELEMENT_CONNECTIONS { [0,1,2] } }\n"
    with pytest.raises(MdlError, match="line 6: 's' is not watertight"):
        read(tmp_path, HEAD, MOLECULES, sheet, "INSTANTIATE w OBJECT { s OBJECT s {} }\n")
    with pytest.raises(MdlError, match="TIME_STEP is missing"):
        read(tmp_path, "ITERATIONS = 1\n", MOLECULES, CELL, WORLD % "")
    with pytest.raises(MdlError, match="include each other without end"):
        read(tmp_path, 'INCLUDE_FILE = "model.mdl"')
    with pytest.raises(MdlError, match="no object is instantiated"):
        read(tmp_path, HEAD, MOLECULES, CELL)
    with pytest.raises(NanospineError, match="Cannot read"):
        read_mdl(tmp_path / "missing.mdl")
