"""Models from tables: what the columns mean, the published model's own tables, and every way to get one wrong."""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import places
import pytest

from nanospine import Model, Reaction, Release, Species, cube, read_tables
from nanospine.interop.tables import TableError
from nanospine.model import ModelError, NanospineError, checks

MESH = cube(0.5)
MAKI = files("nanospine.scenarios.maki2020") / "data"
REFERENCE = places.REFERENCE / "maki_marttunen2020"

SPECIES = """\
name,initial,unit,D,D_unit,group
Ca,50,nM,2.2e-6,cm^2/s,
CaM,10,uM,,,calmodulin
CaMCa2,0,nM,0,um^2/s,calmodulin
PMCA,301,molecules,0,um^2/s,
"""
REACTIONS = """\
name,reactants,products,forward,forward_unit,backward,backward_unit,forward_law,backward_law
bind,CaM + 2 Ca,CaMCa2,6e-9,nM^-2 ms^-1,9.1e-3,ms^-1,,
leak,0,Ca,3,nM/ms,,,,
pump,Ca,0,2,1/(mM s),0,,Ca + PMCA,
shed,CaMCa2,CaM + 2*Ca,5,s^-1,7,M^-1 s^-1,,CaM + Ca
"""
POOLS = "pool,members,source\ncalmodulin,CaM + CaMCa2,by definition\nbound,2*CaMCa2,\n"


def read(tmp_path: Path, species: str = SPECIES, reactions: str = REACTIONS, pools: str | None = None) -> Model:
    for name, text in (("species", species), ("reactions", reactions), ("pools", pools)):
        if text is not None:
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    pools_csv = None if pools is None else tmp_path / "pools.csv"
    return read_tables(tmp_path / "species.csv", str(tmp_path / "reactions.csv"), mesh=MESH, pools_csv=pools_csv)


class TestColumns:
    def test_species_have_their_diffusion_group_and_initial_amount(self, tmp_path: Path) -> None:
        model = read(tmp_path)
        assert [species.D for species in model.species] == pytest.approx([220.0, 0.0, 0.0, 0.0])
        assert model.species[1] == Species("CaM", group="calmodulin")
        assert model.releases[0].concentration == pytest.approx(0.05)
        assert model.releases[1:] == (Release("CaM", concentration=10.0), Release("PMCA", number=301))

    def test_rates_are_converted_to_um_and_s_according_to_their_order(self, tmp_path: Path) -> None:
        steps = {step.name: step for step in read(tmp_path).steps}
        rates = {name: step.rate for name, step in steps.items()}
        assert rates == {
            "bind": pytest.approx(6e-9 * 1e3**3),
            "bind (reverse)": pytest.approx(9.1),
            "leak": pytest.approx(3.0),
            "pump": pytest.approx(2e-3),
            "shed": 5.0,
            "shed (reverse)": pytest.approx(7e-6),
        }
        assert steps["bind"].order == 3

    def test_laws_take_the_place_of_the_reactants(self, tmp_path: Path) -> None:
        reactions = {reaction.name: reaction for reaction in read(tmp_path).reactions}
        assert reactions["pump"] == Reaction("Ca -> 0", 2e-3, name="pump", forward_law="Ca + PMCA")
        assert [str(term) for term in reactions["shed"].steps[1].law.terms] == ["CaM", "Ca"]

    def test_a_backward_rate_of_zero_counts_only_with_a_unit(self, tmp_path: Path) -> None:
        assert [reaction.backward is not None for reaction in read(tmp_path).reactions] == [True, False, False, True]
        with_unit = read(tmp_path, reactions=REACTIONS.replace("3,nM/ms,,,,", "3,nM/ms,0,1/s,,"))
        assert with_unit.reactions[1].backward == 0.0

    def test_pools_become_content(self, tmp_path: Path) -> None:
        model = read(tmp_path, reactions=REACTIONS.splitlines()[0], pools=POOLS)
        assert model.content("calmodulin").tolist() == [0, 1, 1, 0]
        assert model.content("bound").tolist() == [0, 0, 2, 0]

    def test_blank_lines_spaces_and_a_byte_order_mark_do_no_harm(self, tmp_path: Path) -> None:
        plain = read(tmp_path)
        spaced = read(tmp_path, "\ufeff" + SPECIES.replace(",", " , ").replace("\nCaM ,", "\n\n,,,,,\nCaM ,"))
        assert (spaced.species, spaced.releases) == (plain.species, plain.releases)


