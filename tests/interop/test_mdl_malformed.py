"""Malformed MDL: every input is refused with file and line, soon, and by an error of ours."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanospine.interop import MdlModel, read_mdl, run_mdl
from nanospine.interop.mdl import MdlError
from nanospine.model import FormatError, ResultsError, Schedule

#: Seconds after which reading a file counts as a hang.
SOON = 10.0

PARTS = {
    "head": "ITERATIONS = 100\nTIME_STEP = 1e-6\n",
    "molecules": "DEFINE_MOLECULES { A { DIFFUSION_CONSTANT_3D = 1e-6 } B { DIFFUSION_CONSTANT_3D = 1e-6 }\n"
    " P { DIFFUSION_CONSTANT_2D = 0 } Q { DIFFUSION_CONSTANT_2D = 0 } }\n",
    "before": "",
    "reactions": "DEFINE_REACTIONS { A + B -> NULL [1e6] : meet }\n",
    "cell": "cell BOX { CORNERS = [-0.1,-0.1,-0.1],[0.1,0.1,0.1] }\n",
    "after": "",
    "sites": "",
    "outputs": 'REACTION_DATA_OUTPUT { STEP = 1e-5 { COUNT[A, WORLD] } => "a.dat" }\n',
}


def model(**parts: str) -> str:
    """Return a model of a cell with some parts changed."""
    p = {**PARTS, **parts}
    world = f"INSTANTIATE w OBJECT {{ cell OBJECT cell {{}} {p['sites']} }}\n"
    return "".join((p["head"], p["molecules"], p["before"], p["reactions"], p["cell"], p["after"], world, p["outputs"]))


def site(fields: str) -> dict[str, str]:
    return {"sites": f"r RELEASE_SITE {{ {fields} }}"}


def number(value: str) -> dict[str, str]:
    return site(f"SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = {value}")


def output(times: str = "STEP = 1e-5", column: str = "COUNT[A, WORLD]", name: str = '"a.dat"') -> dict[str, str]:
    return {"outputs": f"REACTION_DATA_OUTPUT {{ {times} {{ {column} }} => {name} }}\n"}


def polygons(vertices: str, connections: str) -> dict[str, str]:
    return {"cell": f"cell POLYGON_LIST {{ VERTEX_LIST {{ {vertices} }} ELEMENT_CONNECTIONS {{ {connections} }} }}\n"}


MINUS = "x = " + "-" * 20_000 + "1\n"
BRACKETS = "x = " + "(" * 5_000 + "1" + ")" * 5_000 + "\n"
SUM = "x = 1" + " + 1" * 20_000 + "\n"
DOUBLED = 's = "ab"\n' + "s = s & s\n" * 40
COPIES = "".join(f"g{k} OBJECT {{ a OBJECT g{k - 1} {{}} b OBJECT g{k - 1} {{}} }}\n" for k in range(1, 30))
LAUGHS = "g0 OBJECT { leaf BOX { CORNERS = [0,0,0],[1,1,1] } }\n" + COPIES

#: What is wrong, the changed parts, and what the message says.
MALFORMED: list[tuple[str, dict[str, str], str]] = [
    # ---- what stops a machine
    ("many minus signs", {"before": MINUS}, "nested more than 150 levels deep"),
    ("many brackets", {"before": "f = " + "ABS(" * 2000 + "1" + ")" * 2000 + "\n"}, "nested more than 150 levels deep"),
    ("a very long sum", {"before": SUM}, "nested more than 150 levels deep"),
    ("nested blobs", {"before": "VIZ_OUTPUT " + "{" * 3000 + "}" * 3000}, "nested more than 150 levels deep"),
    ("an endless range", {"before": "x = [[0 TO 1e12 STEP 1]]\n"}, "an array has more than 1000000 numbers"),
    ("many ranges", {"before": f"x = [{', '.join(['[0 TO 9e5 STEP 1]'] * 50)}]\n"}, "more than 1000000 numbers"),
    ("a range without end", {"before": "x = [[0 TO 1 STEP -1]]\n"}, "has no end"),
    ("a range of no step", {"before": "x = [[0 TO 1 STEP 0]]\n"}, "has no end"),
    ("a string doubled often", {"before": DOUBLED}, "a string has more than 10000 characters"),
    ("a wide field", {"before": 'sprintf(s, "%999999999d", 1)\n'}, "a field of more than 1000 characters"),
    ("a precise field", {"before": 'sprintf(s, "%.999999999f", 1)\n'}, "a field of more than 1000 characters"),
    ("a width of its own", {"before": 'sprintf(s, "%*d", 999999999, 1)\n'}, "a field of another kind"),
    ("a character", {"before": 'sprintf(s, "%c", 99999999)\n'}, "a field of another kind"),
    ("a field too many", {"before": 'sprintf(s, "%d %d", 1)\n'}, "does not fit its values"),
    ("a switch in a format", {"before": 'sprintf(s, "%s", TRUE)\n'}, "a format takes numbers and strings only"),
    ("a billion digits", {"before": "x = ROUND_OFF(1e9, 1)\n"}, "ROUND_OFF takes at most 17 digits"),
    ("copies of copies", {"after": LAUGHS}, "more than 10000 objects"),
    ("a pattern of many times", {"before": "DEFINE_RELEASE_PATTERN p { RELEASE_INTERVAL = 1e-30 TRAIN_DURATION = 1 }\n",
     **site("SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = 1 RELEASE_PATTERN = p")}, "at most 100000 are read"),
    ("many molecules at a point",
     site("SHAPE = SPHERICAL LOCATION = [0,0,0] SITE_DIAMETER = 0 MOLECULE = A NUMBER_TO_RELEASE = 1e12"),
     "NUMBER_TO_RELEASE from 1 to 100000"),
    ("many steps", {"head": "ITERATIONS = 1e300\nTIME_STEP = 1e-6\n"}, "line 1: ITERATIONS is 1e.300; give 1 to"),
    # ---- other files
    ("a file elsewhere", {"before": 'INCLUDE_FILE = "../../secret.mdl"\n'}, "lies outside of the model's folder"),
    ("a device", {"before": 'INCLUDE_FILE = "/dev/zero"\n'}, "lies outside of the model's folder"),
    ("a link elsewhere", {"before": 'INCLUDE_FILE = "link.mdl"\n'}, "lies outside of the model's folder"),
    ("itself", {"head": 'INCLUDE_FILE = "model.mdl"\n'}, "files include each other without end"),
    ("a folder", {"before": 'INCLUDE_FILE = "."\n'}, "there is no file"),
    ("a number as a file", {"before": "INCLUDE_FILE = 5\n"}, "5.0 is not a string"),
    ("rates elsewhere", {"reactions": 'DEFINE_REACTIONS { A -> B ["/dev/null"] }\n'}, "outside of the model's folder"),
    ("no rates", {"reactions": 'DEFINE_REACTIONS { A -> B ["empty.txt"] }\n'}, "has no row with a time .s. and a rate"),
    ("rates that are no text", {"reactions": 'DEFINE_REACTIONS { A -> B ["binary.txt"] }\n'}, "no text in UTF-8"),
    # ---- outputs
    ("an output above", output(name='"../../x.dat"'), "lies outside of the folder of the outputs"),
    ("an absolute output", output(name='"/tmp/x.dat"'), "lies outside of the folder of the outputs"),
    ("an output without a name", output(name='""'), "is no name of a file"),
    ("a folder as output", output(name='"a/"'), "is no name of a file"),
    ("a long name", output(name='"' + "a" * 300 + '"'), "has 300 characters; at most 200"),
    ("two outputs of one name", output(column='COUNT[A, WORLD] } => "./a.dat" { COUNT[B, WORLD]'), "is written twice"),
    ("a label twice", output(column='COUNT[A, WORLD]:"n", COUNT[B, WORLD]:"n"'), "the label 'n' is given twice"),
    ("no label", output(column='COUNT[A, WORLD]:""'), "the label '' is empty or has blanks"),
    ("a label with blanks", output(column='COUNT[A, WORLD]:"two words"'), "is empty or has blanks"),
    ("no interval", output(times="STEP = 0"), "STEP is 0; give a number > 0"),
    ("an interval below the step", output(times="STEP = 1e-9"), "no whole multiples of TIME_STEP"),
    ("an interval off the steps", output(times="STEP = 2.5e-6"), "no whole multiples of TIME_STEP"),
    ("an interval past the end", output(times="STEP = 1"), "STEP must increase from 1 to the end of the run, 100"),
    ("a time before the start", output(times="TIME_LIST = [-1e-6]"), "TIME_LIST must increase from 0 to the end"),
    ("times out of order", output(times="TIME_LIST = [2e-6, 1e-6]"), "TIME_LIST must increase from 0 to the end"),
    ("times past the end", output(times="TIME_LIST = [0, 1]"), "TIME_LIST must increase from 0 to the end"),
    ("no times", output(times="TIME_LIST = 5"), "5.0 is not an array"),
    ("half an iteration", output(times="ITERATION_LIST = [0.5]"), "no whole multiples of TIME_STEP"),
    ("two timers", output(times="STEP = 1e-5 TIME_LIST = [0]"), "the outputs have STEP and TIME_LIST"),
    ("a header of a number", output(times="STEP = 1e-5 HEADER = 5"), "5.0 is not a string"),
    ("a string in a count", output(column='EXPRESSION["a"]'), "is not a number"),
    ("hits in the world", output(column="COUNT[A, WORLD, ALL_HITS]"), "in WORLD there is no ALL_HITS"),
    ("an unknown way to count", output(column="COUNT[A, w.cell, SOMETIMES]"), "is not something that is counted"),
    ("hits of a reaction", output(column="COUNT[meet, w.cell, ALL_HITS]"), "ALL_HITS are those of molecules"),
    ("a volume molecule by orientation", output(column="COUNT[A{1}, WORLD]"), "only surface molecules"),
    # ---- numbers and types
    ("a switch as a number", number("TRUE"), "True is not a number"),
    ("a negative number", number("-1"), "NUMBER_TO_RELEASE is -1; give a number >= 0"),
    ("a string as a number", number('"5"'), "'5' is not a number"),
    ("an array as a number", number("[1, 2]"), "is not a number"),
    ("infinity", number("1e308 * 10"), "give a finite number"),
    ("a word of letters", number('strtod("five")'), "an expression cannot be evaluated"),
    ("arguments too many", {"before": "x = ABS(1, 2)\n"}, "ABS takes 1 arguments, not 2"),
    ("the root of a negative", {"before": "x = SQRT(-1)\n"}, "an expression cannot be evaluated"),
    ("a step of no time", {"head": "ITERATIONS = 10\nTIME_STEP = 0\n"}, "TIME_STEP is 0; give a number > 0"),
    ("half a run", {"head": "ITERATIONS = 0.5\nTIME_STEP = 1e-6\n"}, "ITERATIONS is 0; give 1 to"),
    ("two time steps", {"before": "TIME_STEP = 1e-7\n"}, "TIME_STEP is given twice"),
    ("a word as a variable", {"before": "SEED = 5\n"}, "SEED is a word of MDL"),
    # ---- molecules and reactions
    ("diffusion twice", {"before": "DEFINE_MOLECULE C { D_3D = 1e-6 D_3D = 1e-7 }\n"}, "C has two of D_3D"),
    ("diffusion in both", {"before": "DEFINE_MOLECULE C { D_3D = 1e-6 D_2D = 1e-7 }\n"}, "it has 2"),
    ("negative diffusion", {"before": "DEFINE_MOLECULE C { D_3D = -1e-6 }\n"}, "D_3D is -1e-06; give a number >= 0"),
    ("a negative step", {"before": "DEFINE_MOLECULE C { D_3D = 1 CUSTOM_TIME_STEP = -1 }\n"}, "CUSTOM_TIME_STEP is -1"),
    ("a word as a molecule", {"before": "DEFINE_MOLECULE WORLD { D_3D = 1 }\n"}, "'WORLD' cannot be a name"),
    ("half an orientation", {"reactions": "DEFINE_REACTIONS { A{0.5} + P{1} -> Q{1} [1] }\n"}, "an orientation is 0.5"),
    ("a negative rate", {"reactions": "DEFINE_REACTIONS { A -> B [-1] }\n"}, "a rate is -1; give a number >= 0"),
    ("two forward rates", {"reactions": "DEFINE_REACTIONS { A -> B [>1, >2] }\n"}, "the rate > is given twice"),
    ("a reaction twice", {"reactions": "DEFINE_REACTIONS { A -> B [1] : r B -> A [1] : r }\n"}, "'r' is defined twice"),
    ("a reaction like a molecule", {"reactions": "DEFINE_REACTIONS { A -> B [1] : A }\n"}, "is called like a molecule"),
    ("a membrane from nothing", {"reactions": "DEFINE_REACTIONS { A, -> P' [1] }\n"}, "line 5: .*molecules from none"),
    ("two that never look",
     {"before": "DEFINE_MOLECULE C { D_3D = 1e-6 TARGET_ONLY } DEFINE_REACTIONS { C + C -> NULL [1] }\n"},
     "both TARGET_ONLY and never react"),
    # ---- surfaces
    ("a class twice", {"before": "DEFINE_SURFACE_CLASS c { } DEFINE_SURFACE_CLASS c { }\n"}, "'c' is defined twice"),
    ("two blocks of molecules",
     {"before": "DEFINE_SURFACE_CLASS c { MOLECULE_DENSITY { P' = 5 } MOLECULE_NUMBER { Q' = 5 } }\n"},
     "MCell keeps the last only"),
    ("a box that is too large",
     {"before": "DEFINE_SURFACE_CLASS c { TRANSPARENT = ALL_MOLECULES; }\n",
      "after": "box BOX { CORNERS = [0,0,0],[1,1,1] } MODIFY_SURFACE_REGIONS { box[ALL] { SURFACE_CLASS = c } }\n",
      "sites": "box OBJECT box {}", **output(column="COUNT[A, w.box]")},
     r"line 10: .*lies outside the mesh"),
    ("two rules", {"before": "DEFINE_SURFACE_CLASS c { ABSORPTIVE = A; TRANSPARENT = A; }\n",
     "after": "MODIFY_SURFACE_REGIONS { cell[ALL] { SURFACE_CLASS = c } }\n"}, "two different rules for A"),
    ("a clamp of what does not move",
     {"before": "DEFINE_MOLECULE C { D_3D = 0 } DEFINE_SURFACE_CLASS c { CLAMP_CONC C, = 1e-6 }\n",
      "after": "MODIFY_SURFACE_REGIONS { cell[ALL] { SURFACE_CLASS = c } }\n"}, "C does not move"),
    ("a clamp on a surface", {"before": "DEFINE_SURFACE_CLASS c { CLAMP_CONC P, = 1e-6 }\n",
     "after": "MODIFY_SURFACE_REGIONS { cell[ALL] { SURFACE_CLASS = c } }\n"}, "P is a surface molecule"),
    ("a volume molecule on a surface", {"before": "DEFINE_SURFACE_CLASS c { MOLECULE_DENSITY { A' = 5 } }\n"},
     "'A' is no surface molecule"),
    ("a negative density", {"before": "DEFINE_SURFACE_CLASS c { MOLECULE_DENSITY { P' = -5 } }\n"}, "is -5"),
    ("no vertices", polygons("", ""), "VERTEX_LIST or ELEMENT_CONNECTIONS is empty"),
    ("corners that are not there", polygons("[0,0,0] [1,0,0] [0,1,0]", "[0,1,7]"), "vertices from 0 to 2"),
    ("corners of four", polygons("[0,0,0] [1,0,0] [0,1,0]", "[0,1,2,2]"), "is not an .* of 3 numbers"),
    ("a box without volume", {"cell": "cell BOX { CORNERS = [0,0,0],[0,1,1] }\n"}, "second of CORNERS must lie beyond"),
    ("no scale", {"after": "x OBJECT cell { SCALE = [1, 0, 1] }\n"}, "SCALE is 0 along an axis"),
    ("no axis", {"after": "x OBJECT cell { ROTATE = [0, 0, 0], 90 }\n"}, "the axis of ROTATE has no length"),
    ("an object twice", {"after": PARTS["cell"]}, "the object 'cell' is defined twice"),
    ("a region twice", {"after": "DEFINE_SURFACE_REGIONS { cell[t] { INCLUDE_ELEMENTS = [TOP] } }\n" * 2},
     "the region 't' is defined twice"),
    ("a region of nothing",
     {"after": "DEFINE_SURFACE_REGIONS { cell[t] { INCLUDE_ELEMENTS = [TOP] EXCLUDE_ELEMENTS = [TOP] } }\n"},
     "has no triangle left"),
    ("a range of sides", {"after": "DEFINE_SURFACE_REGIONS { cell[t] { INCLUDE_ELEMENTS = [TOP TO LEFT] } }\n"},
     "sides have no order"),
    ("a numbered side", {"after": "DEFINE_SURFACE_REGIONS { cell[t] { INCLUDE_ELEMENTS = [0] } }\n"}, "no numbers"),
    # ---- releases
    ("two amounts", site("SHAPE = w.cell MOLECULE = A NUMBER_TO_RELEASE = 1 DENSITY = 2"), "give one amount"),
    ("one amount twice", number("1 NUMBER_TO_RELEASE = 2"), "NUMBER_TO_RELEASE is given twice"),
    ("two molecules", site("SHAPE = w.cell MOLECULE = A MOLECULE = B NUMBER_TO_RELEASE = 1"), "two molecules"),
    ("no molecule", site("SHAPE = w.cell NUMBER_TO_RELEASE = 1"), "has no MOLECULE"),
    ("no shape", site("MOLECULE = A NUMBER_TO_RELEASE = 1"), "has no SHAPE"),
    ("a probability above 1", number("1 RELEASE_PROBABILITY = 2"), "probability"),
    ("an unknown pattern", number("1 RELEASE_PATTERN = p"), "there is no release pattern 'p'"),
    ("a number as a pattern", number("1 RELEASE_PATTERN = 5"), "RELEASE_PATTERN is the name of a release pattern"),
    ("positions that are not asked for", number("1 MOLECULE_POSITIONS { A [0,0,0] }"), "which go with SHAPE = LIST"),
    ("a list of nothing", site("SHAPE = LIST SITE_DIAMETER = 1"), "no MOLECULE_POSITIONS"),
    ("two sizes", site("SHAPE = CUBIC LOCATION = [0,0,0] SITE_DIAMETER = 1 SITE_RADIUS = 1 MOLECULE = A DENSITY = 1"),
     "needs LOCATION = .x, y, z. and SITE_DIAMETER"),
    ("a surface molecule in a ball",
     site("SHAPE = SPHERICAL LOCATION = [0,0,0] SITE_DIAMETER = 0.1 MOLECULE = P' NUMBER_TO_RELEASE = 1"),
     "P is a surface molecule; release it on a region"),
    ("a train longer than its interval",
     {"before": "DEFINE_RELEASE_PATTERN p { TRAIN_DURATION = 2 TRAIN_INTERVAL = 1 }\n"}, "longer than TRAIN_INTERVAL"),
    ("half a train", {"before": "DEFINE_RELEASE_PATTERN p { NUMBER_OF_TRAINS = 0.5 }\n"}, "NUMBER_OF_TRAINS is 0.5"),
    ("a field twice", {"before": "DEFINE_RELEASE_PATTERN p { DELAY = 1 DELAY = 2 }\n"}, "DELAY is given twice"),
    # ---- notes
    ("a note that is no object", {"before": "/* nanospine [1] */\n"}, "the note of nanospine is damaged"),
    ("a note of unknown parts", {"before": '/* nanospine {"D": 5} */\n'}, "the note of nanospine is damaged"),
    ("a note nested deep", {"before": "/* nanospine " + "[" * 100_000 + " */\n"}, "the note of nanospine is damaged"),
    ("a note that shrinks", {"before": '/* nanospine {"shrink": 0} */\n'}, "the note of nanospine is damaged"),
    ("a reverse of nothing",
     {"reactions": 'DEFINE_REACTIONS { A -> B [1] /* nanospine {"reverse": true} */ }\n'}, "which it is not"),
]  # fmt: skip


def read(folder: Path, text: str) -> MdlModel:
    """Read a model from a folder with some other files in it."""
    (folder / "empty.txt").write_text("time rate\n")
    (folder / "binary.txt").write_bytes(b"0 \xff\xfe")
    if not (folder / "link.mdl").is_symlink():
        (folder / "link.mdl").symlink_to(folder.parent)
    path = folder / "model.mdl"
    path.write_text(text)
    return read_mdl(path)


def test_the_model_without_a_fault_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, model()).model.species_names == ("A", "B", "P", "Q")


@pytest.mark.parametrize(("parts", "message"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
def test_malformed_input_is_refused_soon_with_file_and_line(
    tmp_path: Path, parts: dict[str, str], message: str
) -> None:
    started = time.process_time()
    with pytest.raises(MdlError, match=message) as caught:
        read(tmp_path, model(**parts))
    assert time.process_time() - started < SOON
    assert f"{tmp_path / 'model.mdl'}, line " in str(caught.value) or "empty.txt" in str(caught.value)
    assert len(str(caught.value)) < 2000


def test_there_are_at_least_sixty_malformed_inputs() -> None:
    assert len({case[0] for case in MALFORMED}) == len(MALFORMED) >= 60


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "no text in UTF-8"),
        (b"\0" * 10, "no text in UTF-8"),
        (b'INCLUDE_FILE = "a\0b"', "no text in UTF-8"),
        (b"", "TIME_STEP is missing"),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "model.mdl").write_bytes(content)
    with pytest.raises(MdlError, match=message):
        read_mdl(tmp_path / "model.mdl")


@pytest.mark.parametrize("path", ["/dev/zero", ".", "missing.mdl"])
def test_a_device_a_folder_and_nothing_are_no_files(path: str) -> None:
    with pytest.raises(MdlError, match="there is no such file"):
        read_mdl(path)


def test_nothing_is_quoted_of_files_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("0 password\n")
    (tmp_path / "model").mkdir()
    for part in ({"before": 'INCLUDE_FILE = "../secret.txt"\n'},
                 {"reactions": 'DEFINE_REACTIONS { A -> B ["../secret.txt"] }\n'}):  # fmt: skip
        with pytest.raises(MdlError) as caught:
            read(tmp_path / "model", model(**part))
        assert "password" not in str(caught.value)


def test_files_of_an_allowed_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "rates.txt").write_text("0 7\n")
    (tmp_path / "model").mkdir()
    path = tmp_path / "model" / "model.mdl"
    path.write_text(model(reactions='DEFINE_REACTIONS { A -> B ["../rates.txt"] }\n'))
    assert read_mdl(path, allow_path=[tmp_path]).model.steps[0].rate == Schedule([0.0], [7.0])
    with pytest.raises(MdlError, match="is no folder; give one that exists"):
        read_mdl(path, allow_path=[tmp_path / "rates.txt"])


def test_outputs_stay_below_their_folder_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(model(**output(name='"sub/a.dat"')))
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResultsError, match=r"lies outside of .*out through a link"):
        run_mdl(path, [1], tmp_path / "out")
    (tmp_path / "again" / "sub").mkdir(parents=True)
    (tmp_path / "again" / "sub" / "a.dat").write_text("kept")
    with pytest.raises(ResultsError, match=r"a\.dat exists already"):
        run_mdl(path, [1], tmp_path / "again")
    assert (tmp_path / "again" / "sub" / "a.dat").read_text() == "kept"
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match=r"Cannot use .* for results"):
        run_mdl(path, [1], tmp_path / "file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mdl")
    with pytest.raises(MdlError, match="there is no file"):
        read(tmp_path, model(before='INCLUDE_FILE = "pipe.mdl"\n'))


WORDS = (
    "TRUE", "5", "-1", "1e300", "NaN", "[1, 2]", "[]", '"x"', "WORLD", "A", "P'", "A;", "{ }", "}", "NULL", "w.cell",
    "cell[ALL]", "=", "->", "STEP", "COUNT", "BOX", "[[0 TO 1 STEP 0.1]]", "SEED", "UNLIMITED", "0",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_model_with_a_word_exchanged_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Nothing but our own errors comes out of the reader."""
    parts = {**PARTS, **site("SHAPE = w.cell MOLECULE = A CONCENTRATION = 1e-6 RELEASE_PATTERN = p"),
             "before": "DEFINE_RELEASE_PATTERN p { DELAY = 1e-6 NUMBER_OF_TRAINS = 2 TRAIN_INTERVAL = 1e-5 }\n"
             "DEFINE_SURFACE_CLASS c { ABSORPTIVE = A; CLAMP_CONC B, = 1e-6 MOLECULE_DENSITY { P' = 5 } }\n",
             "after": "MODIFY_SURFACE_REGIONS { cell[ALL] { SURFACE_CLASS = c } }\n"}  # fmt: skip
    words = model(**parts).split(" ")
    for _ in range(data.draw(st.integers(1, 3))):
        words[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.sampled_from(WORDS))
    with contextlib.suppress(FormatError):
        read(tmp_path_factory.getbasetemp(), " ".join(words))
