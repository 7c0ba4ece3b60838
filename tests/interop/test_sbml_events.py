"""SBML's events at given times: what is added to species, and parameters that step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_sbml import Event, Small
from well_mixed import TIGHT

from nanospine import SSA, Model, Release, Schedule, Species, cube, read_sbml, simulate, write_sbml
from nanospine.interop.sbml import SbmlError
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM
from nanospine.results.estimates import Estimate

#: 10 molecules in 0.1 fl, which leave at 2/s.
PUMP = Small(
    {"spine": 0.1}, {"Ca in spine": 10.0, "B in spine": 0.0}, {"Ca -> 0": "k * Ca"}, {"k": 2.0}, amounts="Ca B"
)
SPIKE = Event("time >= 1", {"Ca": "Ca + 500"})


def with_events(*events: Event, small: Small = PUMP, **changes: object) -> Small:
    return replace(small, events={f"e{k}": event for k, event in enumerate(events)}, **changes)


def added(model: Model) -> dict[str, dict[float, float]]:
    """Molecules of each species that are released after the start, by time."""
    found: dict[str, dict[float, float]] = {}
    for release in model.releases[1:]:
        for time in release.times:
            found.setdefault(str(release.states), {})[time] = model.expected_number(release)
    return found


class TestAdditions:
    def test_a_spike_at_one_second(self, tmp_path: Path) -> None:
        model = with_events(SPIKE).read(tmp_path)
        assert model.releases[1] == Release("Ca", number=500, at=1.0)
        result = simulate(model, 1.5, TIGHT, every=0.1)
        assert result.number("Ca")[-1] == pytest.approx((10 * np.exp(-2) + 500) * np.exp(-1), rel=1e-6)
        assert result.number("Ca")[-1] == pytest.approx(184.4, abs=0.05)

    def test_the_jump_process_has_the_same_mean(self, tmp_path: Path) -> None:
        model = with_events(SPIKE).read(tmp_path)
        found = Estimate.of([simulate(model, 1.5, SSA(), trial=k, every=1.5).number("Ca")[-1] for k in range(60)])
        assert abs(found.z((10 * np.exp(-2) + 500) * np.exp(-1))) < 4

    @pytest.mark.parametrize(
        ("event", "times"),
        [
            (Event("time > 1", {}), [1.0]),
            (Event("1 <= time", {}), [1.0]),
            (Event("time >= 1 && time < 3", {}), [1.0]),
            (Event("time >= 1 && true", {}), [1.0]),
            (Event("time >= 2 * t0", {}), [1.0]),
            (Event("!(time < 1)", {}), [1.0]),
            (Event("(time >= 1 && time < 2) || time > 4", {}), [1.0, 4.0]),
            (Event("time <= 1 && time >= 1", {}), [1.0]),
            (Event("time >= 0", {}, initial=False), [0.0]),
            (Event("time >= 0", {}), []),
            (Event("time > 0", {}), [0.0]),
            (Event("time < 2", {}, initial=False), [0.0]),
            (Event("time < 2 || time > 5", {}), [5.0]),
            (Event("time > -1", {}), []),
            (Event("time > -1", {}, initial=False), [0.0]),
            (Event("true", {}, initial=False), [0.0]),
            (Event("false", {}, initial=False), []),
            (Event("and()", {}, initial=False), [0.0]),
            (Event("time >= 1", {}, delay="3 * t0", own_values=False), [2.5]),
            (Event("time >= 1 && time < 2", {}, delay="3", own_values=False), [4.0]),
            (Event("time >= 1 && time < 2", {}, delay="3", own_values=False, persistent=False), []),
            (Event("time >= 1 && time < 2", {}, delay="1", own_values=False, persistent=False), []),
            (Event("time >= 1 && time <= 2", {}, delay="1", own_values=False, persistent=False), [2.0]),
            (Event("time >= 1 && time < 2", {}, delay="0.5", own_values=False, persistent=False), [1.5]),
            (Event("time >= 1 && time < 2", {}, persistent=False), [1.0]),
        ],
        ids=lambda value: value.when if isinstance(value, Event) else None,
    )
    def test_happen_when_the_trigger_becomes_true(self, event: Event, times: list[float], tmp_path: Path) -> None:
        small = with_events(replace(event, sets={"Ca": "7 + Ca"}), parameters={"k": 2.0, "t0": 0.5})
        assert added(small.read(tmp_path)) == ({"Ca": dict.fromkeys(times, 7.0)} if times else {})

    def test_at_the_start_count_from_the_start(self, tmp_path: Path) -> None:
        model = with_events(Event("time >= 0", {"Ca": "Ca + 90"}, initial=False)).read(tmp_path)
        for engine in (TIGHT, "ssa"):
            assert simulate(model, 1e-9, engine, every=1e-9).number("Ca")[0] == 100

    def test_times_have_the_files_unit(self, tmp_path: Path) -> None:
        model = with_events(replace(SPIKE, delay="500", own_values=False), time="ms").read(tmp_path)
        assert added(model) == {"Ca": {0.501: 500.0}}

    def test_equal_amounts_are_one_release(self, tmp_path: Path) -> None:
        model = with_events(*(Event(f"time >= {t}", {"Ca": "Ca + 20"}) for t in (3, 1, 2))).read(tmp_path)
        assert model.releases[1:] == (Release("Ca", number=20, at=(1.0, 2.0, 3.0)),)

    def test_two_at_one_time_add_up_if_each_adds_to_what_there_is(self, tmp_path: Path) -> None:
        both = (Event("time >= 1", {"Ca": "Ca + 500", "B": "B + 3"}, own_values=False),
                Event("time > 0.5", {"Ca": "Ca + 20"}, own_values=False, delay="0.5"))  # fmt: skip
        assert added(with_events(*both).read(tmp_path)) == {"Ca": {1.0: 520.0}, "B": {1.0: 3.0}}
        lost = (SPIKE, Event("time >= 1", {"Ca": "Ca + 20"}))
        with pytest.raises(
            SbmlError, match=r"event 'e0' changes Ca at the time 1 from its value before, .* of 'e1' is lost"
        ):
            with_events(*lost).read(tmp_path)

    def test_concentrations_are_those_of_the_compartment(self, tmp_path: Path) -> None:
        small = Small({"cyt": 0.9, "er": 0.1}, {"Ca in cyt": 0.0, "CaER in er": 10.0}, {"CaER -> Ca": "CaER"})
        event = Event("time >= 1", {"CaER": "CaER + 2 / er", "Ca": "(Ca * cyt + 4.5) / cyt"})
        releases = with_events(event, small=small).read(tmp_path).releases
        found = {release.states: release for release in releases if release.at == 1.0}
        assert found["CaER"] == Release("CaER", number=2, compartment="er", at=1.0)
        assert found["Ca"].compartment == "cyt"
        assert found["Ca"].concentration == pytest.approx(4.5 / 0.9 / MOLECULES_PER_UM3_PER_UM)

    def test_a_size_in_them_is_to_be_given(self, tmp_path: Path) -> None:
        text = with_events(Event("time >= 1", {"Ca": "Ca + 2 / spine"})).text().replace(" size='0.1'", "")
        (tmp_path / "sizeless.xml").write_text(text)
        with pytest.raises(SbmlError, match="compartment 'spine' has no size that is a volume"):
            read_sbml(tmp_path / "sizeless.xml")

    def test_species_that_reactions_do_not_change_are_changed_by_events(self, tmp_path: Path) -> None:
        small = Small({"c": 1.0}, {"S in c": 1.0, "A in c": 0.0}, {"S -> A": "3 * S"}, held="S")
        result = simulate(
            with_events(Event("time >= 1", {"S": "S + 4"}), small=small).read(tmp_path), 2.0, TIGHT, every=1
        )
        assert result.number("A")[-1] == pytest.approx(3 * 1 + 3 * 5, rel=1e-6)

    def test_level_2_has_them_too(self, tmp_path: Path) -> None:
        (tmp_path / "level2.xml").write_text(LEVEL_2)
        assert added(read_sbml(tmp_path / "level2.xml")) == {"Ca": {1.0: 500.0}}

    def test_releases_of_ours_are_written_as_events(self, tmp_path: Path) -> None:
        releases = [
            Release("A", number=7),
            Release("A", number=5, at=(0.5, 2.0)),
            Release("B", concentration=0.3, at=0.5),
        ]
        model = Model(
            cube(0.5), species=[Species("A"), Species("B")], releases=[*releases, Release("A", number=2, at=0.5)]
        )
        back = read_sbml(write_sbml(model, tmp_path / "written.xml"))
        runs = [simulate(each, 3.0, TIGHT, every=0.25) for each in (model, back)]
        for name in "AB":
            np.testing.assert_allclose(runs[1].number(name), runs[0].number(name), rtol=1e-9)
        assert runs[1].number("A")[-1] == pytest.approx(7 + 2 * 5 + 2)


LEVEL_2 = """<?xml version='1.0' encoding='UTF-8'?>
<sbml xmlns='http://www.sbml.org/sbml/level2/version4' level='2' version='4'><model id='m'>
<listOfUnitDefinitions><unitDefinition id='substance'><listOfUnits><unit kind='item'/></listOfUnits></unitDefinition>
</listOfUnitDefinitions><listOfCompartments><compartment id='c' size='1e-15'/></listOfCompartments>
<listOfSpecies><species id='Ca' compartment='c' initialAmount='10' hasOnlySubstanceUnits='true'/></listOfSpecies>
<listOfEvents><event id='spike'><trigger><math xmlns='http://www.w3.org/1998/Math/MathML'><apply><gt/>
<csymbol encoding='text' definitionURL='http://www.sbml.org/sbml/symbols/time'>t</csymbol><cn>1</cn></apply></math></trigger>
<listOfEventAssignments><eventAssignment variable='Ca'><math xmlns='http://www.w3.org/1998/Math/MathML'>
<apply><plus/><ci>Ca</ci><cn>500</cn></apply></math></eventAssignment></listOfEventAssignments></event></listOfEvents>
</model></sbml>"""


def steps(*values: tuple[float, str], **options: object) -> tuple[Event, ...]:
    """Events that give k values at times."""
    return tuple(Event(f"time >= {time}", {"k": value}, **options) for time, value in values)  # type: ignore[arg-type]


class TestParameters:
    def test_switched_on_and_off_are_a_schedule(self, tmp_path: Path) -> None:
        model = with_events(*steps((1, "4 * 2"), (1.5, "0"), (3, "2"))).read(tmp_path)
        assert model.reactions[0].forward == Schedule([0, 1, 1.5, 3], [2, 8, 0, 2])
        result = simulate(model, 4.0, TIGHT, every=1.0)
        assert result.number("Ca")[-1] == pytest.approx(10 * np.exp(-2 - 8 * 0.5 - 2), rel=1e-6)

    def test_from_the_start(self, tmp_path: Path) -> None:
        model = with_events(*steps((0, "5"), initial=False)).read(tmp_path)
        assert model.reactions[0].forward == 5.0

    def test_act_through_rules_and_in_sums(self, tmp_path: Path) -> None:
        rule = (
            "<listOfRules><assignmentRule variable='q'><math xmlns='http://www.w3.org/1998/Math/MathML'><apply><minus/>"
        )
        rule += "<ci>k</ci><cn>1</cn></apply></math></assignmentRule></listOfRules></model>"
        small = with_events(*steps((1, "3")), parameters={"k": 2.0, "q": 0.0}, reactions={"Ca -> 0": "q * Ca + k * Ca"})
        (tmp_path / "rule.xml").write_text(small.text().replace("<listOfReactions>", rule[:-8] + "<listOfReactions>"))
        [reaction] = read_sbml(tmp_path / "rule.xml").reactions
        result = simulate(read_sbml(tmp_path / "rule.xml"), 2.0, TIGHT, every=1.0)
        assert result.number("Ca")[-1] == pytest.approx(10 * np.exp(-(1 + 2) - (2 + 3)), rel=1e-6)
        assert reaction.equation == "Ca -> 0"

    def test_may_change_which_way_a_reversible_reaction_runs(self, tmp_path: Path) -> None:
        """A becomes B at 2/s, and then B becomes A at 3/s."""
        small = Small(
            {"c": 1.0}, {"A in c": 100.0, "B in c": 0.0}, {"A <-> B": "on * A - off * B"}, {"on": 2.0, "off": 0.0}
        )
        event = Event("time >= 1", {"on": "0", "off": "3"})
        result = simulate(with_events(event, small=small).read(tmp_path), 2.0, TIGHT, every=1.0)
        assert result.number("B")[-1] == pytest.approx(100 * -np.expm1(-2) * np.exp(-3), rel=1e-6)

    def test_below_zero_and_above_zero(self, tmp_path: Path) -> None:
        small = Small({"c": 1.0}, {"A in c": 0.0}, {"0 -> A": "6 + j"}, {"j": -2.0})
        result = simulate(
            with_events(Event("time >= 1", {"j": "5"}), small=small).read(tmp_path), 2.0, TIGHT, every=1.0
        )
        assert result.number("A").tolist() == pytest.approx([0.0, 4.0, 15.0])

    def test_without_a_value_until_then_are_missing(self, tmp_path: Path) -> None:
        text = with_events(*steps((1, "3"))).text().replace("id='k' value='2.0'", "id='k'")
        (tmp_path / "missing.xml").write_text(text)
        with pytest.raises(SbmlError, match="a number in it is missing"):
            read_sbml(tmp_path / "missing.xml")

    def test_set_twice_at_one_time_have_the_value_of_the_last_which_is_of_the_lowest_priority(
        self, tmp_path: Path
    ) -> None:
        two = (Event("time >= 1", {"k": "5"}, priority="1"), Event("time > 1", {"k": "7"}, priority="2 + 1"))
        for events in (two, two[::-1]):
            assert with_events(*events).read(tmp_path).reactions[0].forward == Schedule([0, 1], [2, 5])
        for priority in ("", "1", "Ca"):
            tied = (two[0], replace(two[1], priority=priority))
            with pytest.raises(
                SbmlError, match="event 'e1' sets k at the time 1 to another value than 'e0', and nothing"
            ):
                with_events(*tied).read(tmp_path)

    def test_set_twice_to_one_value_need_no_priority(self, tmp_path: Path) -> None:
        assert with_events(*steps((1, "5"), (1, "5"))).read(tmp_path).reactions[0].forward == Schedule([0, 1], [2, 5])


BAD: Mapping[str, tuple[Event, str]] = {
    "a trigger on a species": (
        Event("Ca > 5", {"Ca": "Ca + 1"}),
        "event 'e0' does not wait for a time alone: the condition 'Ca > 5' does not hold time against a number; out",
    ),
    "a trigger on time and a species": (Event("time > 1 && Ca > 5", {"k": "3"}), "does not wait for a time alone"),
    "a trigger on a parameter that events change": (Event("time > k", {"k": "3"}), "does not wait for a time alone"),
    "a trigger that time passes smoothly": (Event("sin(time) > 0", {"k": "3"}), "does not wait for a time alone"),
    "a trigger at a moment": (Event("time == 1", {"k": "3"}), "does not wait for a time alone"),
    "a delay that changes": (Event("time > 1", {"k": "3"}, delay="Ca"), "a time alone: its delay is no number >= 0"),
    "a delay of a rate": (Event("time > 1", {"k": "3"}, delay="rateOf(Ca)"), "its delay is no number >= 0"),
    "a delay below zero": (Event("time > 1", {"k": "3"}, delay="-1"), "a time alone: its delay is no number >= 0"),
    "a species set to a value": (
        Event("time > 1", {"Ca": "100"}),
        "event 'e0' sets Ca to '100', which is not what there is and an amount; write what removes as a",
    ),
    "removal": (Event("time > 1", {"Ca": "Ca - 5"}), "sets Ca to 'Ca - 5', which is not what there is and an amount"),
    "dilution": (Event("time > 1", {"Ca": "0.5 * Ca"}), r"sets Ca to '0.5 \* Ca', which is not what there is"),
    "another species": (Event("time > 1", {"Ca": "Ca + B"}), "sets Ca to 'Ca . B', which is not what there is"),
    "an amount that changes in time": (
        Event("time > 1", {"Ca": "Ca + piecewise(1, time < 2, 3)"}), "sets Ca to .* which is not what there is"
    ),
    "an amount that events change": (Event("time > 1", {"Ca": "Ca + k", "k": "3"}), "sets Ca to 'Ca . k', which is"),
    "an amount that is no number": (Event("time > 1", {"Ca": "Ca + 1/0"}), "sets Ca to .*: a number in it is missing"),
    "more than can be counted": (Event("time > 1", {"Ca": "Ca + 1e300"}), "species 'Ca' is given by events .* mole"),
    "the value before a delay": (
        Event("time > 1", {"Ca": "Ca + 5"}, delay="1"),
        "of the time before its delay; give useValuesFromTriggerTime='false' if it adds to what there is",
    ),
    "a parameter that follows a species": (Event("time > 1", {"k": "Ca"}), "sets k to 'Ca', which is no number"),
    "a parameter that doubles": (Event("time > 1", {"k": "2 * k"}), r"sets k to '2 \* k', which is no number"),
    "a long formula": (Event("time > 1", {"k": "factorial(1e9)"}), "factorial"),
}  # fmt: skip


class TestOutOfScope:
    @pytest.mark.parametrize(("event", "message"), BAD.values(), ids=BAD)
    def test_is_an_error_that_names_the_event(self, event: Event, message: str, tmp_path: Path) -> None:
        with pytest.raises(SbmlError, match=f"^small.xml.*{message}"):
            with_events(event).read(tmp_path)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("<trigger initialValue='true' persistent='true'>", "<trigger initialValue='true' persistent='true'/><!--",
             "event 'e0' has no trigger; give one"),
            ("id='spine' spatialDimensions='3' size='0.1' constant='true'",
             "id='spine' spatialDimensions='3' size='0.1' constant='false'",
             "event 'e0' sets spine to '2', which is no species and no parameter"),
        ],
    )  # fmt: skip
    def test_what_is_missing_or_of_another_kind(self, old: str, new: str, message: str, tmp_path: Path) -> None:
        event = SPIKE if "trigger" in message else Event("time > 1", {"spine": "2"})
        text = with_events(event).text()
        assert old in text
        text = text.replace(old, new)
        (tmp_path / "bad.xml").write_text(text.replace("</trigger>", "-->") if "<!--" in text else text)
        with pytest.raises(SbmlError, match=message):
            read_sbml(tmp_path / "bad.xml")
