"""Malformed SBML: every input is refused with the file's name, soon, and by an error of ours."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from foreign_sbml import A, after_parameters, math, rule, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_sbml import EVENTFUL

from nanospine import NanospineWarning, read_sbml, simulate
from nanospine.interop.sbml import SbmlError
from nanospine.model import SimulationError

#: Seconds after which reading a file counts as a hang.
SOON = 10.0
STOICHIOMETRY, LEVEL, SPECIES_END = "species='B' stoichiometry='1'", "level='3' version='2'", "</listOfSpecies>"
OURS = "urn:nanospine:sbml:1"
PURE = " xmlns='http://www.w3.org/1998/Math/MathML'"


def law(formula: str, *changes: tuple[str, str]) -> str:
    return text_of(math(formula), *changes)


def mathml(content: str, *changes: tuple[str, str]) -> str:
    return text_of(f"<math{PURE}>{content}</math>", *changes)


def changed(old: str, new: str) -> str:
    return law("c * k * A", (old, new))


def nested(opening: str, inside: str, closing: str, levels: int) -> str:
    return opening * levels + inside + closing * levels


def unit(exponent: str, scale: str, multiplier: str) -> str:
    """Return a model with volumes in a unit of its own."""
    litre = f"<unit kind='litre' exponent='{exponent}' scale='{scale}' multiplier='{multiplier}'/>"
    defined = f"<unitDefinition id='v'><listOfUnits>{litre}</listOfUnits></unitDefinition></listOfUnitDef"
    return law("c * k * A", ("volumeUnits='litre'", "volumeUnits='v'"), ("</listOfUnitDef", defined))


def volume(size: str) -> str:
    return changed(" size='1e-15'", f" size='{size}'")


def amount(number: str) -> str:
    return changed("initialAmount='0'", f"initialAmount='{number}'")


def made(number: str) -> str:
    return changed(STOICHIOMETRY, f"species='B' stoichiometry='{number}'")


def named(attributes: str) -> str:
    return changed("id='m'", attributes)


def level(attributes: str) -> str:
    return changed(LEVEL, attributes)


def within(part: str, content: str) -> str:
    return changed("<listOfCompartments>", f"<{part}>{content}</{part}><listOfCompartments>")


def assigned(symbol: str, formula: str) -> str:
    one = f"<initialAssignment symbol='{symbol}'>{math(formula)}</initialAssignment>"
    return law("c * k * A", after_parameters(f"<listOfInitialAssignments>{one}</listOfInitialAssignments>"))


def k_of(value: str) -> tuple[str, str]:
    return ("id='k' value='2'", f"id='k' value='{value}'")


def note(attributes: str, content: str = "") -> str:
    ours = f"<n:species xmlns:n='{OURS}' {attributes}>{content}</n:species>"
    head = A + "\n hasOnlySubstanceUnits='false' boundaryCondition='false' constant='false'"
    return law("c * k * A", (head + "/>", f"{head}><annotation>{ours}</annotation></species>"))


UNDEFINED, AGAINST = "missing, infinite or undefined", "does not hold time against"
NO_XML, INVALID, DEEP = "no valid XML", "no valid SBML", "elements within each other"
UNREADABLE, NO_SIZE = "species 'A' is not readable", "size of the unit 'v'"
EMPTY_RULE = after_parameters("<listOfRules><assignmentRule variable='q'/></listOfRules>")
PIECE = "<piece><ci>A</ci><cn>3</cn></piece>"
VARIABLE = ("size='1e-15' constant='true'", "size='1e-15' constant='false'")


def functions(number: int, body: Callable[[int], str]) -> str:
    """Return a model whose law calls the last of many functions, each made of the one before it."""
    bodies = ["lambda(x, x * k)".replace("k", "2"), *(f"lambda(x, {body(k)})" for k in range(1, number))]
    definitions = "".join(
        f"<functionDefinition id='f{k}'>{math(text)}</functionDefinition>" for k, text in enumerate(bodies)
    )
    before = "<listOfCompartments>"
    return law(
        f"c * f{number - 1}(A)",
        (before, f"<listOfFunctionDefinitions>{definitions}</listOfFunctionDefinitions>{before}"),
    )


def rules(number: int, formula: Callable[[int], str]) -> str:
    """Return a model whose law has the last of many parameters, each given by a rule made of the one before it."""
    parameters = "".join(f"<parameter id='p{k}' constant='false'/>" for k in range(1, number))
    given = "".join(f"<assignmentRule variable='p{k}'>{math(formula(k))}</assignmentRule>" for k in range(1, number))
    first = "<parameter id='p0' value='1' constant='true'/>"
    return law(
        f"c * p{number - 1} * A",
        ("</listOfParameters>", f"{first}{parameters}</listOfParameters><listOfRules>{given}</listOfRules>"),
    )


STEPPED = "c * A * piecewise(k, time < 1, 3 * k)"
MINUS = nested("<apply><minus/>", "<ci>A</ci>", "</apply>", 20_000)
LAUGHS = "".join(f"<!ENTITY l{k} '&l{k - 1};&l{k - 1};&l{k - 1};&l{k - 1};'>" for k in range(1, 20))
XML = "<?xml version='1.0' encoding='UTF-8'?>"
ENTITIES = f"{XML}<!DOCTYPE sbml [<!ENTITY l0 'ha'>{LAUGHS}]>"
EXTERNAL = f"{XML}<!DOCTYPE sbml [<!ENTITY secret SYSTEM 'file:///etc/passwd'>]>"
TIME = "<csymbol encoding='text' definitionURL='http://www.sbml.org/sbml/symbols/time'>t</csymbol>"
PIECES = "".join(f"<piece><cn>{k}</cn><apply><lt/>{TIME}<cn>{k}</cn></apply></piece>" for k in range(20_000))

#: What is wrong, the file, and what the message says.
MALFORMED: list[tuple[str, Callable[[], str | bytes], str]] = [
    # ---- what stops a machine or the interpreter
    ("math nested deep", lambda: mathml(MINUS), DEEP),
    ("math nested less deep", lambda: mathml(nested("<apply><plus/><cn>1</cn>", "<ci>A</ci>", "</apply>", 400)), DEEP),
    ("an annotation nested deep", lambda: within("annotation", nested("<a>", "", "</a>", 50_000)), DEEP),
    ("notes nested deep", lambda: within("notes", nested("<p>", "", "</p>", 50_000)), DEEP),
    ("elements without end", lambda: "<a>" * 2_000_000, DEEP),
    ("many elements", lambda: within("annotation", "<a/>" * 1_100_000), "more than .* elements"),
    (
        "entities of entities",
        lambda: changed(XML, ENTITIES).replace("id='m'", "id='m' name='&l19;'"),
        "a document type",
    ),
    (
        "an entity elsewhere",
        lambda: changed(XML, EXTERNAL).replace("id='m'", "id='m' name='&secret;'"),
        "a document type",
    ),
    ("a large factorial", lambda: law("c * factorial(1e9) * A"), "factorial"),
    ("a large factorial in an assignment", lambda: assigned("k", "factorial(1e9)"), "factorial"),
    ("a factorial of a parameter", lambda: law("c * factorial(k * 1e9) * A"), "factorial"),
    (
        "a factorial in a function",
        lambda: functions(2, lambda k: "factorial(x)").replace("f1</ci> <ci> A", "f1</ci> <ci> k"),
        "factorial",
    ),
    ("functions that double", lambda: functions(60, lambda k: f"f{k - 1}(x) + f{k - 1}(x)"), "too long"),
    ("functions of functions", lambda: functions(60, lambda k: f"f{k - 1}(f{k - 1}(x))"), "too deep"),
    ("a function of itself", lambda: functions(2, lambda k: "f1(x)"), "too deep"),
    ("rules that double", lambda: rules(60, lambda k: f"p{k - 1} + p{k - 1}"), "too long"),
    ("a chain of many rules", lambda: rules(3000, lambda k: f"p{k - 1} + 1"), "too deep"),
    ("a rule of itself", lambda: law("c * q * A", rule("assignmentRule", "q", "q + 1")), "too deep"),
    ("rules in a circle", lambda: rules(3, lambda k: "p2 + 1"), "too deep"),
    ("a rule without a formula", lambda: law("c * q * A", EMPTY_RULE), "has no formula; give one"),
    ("an argument too many", lambda: functions(2, lambda k: "f0(x, x)"), "gives 'f0' 2 arguments, which takes 1"),
    ("an argument too few", lambda: functions(2, lambda k: "f0()"), f"gives 'f0' 0 arguments|{INVALID}"),
    ("a number as a condition", lambda: mathml(f"<piecewise>{PIECE}</piecewise>"), f"{INVALID}|{AGAINST}"),
    ("a tower of powers", lambda: law("c * A * 10^10^10"), UNDEFINED),
    ("a stoichiometry of 1e9", lambda: made("1e9"), "stoichiometry of 'B' that is 1e\\+09"),
    ("a stoichiometry of 1e300", lambda: made("1e300"), "stoichiometry of 'B' that is 1e\\+300"),
    (
        "many steps in time",
        lambda: mathml(f"<apply><times/><ci>A</ci><piecewise>{PIECES}</piecewise></apply>"),
        "more than 5000 pieces",
    ),
    ("molecules without number", lambda: amount("1e20"), "6.02214e.43 molecules; give a number from 0 to 9.0072e.15"),
    # ---- no text, no XML, no SBML
    ("nothing", lambda: "", NO_XML),
    ("blanks", lambda: " \n", NO_XML),
    ("zeros", lambda: b"\0" * 1000, "UTF-8"),
    ("bytes of all kinds", lambda: bytes(range(256)) * 40, "UTF-8"),
    ("Latin-1", lambda: named("id='m' name='\xb5m'").encode("latin-1"), "UTF-8"),
    (
        "another encoding",
        lambda: named("id='m' name='\xb5m'").replace("'UTF-8'", "'ISO-8859-1'").encode("latin-1"),
        "UTF-8",
    ),
    ("UTF-16", lambda: changed("UTF-8", "UTF-16").encode("utf-16"), "UTF-8"),
    ("an unknown encoding", lambda: changed("UTF-8", "EBCDIC-CP-42"), NO_XML),
    ("a compressed file", lambda: gzip.compress(changed("id='m'", "id='n'").encode()), "UTF-8"),
    ("JSON", lambda: '{"sbml": 3}', NO_XML),
    ("HTML", lambda: "<!DOCTYPE html><html><body/></html>", "a document type"),
    ("another XML", lambda: "<html><body/></html>", INVALID),
    ("CSV", lambda: "name,initial\nA,5\n", NO_XML),
    ("cut in half", lambda: (text := changed("id='m'", "id='n'"))[: len(text) // 2], NO_XML),
    ("cut before its end", lambda: changed("</sbml>", ""), NO_XML),
    ("cut within a tag", lambda: changed("id='m'", "id='n'")[:300], NO_XML),
    ("two documents", lambda: changed("id='m'", "id='n'") * 2, NO_XML),
    ("text after the end", lambda: changed("</sbml>", "</sbml>\nend"), NO_XML),
    ("an ampersand", lambda: named("id='m' name='R&D'"), NO_XML),
    ("a control character", lambda: named("id='m' name='\x01'"), NO_XML),
    ("an attribute twice", lambda: named("id='m' id='n'"), NO_XML),
    ("no namespace", lambda: changed(" xmlns='http://www.sbml.org/sbml/level3/version2/core'", ""), INVALID),
    ("another namespace", lambda: changed("level3/version2/core", "level3/version7/core"), INVALID),
    ("a level of the future", lambda: level("level='4' version='1'"), INVALID),
    ("a level that is no number", lambda: level("level='three' version='2'"), INVALID),
    ("no level", lambda: level(""), INVALID),
    (
        "Level 1",
        lambda: "<sbml xmlns='http://www.sbml.org/sbml/level1' level='1' version='2'><model name='m'/></sbml>",
        INVALID,
    ),
    ("no model", lambda: f"<sbml xmlns='http://www.sbml.org/sbml/level3/version2/core' {LEVEL}/>", "has no model"),
    ("two models", lambda: changed("</model>", "</model><model/>"), INVALID),
    ("two lists of species", lambda: changed(SPECIES_END, SPECIES_END + "<listOfSpecies/>"), INVALID),
    ("an unknown element", lambda: changed("<listOfCompartments>", "<listOfPlanets/><listOfCompartments>"), INVALID),
    ("an unknown attribute", lambda: named("id='m' colour='red'"), INVALID),
    # ---- compartments
    ("no compartment", lambda: changed("compartment='c' initialAmount", "compartment='d' initialAmount"), INVALID),
    ("no size", lambda: changed(" size='1e-15'", ""), "has no size"),
    ("no volume", lambda: volume("0"), "has no size that is a volume"),
    ("a negative volume", lambda: volume("-1e-15"), "size"),
    ("a volume that is no number", lambda: volume("NaN"), "size"),
    ("an infinite volume", lambda: volume("INF"), "size"),
    ("a volume of text", lambda: volume("large"), "size of compartment c is .large.; give"),
    ("a volume beyond all", lambda: volume("1e300"), "size|volume|number"),
    ("a volume below all", lambda: volume("1e-320"), "size|volume|number"),
    ("half a dimension", lambda: changed("Dimensions='3'", "Dimensions='2.5'"), "2.5 dimensions"),
    (
        "dimensions that are no number",
        lambda: changed("Dimensions='3'", "Dimensions='NaN'"),
        "dimensions|no valid SBML",
    ),
    (
        "a volume that changes",
        lambda: law("c * k * A", VARIABLE, rule("assignmentRule", "c", "2 * k")),
        "sets no parameter|compartment",
    ),
    (
        "a volume that is assigned no number",
        lambda: assigned("c", "0 / 0"),
        "libsbml cannot do 'expandInitialAssignments'",
    ),
    # ---- species
    ("an amount that is no number", lambda: amount("NaN"), "'B' has the initial concentration nan"),
    ("an infinite amount", lambda: amount("INF"), "'B' has the initial concentration inf"),
    ("a negative amount", lambda: amount("-1"), "'B' has the initial concentration -"),
    ("an amount of text", lambda: amount("few"), "initialAmount of species B is .few.; give"),
    ("two amounts", lambda: changed("initialAmount='0'", "initialAmount='0' initialConcentration='1'"), INVALID),
    ("a species twice", lambda: changed("id='B'", "id='A'"), INVALID),
    ("a species without a name", lambda: changed("id='B'", "id=''"), INVALID),
    ("a name with a blank", lambda: changed("id='B'", "id='B 2'"), INVALID),
    ("a switch that is none", lambda: changed("boundaryCondition='false'", "boundaryCondition='maybe'"), INVALID),
    ("diffusion of text", lambda: note("D='fast' group=''"), UNREADABLE),
    ("diffusion that is no number", lambda: note("D='nan' group=''"), UNREADABLE),
    ("negative diffusion", lambda: note("D='-1' group=''"), UNREADABLE),
    ("no diffusion", lambda: note("group=''"), UNREADABLE),
    ("contents that are no number", lambda: note("D='1' group=''", "<n:content of='Ca' number='two'/>"), UNREADABLE),
    ("contents of half a unit", lambda: note("D='1' group=''", "<n:content of='Ca' number='0.5'/>"), UNREADABLE),
    ("contents below zero", lambda: note("D='1' group=''", "<n:content of='Ca' number='-1'/>"), UNREADABLE),
    ("contents without end", lambda: note("D='1' group=''", f"<n:content of='Ca' number='{'9' * 40}'/>"), UNREADABLE),
    ("many digits", lambda: note("D='1' group=''", f"<n:content of='Ca' number='{'9' * 6000}'/>"), UNREADABLE),
    # ---- units
    ("an unknown unit", lambda: changed("timeUnits='second'", "timeUnits='fortnight'"), INVALID),
    (
        "a unit of nothing",
        lambda: law("c * k * A", ("volumeUnits='litre'", "volumeUnits='ms'")),
        "no valid SBML|no unit of it",
    ),
    ("a huge scale", lambda: unit("1", "400", "1"), NO_SIZE),
    ("a tiny scale", lambda: unit("1", "-400", "1"), NO_SIZE),
    ("a scale without end", lambda: unit("1", "2147483647", "1"), NO_SIZE),
    ("a huge exponent", lambda: unit("1e9", "0", "1"), "no unit of it|size of the unit 'v'"),
    ("an exponent that is no number", lambda: unit("NaN", "0", "1"), "no unit of it|size of the unit|no valid SBML"),
    ("a unit of no size", lambda: unit("1", "0", "0"), NO_SIZE),
    ("a negative unit", lambda: unit("1", "0", "-1"), NO_SIZE),
    ("a unit that is no number", lambda: unit("1", "0", "NaN"), NO_SIZE),
    # ---- reactions and laws
    ("an unknown reactant", lambda: changed("species='A' stoichiometry", "species='X' stoichiometry"), INVALID),
    ("no stoichiometry", lambda: changed(STOICHIOMETRY, "species='B'"), "stoichiometry of 'B'"),
    ("a stoichiometry of none", lambda: made("0"), "stoichiometry of 'B' that is 0"),
    ("a negative stoichiometry", lambda: made("-1"), "stoichiometry of 'B' that is -1"),
    ("a stoichiometry that is no number", lambda: made("NaN"), "stoichiometry of 'B' that is nan"),
    ("an infinite stoichiometry", lambda: made("INF"), "stoichiometry of 'B' that is inf"),
    ("a negative rate", lambda: law("c * A * (1 - k)"), "never above zero"),
    ("a rate that is no number", lambda: law("c * k * A", k_of("NaN")), UNDEFINED),
    ("an infinite rate", lambda: law("c * k * A", k_of("INF")), UNDEFINED),
    ("a rate beyond all", lambda: law("c * A * 1e308 * 1e308"), UNDEFINED),
    ("a rate beyond all in our units", lambda: law("A * 1e300"), "finite|undefined"),
    ("nothing over nothing", lambda: law("c * A * (0 / 0)"), "missing, infinite or undefined|divides by zero"),
    ("one over nothing", lambda: law("c * A / (k - 2)"), "divides by zero|missing, infinite or undefined"),
    ("the root of a negative", lambda: law("c * A * sqrt(-k)"), UNDEFINED),
    ("a rate of a parameter that is not there", lambda: law("c * kk * A"), INVALID),
    ("an empty law", lambda: mathml(""), "cannot be read"),
    ("a truth as a law", lambda: mathml("<true/>"), "does not depend on any"),
    ("a condition as a law", lambda: law("c * (time < 1) * A"), "no valid SBML|cannot be read"),
    ("a division of three", lambda: mathml("<apply><divide/><ci>A</ci><cn>2</cn><cn>3</cn></apply>"), INVALID),
    ("a power of one", lambda: mathml("<apply><power/><ci>A</ci></apply>"), INVALID),
    ("a lambda as a law", lambda: mathml("<lambda><bvar><ci>x</ci></bvar><ci>x</ci></lambda>"), INVALID),
    ("an unknown operator", lambda: mathml("<apply><integrate/><ci>A</ci></apply>"), INVALID),
    ("a number of text", lambda: mathml("<cn>five</cn>"), "a number in a formula is .five.; give"),
    ("a name of no SBML", lambda: mathml("<ci>A B</ci>"), INVALID),
    ("a piecewise of nothing", lambda: mathml("<piecewise/>"), "no valid SBML|no value|cannot be read"),
    (
        "time against no number",
        lambda: law("c * A * piecewise(1, time < 0 / 0, 2)"),
        "does not hold time against|undefined",
    ),
    (
        "time against infinity",
        lambda: law("c * A * piecewise(1, time < INF, 2)"),
        "does not hold time against|infinite",
    ),
    ("time against itself", lambda: law("c * A * piecewise(1, time < time, 2)"), AGAINST),
    ("time against two", lambda: law("c * A * piecewise(1, 1 < time < 3, 2)"), AGAINST),
    ("time at a moment", lambda: law("c * A * piecewise(1, time == 1, 2)"), AGAINST),
    ("a rate of change", lambda: law("c * rateOf(A) * k"), "out of scope|no valid SBML"),
]


@pytest.mark.parametrize(("make", "message"), [case[1:] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
def test_malformed_input_is_refused_soon_with_the_file(
    tmp_path: Path, make: Callable[[], str | bytes], message: str
) -> None:
    content = make()
    (tmp_path / "bad.xml").write_bytes(content.encode() if isinstance(content, str) else content)
    started = time.process_time()
    with pytest.raises(SbmlError, match=message) as caught:
        read_sbml(tmp_path / "bad.xml")
    assert time.process_time() - started < SOON
    assert "bad.xml" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_there_are_at_least_eighty_malformed_inputs() -> None:
    assert len({case[0] for case in MALFORMED}) == len(MALFORMED) >= 80


@pytest.mark.parametrize("path", ["/dev/zero", ".", "missing.xml", "a\0b.xml", "x" * 5000])
def test_a_device_a_folder_and_nothing_are_no_files(path: str) -> None:
    with pytest.raises(SbmlError, match="there is no such file; give an SBML file"):
        read_sbml(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    with pytest.raises(SbmlError, match="there is no such file"):
        read_sbml(tmp_path / "pipe.xml")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.xml").open("wb") as file:
        file.truncate(1 << 34)
    with pytest.raises(SbmlError, match=r"large.xml: it has more than \d+ bytes"):
        read_sbml(tmp_path / "large.xml")


WORDS = (
    "NaN", "INF", "-1", "0", "1e300", "0.5", "", "true", "false", "A", "B", "c", "k", "q", "r", "m", "mole", "second",
    "litre", "ms", "<apply>", "</apply>", "<plus/>", "<times/>", "<power/>", "<divide/>", "<minus/>", "<ci>", "</ci>",
    "<cn>", "</cn>", "<piecewise>", "<otherwise>", "<lambda>", "<listOfSpecies>", "</listOfSpecies>", "\x01", "&",
)  # fmt: skip
SPLIT = re.compile(r"('[^']*'|<[^>]*>|[^<']+)")


@pytest.mark.verification
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_file_with_parts_exchanged_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Nothing but our own errors comes out of the reader, and what it reads can be run."""
    formula = data.draw(
        st.sampled_from(["c * k * A", "c * (k * A - 3 * B)", "k * A^2 / (1 + q)", "c * k * A^q / (1 + A)", STEPPED, ""])
    )
    parts = SPLIT.findall(law(formula, rule("assignmentRule", "q", "2 * k")) if formula else EVENTFUL.text())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(parts) - 1))
        word = data.draw(st.sampled_from((*WORDS, parts[data.draw(st.integers(0, len(parts) - 1))])))
        parts[at] = f"'{word}'" if parts[at].startswith("'") and data.draw(st.booleans()) else word
    text = "".join(parts)
    path = tmp_path_factory.getbasetemp() / "exchanged.xml"
    path.write_text(text[: data.draw(st.integers(0, len(text)))] if data.draw(st.integers(0, 9)) == 0 else text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NanospineWarning)
        with contextlib.suppress(SbmlError):
            model = read_sbml(path)
            with contextlib.suppress(SimulationError):
                simulate(model, 1e-3, "ode", every=1e-3)