def with_line(table: str, line: str) -> str:
    return f"{table}{line}\n"


BAD_SPECIES = {
    "twice": (with_line(SPECIES, "Ca,1,nM,,,"), "species.csv, row 6: name 'Ca' is defined twice, first in row 2"),
    "no name": (with_line(SPECIES, ",1,nM,,,"), "row 6: name is missing; give each row a name"),
    "not a name": (with_line(SPECIES, "2AG,1,nM,,,"), "species.csv, row 6: Species name '2AG' is not a name"),
    "no amount": (with_line(SPECIES, "B,,nM,,,"), "species.csv, row 6: initial is missing; give a number >= 0"),
    "negative amount": (with_line(SPECIES, "B,-5,nM,,,"), "species.csv, row 6: initial is -5.0; give a finite number"),
    "no number": (with_line(SPECIES, "B,few,nM,,,"), "species.csv, row 6: initial is 'few'; give a number >= 0"),
    "not finite": (with_line(SPECIES, "B,nan,nM,,,"), "species.csv, row 6: initial is nan; give a finite number >= 0"),
    "part of a molecule": (with_line(SPECIES, "B,1.5,molecules,,,"), "row 6: initial is 1.5 molecules; give a whole"),
    "no unit": (with_line(SPECIES, "B,1,,,,"), "row 6: unit is missing; give a unit that converts to uM"),
    "no unit at all": (with_line(SPECIES, "B,1,1/(,,,"), r"row 6: unit is '1/\('; give a unit that converts to uM"),
    "unit of time": (with_line(SPECIES, "B,1,ms,,,"), "row 6: unit is 'ms'; give a unit that converts to uM"),
    "unit of nothing": (with_line(SPECIES, "B,1,nanomolr,,,"), "row 6: unit is 'nanomolr'; give a unit that"),
    "D without unit": (with_line(SPECIES, "B,1,nM,10,,"), r"D_unit is missing; give a unit that converts to um\^2/s"),
    "D in um/s": (with_line(SPECIES, "B,1,nM,10,um/s,"), r"D_unit is 'um/s'; give a unit that converts to um\^2/s"),
    "negative D": (with_line(SPECIES, "B,1,nM,-10,um^2/s,"), "row 6: D is -10.0; give a finite number >= 0"),
    "no column": (
        SPECIES.replace("initial", "init"),
        "species.csv has no column 'initial'; its columns are name, init",
    ),
    "strange column": (SPECIES.replace("group", "gruop"), "species.csv: column 'gruop' .*did you mean 'group'"),
    "column twice": (SPECIES.replace("group", "D"), "species.csv: column 'D' comes 2 times; remove all but one"),
    "ragged": (with_line(SPECIES, "B,1,nM,1,um^2/s,,,9"), "species.csv cannot be read .* in line 6, saw 8"),
    "empty": ("", "species.csv cannot be read as a CSV table"),
}

