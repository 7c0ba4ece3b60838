"""Every word of MDL acts, is read without effect but with a warning, or is refused: the table of the documents."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import places
import pytest

from nanospine import NanospineWarning
from nanospine.interop import MdlModel, read_mdl
from nanospine.interop.mdl import MdlError
from nanospine.interop.mdl.counts import CROSSINGS, HITS
from nanospine.interop.mdl.objects import SIDES
from nanospine.interop.mdl.vocabulary import REFUSED, RESERVED, WITHOUT_EFFECT, grammar_words

KINDS = ("acts", "without effect", "refused")


def table() -> dict[str, str]:
    """Return what becomes of each word, from the table in the documents."""
    text = (places.ROOT / "docs" / "mcell.md").read_text().split("### Every word of MDL")[1]
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", text, re.MULTILINE)
    found: dict[str, str] = {}
    for words, fate in rows:
        (kind,) = [kind for kind in KINDS if fate.startswith(kind)]
        for word in re.findall(r"`([^`]*)`", words):
            assert word not in found, word
            found[word] = kind
    return found


def test_every_word_of_the_grammar_and_of_the_reader_has_a_row() -> None:
    known = grammar_words() | RESERVED | set(REFUSED) | {*SIDES, *HITS, *CROSSINGS, "ALL_ENCLOSED"}
    assert set(table()) == known


def test_the_reader_does_what_the_table_says() -> None:
    words = table()
    assert {word for word, kind in words.items() if kind == "without effect"} == set(WITHOUT_EFFECT) & set(words)
    assert {word for word, kind in words.items() if kind == "refused"} == set(REFUSED)


BASE = """ITERATIONS = 100
TIME_STEP = 1e-6
%(before)s
DEFINE_MOLECULES { A { DIFFUSION_CONSTANT_3D = 1e-6 %(field)s } P { DIFFUSION_CONSTANT_2D = 0 } }
cell BOX { CORNERS = [-0.1,-0.1,-0.1],[0.1,0.1,0.1] %(box)s }
INSTANTIATE w OBJECT { cell OBJECT cell {} %(site)s }
REACTION_DATA_OUTPUT { %(field_of_output)s STEP = 1e-5 { %(column)s } => "a.dat" }
"""

#: Where each word stands in a model.
EXAMPLES: dict[str, dict[str, str]] = {
    **{word: {"before": f"{word} = 1"} for word, reason in WITHOUT_EFFECT.items() if word.isupper()},
    **{word: {"before": f"{word} {{ ANY = {{ 1 }} }}"}
       for word in ("NOTIFICATIONS", "WARNINGS", "VIZ_OUTPUT", "VOLUME_DATA_OUTPUT")},
    **{word: {"before": f'{word}("x")'} for word in ("printf", "fprintf", "fclose")},
    **{word: {"field": f"{word} = 1"} for word in ("CUSTOM_TIME_STEP", "CUSTOM_SPACE_STEP", "MAXIMUM_STEP_LENGTH")},
    **{word: {"field_of_output": f"{word} = 100"} for word in ("OUTPUT_BUFFER_SIZE", "SHOW_EXACT_TIME")},
    "TARGET_ONLY": {"field": "TARGET_ONLY"},
    "ASPECT_RATIO": {"box": "ASPECT_RATIO = 2"},
    "VIZ_VALUE": {"box": "DEFINE_SURFACE_REGIONS { top { INCLUDE_ELEMENTS = [TOP] VIZ_VALUE = 1 } }"},
    "SITE_DIAMETER of a LIST": {
        "site": "r RELEASE_SITE { SHAPE = LIST MOLECULE_POSITIONS { A [0,0,0] } SITE_DIAMETER = 1 }"
    },
    "orientation of volume molecules": {
        "site": "r RELEASE_SITE { SHAPE = w.cell MOLECULE = A' NUMBER_TO_RELEASE = 1 }"
    },
    "CLAMP_FLUX": {"site": "} DEFINE_SURFACE_CLASS c { CLAMP_FLUX A, = 1"},
    "REMOVE_ELEMENTS": {"box": "REMOVE_ELEMENTS { ELEMENT_LIST = [TOP] }"},
    **{word: {"box": f"DEFINE_SURFACE_REGIONS {{ top {{ {word} = [0,0,0], [1,1,1] }} }}"}
       for word in ("INCLUDE_PATCH", "EXCLUDE_PATCH")},
    "SPHERICAL_SHELL": {"site": "r RELEASE_SITE { SHAPE = SPHERICAL_SHELL MOLECULE = A NUMBER_TO_RELEASE = 1 }"},
    "SPHERICAL_SHELL_SITE": {"site": "r SPHERICAL_SHELL_SITE { MOLECULE = A NUMBER_TO_RELEASE = 1 }"},
    **{word: {"site": "r RELEASE_SITE { SHAPE = w.cell MOLECULE = A VOLUME_DEPENDENT_RELEASE_NUMBER { "
                      "MEAN_DIAMETER = 1 STANDARD_DEVIATION = 1 CONCENTRATION = 1 } }"}
       for word in ("VOLUME_DEPENDENT_RELEASE_NUMBER", "MEAN_DIAMETER")},
    "TRIGGER": {"column": "TRIGGER[A, WORLD]"},
    "ESTIMATE_CONCENTRATION": {"column": "COUNT[A, w.cell, ESTIMATE_CONCENTRATION]"},
    "RAND_UNIFORM": {"before": "x = RAND_UNIFORM"},
    "RAND_GAUSSIAN": {"before": "x = RAND_GAUSSIAN"},
}  # fmt: skip


def read(tmp_path: Path, **parts: str) -> MdlModel:
    names = ("before", "field", "box", "site", "field_of_output")
    path = tmp_path / "model.mdl"
    path.write_text(BASE % {**dict.fromkeys(names, ""), "column": "COUNT[A, WORLD]", **parts})
    return read_mdl(path)


@pytest.mark.parametrize("word", WITHOUT_EFFECT)
def test_a_word_without_effect_is_named_in_a_warning_and_changes_nothing(tmp_path: Path, word: str) -> None:
    plain = read(tmp_path)
    with pytest.warns(
        NanospineWarning, match=rf"Read without effect in nanospine: {word} \(model\.mdl, line \d+\): "
    ) as told:
        found = read(tmp_path, **EXAMPLES[word])
    assert WITHOUT_EFFECT[word] in str(told[0].message)
    assert (found.model.species, found.time_step, found.interval) == (
        plain.model.species,
        plain.time_step,
        plain.interval,
    )
    assert found.model.mesh.volume == plain.model.mesh.volume


@pytest.mark.parametrize("word", REFUSED)
def test_a_refused_word_is_an_error_with_line_and_remedy(tmp_path: Path, word: str) -> None:
    with pytest.raises(MdlError, match=r"model\.mdl, line \d+: .* cannot be expressed: ") as caught:
        read(tmp_path, **EXAMPLES[word])
    assert REFUSED[word] in str(caught.value)


def test_all_words_without_effect_are_told_in_one_warning(tmp_path: Path) -> None:
    with pytest.warns(NanospineWarning) as told:
        read(tmp_path, before="PARTITION_X = [[0 TO 1e12 STEP 1]]\nINTERACTION_RADIUS = 1\nPARTITION_Y = 0")
    assert len(told) == 1
    assert "PARTITION_X (model.mdl, line 3), PARTITION_Y (model.mdl, line 5): how MCell divides" in str(told[0].message)
    assert told[0].filename == __file__


#: A model with every word that acts.
EVERYTHING = """
INCLUDE_FILE = "run.mdl"
k = EXP(0) + LOG(1) + LOG10(1) + MAX(0, 1) - MIN(1, 2) + FLOOR(0.5) + SIN(0) + TAN(0) + ASIN(0) + ATAN(0) + ABS(0)
k = k * COS(0) * SQRT(1) * CEIL(0.5) * ROUND_OFF(3, 1) + ACOS(1) + MOD(2, 2) + 0 * PI * strtod("5")
flags = TRUE flags = FALSE flags = YES flags = NO flags = ON flags = OFF
sprintf(sd, "%05g", SEED)
DEFINE_MOLECULES {
 A { DIFFUSION_CONSTANT_3D = 1e-6 } B { DIFFUSION_CONSTANT = 1e-6 } C { D_3D = 1e-6 } D { D_3D = 1e-7 }
 P { DIFFUSION_CONSTANT_2D = 0 } Q { D_2D = 0 } }
