"""Steps longer than the mesh is thin: what stays exact, what is said, and what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

from nanospine import (
    Assembly,
    Boundary,
    Model,
    Particles,
    Reaction,
    Release,
    Simulation,
    Species,
    TriangleMesh,
    box,
    cylinder,
)
from nanospine.interop import read_mdl
from nanospine.model import NanospineWarning, TimeStepError
from nanospine.particles import Snapshot

D, DT = 200.0, 1e-6
STEP = np.sqrt(2 * D * DT)  # um, 20 nm

POINT = """ITERATIONS = 100
TIME_STEP = 1e-6
DEFINE_MOLECULES { glu { DIFFUSION_CONSTANT_3D = 2e-6 } }
cleft BOX { CORNERS = [-0.2,-0.2,-0.01],[0.2,0.2,0.01] }
INSTANTIATE world OBJECT {
  cleft OBJECT cleft {}
  vesicle RELEASE_SITE {
    SHAPE = SPHERICAL LOCATION = [0,0,0.005] SITE_DIAMETER = 0 MOLECULE = glu NUMBER_TO_RELEASE = 3000 }
}
REACTION_DATA_OUTPUT { STEP = 1e-5 {COUNT[glu,WORLD]} => "glu.dat" }
"""


def slab(thickness: float, edge: float = 0.4) -> TriangleMesh:
    return box((edge, edge, thickness), {"top": "z+", "bottom": "z-"})


def model(mesh: TriangleMesh | Assembly, *releases: Release, boundaries: Sequence[Boundary] = ()) -> Model:
    return Model(mesh, species=[Species("A", D)], releases=releases, boundaries=boundaries)


def end_of(what: Model, steps: int, seed: int = 1) -> Snapshot:
    """Return the molecules after some steps."""
    seen: list[Snapshot] = []
    Particles(dt=DT).run(what, steps * DT, every=steps * DT, seed=seed, observer=seen.append, observe_every=steps * DT)
    return seen[-1]


def left_of(what: Model, steps: int, dt: float = DT) -> int:
    result = Particles(dt=dt).run(what, steps * dt, every=steps * dt)
    return int(result.dataset["number"][-1].sum())


def survivors(thickness: float, time: float) -> float:
    """Share of molecules, even at first, that an absorber on one side of a slab leaves (Crank 1975, section 4.3)."""
    roots = (np.arange(500) + 0.5) * np.pi
    return float((2 / roots**2 * np.exp(-(roots**2) * D * time / thickness**2)).sum())


def at_one_point(n: int) -> Release:
    return Release("A", points=np.repeat([[0.0, 0.0, 0.0]], n, axis=0))


class TestFreeDiffusion:
    def test_a_vesicle_in_a_cleft_is_a_point_and_then_even(self, tmp_path: Path) -> None:
        (tmp_path / "point.mdl").write_text(POINT)
        mdl = read_mdl(tmp_path / "point.mdl")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = mdl.engine.run(mdl.model, mdl.duration, every=1e-5, frames=[0.0, 1e-4])
        assert (result.dataset["number"].values == 3000).all()
        start, end = (result.trajectory.frame(k)[0] for k in (0, 1))
        assert start == pytest.approx(np.broadcast_to([0.0, 0.0, 0.005], (3000, 3)))
        assert chisquare(np.histogram(end[:, 2], 10, (-0.01, 0.01))[0]).pvalue > 1e-3

    @pytest.mark.parametrize("thickness", [STEP, STEP / 3, STEP / 9.9])
    @pytest.mark.parametrize("steps", [1, 20])
    def test_across_the_slab_density_is_even_up_to_the_walls(self, thickness: float, steps: int) -> None:
        height = end_of(model(slab(thickness), at_one_point(10_000)), steps).position[:, 2]
        assert np.abs(height).max() <= thickness / 2
        assert chisquare(np.histogram(height, 20, (-thickness / 2, thickness / 2))[0]).pvalue > 1e-3

    @pytest.mark.parametrize("thickness", [STEP, STEP / 9.9])
    def test_along_the_slab_the_variance_is_2_D_t(self, thickness: float) -> None:
        n = 10_000
        position = end_of(model(slab(thickness, 4.0), at_one_point(n)), 100).position
        assert (position[:, :2] ** 2).mean() == pytest.approx(2 * D * 100 * DT, rel=4 * np.sqrt(1 / n))

    def test_in_other_convex_meshes_an_even_density_stays_even(self) -> None:
        """Half of a cylinder's area lies within r/sqrt(2); its polygon has 3 % less in all, but not in the middle."""
        mesh = cylinder(0.02, 0.02)
        with pytest.warns(NanospineWarning, match="Even densities stay even, but steps are straight"):
            position = end_of(model(mesh, Release("A", number=20_000)), 10).position
        share = np.pi * 0.5 * 0.02**2 * 0.02 / mesh.volume
        within = (np.hypot(position[:, 0], position[:, 1]) < 0.02 / np.sqrt(2)).mean()
        assert within == pytest.approx(share, abs=4 * np.sqrt(0.25 / 20_000))