BAD_REACTIONS = {
    "unknown reactant": ("x,Calb,Ca,1,1/s,,,,", "reactions.csv, row 6: reactants: species 'Calb' is unknown; did you"),
    "unknown product": ("x,Ca,0 + Q,1,1/s,,,,", "reactions.csv, row 6: Reaction '0 [+] Q' cannot be read at column 3"),
    "unknown in a law": ("x,Ca,0,1,1/s,,,CaN,", "row 6: forward_law: species 'CaN' is unknown; did you mean 'Ca"),
    "twice": ("bind,Ca,0,1,1/s,,,,", "reactions.csv, row 6: name 'bind' is defined twice, first in row 2"),
    "nothing": ("x,0,,1,uM/s,,,,", "row 6: Reaction '0 -> 0' has neither reactants nor products"),
    "half a molecule": ("x,0.5 Ca,0,1,1/s,,,,", r"row 6: Reaction '0.5 Ca': stoichiometry 0.5 of Ca is not a whole"),
    "negative rate": ("x,Ca,0,-1,1/s,,,,", "reactions.csv, row 6: forward is -1.0; give a finite number >= 0"),
    "no rate": ("x,Ca,0,,1/s,,,,", "reactions.csv, row 6: forward is missing; give a number >= 0"),
    "negative backward rate": ("x,Ca,CaM,1,1/s,-2,1/s,,", "row 6: backward is -2.0; give a finite number >= 0"),
    "negative without unit": ("x,Ca,CaM,1,1/s,-2,,,", "row 6: backward is -2.0; give a finite number >= 0"),
    "no backward rate": ("x,Ca,CaM,1,1/s,,1/s,,", "row 6: backward is missing; give a number >= 0"),
    "no backward unit": ("x,Ca,CaM,1,1/s,2,,,", "row 6: backward_unit is missing; give a unit that converts to 1/s"),
    "order two in 1/s": (
        "x,Ca + CaM,CaMCa2,1,1/s,,,,",
        r"reactions.csv, row 6: forward_unit is '1/s'; give a unit that converts to 1/\(uM s\)",
    ),
    "order of the law": ("x,Ca,0,1,1/s,,,2 Ca + CaM,", r"forward_unit is '1/s'; .* converts to 1/\(uM\^2 s\)"),
    "source in 1/s": ("x,0,Ca,1,1/s,,,,", "row 6: forward_unit is '1/s'; give a unit that converts to uM/s"),
    "law of no reaction": ("x,Ca,CaM,1,1/s,,,,Ca", "row 6: Reaction 'Ca -> CaM' has a backward law but reads '->'"),
    "side of a membrane": ("x,Ca[inside],CaM,1,1/s,,,,", "Reaction 'x': a side belongs to volume species in reactions"),
}

BAD_POOLS = {
    "changed": (
        "Ca,Ca + 2*CaMCa2",
        r"reactions.csv, row 3: reaction 'leak' \(0 -> Ca\) changes pool 'Ca' by \+1, from 0 to 1; mend the",
    ),
    "counted wrong": (
        "Ca,Ca + CaMCa2",
        r"row 2: reaction 'bind' \(CaM [+] 2 Ca <-> CaMCa2\) changes pool 'Ca' by -1, from 2 to 1",
    ),
    "unknown": ("CaM,CaM + CaMCa4", "pools.csv, row 2: members: species 'CaMCa4' is unknown; did you mean 'CaMCa2'"),
    "empty": ("CaM,", "pools.csv, row 2: pool 'CaM' has no members; name species"),
}


class TestBadTables:
    @pytest.mark.parametrize(("table", "message"), BAD_SPECIES.values(), ids=BAD_SPECIES)
    def test_species(self, tmp_path: Path, table: str, message: str) -> None:
        with pytest.raises(TableError, match=message):
            read(tmp_path, species=table)

    @pytest.mark.parametrize(("line", "message"), BAD_REACTIONS.values(), ids=BAD_REACTIONS)
    def test_reactions(self, tmp_path: Path, line: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            read(tmp_path, reactions=with_line(REACTIONS, line))

    @pytest.mark.parametrize(("line", "message"), BAD_POOLS.values(), ids=BAD_POOLS)
    def test_pools(self, tmp_path: Path, line: str, message: str) -> None:
        with pytest.raises(TableError, match=message):
            read(tmp_path, pools=f"pool,members\n{line}\n")

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match=r"nowhere.csv: there is no such file; give a CSV table"):
            read_tables(tmp_path / "nowhere.csv", tmp_path / "reactions.csv", mesh=MESH)


@pytest.fixture(scope="module")
def maki() -> Model:
    return read_tables(MAKI / "species.csv", MAKI / "reactions.csv", mesh=MESH, pools_csv=MAKI / "pools.csv")


def stoichiometry(model: Model) -> np.ndarray:
    """Net change of each species by each reaction."""
    change = np.zeros((len(model.species), len(model.reactions)))
    for column, reaction in enumerate(model.reactions):
        for sign, side in ((-1, reaction.steps[0].reactants), (1, reaction.steps[0].products)):
            for term in side:
                change[model.index(term.species), column] += sign
    return change


