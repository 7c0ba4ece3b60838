"""SBML of our models, there and back."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import libsbml
import pytest
from hypothesis import HealthCheck, given, settings

from nanospine import (
    Assembly,
    Boundary,
    Box,
    Model,
    NanospineWarning,
    Polynomial,
    Reaction,
    Release,
    Sampler,
    Schedule,
    Species,
    cube,
    proteins,
    read_sbml,
    read_tables,
    simulate,
    write_sbml,
)
from nanospine.model import NotExportableError, ResultsError
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM

MESH = cube(0.5)
MAKI = files("nanospine.scenarios.maki2020") / "data"


def there_and_back(model: Model, directory: Path) -> Model:
    path = directory / "model.xml"
    path.unlink(missing_ok=True)
    return read_sbml(write_sbml(model, path))


def close(value: float) -> Any:
    """Equal to the digits that libsbml writes."""
    return pytest.approx(value, rel=1e-12, abs=0.0)


def assert_same(model: Model, other: Model) -> None:
    """Compare everything but the mesh, of which the volume."""
    assert other.mesh.volume == close(model.mesh.volume)
    assert other.species == model.species
    for ours, theirs in zip(present(model), present(other), strict=True):
        assert theirs.states == ours.states
        assert list(theirs.times) == close(list(ours.times))
        assert other.expected_number(theirs) == close(model.expected_number(ours))
        if ours.times[0] == 0.0:
            assert (ours.number, ours.concentration is None) == (theirs.number, theirs.concentration is None)
    for step, theirs in zip(model.steps, other.steps, strict=True):
        assert theirs.name == step.name
        # A reverse whose law does not say that it is one comes back as a reaction of its own.
        assert theirs.reverse_of in (step.reverse_of, "")
        assert (theirs.reactants, theirs.products) == (step.reactants, step.products)
        assert type(theirs.law) is type(step.law)
        found = {(product.powers, product.subtracted): product.coefficient for product in theirs.addends}
        assert len(found) == len(step.addends)
        for product in step.addends:
            assert_close(found[product.powers, product.subtracted], product.coefficient)


def assert_close(rate: float | Schedule, expected: float | Schedule) -> None:
    if isinstance(expected, Schedule):
        assert isinstance(rate, Schedule)
        assert list(rate.times) == close(list(expected.times))
        assert list(rate.values) == close(list(expected.values))
    else:
        assert rate == close(expected)


def present(model: Model) -> list[Release]:
    """Return the releases of any molecules, in the order of the species."""
    some = [release for release in model.releases if model.expected_number(release) > 0.0]
    return sorted(some, key=lambda release: (model.index(str(release.states)), release.times[0] > 0.0))


@pytest.fixture(scope="module")
def maki() -> Model:
    return read_tables(MAKI / "species.csv", MAKI / "reactions.csv", mesh=MESH, pools_csv=MAKI / "pools.csv")


#: Names that mean something in SBML's formulas or in our files.
NAMES = ("Ca", "time", "pi", "avogadro", "cell", "forward", "backward_2", "true", "x__1")
NUMBERS = st.floats(1e-9, 1e9)


def sides(names: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(names), max_size=3).map(lambda side: " + ".join(side) or "0")


@st.composite
def rates(draw: st.DrawFn) -> float | Schedule:
    if draw(st.booleans()):
        return draw(st.one_of(st.just(0.0), NUMBERS))
    values = draw(st.lists(st.one_of(st.just(0.0), NUMBERS), min_size=2, max_size=4, unique=True))
    gaps = draw(st.lists(st.floats(1e-3, 1e3), min_size=len(values) - 1, max_size=len(values) - 1))
    return Schedule([0.0, *(sum(gaps[: k + 1]) for k in range(len(gaps)))], values)


@st.composite
def polynomials(draw: st.DrawFn, names: list[str], left: str) -> Polynomial:
    """Laws of at least two products, of which one that is added depends on a concentration."""
    products = st.lists(st.sampled_from(names), max_size=3).map(lambda names: " + ".join(sorted(names)) or "0")
    added, subtracted = draw(st.dictionaries(products, rates(), min_size=1)), draw(st.dictionaries(products, rates()))
    if left != "0":
        added = {product: rate for product, rate in added.items() if product != "0"}
    lead = names[0]
    return Polynomial({lead: 1.5, **added}, subtracted or {f"2 {lead}": 0.25})


@st.composite
def reactions(draw: st.DrawFn, names: list[str], k: int) -> Reaction:
    left = draw(sides(names))
    right = draw(sides(names).filter(lambda side: side != left))
    reversible = draw(st.booleans())
    if draw(st.booleans()):
        return Reaction(f"{left} -> {right}", draw(polynomials(names, left)), name=f"sum {k}")
    laws = st.one_of(st.just(""), st.lists(st.sampled_from(names), min_size=1, max_size=3).map(" + ".join))
    return Reaction(
        f"{left} {'<->' if reversible else '->'} {right}",
        draw(rates()),
        draw(rates()) if reversible else None,
        draw(st.sampled_from([f"{k}. <R&D>", f"r{k}", f"Ca+B--CaB{k}"])) if k else "",
        draw(laws) if left != "0" else "",
        draw(laws) if reversible and right != "0" else "",
    )


@st.composite
def models(draw: st.DrawFn) -> Model:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    words = st.text("abc <>&\"'é", min_size=1, max_size=5).map(str.strip)
    species = [
        Species(name, draw(NUMBERS), group=draw(words), content=draw(st.dictionaries(words, st.integers(1, 9))))
        for name in names
    ]
    amounts = st.one_of(
        st.builds(lambda value: {"concentration": value}, NUMBERS),
        st.builds(lambda value: {"number": value}, st.integers(1, 10**9)),
    )
    later = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=3, unique=True).map(sorted)
    return Model(
        cube(draw(st.floats(1e-3, 1e3))),
        species=species,
        reactions=[draw(reactions(names, k)) for k in range(draw(st.integers(0, 4)))],
        releases=[Release(name, **draw(amounts), at=at) for name in names for at in (0.0, draw(later))][:6],
    )


class TestThereAndBack:
    @settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(model=models())
    def test_every_model_comes_back_as_it_was(self, model: Model, tmp_path: Path) -> None:
        assert_same(model, there_and_back(model, tmp_path))

    @settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(model=models())
    def test_libsbml_finds_nothing_wrong_not_even_units(self, model: Model, tmp_path: Path) -> None:
        (tmp_path / "model.xml").unlink(missing_ok=True)
        assert complaints(write_sbml(model, tmp_path / "model.xml")) == []

    def test_a_reversible_reaction_comes_back_as_one_if_its_reverse_takes_what_multiplies(self, tmp_path: Path) -> None:
        plain = Reaction("A + B <-> 2 C", 3.0, 2.0, "plain")
        pairs = Reaction(
            "2 A <-> C", Polynomial({"2 A": 2.0}, {"A": 2.0 / (0.5 * MOLECULES_PER_UM3_PER_UM)}), 3.0, "pairs"
        )
        catalysed = Reaction("A <-> B", 2.0, 1.0, "catalysed", "A + C", "B + C")
        strange = Reaction("A <-> B", 2.0, 1.0, "strange", backward_law="C")
        model = Model(MESH, species=[Species(name) for name in "ABC"], reactions=[plain, pairs, catalysed, strange])
        back = there_and_back(model, tmp_path)
        assert_same(model, back)
        assert [step.reverse_of for step in back.steps if "reverse" in step.name] == ["plain", "pairs", "catalysed", ""]

    def test_the_model_of_maki_comes_back_as_it_was(self, maki: Model, tmp_path: Path) -> None:
        path = write_sbml(maki, tmp_path / "maki.xml")
        assert complaints(path) == []
        assert_same(maki, read_sbml(path))

    def test_hundreds_of_pulses_come_back(self, tmp_path: Path) -> None:
        stimulus = Schedule.pulses([4 * train + 0.01 * k for train in range(4) for k in range(100)], 3e-3, 6.31)
        model = Model(MESH, species=[Species("Ca")], reactions=[Reaction("0 -> Ca", stimulus, name="influx")])
        assert_same(model, there_and_back(model, tmp_path))

    def test_a_mesh_can_be_given(self, tmp_path: Path) -> None:
        path = write_sbml(Model(MESH, species=[Species("Ca")]), tmp_path / "model.xml")
        assert read_sbml(path, mesh=MESH).mesh is MESH


def complaints(path: Path) -> list[str]:
    """Return what libsbml has against a file, warnings included."""
    document = libsbml.readSBMLFromFile(str(path))
    document.checkConsistency()
    return [document.getError(k).getMessage() for k in range(document.getNumErrors())]


class TestExport:
    def test_numbers_in_the_file_are_those_of_the_model(self, tmp_path: Path) -> None:
        model = Model(
            MESH,
            species=[Species("A"), Species("B")],
            reactions=[Reaction("A + B <-> 2 A", 3.5, 0.25, name="grow")],
            releases=[Release("A", concentration=0.75), Release("B", number=301)],
        )
        written = libsbml.readSBMLFromFile(str(write_sbml(model, tmp_path / "model.xml"))).getModel()
        law = written.getReaction("grow").getKineticLaw()
        assert libsbml.formulaToL3String(law.getMath()) == "cell * (forward * A * B - backward * A^2)"
        assert [law.getLocalParameter(k).getValue() for k in (0, 1)] == [3.5, 0.25]
        assert [law.getLocalParameter(k).getUnits() for k in (0, 1)] == ["per_uM_per_s", "per_uM_per_s"]
        assert written.getSpecies("A").getInitialConcentration() == 0.75
        assert written.getSpecies("B").getInitialAmount() == pytest.approx(301 / MOLECULES_PER_UM3_PER_UM)

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        model = Model(MESH, species=[Species("Ca")])
        write_sbml(model, tmp_path / "model.xml")
        with pytest.raises(ResultsError, match=r"model.xml exists already; choose another file or remove it"):
            write_sbml(model, tmp_path / "model.xml")

    def test_a_place_that_cannot_be_written_to(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ResultsError, match=r"Cannot write .*; choose another file"):
            write_sbml(Model(MESH, species=[Species("Ca")]), tmp_path / "file" / "model.xml")

    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            (
                {
                    "species": [Species("Ca"), Species("P", where="surface")],
                    "reactions": [Reaction("Ca[outside] + P -> P", 1.0)],
                },
                r"Reaction 'Ca\[outside\] \+ P -> P' takes molecules from outside",
            ),
            (
                {"species": [Species("Ca"), Species("P", where="surface")], "reactions": [Reaction("2 P -> P", 1.0)]},
                "Reaction 'P [+] P -> P' is between two surface molecules",
            ),
            (
                {"boundaries": [Boundary("membrane", "Ca", "absorbing")]},
                "Boundary membrane/Ca is absorbing, and SBML has",
            ),
        ],
    )
    def test_what_has_no_place_in_sbml(self, tmp_path: Path, parts: dict[str, Any], message: str) -> None:
        model = Model(MESH, **{"species": [Species("Ca")], **parts})
        with pytest.raises(NotExportableError, match=message):
            write_sbml(model, tmp_path / "model.xml", approximate=True)
        assert not (tmp_path / "model.xml").exists()

    @pytest.mark.parametrize(
        ("parts", "message", "concentrations"),
        [
            (
                {"releases": [Release("A", concentration=2.0, within=Box((0, 0, 0), (0.5, 0.5, 0.5)))]},
                "Release of A says where the molecules are",
                {"A": 0.5},
            ),
            (
                {"releases": [Release({"A": 0.25, "B": 0.75}, concentration=4.0)]},
                "Release of A/B draws the state of each molecule",
                {"A": 1.0, "B": 3.0},
            ),
            (
                {"releases": [Release("A", number=10, number_sd=2.0)]},
                "Release of A draws the number of molecules",
                {"A": 10 / (0.5 * MOLECULES_PER_UM3_PER_UM)},
            ),
            (
                {"samplers": [Sampler("all", "A", Box((0.0, 0.0, 0.0), (0.02,) * 3))]},
                "Sampler 'all' measures in a part",
                {},
            ),
        ],
    )
    def test_the_nearest_thing_is_written_on_demand(
        self, tmp_path: Path, parts: dict[str, Any], message: str, concentrations: dict[str, float]
    ) -> None:
        model = Model(MESH, species=[Species("A"), Species("B")], **parts)
        with pytest.raises(NotExportableError, match=f"{message}.*, which SBML cannot say; with --approximate"):
            write_sbml(model, tmp_path / "model.xml")
        with pytest.warns(NanospineWarning, match=message):
            other = read_sbml(write_sbml(model, tmp_path / "model.xml", approximate=True))
        found = {
            str(release.states): other.expected_number(release) / (0.5 * MOLECULES_PER_UM3_PER_UM)
            for release in other.releases
        }
        assert found == pytest.approx(concentrations)

    def test_several_compartments_are_refused(self, tmp_path: Path) -> None:
        model = Model(Assembly({"cytosol": cube(0.1), "er": cube(0.01)}), species=[Species("A")])
        with pytest.raises(NotExportableError, match="has compartments cytosol, er, and SBML is written of one; write"):
            write_sbml(model, tmp_path / "model.xml")

    def test_a_membrane_is_well_mixed_on_demand(self, tmp_path: Path) -> None:
        """As the well-mixed engines take it: what is pumped out is gone."""
        pump = proteins.pump("P", "pump", proteins.NCX, density=500.0)
        model = Model(MESH, schemes=[proteins.calcium(2.0), pump])
        with pytest.raises(NotExportableError, match="P0, P1 live in the membrane, which SBML cannot say"):
            write_sbml(model, tmp_path / "model.xml")
        with (
            pytest.warns(NanospineWarning, match="live in the membrane: they are as well mixed as the others"),
            pytest.warns(NanospineWarning, match="draws the state of each molecule"),
        ):
            other = read_sbml(write_sbml(model, tmp_path / "model.xml", approximate=True))
        runs = [simulate(each, 0.1, engine="ode", every=0.05) for each in (model, other)]
        assert runs[1].number("Ca") == pytest.approx(runs[0].number("Ca"), rel=1e-6)
