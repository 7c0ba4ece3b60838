"""Malformed tables: every input is refused with file and row, soon, and by an error of ours."""

from __future__ import annotations

import contextlib
import os
import re
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanospine import Model, NanospineWarning, cube, read_mdl, read_tables, simulate
from nanospine.interop.mdl import MdlError
from nanospine.interop.tables import TableError
from nanospine.interop.units import conversion_factor
from nanospine.model import FormatError, ModelError, SimulationError

#: Seconds after which reading a file counts as a hang.
SOON = 10.0
MESH = cube(0.5)
TABLES = {
    "species": "name,initial,unit,D,D_unit\nCa,50,nM,220,um^2/s\nB,10,uM,,\nCaB,0,nM,,\n",
    "reactions": "name,reactants,products,forward,forward_unit,backward,backward_unit\n"
    "bind,Ca + B,CaB,1,1/(uM s),2,1/s\n",
    "pools": "pool,members\nB,B + CaB\n",
}
File = Callable[[], str | bytes]


def species(row: str) -> dict[str, File]:
    return {"species": lambda: TABLES["species"] + row + "\n"}


def unit(text: str) -> dict[str, File]:
    return species(f"X,1,{text},,")


def rate_unit(text: str) -> dict[str, File]:
    return {"reactions": lambda: TABLES["reactions"] + f"r,Ca,0,1,{text},,\n"}


def reaction(row: str) -> dict[str, File]:
    return {"reactions": lambda: TABLES["reactions"] + row + "\n"}


def pool(row: str) -> dict[str, File]:
    return {"pools": lambda: TABLES["pools"] + row + "\n"}


def whole(text: str | bytes, table: str = "species") -> dict[str, File]:
    return {table: lambda: text}


