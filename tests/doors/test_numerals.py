"""Numbers in text: what Python alone, or C alone, takes for a number is refused at every door that reads one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from foreign_sbml import math, text_of

from nanospine import cube, load_mesh, read_mdl, read_sbml, read_tables, save_mesh
from nanospine.interop.reaction_data import read_seeds
from nanospine.model import NanospineError
from nanospine.model.numerals import read_number, read_whole
from nanospine.scenarios.base import parse_value

ODD = ["1_0", "\u0661", "\uff11", "1\u0660", "0x10", "ten", "1 0"]
MDL = (
    "ITERATIONS = 10\nTIME_STEP = 1e-6\nDEFINE_MOLECULES {{ A {{ DIFFUSION_CONSTANT_3D = {0} }} }}\n"
    "INSTANTIATE w OBJECT {{ b BOX {{ CORNERS = [0, 0, 0], [1, 1, 1] }} }}\n"
)
REACTIONS = "name,reactants,products,forward,forward_unit\nr,A,0,1,1/s\n"


def table(number: str, folder: Path) -> object:
    (folder / "s.csv").write_text(f"name,initial,unit\nA,{number},nM\n", encoding="utf-8")
    (folder / "r.csv").write_text(REACTIONS)
    return read_tables(folder / "s.csv", folder / "r.csv", mesh=cube(0.05))


def mdl(number: str, folder: Path) -> object:
    (folder / "a.mdl").write_text(MDL.format(number), encoding="utf-8")
    return read_mdl(folder / "a.mdl")


def sbml(text: str, folder: Path) -> object:
    (folder / "a.xml").write_text(text, encoding="utf-8")
    return read_sbml(folder / "a.xml")


def obj(number: str, folder: Path) -> object:
    save_mesh(cube(0.05), folder / "whole.obj")
    whole = (folder / "whole.obj").read_text()
    first = next(line for line in whole.splitlines() if line.startswith("v "))
    x = first.split()[1]
    text = whole.replace(first, first.replace(x, number if number != "10" else x, 1))
    (folder / "a.obj").write_text(text, encoding="utf-8")
    return load_mesh(folder / "a.obj", scale_to_um=1.0)


def counts(number: str, folder: Path) -> object:
    path = folder / "seed_00001" / "A.dat"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"0 1\n1e-6 {number}\n", encoding="utf-8")
    return read_seeds(folder)


#: What reads a number, where it must be 10 to be sensible.
DOORS: dict[str, Callable[[str, Path], object]] = {
    "a table": table,
    "MDL": mdl,
    "strtod of MDL": lambda number, folder: mdl(f'strtod("{number}")', folder),
    "an attribute of SBML": lambda number, folder: sbml(
        text_of(math("c * k * A"), ("initialAmount='0'", f"initialAmount='{number}e-27'")), folder),
    "a formula of SBML": lambda number, folder: sbml(
        text_of(math("c * 10 * A")).replace("> 10 <", f"> {number} <"), folder),
    "OBJ": obj,
    "reaction data of MCell": counts,
    "--set of a number": lambda number, _: parse_value("x", number, 1.0),
    "--set of a whole number": lambda number, _: parse_value("x", number, 1),
    "--set of a list": lambda number, _: parse_value("x", f"0.1,{number}", (0.1,)),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_ten_is_read(door: str, tmp_path: Path) -> None:
    DOORS[door]("10", tmp_path)


@pytest.mark.parametrize("number", ODD)
@pytest.mark.parametrize("door", DOORS)
def test_other_spellings_are_refused(door: str, number: str, tmp_path: Path) -> None:
    with pytest.raises(NanospineError) as refusal:
        DOORS[door](number, tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_refused_attribute_is_named(tmp_path: Path) -> None:
    text = text_of(math("c * k * A"), ("initialAmount='0'", "initialAmount='0x10'"))
    with pytest.raises(NanospineError, match=r"initialAmount of species \w+ is '0x10'; give a number, in decimal"):
        sbml(text, tmp_path)


@pytest.mark.parametrize("number", ["0.5", "170.5", "-1"])
def test_a_factorial_is_of_a_whole_number(number: str, tmp_path: Path) -> None:
    with pytest.raises(NanospineError, match="a factorial that is not of a whole number from 0 to 170"):
        sbml(text_of(math(f"c * factorial({number}) * A")), tmp_path)


@pytest.mark.parametrize("text", ["0.1,,0.2", "0.1,", ",", ",0.1", "0.1 , 0.2 0.3"])
def test_a_list_has_a_number_between_any_two_commas(text: str) -> None:
    with pytest.raises(NanospineError, match=r"x is .*; give a list of numbers, e.g. 0.1,0.2"):
        parse_value("x", text, (0.1,))


@pytest.mark.parametrize("default", [1, 1.0, None, True])
def test_nothing_is_no_number(default: object) -> None:
    with pytest.raises(NanospineError, match=r"x is ''; give (a number|a whole number|yes or no)"):
        parse_value("x", "", default)


def test_usual_spellings_are_read() -> None:
    assert [read_number(text) for text in ("1", "-1.5e-3", ".5", " 2 ", "1E3", "+4.")] == [1, -1.5e-3, 0.5, 2, 1e3, 4]
    assert [read_whole(text) for text in ("7", "-7", " 12 ")] == [7, -7, 12]
    assert parse_value("x", "0.1, 0.2", (0.1,)) == parse_value("x", "0.1 0.2", (0.1,)) == (0.1, 0.2)
