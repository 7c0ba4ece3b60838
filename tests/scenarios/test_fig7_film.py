"""The film of Fig. 7: positions around one channel opening."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine.particles import Snapshot
from nanospine.scenarios.odonnell2011.fig7.head import OPEN
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters
from nanospine.scenarios.odonnell2011.fig7.trial import film, new_simulation

TINY = Parameters(volumes=(0.01,), trials=1, duration=2.5e-3, settle=0.0, distances=(0.02,))


class TestFilm:
    def test_shows_the_openings_of_the_trial_that_was_run(self) -> None:
        """Every fifth frame falls on a look at the trial itself: the channel is as open."""
        looks: list[Snapshot] = []
        simulation = new_simulation(TINY, 0.01, 3, 0)
        channel = simulation.model.index(OPEN)
        simulation.run(TINY.duration, observer=looks.append)
        trajectory = film(TINY, 0.01, 3, 0, opening=0.5e-3)
        assert trajectory is not None
        assert trajectory.time[[0, -1]] == pytest.approx([0.2e-3, 2.18e-3])
        for frame, look in zip(range(0, len(trajectory), 5), looks[2:], strict=False):
            assert trajectory.time[frame] == pytest.approx(look.time)
            number = np.bincount(trajectory.frame(frame)[1], minlength=look.number.size)
            assert number[channel] == look.number[channel]

    def test_ctrl_c_is_not_taken_for_the_end_of_the_film(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("nanospine.particles.simulation.take_snapshot", interrupt)
        with pytest.raises(KeyboardInterrupt):
            film(TINY, 0.01, 3, 0, opening=0.5e-3)