class TestWallsThatTake:
    @pytest.mark.parametrize(("share", "steps"), [(1.0, 1), (0.5, 3), (0.25, 12)])
    def test_an_absorber_leaves_what_the_series_says(self, share: float, steps: int) -> None:
        """Its steps are shorter in a thin slab: with a bridge to the nearest wall alone 4 % would be left for 0.6 %."""
        n, thickness = 20_000, STEP / share / 2
        what = model(slab(thickness), Release("A", number=n), boundaries=[Boundary("top", "A", "absorbing")])
        expected = survivors(thickness, steps * DT)
        assert left_of(what, steps) == pytest.approx(n * expected, abs=4 * np.sqrt(n * expected * (1 - expected)))

    def test_one_on_each_side_halves_the_slab(self) -> None:
        n, dt = 20_000, DT / 4
        walls = [Boundary("top", "A", "absorbing"), Boundary("bottom", "A", "absorbing")]
        expected = survivors(STEP / 2, dt)
        left = left_of(model(slab(STEP), Release("A", number=n), boundaries=walls), 1, dt)
        assert left == pytest.approx(n * expected, abs=4 * np.sqrt(n * expected * (1 - expected)))

    def test_a_clamp_fills_the_slab(self) -> None:
        what = model(slab(STEP), boundaries=[Boundary("top", "A", "clamp", concentration=1000.0)])
        full = 602.214 * 1.0 * 1000 * what.mesh.volume
        assert left_of(what, 20) == pytest.approx(full, abs=4 * np.sqrt(full))

    def test_one_that_takes_straight_steps_only_says_how_wrong_it_is(self) -> None:
        what = model(slab(STEP), boundaries=[Boundary("top", "A", "absorbing-segment")])
        with pytest.warns(NanospineWarning, match="'absorbing-segment' takes it only .* use 'absorbing'"):
            Simulation(what, Particles(dt=DT))


class TestLimits:
    def test_a_step_of_more_walls_than_kernels_follow_is_refused(self) -> None:
        with pytest.raises(TimeStepError, match=r"10 times .* meets more walls .*; use at most 9\.8e-07 s"):
            Simulation(model(slab(STEP / 10.1)), Particles(dt=DT))

    def test_a_step_that_leaps_over_narrow_parts_is_refused(self) -> None:
        with pytest.raises(TimeStepError, match="leaps over narrow parts; use at most"):
            Simulation(model(Assembly({"out": slab(STEP), "in": slab(STEP / 2, 0.1)})), Particles(dt=DT))

    def test_partners_that_deplete_each_other_in_a_thin_layer_are_doubted(self) -> None:
        """700/(uM s) is 1.16 um^3/s, and k/(4 pi D h) 0.046 at 200 um^2/s in 10 nm: 6 to 8 % too slow, at any step."""
        what = Model(
            slab(0.01),
            species=[Species("A", D), Species("B")],
            reactions=[Reaction("A + B -> 0", 700.0)],
        )
        with pytest.warns(NanospineWarning, match=r"'A \+ B -> 0' is 0\.046 times as fast as its partners diffuse"):
            Simulation(what, Particles(dt=DT / 2))

    def test_a_box_is_run_without_a_word(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            simulation = Simulation(model(slab(STEP)), Particles(dt=DT))
        rows = {row["quantity"]: row for row in simulation.preflight.rows()}
        assert rows["rms step of A"]["note"] == "per axis; 1 of the smallest extent"


@pytest.mark.verification
@pytest.mark.parametrize("dt", [DT, DT / 4])
@pytest.mark.parametrize("at_wall", [False, True])
def test_pairs_react_in_a_thin_slab_as_in_any_volume(dt: float, at_wall: bool) -> None:
    """k of A + B -> C from what is left of equal numbers, n0/n = 1 + k c t, within 4 standard errors and 2 %.

    In two dimensions partners deplete each other a little for ever: that is the 2 %.
    """
    k, mesh = 300.0, slab(STEP, 3.0)
    n = int(20_000 * mesh.volume)
    per_step = k * n / (mesh.volume * 602.214) * dt
    steps = round(0.7 / per_step)
    where = "surface" if at_wall else "volume"
    what = Model(
        mesh,
        species=[Species("A", D), *(Species(name, 0.0 if at_wall else D, where) for name in "BC")],
        reactions=[Reaction("A[inside] + B -> C" if at_wall else "A + B -> C", k)],
        releases=[Release("A", number=n), Release("B", number=n, region="top" if at_wall else None)],
    )
    found = []
    for seed in range(1, 13):
        result = Particles(dt=dt).run(what, steps * dt, every=steps * dt, seed=seed)
        left = float(result.dataset["number"][-1].sel(species="A"))
        found.append((n / left - 1) / (per_step * steps))
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(1, abs=4 * error + 0.02)
