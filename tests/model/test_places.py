"""Parts of space."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine.model import Ball, Box, Ellipsoid, ModelError, Place, Shell

CENTER = (1.0, 2.0, 3.0)
PLACES = {
    "ball": Ball(CENTER, 0.2),
    "box": Box(CENTER, (0.2, 0.4, 0.6)),
    "ellipsoid": Ellipsoid(CENTER, (0.1, 0.2, 0.3)),
    "shell": Shell(CENTER, 0.1, 0.2),
}
every_place = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)


@every_place
def test_a_place_contains_what_is_drawn_from_it(place: Place) -> None:
    points = place.sample(1000, np.random.default_rng(1))
    assert points.shape == (1000, 3)
    assert place.contains(points).all()


@every_place
def test_its_volume_is_the_share_of_its_bounds_that_it_contains(place: Place) -> None:
    low, high = place.bounds
    share = place.contains(np.random.default_rng(1).uniform(low, high, size=(40_000, 3))).mean()
    # 4 standard errors of a share.
    assert place.volume == pytest.approx(share * np.prod(high - low), rel=4 * np.sqrt((1 / share - 1) / 40_000) + 1e-12)


@every_place
def test_its_hull_reaches_out_to_its_bounds(place: Place) -> None:
    low, high = place.bounds
    hull = place.hull()
    assert hull.shape == (26, 3)
    assert place.contains(hull).all()
    np.testing.assert_allclose(np.ptp(hull, axis=0), 0.999 * (high - low))


@pytest.mark.parametrize("make", [Box, Ellipsoid])
def test_an_ellipsoid_and_a_box_have_three_extents(make: type) -> None:
    what = "edges" if make is Box else "radii"
    with pytest.raises(ModelError, match=rf"{make.__name__}: {what} y \(um\) is -1; give a finite number > 0"):
        make((0, 0, 0), (1, -1, 1))
    with pytest.raises(ModelError, match=rf"{make.__name__}: {what} is 1.0 \(float\); give a sequence of numbers"):
        make((0, 0, 0), 1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Shell(CENTER, 0.2, 0.1), "radii are 0.2 and 0.1 um; give the inner one first"),
        (lambda: Shell(CENTER, -0.1, 0.1), r"inner radius \(um\) is -0.1; give a finite number >= 0"),
        (lambda: Ball(CENTER, 0.0), r"Ball: radius \(um\) is 0.0; give a finite number > 0"),
        (lambda: Ball((0.0, np.nan, 0.0), 1.0), r"Ball: center\[1\] is nan \(float\); give a finite number"),
        (lambda: Box((0, 0), (1, 1, 1)), r"Box: center is \(0, 0\); give three numbers"),
    ],
)
def test_places_that_cannot_be_are_refused(make: object, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make()


def test_places_are_equal_by_their_numbers() -> None:
    assert Box(np.zeros(3), [1, 2, 3]) == Box((0.0, 0.0, 0.0), (1.0, 2.0, 3.0))
    assert hash(Box(np.zeros(3), [1, 2, 3])) == hash(Box((0.0, 0.0, 0.0), (1.0, 2.0, 3.0)))