DEFINE_MOLECULE R { D_2D = 1e-9 }
DEFINE_SURFACE_CLASSES {
 rules { ABSORPTIVE = A; REFLECTIVE = B; TRANSPARENT = C; CLAMP_CONCENTRATION D, = 1e-6 }
 amounts { MOLECULE_DENSITY { P' = 10 } } numbers { MOLECULE_NUMBER { Q, = 5 } } }
DEFINE_SURFACE_CLASS counted { TRANSPARENT = ALL_MOLECULES; TRANSPARENT = ALL_VOLUME_MOLECULES; }
DEFINE_SURFACE_CLASS fence { REFLECTIVE = ALL_SURFACE_MOLECULES; }
DEFINE_SURFACE_CLASS open { TRANSPARENT = B; }
DEFINE_SURFACE_CLASS held { CLAMP_CONC A, = 1e-6 }
DEFINE_REACTIONS { A + B -> NULL [1e6] : meet  P' -> Q' [1] : turn }
DEFINE_RELEASE_PATTERN trains { DELAY = 1e-6 RELEASE_INTERVAL = 1e-6 TRAIN_DURATION = 5e-6 TRAIN_INTERVAL = 1e-5
 NUMBER_OF_TRAINS = UNLIMITED }
cell BOX { CORNERS = [-0.1,-0.1,-0.1],[0.1,0.1,0.1] DEFINE_SURFACE_REGIONS {
 top { INCLUDE_ELEMENTS = [TOP] } bottom { ELEMENT_LIST = [BOTTOM] } sides { INCLUDE_ELEMENTS = [LEFT, RIGHT, FRONT] }
 back { EXCLUDE_ELEMENTS = [TOP, BOTTOM, LEFT, RIGHT, FRONT] } copy { INCLUDE_REGION = top }
 rest { INCLUDE_ELEMENTS = [ALL_ELEMENTS] EXCLUDE_REGION = top EXCLUDE_ELEMENTS = [BOTTOM, LEFT, RIGHT]
        INCLUDE_ELEMENTS = [BACK]
        SURFACE_CLASS = held } } }
MODIFY_SURFACE_REGIONS { cell[top] { SURFACE_CLASS = rules } cell[bottom] { SURFACE_CLASS = amounts }
 cell[sides] { SURFACE_CLASS = numbers } }
grain POLYGON_LIST { VERTEX_LIST { [0,0,0] [1,0,0] [0,1,0] [0,0,1] }
 ELEMENT_CONNECTIONS { [0,2,1] [0,1,3] [0,3,2] [1,2,3] }
 DEFINE_SURFACE_REGIONS { faces { ELEMENT_LIST = [0 TO 2] } } }
MODIFY_SURFACE_REGIONS { grain[ALL] { SURFACE_CLASS = open } }
box BOX { CORNERS = [-0.05,-0.05,-0.05],[0.02,0.02,-0.02] }
MODIFY_SURFACE_REGIONS { box[ALL] { SURFACE_CLASS = counted } }
INSTANTIATE w OBJECT {
 cell OBJECT cell {} box OBJECT box {}
 grain OBJECT grain { SCALE = 0.02 ROTATE = [0,0,1], 90 TRANSLATE = [0, 0.05, 0.05] }
 a RELEASE_SITE { SHAPE = w.cell[ALL] - w.grain[ALL] MOLECULE = A NUMBER_TO_RELEASE = 1 RELEASE_PATTERN = trains
  RELEASE_PROBABILITY = 0.5 }
 b RELEASE_SITE { SHAPE = w.grain MOLECULE = B CONCENTRATION = 1e-6 }
 c RELEASE_SITE { SHAPE = w.cell[bottom] MOLECULE = P' DENSITY = 10 }
 d RELEASE_SITE { SHAPE = SPHERICAL LOCATION = [0,0,-0.05] SITE_DIAMETER = 0.01 MOLECULE = A
  GAUSSIAN_RELEASE_NUMBER { MEAN_NUMBER = 5 STANDARD_DEVIATION = 1 } }
 e RELEASE_SITE { SHAPE = CUBIC LOCATION = [0,0,-0.05] SITE_RADIUS = 0.01 MOLECULE = A NUMBER_TO_RELEASE = 1 }
 f RELEASE_SITE { SHAPE = ELLIPTIC LOCATION = [0,0,-0.05] SITE_DIAMETER = [0.01,0.02,0.03] MOLECULE = A DENSITY = 1 }
 g RELEASE_SITE { SHAPE = RECTANGULAR LOCATION = [0,0,-0.05] SITE_DIAMETER = [1e-2,2e-2,3e-2] MOLECULE = A DENSITY = 1 }
 h RELEASE_SITE { SHAPE = LIST MOLECULE_POSITIONS { A [0,0,-0.05] } }
 i SPHERICAL_RELEASE_SITE { LOCATION = [0,0,-0.05] SITE_DIAMETER = 0 MOLECULE = A NUMBER_TO_RELEASE = 2 }
 j CUBIC_RELEASE_SITE { LOCATION = [0,0,-0.05] SITE_DIAMETER = 0.01 MOLECULE = A NUMBER_TO_RELEASE = 2 }
 k ELLIPTIC_RELEASE_SITE { LOCATION = [0,0,-0.05] SITE_DIAMETER = 0.01 MOLECULE = A NUMBER_TO_RELEASE = 2 }
 l RECTANGULAR_RELEASE_SITE { LOCATION = [0,0,-0.05] SITE_DIAMETER = 0.01 MOLECULE = A NUMBER_TO_RELEASE = 2 } }
DEFINE_SURFACE_REGIONS { w.grain[slope] { INCLUDE_ELEMENTS = [3] } }
MODIFY_SURFACE_REGIONS { w.grain[slope] { SURFACE_CLASS = fence } }
REACTION_DATA_OUTPUT { STEP = 1e-5 HEADER = NONE
 { COUNT[A, WORLD]:"A", EXPRESSION[k]:"k", COUNT[P, w.cell, ALL_ENCLOSED]:"P", COUNT[A, w.box]:"in",
   COUNT[A, w.cell[top], FRONT_HITS] + COUNT[A, w.cell[top], BACK_HITS] - COUNT[A, w.cell[top], ALL_HITS]:"hits",
   COUNT[C, w.cell[top], FRONT_CROSSINGS] - COUNT[C, w.cell[top], BACK_CROSSINGS]:"net",
   COUNT[B, w.grain, ALL_CROSSINGS]:"crossings" } => "seed_" & sd & "/a.dat" }
REACTION_DATA_OUTPUT { TIME_LIST = [0, 1e-5] { COUNT[turn, WORLD] } => "b.dat" }
REACTION_DATA_OUTPUT { ITERATION_LIST = [0, 10] { COUNT["A", WORLD] } => "c.dat" }
"""


def test_a_model_with_every_word_that_acts_is_read_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "run.mdl").write_text("ITERATIONS = 100\nTIME_STEP = 1e-6\n")
    (tmp_path / "model.mdl").write_text(EVERYTHING)
    words = set(re.findall(r"\w+", EVERYTHING + (tmp_path / "run.mdl").read_text()))
    assert {word for word, kind in table().items() if kind == "acts"} <= words
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_mdl(tmp_path / "model.mdl")
    assert len(found.model.releases) == 14
    assert len(found.model.boundaries) > 4
