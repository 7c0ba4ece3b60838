"""The format of ``import_format.diff`` in Python and on the command line: a row is all that they need."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nanospine import cube, read_model, simulate, write_model
from nanospine.cli import app
from nanospine.model import FormatError, ParameterError

NETWORK = """begin parameters
  1 on 2.0  # 1/(uM s)
  2 off 0.5
end parameters
begin species
  1 Ca 10
  2 B(ca) 4*on
  3 B(ca!1).Ca(b!1) 0
end species
begin reactions
  1 1,2 3 on  # bind
  2 3 1,2 2*off
end reactions
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "model.net").write_text(NETWORK)
    return tmp_path / "model.net"


def test_a_file_is_read_by_its_suffix_and_runs(path: Path) -> None:
    model = read_model(path, mesh=cube(0.5))
    assert model.species_names == ("Ca", "s2", "s3")
    result = simulate(model, 20.0, "ode")
    calcium, buffer, bound = (result.concentration(name)[-1] for name in model.species_names)
    assert calcium * buffer / bound == pytest.approx(0.5, rel=1e-4)


def test_the_command_line_lists_reads_and_runs_it(path: Path) -> None:
    def call(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
        assert result.exit_code == 0
        return result.output

    assert "networks of BioNetGen" in call("formats")
    assert "3 species, 2 reactions" in call("import", path, "--volume", 0.5)
    out = path.parent / "run"
    call("import", path, "--volume", 0.5, "--out", out, "--duration", 1)
    assert (out / "concentrations.csv").is_file()


def test_what_it_cannot_do_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="does not say the volume; give a mesh"):
        read_model(path)
    with pytest.raises(ParameterError, match="does not write networks of BioNetGen"):
        write_model(read_model(path, mesh=cube(0.5)), tmp_path / "copy.net")
    path.write_text(NETWORK.replace("1,2 3 on", "1,2 3 maybe"))
    with pytest.raises(FormatError, match="is no network of BioNetGen that can be read: could not convert"):
        read_model(path, mesh=cube(0.5))
