"""The command ``verify`` judges, prints and writes; that the engines are right is for the checks themselves."""

from __future__ import annotations

import contextlib
import json
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nanospine.cli import app
from nanospine.verification import Case, Catch, Estimate, Judge, registry
from nanospine.verification.mutation import Workshop


def coin(judge: Judge, bias: float) -> None:
    """A coin is fair.

    More about coins.
    """
    judge.agrees("share [of heads]", Estimate(0.5 + bias, 0.01), 0.5, seed=1)


def breaks(judge: Judge, how: str) -> None:
    """One line, then the end."""
    coin(judge, 0.0)
    judge.requires(how != "requirement", "one is two")
    if how == "interrupt":
        # As an engine does: the run ends with what it has.
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return
    raise ZeroDivisionError("no molecules")


CASES = (
    Case("coins.fair", "CoinVsTheory", "fast", coin, {"bias": 0.001}),
    Case("coins.fair", "CoinVsTheory", "full", coin, {"bias": -0.002}),
    Case("coins.biased", "CoinVsTheory", "full", coin, {"bias": 0.1}),
    Case("dice.requirement", "DiceVsTheory", "full", breaks, {"how": "requirement"}),
    Case("dice.error", "DiceVsTheory", "full", breaks, {"how": "error"}),
    Case("dice.interrupt", "DiceVsTheory", "full", breaks, {"how": "interrupt"}),
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "load_all", lambda: CASES)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["verify", *arguments])


class TestVerdicts:
    def test_the_fast_tier_passes_and_is_listed(self) -> None:
        result = verify()
        assert result.exit_code == 0
        row = next(line.split() for line in result.stdout.splitlines() if "share [of heads]" in line)
        assert row == ["yes", "share", "[of", "heads]", "0.501", "±", "0.01", "0.5", "+0.1", "10", "%"]
        assert "1 checks, 0 failed." in result.stdout

    def test_a_biased_value_fails_and_the_others_go_on(self) -> None:
        result = verify("coins", "--full")
        assert result.exit_code == 1
        assert "NO" in result.stdout
        assert "3 checks, 1 failed." in result.stdout

    @pytest.mark.parametrize(
        ("how", "reason"),
        [
            ("requirement", "FAILED dice.requirement(how=requirement): This does not hold: one is two."),
            ("error", "FAILED dice.error(how=error): ZeroDivisionError: no molecules"),
        ],
    )
    def test_a_check_that_breaks_off_fails_and_keeps_its_lines(self, how: str, reason: str) -> None:
        result = verify("coins.fair", f"dice.{how}", "--full")
        assert result.exit_code == 1
        assert reason in result.stdout
        assert "4 checks, 1 failed." in result.stdout

    def test_verdicts_do_not_depend_on_the_number_of_processes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        monkeypatch.setenv("COLUMNS", "160")
        one, two = (verify("rates_in_time_vs_theory.scheduled_source", "--jobs", jobs) for jobs in "12")
        assert one.exit_code == 0
        assert one.stdout == two.stdout


class TestFiles:
    def test_json_has_one_entry_per_line(self) -> None:
        verify("--json", "verify.json")
        [entry] = json.loads(Path("verify.json").read_text())["checks"]
        assert list(entry) == ["name", "value", "expected", "standard_error", "z", "passed", "detectable_bias"]
        assert entry["name"] == "CoinVsTheory: share [of heads]"
        assert entry["passed"] is True
        assert entry["detectable_bias"] == pytest.approx(5 * entry["standard_error"])
        assert entry["z"] == pytest.approx((entry["value"] - entry["expected"]) / entry["standard_error"])

    def test_json_and_report_tell_what_broke_off(self) -> None:
        result = verify("dice.error", "--full", "--json", "new/verify.json", "--report", "new/verify.md")
        assert result.exit_code == 1
        line, broken = json.loads(Path("new/verify.json").read_text())["checks"]
        assert line["passed"]
        assert broken["passed"] is False
        assert broken["value"] is None
        assert broken["name"] == "dice.error(how=error): ZeroDivisionError: no molecules"
        assert "- FAILED dice.error(how=error): ZeroDivisionError" in Path("new/verify.md").read_text()

    def test_report_says_how_it_was_made(self) -> None:
        verify("coins", "--full", "--report", "verify.md")
        page = Path("verify.md").read_text()
        assert "3 checks, largest |z| 10.0" in page
        assert "    nanospine verify coins --full --report verify.md\n" in page
        assert "| CoinVsTheory: share [of heads] | 0.6 | 0.01 | 0.5 | +10.0 | 10 % | 1 |" in page

    @pytest.mark.parametrize("option", ["--json", "--report"])
    def test_a_file_that_cannot_be_written_is_refused_at_once(self, option: str) -> None:
        result = verify("dice.interrupt", "--full", option, ".")
        assert result.exit_code == 2
        assert f"{option} . is a directory" in result.stderr


