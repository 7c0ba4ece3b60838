"""The registry of formats: every row does what it says, and a model comes back from what was written."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from places import DATA, ROOT

from nanospine import Model, Reaction, Release, Species, cube, read_model, read_sbml, write_model
from nanospine.interop.formats import FORMATS, Format, find_format
from nanospine.interop.mdl import MdlError
from nanospine.model import FormatError, ParameterError

MODEL = Model(
    cube(0.5),
    species=[Species("Ca", 220.0), Species("B", 30.0), Species("CaB", 30.0)],
    reactions=[Reaction("Ca + B <-> CaB", 100.0, 20.0)],
    releases=[Release("Ca", concentration=5.0), Release("B", concentration=20.0)],
)
READ = [row for row in FORMATS if row.read]
WRITTEN = [row for row in FORMATS if row.write]


def label(row: Format) -> str:
    return row.name


def test_names_and_suffixes_are_unique() -> None:
    assert len({row.name for row in FORMATS}) == len(FORMATS)
    suffixes = [suffix for row in FORMATS for suffix in row.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


def test_the_guide_to_the_command_line_has_every_format() -> None:
    guide = (ROOT / "docs" / "command-line.md").read_text()
    for row in FORMATS:
        suffixes = ", ".join(f"`{suffix}`" for suffix in row.suffixes)
        assert f"| `{row.name}`{'' if row.write else ' (import only)'} | {suffixes} |" in guide


@pytest.mark.parametrize("row", FORMATS, ids=label)
def test_every_function_of_a_row_is_there_with_its_options(row: Format) -> None:
    for task, options in (("read", row.read_options), ("write", row.write_options)):
        if getattr(row, task):
            known = inspect.signature(row.function(task)).parameters
            assert set(options) <= {name for name, p in known.items() if p.kind == p.KEYWORD_ONLY}
    if row.run:
        assert "seed" in row.read_options
        others = set(row.read_options) - {"seed"}
        assert others | {"progress"} <= set(inspect.signature(row.function("run")).parameters)


@pytest.mark.parametrize("row", WRITTEN, ids=label)
def test_a_model_comes_back_from_what_was_written(row: Format, tmp_path: Path) -> None:
    path = write_model(MODEL, tmp_path / f"model{row.suffixes[0]}")
    back = read_model(path)
    assert back.species_names == MODEL.species_names
    assert back.mesh.volume == pytest.approx(0.5)
    assert [step.rate for step in back.steps] == pytest.approx([step.rate for step in MODEL.steps])


@pytest.mark.parametrize("row", READ, ids=label)
def test_a_file_that_is_damaged_is_an_error_of_the_format(row: Format, tmp_path: Path) -> None:
    path = tmp_path / f"model{row.suffixes[0]}"
    path.write_text("{ neither one nor the other")
    with pytest.raises(FormatError, match="model"):
        read_model(path, mesh=cube(0.5) if "mesh" in row.read_options else None)


def test_each_format_has_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "model.mdl").write_text("{")
    with pytest.raises(MdlError):
        read_model(tmp_path / "model.mdl")


def test_the_name_of_a_format_wins_over_the_suffix() -> None:
    assert find_format("model.XML").name == "sbml"
    assert find_format("model.mdl", "sbml").name == "sbml"


def test_options_go_to_the_format() -> None:
    file = DATA / "mcell" / "slab_absorber_dt1us" / "model.mdl"
    assert [b.rule for b in read_model(file, absorber="absorbing").boundaries] == ["absorbing"]
    file = DATA / "sbml" / "copasi.xml"
    assert read_model(file, mesh=cube(0.3)).mesh.volume == pytest.approx(0.3)
    assert read_model(str(file)).species_names == read_sbml(file).species_names


def test_what_no_format_does_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"model.bngl ends with '.bngl', which no format does: .*\.xml \(sbml\)"):
        read_model("model.bngl")
    with pytest.raises(ParameterError, match="Format 'sbm' is unknown; did you mean 'sbml'"):
        read_model("model.xml", format="sbm")
    with pytest.raises(ParameterError, match=r"does not write tables: .*; formats that it can write: mdl, sbml"):
        write_model(MODEL, tmp_path / "species.csv")
    with pytest.raises(ParameterError, match="To read mdl, option 'mesh' is unknown; known are: seed, absorber"):
        read_model("model.mdl", mesh=cube(0.5))
    with pytest.raises(ParameterError, match="To write sbml, option 'time_step' is unknown; known are: approximate"):
        write_model(MODEL, tmp_path / "model.xml", time_step=1e-6)
    assert not list(tmp_path.iterdir())
