"""Rates of escape: a mean time to the exit by simulation, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine import Assembly, box, cube, escape_rate, neck_rate, sphere
from nanospine.model import GeometryError, ParameterError, SimulationError
from nanospine.model.places import Ball
from nanospine.particles.escape import rate_of


def test_of_a_slab_with_one_open_end() -> None:
    """From everywhere in a slab of depth L the mean time to its end is L^2 / (3 D)."""
    D, depth = 50.0, 0.4
    found = escape_rate(box((0.1, 0.1, depth), {"end": "z+"}), "end", D, molecules=2000, seed=3)
    assert abs(found.z(3 * D / depth**2)) < 4
    assert found.se < 0.03 * found.mean


def test_of_a_ball_with_a_small_hole() -> None:
    """Cheviakov, Ward & Straube 2010, Multiscale Model Simul 8:836: the mean over the ball, to third order in a / R."""
    D, R = 220.0, 0.25
    ball = sphere(R, 3).with_region("hole", Ball((0.0, 0.0, R), 0.05), exact=True)
    a = float(np.sqrt(ball.area("hole") / np.pi))
    found = escape_rate(ball, "hole", D, molecules=400, seed=4)
    small = a / R
    expected = 4 * a * D / ball.volume / (1 + small / np.pi * (np.log(2 / small) - 9 / 5 - 2 * np.log(2) + 3 / 2))
    assert abs(found.z(expected)) < 4


def test_looks_at_the_compartment_inside_of_the_region() -> None:
    mesh = Assembly({"cytosol": cube(0.064), "er": box((0.1, 0.1, 0.2), {"end": "z+"})})
    assert abs(escape_rate(mesh, "er.end", 50.0, molecules=500, seed=5).z(3 * 50.0 / 0.2**2)) < 4


def test_times_that_are_exponential_have_the_error_of_their_number() -> None:
    rng = np.random.default_rng(1)
    when = rng.exponential(0.01, 2000)
    times = np.linspace(0.0, 0.03, 301)
    found = rate_of(times, (when[:, None] > times).sum(axis=0))
    assert abs(found.z(100.0)) < 4
    assert found.se == pytest.approx(100 / np.sqrt((when < 0.03).sum()), rel=0.1)


def test_a_neck_is_a_resistance() -> None:
    assert neck_rate(D=220.0, area=0.01, length=0.5, volume=0.11) == pytest.approx(40.0)


def test_a_way_out_that_nobody_finds_is_an_error() -> None:
    long = box((0.03, 0.03, 3.0), {"end": "z+"})
    with pytest.raises(SimulationError, match=r"molecules are still in .* the way to region 'end' is too long or narr"):
        escape_rate(long, "end", 220.0, molecules=10)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"region": "hole"}, GeometryError, "no region 'hole'"),
        ({"D": 0.0}, ParameterError, r"Escape: D \(um\^2/s\) is 0.0; give a finite number > 0"),
        ({"molecules": 3}, ParameterError, "Escape: molecules is 3; give a whole number >= 10"),
        ({"dt": -1.0}, ParameterError, r"Escape: dt \(s\) is -1.0"),
        ({"dt": 1e-15}, ParameterError, r"the mean time to the exit is of the order of .* steps of 1e-15 s; give a"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], error: type[Exception], message: str) -> None:
    arguments = {"mesh": cube(0.01), "region": "membrane", "D": 10.0, "molecules": 10}
    with pytest.raises(error, match=message):
        escape_rate(**arguments | change)  # type: ignore[arg-type]
