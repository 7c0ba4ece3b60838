"""Kinetic laws of SBML files: in many forms, of one direction or two, in time."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_sbml import REVERSIBLE, close, read

from nanospine import Polynomial, Reaction, Schedule
from nanospine.model import MassAction
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM


class TestForm:
    @pytest.mark.parametrize(
        "law",
        [
            "c * k * A",
            "A * c * 2",
            "k * A / (1 / c)",
            "c * A * sqrt(4)",
            "c * (0.5 + 1.5) * A",
            "c * A^3 * k / A^2",
            "c^2 * k * A * c^-1",
            "c * k * pow(A, 1)",
            "-c * -(k * A)",
            "c * piecewise(k * A, k < 3, 0)",
        ],
    )
    def test_first_order_in_many_forms(self, tmp_path: Path, law: str) -> None:
        [reaction] = read(tmp_path, law).reactions
        assert reaction == Reaction("A -> B", close(2.0).expected, name="r")

    def test_steps_in_time_are_schedules(self, tmp_path: Path) -> None:
        law = "c * A * piecewise(5, time >= 1 && 3 > time, k, time > 7 || time < 0.5, 0)"
        [reaction] = read(tmp_path, law, ("timeUnits='second'", "timeUnits='ms'")).reactions
        assert reaction.forward == Schedule([0, 0.5e-3, 1e-3, 3e-3, 7e-3], [2e3, 0, 5e3, 0, 2e3])


class TestDirections:
    @pytest.mark.parametrize(
        ("law", "forward", "backward", "forward_law", "backward_law"),
        [
            ("c * (k * A - 3 * B)", 2.0, 3.0, "", ""),
            ("c * k * (A - B / 4)", 2.0, 0.5, "", ""),
            ("c * (k * A - 3 * B * E)", 2.0, 3e-6, "", "B + E"),
            ("c * (k * A * B - 3 * B^2)", 2e-6, 3e-6, "A + B", "2 B"),
            ("c * k * A * E", 2e-6, None, "A + E", ""),
            ("c * k * A^2", 2e-6, None, "2 A", ""),
            ("k * A", 2e15, None, "", ""),
            ("-3 * c * B", 3.0, None, "", ""),
        ],
    )
    def test_the_law_decides(
        self, tmp_path: Path, law: str, forward: float, backward: float | None, forward_law: str, backward_law: str
    ) -> None:
        """Of a reaction that the file calls reversible."""
        [reaction] = read(tmp_path, law, REVERSIBLE).reactions
        assert reaction.forward == close(forward)
        assert reaction.backward == (None if backward is None else close(backward))
        assert (reaction.forward_law, reaction.backward_law) == (forward_law, backward_law)
        assert reaction.equation.startswith("B" if law.startswith("-") else "A")

    @pytest.mark.parametrize("reversible", [False, True])
    @pytest.mark.parametrize(
        ("law", "added", "subtracted"),
        [
            ("c * (k + 3e6 * E) * A", {"A": 2.0, "A + E": 3.0}, {}),
            ("c * k * A + 3 * c * A^2 * 1e6", {"A": 2.0, "2 A": 3.0}, {}),
            ("c * k * A * (1 - 1e4 * A)", {"A": 2.0}, {"2 A": 0.02}),
            ("c * k * A * (1 - 1e4 * B)", {"A": 2.0}, {"A + B": 0.02}),
            ("c * k * A * (1 - 1e4 * E)", {"A": 2.0}, {"A + E": 0.02}),
            ("c * k * A * (A - 1e-9)", {"2 A": 2e-6}, {"A": 2e-9}),
        ],
    )
    def test_a_sum_is_the_rate_of_one_event(
        self, tmp_path: Path, law: str, added: dict[str, float], subtracted: dict[str, float], reversible: bool
    ) -> None:
        [reaction] = read(tmp_path, law, *([REVERSIBLE] if reversible else [])).reactions
        assert (reaction.name, reaction.equation) == ("r", "A -> B")
        assert isinstance(reaction.forward, Polynomial)
        assert reaction.forward.added == close(added)
        assert reaction.forward.subtracted == close(subtracted)

    def test_an_irreversible_reaction_is_one_event_whatever_its_law_subtracts(self, tmp_path: Path) -> None:
        [reaction] = read(tmp_path, "c * (k * A - 3 * B)").reactions
        assert reaction.equation == "A -> B"
        assert reaction.forward == Polynomial(close({"A": 2.0}).expected, close({"B": 3.0}).expected)

    def test_pairs_of_different_molecules_stay_together_in_both_directions(self, tmp_path: Path) -> None:
        """2 A <-> B with k A (A - 1) - 3 B, and its mirror image, in items."""
        items = ("substanceUnits='mole' extentUnits='mole'", "substanceUnits='item' extentUnits='item'")
        amounts = ("hasOnlySubstanceUnits='false'", "hasOnlySubstanceUnits='true'")
        whole = (
            ("initialConcentration='2e-6'", "initialAmount='4'"),
            ("initialConcentration='1e-6'", "initialAmount='0'"),
        )
        pair = ("species='A' stoichiometry='1'", "species='A' stoichiometry='2'")
        model = read(tmp_path, "k * A * (A - 1) - 3 * B", REVERSIBLE, items, amounts, *whole, pair)
        ahead, back = model.steps
        assert isinstance(ahead.law, Polynomial)
        assert ahead.law.as_mass_action(MOLECULES_PER_UM3_PER_UM) is not None
        assert (back.law, back.rate) == (MassAction(back.reactants), close(3.0))
        pair = ("species='B' stoichiometry='1'", "species='B' stoichiometry='2'")
        ahead, back = read(tmp_path, "k * A - 3 * B * (B - 1)", REVERSIBLE, items, amounts, *whole, pair).steps
        assert (ahead.law, ahead.rate) == (MassAction(ahead.reactants), close(2.0))
        assert isinstance(back.law, Polynomial)
        assert back.law.as_mass_action(MOLECULES_PER_UM3_PER_UM) is not None
