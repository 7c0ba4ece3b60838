"""Releases within places and of random numbers: where the molecules are, and how many."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine import Ball, Box, Ellipsoid, Model, Release, Shell, Species, cube
from nanospine.model import GeometryError, ModelError
from nanospine.model.units import molecules
from nanospine.particles.placement import place


def placed(release: Release) -> np.ndarray:
    return place(released(release), np.random.default_rng(1)).position


def released(release: Release) -> Model:
    return Model(cube(1.0), species=[Species("A", 1.0), Species("P", where="surface")], releases=[release])


@pytest.mark.parametrize("place", [Ball((0.1, -0.1, 0.0), 0.2), Ellipsoid((0.1, -0.1, 0.0), (0.1, 0.2, 0.3))])
def test_a_ball_and_an_ellipsoid_are_filled_uniformly(place: Ball | Ellipsoid) -> None:
    """The cube of the radius of uniform points is uniform: mean 1/2, SE 1/sqrt(12 n); that of its square is not."""
    half = place.radius if isinstance(place, Ball) else place.radii
    radius = np.linalg.norm((placed(Release("A", number=20000, within=place)) - place.center) / half, axis=1)
    se = 1 / np.sqrt(12 * 20000)
    assert radius.max() <= 1
    assert abs((radius**3).mean() - 0.5) < 5 * se
    assert abs((radius**2).mean() - 0.5) > 5 * se


def test_a_box_is_filled_uniformly() -> None:
    place = Box((0.1, 0.0, 0.0), (0.2, 0.4, 0.6))
    unit = (placed(Release("A", number=20000, within=place)) - place.center) / place.edges
    assert np.abs(unit).max() <= 0.5
    assert np.abs(unit.mean(axis=0)).max() < 5 / np.sqrt(12 * 20000)
    np.testing.assert_allclose(unit.var(axis=0), 1 / 12, rtol=5 * np.sqrt(0.8 / 20000))


def test_molecules_are_released_in_a_shell() -> None:
    shell = Shell((0.0, 0.0, 0.0), 0.2, 0.4)
    assert shell.contains(placed(Release("A", number=1000, within=shell))).all()


def test_a_concentration_counts_in_its_place() -> None:
    model = released(Release("A", concentration=10.0, within=Ball((0, 0, 0), 0.1)))
    assert model.expected_number(model.releases[0]) == pytest.approx(molecules(10.0, np.pi / 6 * 0.008))


def test_a_random_number_has_its_mean_and_standard_deviation() -> None:
    model = released(Release("A", number=100, number_sd=7.0))
    rng = np.random.default_rng(2)
    numbers = np.array([len(place(model, rng).species) for _ in range(400)])
    assert abs(numbers.mean() - 100) < 5 * 7 / 20
    assert abs(numbers.std(ddof=1) - 7) < 5 * 7 / np.sqrt(800)
    assert not len(place(released(Release("A", number=0, number_sd=0.0)), rng).species)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"states": "A", "density": 1.0, "within": Box((0, 0, 0), (0.1, 0.1, 0.1))}, "is within a place; give a"),
        ({"states": "A", "concentration": 1.0, "number_sd": 2.0}, "has number_sd = 2 but no number"),
        ({"states": "P", "number": 1, "within": Box((0, 0, 0), (0.1, 0.1, 0.1))}, "only volume species"),
    ],
)
def test_what_cannot_be_released_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        released(Release(**arguments))


def test_places_that_are_none_or_lie_outside_are_refused() -> None:
    with pytest.raises(
        ModelError, match=r"within is \(0, 0, 0\) \(tuple\); give a Ball or a Box or an Ellipsoid or a Shell"
    ):
        Release("A", number=1, within=(0, 0, 0))
    with pytest.raises(GeometryError, match=r"point of its place .* lies outside the mesh"):
        released(Release("A", number=1, within=Ball((0.4, 0, 0), 0.15)))
