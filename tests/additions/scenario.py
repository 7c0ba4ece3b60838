"""The scenario of ``scenario.diff``: found by its name, and run as any other."""

from __future__ import annotations

from pathlib import Path

from nanospine.scenarios import find, load_all
from nanospine.scenarios.runner import run_scenario


def test_it_is_listed() -> None:
    assert find("neher1998") in load_all()


def test_it_runs_and_its_claims_hold(tmp_path: Path) -> None:
    outcome, _ = run_scenario(find("neher1998"), tmp_path / "out")
    assert len(outcome.claims) == 2
    assert all(claim.holds for claim in outcome.claims)
    assert (tmp_path / "out" / "neher1998.png").is_file()
