"""The registry of kinds of reactions: engines and formats take what the flags say, and refuse the rest by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from documents import page, table

from nanospine import Assembly, Reaction, cube, read_tables, simulate, write_model
from nanospine.interop import formats
from nanospine.model import FormatError, ModelError, NotExportableError
from nanospine.model.kinds import ENGINES, FORMATS, KINDS, Example, Kind
from nanospine.model.laws import OwnLaw
from nanospine.studies import engines
from nanospine.verification.engines_agree import EXAMPLES, model_of

SHOWN = [(kind, kind.example) for kind in KINDS if kind.example]
by_kind = pytest.mark.parametrize(("kind", "example"), SHOWN, ids=[kind.name for kind, _ in SHOWN])


@by_kind
def test_an_example_is_of_its_kind(kind: Kind, example: Example) -> None:
    model = model_of(example)
    assert model.kinds[model.steps[0].name] is kind


@by_kind
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_take_what_the_flags_say(kind: Kind, example: Example, engine: str) -> None:
    if engine in kind.engines:
        around = Assembly({"inside": cube(0.05), "outside": cube(0.1)})
        model = model_of(example, mesh=around) if "outside" in kind.name else model_of(example)
        assert simulate(model, 2e-6, engine=engine, every=1e-6).complete
    else:
        others = " or ".join(f'engine="{other}"' for other in kind.engines)
        refusal = f'{kind.what}, and engine="{engine}" takes no such reaction; {kind.instead}, or run the model with '
        with pytest.raises(ModelError, match=re.escape(f"{refusal}{others}.")):
            simulate(model_of(example), 2e-6, engine=engine, every=1e-6)


@by_kind
@pytest.mark.filterwarnings("ignore::nanospine.model.NanospineWarning")
@pytest.mark.parametrize(("name", "label"), [("mdl", "MDL"), ("sbml", "SBML")])
def test_formats_take_what_the_flags_say(kind: Kind, example: Example, name: str, label: str, tmp_path: Path) -> None:
    def write() -> Path:
        return write_model(model_of(example), tmp_path / "model", format=name, approximate=True)

    if name in kind.formats:
        assert write().is_file()
    else:
        message = re.escape(f"{kind.what}, and {label} takes no such reaction; {kind.instead}.")
        with pytest.raises(NotExportableError, match=message):
            write()


@by_kind
def test_tables_say_what_the_flags_say(kind: Kind, example: Example, tmp_path: Path) -> None:
    reaction = example.reactions[0]
    step = reaction.steps[0]
    left, right = (" + ".join(map(str, terms)) or "0" for terms in (step.reactants, step.products))
    unit = kind.rate_unit(step.order).replace(" s)", "*s)")
    names = model_of(example).species_names
    (tmp_path / "species.csv").write_text("name,initial,unit\n" + "".join(f"{name},0,nM\n" for name in names))
    (tmp_path / "reactions.csv").write_text(
        "name,reactants,products,forward,forward_unit,forward_law\n"
        f"r,{left},{right},{reaction.forward},{unit},{reaction.forward_law}\n"
    )

    def read() -> Sequence[Reaction]:
        return read_tables(tmp_path / "species.csv", tmp_path / "reactions.csv", mesh=cube(0.05)).reactions

    if "tables" in kind.formats:
        [back] = read()
        assert back.steps[0].law == step.law
        assert back.forward == pytest.approx(reaction.forward)
    else:
        with pytest.raises((FormatError, ModelError)):
            read()


def test_what_no_engine_takes_says_why() -> None:
    example = Example("of three", (Reaction("P + Q + R -> P", 1.0),), {}, "P", frozenset("PQR"))
    with pytest.raises(ModelError, match=r"'P . Q . R -> P' has a rate that has no meaning with several sur"):
        model_of(example).check_taken_by("ode")


def test_engines_are_those_that_run_models() -> None:
    assert list(ENGINES) == list(engines.ENGINES)


def test_formats_are_those_of_models() -> None:
    assert set(FORMATS) <= {row.name for row in formats.FORMATS}


def test_an_example_runs_where_engines_can_disagree() -> None:
    assert {example.name for _, example in SHOWN} <= EXAMPLES.keys()


def test_the_table_in_the_documentation_is_that_of_the_registry() -> None:
    rows = []
    for kind, example in SHOWN:
        reaction = example.reactions[0]
        own = str(reaction.forward) if isinstance(reaction.forward, OwnLaw) else reaction.forward_law
        law = f", law `{own}`" if own else ""
        order = reaction.steps[0].order
        engines = ", ".join(f'`"{engine}"`' for engine in kind.engines)
        formats = ", ".join({**FORMATS, "tables": "tables"}[name] for name in kind.formats) or "none"
        rows.append([kind.name, f"`{reaction.equation}`{law}", kind.rate_unit(order), engines, formats])
    expected = table(["kind of reaction", "example", "unit of the rate", "engines", "formats"], rows)
    assert expected in page("engines.md"), f"docs/engines.md should have the table\n{expected}"