OF_A_LAW = "name,reactants,products,forward,forward_unit,forward_law\nr,Ca,0,1,1/s,999999999 Ca\n"
UNIT = "give a unit that converts to uM"
#: What is wrong, the changed files, and what the message says.
MALFORMED: list[tuple[str, dict[str, File], str]] = [
    # ---- what stops a machine
    ("a tower of powers", unit("10**10**10*nM"), UNIT),
    ("a tower of powers with ^", unit("nM*10^10^10"), UNIT),
    ("a tower in brackets", unit("nM*10**(10**10)"), UNIT),
    ("a tower of powers of units", unit("nM^9^9^9^9^9"), UNIT),
    ("a huge power", unit("nM**1000000000"), UNIT),
    ("a huge power of a number", unit("2**100000000 nM"), UNIT),
    ("powers of a power", unit("((((nM**9)**9)**9)**9)**9"), UNIT),
    ("many brackets", unit("(" * 2000 + "nM" + ")" * 2000), UNIT),
    ("many minus signs", unit("-" * 5000 + "nM"), UNIT),
    ("a long product", unit("*".join(["nM"] * 3000)), UNIT),
    ("a long unit", unit("n" * 9000), UNIT),
    ("a cell without end", unit("n" * 1_000_000), "row 5: a cell has more than 10000 characters"),
    ("a unit of code", unit("__import__('os').getcwd()"), UNIT),
    ("a unit of nothing", unit("()"), UNIT),
    ("a unit of a rate without end", rate_unit("10**10**10/s"), "give a unit that converts to 1/s"),
    ("a billion molecules", reaction("r,1000000000 Ca,0,1,1/s,,"), "stoichiometry 1000000000 of Ca"),
    ("a billion molecules twice", reaction("r,500 Ca + 600 Ca,0,1,1/s,,"), "stoichiometry 500 of Ca"),
    ("molecules beyond all", reaction(f"r,{'9' * 5000} Ca,0,1,1/s,,"), "stoichiometry 9+"),
    (
        "a long side",
        reaction("r," + " + ".join(["Ca"] * 100_000) + ",0,1,1/s,,"),
        "row 3: a cell has more than 10000 characters",
    ),
    ("a billion members", pool("P,1000000000 Ca"), "stoichiometry 1000000000 of Ca"),
    ("a law of a billion", whole(OF_A_LAW, "reactions"), "stoichiometry 999999999 of Ca"),
    ("molecules without number", species("X,1e300,molecules,,"), "initial is 1e.300 molecules; give"),
    ("more molecules than count", species("X,1e17,molecules,,"), "initial is 1e.17 molecules; give"),
    ("a concentration beyond all", species("X,1e300,M,,"), "initial is 1e.306 uM; give at most 1e.09 uM"),
    ("a large file", whole("x" * ((1 << 26) + 1)), "more than 67108864 bytes"),
    ("many columns", whole(",".join(f"c{k}" for k in range(20_000)) + "\n"), "more than 100 columns"),
    ("many empty rows", whole(TABLES["species"] + ",,,,\n" * 1_000_000), "more than 100000 rows"),
    # ---- no table
    ("nothing", whole(""), "cannot be read as a CSV table"),
    ("blanks", whole(" \n \n"), "has no column 'name'"),
    ("zeros", whole(b"\0" * 1000), "no text in UTF-8"),
    ("a null in a cell", species("X\0,1,nM,,"), "no text in UTF-8"),
    ("bytes of all kinds", whole(bytes(range(256)) * 10), "no text in UTF-8"),
    ("Latin-1", whole("name,initial,unit\nCa,5,\xb5M\n".encode("latin-1")), "no text in UTF-8"),
    ("UTF-16", whole(TABLES["species"].encode("utf-16")), "no text in UTF-8"),
    ("a quotation without end", species('"X,1,nM,,'), "cannot be read as a CSV table"),
    ("semicolons", whole(TABLES["species"].replace(",", ";")), "has no column 'name'"),
    ("a header only", whole("name,initial,unit\n"), "known are: none"),
    ("no header", whole("Ca,50,nM\n"), "has no column 'name'"),
    ("JSON", whole('{"name": "Ca"}'), "has no column 'name'"),
    ("XML", whole("<sbml/>\n"), "has no column 'name'"),
    ("cut in the middle of a row", whole(TABLES["species"][:-10]), "species 'CaB' is unknown"),
    ("a row too long", species("X,1,nM,,,9,9"), "cannot be read as a CSV table"),
    # ---- numbers
    ("no number", species("X,few,nM,,"), "row 5: initial is 'few'"),
    ("not a number", species("X,NaN,nM,,"), "row 5: initial is nan"),
    ("infinity", species("X,inf,nM,,"), "row 5: initial is inf"),
    ("beyond all", species("X,1e999,nM,,"), "row 5: initial is inf"),
    ("below zero", species("X,-1,nM,,"), "row 5: initial is -1.0"),
    ("a number with a unit", species("X,5 nM,nM,,"), "row 5: initial is '5 nM'"),
    ("a number with a comma", species('X,"5,5",nM,,'), "row 5: initial is '5,5'"),
    ("a hexadecimal number", species("X,0x10,nM,,"), "row 5: initial is '0x10'"),
    ("a number of other digits", species("X,1_0,nM,,"), "row 5: initial is '1_0'"),
    ("half a molecule", species("X,0.5,molecules,,"), "row 5: initial is 0.5 molecules"),
    ("a rate that is no number", reaction("r,Ca,0,nan,1/s,,"), "row 3: forward is nan"),
    ("a rate that overflows", reaction("r,Ca,0,1e308,1/fs,,"), "row 3: .*inf"),
    ("diffusion that overflows", species("X,1,nM,1e308,Gm^2/s"), "row 5: .*inf"),
    ("a unit that is no number", unit("nan*nM"), UNIT),
    ("a unit of no size", unit("0*nM"), UNIT),
    ("a unit below zero", unit("(0-1)*nM"), UNIT),
    ("an offset unit", unit("degC"), UNIT),
    # ---- names
    ("a name of digits", species("5,1,nM,,"), "is not a name"),
    ("a long name", species("X" * 1_000_000 + ",1,nM,,"), "row 5: a cell has more than 10000 characters"),
    ("a species twice", species("Ca,1,nM,,"), "is defined twice"),
    ("an unknown species", reaction("r,Na,0,1,1/s,,"), "species 'Na' is unknown"),
    ("a reaction without a name", reaction(",Ca,0,1,1/s,,"), "name is missing"),
    ("a reaction of nothing", reaction("r,0,0,1,uM/s,,"), "has neither reactants nor products"),
    ("an arrow in a side", reaction("r,Ca -> B,0,1,1/s,,"), "cannot be read at column"),
    ("a formula as a side", reaction("r,Ca*B,0,1,1/s,,"), "cannot be read at column"),
    ("an unknown member", pool("P,Na"), "species 'Na' is unknown"),
    ("a pool that is not conserved", pool("P,Ca"), "changes pool 'P' by -1"),
]


def read(folder: Path, files: dict[str, File]) -> Model:
    """Read a model of tables of which some are changed."""
    for name, text in TABLES.items():
        content = files[name]() if name in files else text
        (folder / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    paths = [folder / f"{name}.csv" for name in TABLES]
    return read_tables(paths[0], paths[1], mesh=MESH, pools_csv=paths[2])


def test_the_tables_without_a_fault_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, {}).species_names == ("Ca", "B", "CaB")


