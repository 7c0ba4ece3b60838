"""Progress: who hears what, and what one sees."""

from __future__ import annotations

import itertools
import re

import pytest

from nanospine import Model, Reaction, Release, Species, cube, simulate
from nanospine.model import ParameterError
from nanospine.results import Part, bars, listening

DECAY = Model(
    cube(0.05),
    species=[Species("A", 10.0)],
    reactions=[Reaction("A -> 0", 500.0)],
    releases=[Release("A", number=200)],
)
ENGINES = ("particles", "ssa", "ode")


class Listener:
    """Keeps what it hears; goes away after some of the work."""

    def __init__(self, patience: float = 2.0) -> None:
        self.started: list[tuple[float, str]] = []
        self.done: list[float] = []
        self._patience = patience

    def start(self, total: float, label: str) -> None:
        self.started.append((total, label))

    def advance(self, amount: float) -> None:
        self.done.append(amount)
        if sum(self.done) > self._patience:
            raise KeyboardInterrupt


@pytest.mark.parametrize("engine", ENGINES)
class TestEveryEngine:
    def test_says_what_begins_and_sums_up_to_it(self, engine: str) -> None:
        listener = Listener()
        simulate(DECAY, 2e-3, engine, every=1e-4, progress=listener)
        assert listener.started == [(1.0, f"{engine}, 0.002 s")]
        assert sum(listener.done) == pytest.approx(1.0)
        assert min(listener.done) >= 0.0

    def test_shows_its_progress_on_demand(self, engine: str, capfd: pytest.CaptureFixture[str]) -> None:
        simulate(DECAY, 1e-3, engine, every=1e-3, progress=True)
        seen = capfd.readouterr().err
        assert re.fullmatch(rf"{engine}, 0\.001 s \.\.\.\n{engine}, 0\.001 s: done in \d+ s\n", seen)

    def test_shows_a_bar_with_the_time_left_on_a_terminal(
        self, engine: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "120")
        simulate(DECAY, 1e-3, engine, every=1e-3, progress=True)
        assert f"{engine}, 0.001 s" in (seen := capfd.readouterr().err)
        assert "100%" in seen
        assert "left:" in seen

    @pytest.mark.parametrize("nobody", [None, False])
    def test_is_silent_otherwise(self, engine: str, nobody: bool | None, capfd: pytest.CaptureFixture[str]) -> None:
        simulate(DECAY, 1e-3, engine, every=1e-3, progress=nobody)
        assert capfd.readouterr() == ("", "")

    def test_ends_early_when_a_listener_interrupts(self, engine: str) -> None:
        result = simulate(DECAY, 2e-3, engine, every=1e-4, progress=Listener(patience=0.5))
        assert not result.complete
        assert 1e-4 < result.time[-1] < 2e-3

    @pytest.mark.parametrize("nonsense", ["yes", 1, object()])
    def test_refuses_what_cannot_listen(self, engine: str, nonsense: object) -> None:
        with pytest.raises(ParameterError, match=r"progress is .*; give a Progress or True or False"):
            simulate(DECAY, 1e-3, engine, every=1e-3, progress=nonsense)


def test_a_log_has_a_line_every_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time left as if the rest took as long per unit."""
    now = itertools.count(0.0, 10.0)
    monkeypatch.setattr(bars.time, "monotonic", lambda: next(now))
    written: list[str] = []
    lines = bars.Lines(written.append)
    lines.start(8.0, "trials")
    for _ in range(8):
        lines.advance(1.0)
    lines.finish()
    assert written == [
        "trials ...",
        "trials: 38 %, about 0:00:50 left",
        "trials: 75 %, about 0:00:20 left",
        "trials: done in 90 s",
    ]


def test_parts_add_up_to_the_whole() -> None:
    whole = Listener(patience=100.0)
    for work in (3.0, 5.0):
        part = Part(whole, work)
        part.start(10, "not said")
        for _ in range(10):
            part.advance(1)
    assert whole.started == []
    assert sum(whole.done) == pytest.approx(8.0)


def test_a_listener_is_itself() -> None:
    listener = Listener()
    with listening(listener) as found:
        assert found is listener