class TestMaki2020:
    """The tables that travel with the package."""

    def test_has_the_size_that_is_published(self, maki: Model) -> None:
        assert (len(maki.species), len(maki.reactions), len(maki.steps)) == (204, 262, 413)
        assert sum(reaction.backward is not None for reaction in maki.reactions) == 151

    def test_has_40_conservation_laws_29_of_them_declared(self, maki: Model) -> None:
        change = stoichiometry(maki)
        assert np.linalg.matrix_rank(change) == 164
        pools = {pool for species in maki.species for pool in species.content}
        weights = np.array([maki.content(pool) for pool in pools])
        assert weights.shape[0] == np.linalg.matrix_rank(weights) == 29
        assert not (weights @ change).any()

    def test_one_law_differs_from_the_reactants(self, maki: Model) -> None:
        [step] = [step for step in maki.steps if step.law.terms != step.reactants]
        assert [str(term) for term in step.reactants] == ["PKAr", "PKAc", "PKAc"]
        assert [str(term) for term in step.law.terms] == ["PKAr", "PKAc"]
        assert max(step.order for step in maki.steps) == 5

    def test_is_the_reference_number_by_number(self, maki: Model) -> None:
        if not REFERENCE.exists():
            pytest.skip("the reference tables (../shared/reference/maki_marttunen2020) are not here")
        species = pd.read_csv(REFERENCE / "species.csv")
        assert [name.replace("twoAG", "2AG") for name in maki.species_names] == list(species["species"])
        initial = dict.fromkeys(maki.species_names, 0.0)
        initial.update({str(release.states): release.concentration for release in maki.releases})
        np.testing.assert_allclose(list(initial.values()), species["initial_nM"] / 1e3, rtol=1e-15)
        np.testing.assert_allclose([s.D for s in maki.species], species["kdiff"], rtol=1e-15)
        rates = pd.read_csv(REFERENCE / "rate_index.csv").query("value_nM_ms > 0")
        number = [float(step.rate) / 1e3**step.order for step in maki.steps]
        np.testing.assert_allclose(number, rates["value_nM_ms"], rtol=1e-14)

    def test_pools_hold_what_the_reference_says(self, maki: Model) -> None:
        if not REFERENCE.exists():
            pytest.skip("the reference tables (../shared/reference/maki_marttunen2020) are not here")
        initial = np.zeros(len(maki.species))
        for release in maki.releases:
            initial[maki.index(str(release.states))] = release.concentration
        pools = list(dict.fromkeys(pd.read_csv(MAKI / "pools.csv")["pool"]))
        expected = pd.read_csv(REFERENCE / "conserved_pools.csv")["initial_total_nM"]
        np.testing.assert_allclose([maki.content(pool) @ initial for pool in pools], expected / 1e3, rtol=1e-14)


def test_names_of_large_tables_are_looked_up_and_not_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables, and the model made of them, take a time in proportion to their rows."""
    homes: set[type] = set()
    one_of = checks.one_of

    def noticed(what: str, value: str, allowed: Collection[str], **kind: type[NanospineError]) -> None:
        homes.update({type(allowed)} if len(allowed) >= 50 else ())
        one_of(what, value, allowed, **kind)

    monkeypatch.setattr(checks, "one_of", noticed)
    species = "name,initial,unit\n" + "".join(f"S{k},1,nM\n" for k in range(50))
    reactions = "name,reactants,products,forward,forward_unit\n" + "".join(
        f"r{k},S{k},S{k + 1},1,1/s\n" for k in range(49)
    )
    read(tmp_path, species, reactions, "pool,members\nall," + " + ".join(f"S{k}" for k in range(50)))
    assert homes == {dict}


def test_an_unknown_name_among_many_is_told_in_short() -> None:
    names = dict.fromkeys(f"S{k}" for k in range(10**6))
    with pytest.raises(ModelError, match=r"Species 'calmodulin' is unknown; known are: S0, S1, .*, S49, \.\.\.\.$"):
        checks.one_of("Species", "calmodulin", names)
    with pytest.raises(ModelError, match="did you mean 'S99'"):
        checks.one_of("Species", "S99_", names)
