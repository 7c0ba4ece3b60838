"""The protein of ``protein.diff``: it rests where it starts, and is slow where it must let go of Mg2+ first."""

from __future__ import annotations

from typing import Any

import pytest

from nanospine import Model, cube, proteins, simulate

parvalbumin: Any = proteins.parvalbumin  # type: ignore[attr-defined]


def test_it_starts_in_equilibrium() -> None:
    model = Model(cube(0.05), schemes=[proteins.calcium(0.05), parvalbumin(160.0, start_calcium=0.05)])
    result = simulate(model, 0.1, engine="ode")
    for name in ("Ca", "PV", "PV_Ca", "PV_Mg"):
        assert result.concentration(name) == pytest.approx(result.concentration(name)[0], rel=1e-6), name


def test_magnesium_makes_it_slow() -> None:
    """Half of 1 uM Ca2+ is bound within 0.1 ms by free sites, and much later by those with Mg2+."""
    left = {
        magnesium: simulate(
            Model(cube(0.05), schemes=[proteins.calcium(1.0), parvalbumin(160.0, 0.0, magnesium)]), 1e-4, engine="ode"
        ).concentration("Ca")[-1]
        for magnesium in (0.0, 590.0)
    }
    assert left[0.0] < 0.3
    assert left[590.0] > 2 * left[0.0]