class TestChoice:
    def test_list_shows_checks_and_tiers_and_runs_none(self) -> None:
        result = verify("--list", "--json", "list.json")
        assert result.exit_code == 0
        assert "coins.fair (fast: 1, full: 1)\n    A coin is fair.\n" in result.stdout
        assert "make verify" in result.stdout
        first = json.loads(Path("list.json").read_text())["checks"][0]
        assert first == {"name": "coins.fair", "sentence": "A coin is fair.", "fast": 1, "full": 1}

    @pytest.mark.parametrize(
        ("name", "hint"),
        [("coin.fair", "did you mean 'coins.fair'?"), ("quantum", "see `nanospine verify --list`.")],
    )
    def test_an_unknown_name_is_refused(self, name: str, hint: str) -> None:
        result = verify(name)
        assert result.exit_code == 2
        assert f"There is no check '{name}'; {hint}" in result.stderr

    def test_a_check_of_the_full_tier_alone_needs_to_be_asked_for(self) -> None:
        result = verify("coins.biased")
        assert result.exit_code == 2
        assert "'coins.biased' is only in the full tier; add --full." in result.stderr


def test_ctrl_c_prints_what_is_finished_and_writes_nothing() -> None:
    handler = signal.getsignal(signal.SIGINT)
    result = verify("coins.fair", "dice.interrupt", "--full", "--json", "verify.json", "--report", "verify.md")
    assert result.exit_code == 130
    assert "2 checks, 0 failed." in result.stdout
    assert "DiceVsTheory" not in result.stdout, "what was cut short is not judged"
    assert signal.getsignal(signal.SIGINT) is handler
    assert "Interrupted after 2 of 3 checks." in result.stderr
    assert not Path("verify.json").exists()
    assert not Path("verify.md").exists()


class TestMutants:
    def test_are_listed_with_the_checks_that_must_see_them(self) -> None:
        result = verify("--mutants", "--list", "reflection", "--json", "list.json")
        assert result.exit_code == 0
        assert "reflection (particles/kernels/walls.py)\n    What leads into a wall" in result.stdout
        [entry] = json.loads(Path("list.json").read_text())["mutants"]
        assert "diffusion_vs_theory.nothing_escapes" in entry["caught_by"]

    @pytest.mark.parametrize(("z", "status", "word"), [(7.0, 0, "0 survived"), (2.0, 1, "1 survived")])
    def test_one_that_survives_fails(self, monkeypatch: pytest.MonkeyPatch, z: float, status: int, word: str) -> None:
        monkeypatch.setattr(Workshop, "judge", lambda _, mutant: [Catch(mutant, mutant.caught_by[0], "a line", z)])
        result = verify("--mutants", "reflection", "--json", "mutants.json")
        assert result.exit_code == status
        assert word in result.stdout
        [entry] = json.loads(Path("mutants.json").read_text())["mutants"]
        assert (entry["mutant"], entry["z"], entry["caught"]) == ("reflection", z, status == 0)

    def test_an_unknown_one_is_refused(self) -> None:
        result = verify("--mutants", "reflexion")
        assert result.exit_code == 2
        assert "There is no mutant 'reflexion'; did you mean 'reflection'?" in result.stderr

    def test_run_alone(self) -> None:
        assert verify("--mutants", "--full").exit_code == 2


class TestModelsAtRandom:
    def test_as_many_as_are_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def heads(judge: Judge, models: int) -> None:
            """Count."""
            judge.agrees(f"of {models}", Estimate(1.0, 0.1), 1.0, seed=1)

        monkeypatch.setattr(
            registry, "load_all", lambda: (*CASES, Case("random.heads", "R", "fast", heads, {"models": 6}))
        )
        result = verify("--models", "7")
        assert result.exit_code == 0
        assert "of 7" in result.stdout
        assert "1 checks, 0 failed." in result.stdout

    def test_are_of_no_other_check(self) -> None:
        assert verify("coins.fair", "--models", "7").exit_code == 2
