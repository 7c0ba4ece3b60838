"""The mutants: where the code is wrong on purpose, the checks fail, and nowhere else is this claimed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

from nanospine.model import ParameterError
from nanospine.model.errors import VerificationError
from nanospine.verification import MUTANTS, Judge, Mutant, load_all, select_mutants, workshop
from nanospine.verification.mutants import WITHOUT
from nanospine.verification.mutation import Sight, Workshop, best, sights
from nanospine.verification.registry import Case

ONE = next(mutant for mutant in MUTANTS if mutant.name == "rate-equation-of-pairs-of-a-kind")


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    with workshop() as opened:
        yield opened


class TestRegistry:
    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
    def test_patches_fit_once_and_are_code(self, mutant: Mutant) -> None:
        patched = mutant.patched()
        assert patched != mutant.path.read_text()
        compile(patched, mutant.file, "exec")

    def test_names_are_told_apart(self) -> None:
        assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)

    def test_every_check_has_a_mutant_or_a_reason_for_none(self) -> None:
        checks = {case.name for case in load_all()}
        named = {check for mutant in MUTANTS for check in mutant.caught_by}
        assert named | set(WITHOUT) == checks
        assert not named & set(WITHOUT)
        assert len(WITHOUT) <= len(checks) / 4

    def test_every_mutant_has_a_check(self) -> None:
        assert all(mutant.caught_by for mutant in MUTANTS)


class TestRefusals:
    def test_an_unknown_mutant(self) -> None:
        with pytest.raises(ParameterError, match="no mutant 'reflexion'; did you mean 'reflection'"):
            select_mutants(["reflexion"])

    @pytest.mark.parametrize(("old", "times"), [("no such line", 0), ("import", 5)])
    def test_what_does_not_stand_there_once(self, old: str, times: int) -> None:
        assert ONE.path.read_text().count(old) >= times
        with pytest.raises(VerificationError, match=f"has '{old}' [0-9]+ times; give what stands there once"):
            replace(ONE, old=old).patched()


class TestVerdicts:
    @pytest.mark.parametrize(
        ("z", "caught"), [(5.1, True), (-5.1, True), (4.9, False), (math.inf, True), (math.nan, False)]
    )
    def test_a_check_sees_by_five_standard_errors(self, z: float, caught: bool) -> None:
        assert best(ONE, "coins.fair", [Sight("coins.fair", "heads", z)], "").caught is caught

    def test_of_several_lines_the_farthest_off_counts(self) -> None:
        lines = [Sight("coins.fair", name, z) for name, z in (("a", 1.0), ("b", -9.0), ("c", math.nan))]
        assert best(ONE, "coins.fair", [*lines, Sight("dice.fair", "d", 20.0)], "").line == "b"

    def test_a_requirement_is_seen_an_error_is_not(self) -> None:
        def breaks(judge: Judge, by_error: bool) -> None:
            judge.requires(by_error, "one is two")
            raise ZeroDivisionError

        cases = [Case("coins.fair", "Coins", "fast", breaks, {"by_error": by_error}) for by_error in (False, True)]
        requirement, error = sights(cases)
        assert requirement.z == math.inf
        assert math.isnan(error.z)


class TestWorkshop:
    def test_a_wrong_place_is_seen_where_it_is_run(self, shop: Workshop) -> None:
        [catch] = shop.judge(ONE)
        assert catch.caught
        assert abs(catch.z) > 5

    def test_harmless_changes_survive(self, shop: Workshop) -> None:
        harmless = replace(ONE, file="results/estimates.py", old="NaN if it is not known", new="NaN if unknown")
        [catch] = shop.judge(harmless)
        assert not catch.caught
        assert abs(catch.z) < 4
        assert not catch.trouble

    def test_a_program_that_does_not_start_is_no_catch(self, shop: Workshop) -> None:
        [catch] = shop.judge(
            replace(ONE, file="results/estimates.py", old="import numpy as np", new="import nothing_here")
        )
        assert not catch.caught
        assert "nothing_here" in catch.trouble

    @pytest.mark.verification
    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
    def test_checks_see(self, shop: Workshop, mutant: Mutant) -> None:
        assert [catch for catch in shop.judge(mutant) if not catch.caught] == []