@pytest.mark.parametrize(("files", "message"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
def test_malformed_input_is_refused_soon_with_file_and_row(
    tmp_path: Path, files: dict[str, File], message: str
) -> None:
    started = time.process_time()
    with pytest.raises(TableError, match=message) as caught:
        read(tmp_path, files)
    assert time.process_time() - started < SOON
    assert any(f"{table}.csv" in str(caught.value) for table in TABLES)
    assert len(str(caught.value)) < 1000


def test_there_are_at_least_fifty_malformed_inputs() -> None:
    assert len({case[0] for case in (*MALFORMED, *RATES)}) == len(MALFORMED) + len(RATES) >= 50


@pytest.mark.parametrize("path", ["/dev/zero", ".", "missing.csv", "a\0b.csv", "x" * 5000])
def test_a_device_a_folder_and_nothing_are_no_files(path: str) -> None:
    with pytest.raises(TableError, match="there is no such file; give a CSV table"):
        read_tables(path, path, mesh=MESH)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match="there is no such file"):
        read_tables(tmp_path / "pipe.csv", tmp_path / "pipe.csv", mesh=MESH)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("nM", 1e-3),
        ("umol / l", 1.0),
        ("1/(l/mol)", 1e6),
        ("mol^1 l^-1", 1e6),
        ("mol * m**-3", 1e3),
        ("(mol/l)", 1e6),
        ("(l/mol)^-1", 1e6),
        ("mol ^ +1 * 1 / l", 1e6),
        ("µmol/l", 1.0),
    ],
)
def test_units_may_be_written_in_many_ways(unit: str, factor: float) -> None:
    assert conversion_factor(unit, "uM") == pytest.approx(factor)


MDL = """ITERATIONS = 10
TIME_STEP = 1e-6
DEFINE_MOLECULE A { DIFFUSION_CONSTANT_3D = 1e-6 }
DEFINE_REACTIONS { A -> NULL ["rates.txt"] }
cell BOX { CORNERS = [0,0,0],[0.1,0.1,0.1] }
INSTANTIATE w OBJECT { cell OBJECT cell {} }
"""
#: What is wrong with a file of rates, its content, and what the message says.
RATES: list[tuple[str, str | bytes, str]] = [
    ("no rates", "", "has no row with a time"),
    ("rates of words", "time rate\n", "has no row with a time"),
    ("one column of rates", "0\n1\n", "line 1: '0' is no time .s. and rate"),
    ("a rate of text", "0 fast\n", "line 1: '0 fast' is no time"),
    ("a rate that is not a number", "0 nan\n", r"values\[0\] is nan"),
    ("a rate without end", "0 inf\n", r"values\[0\] is inf"),
    ("a rate below zero", "0 1\n1 -1\n", "value 1 is -1.0"),
    ("a time without end", "0 1\n1e999 2\n", r"times\[1\] is inf"),
    ("rates of bytes", b"0 1\n\xff\xfe\n", "no text in UTF-8"),
    ("rates of zeros", b"0 1\n" + b"\0" * 1000, "no text in UTF-8"),
]


@pytest.mark.parametrize(("content", "message"), [case[1:] for case in RATES], ids=[case[0] for case in RATES])
def test_malformed_rates_are_refused_with_their_file(tmp_path: Path, content: str | bytes, message: str) -> None:
    (tmp_path / "model.mdl").write_text(MDL)
    (tmp_path / "rates.txt").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(MdlError, match=message) as caught:
        read_mdl(tmp_path / "model.mdl")
    assert "rates.txt" in str(caught.value)


WORDS = (
    "nan", "inf", "-1", "0", "1e300", "", "Ca", "Ca + B", "2 Ca", "CaB", "nM", "1/s", "um^2/s", "molecules", "name",
    "initial", "->", "*", "\0", '"', "0.5", "\n", ",", "10**10**10",
)  # fmt: skip


@pytest.mark.verification
@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_tables_with_cells_exchanged_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Nothing but our own errors comes out of the reader, and what it reads can be run."""
    tables = dict(TABLES)
    for _ in range(data.draw(st.integers(1, 4))):
        table = data.draw(st.sampled_from(sorted(TABLES)))
        cells = re.split("([,\n])", tables[table])
        words = st.one_of(st.sampled_from((*WORDS, *cells)), st.text(max_size=5))
        cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(words)
        tables[table] = "".join(cells)
    files: dict[str, File] = {name: lambda text=text: text for name, text in tables.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NanospineWarning)
        with contextlib.suppress(FormatError, ModelError):
            model = read(tmp_path_factory.getbasetemp(), files)
            with contextlib.suppress(SimulationError):
                simulate(model, 1e-3, "ode", every=1e-3)
