"""Places in which molecules are counted and followed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nanospine import (
    Ball,
    Ellipsoid,
    Model,
    Reaction,
    Release,
    Residence,
    Sampler,
    Shell,
    Simulation,
    Species,
    box,
    cube,
    simulate,
    write_mdl,
)
from nanospine.model import GeometryError, ModelError, NotExportableError, ParameterError, ResultsError
from nanospine.particles import Snapshot
from nanospine.particles import visits as pages
from nanospine.particles.lowering.zones import accessible_volume

CENTER = (0.0, 0.0, 0.0)


def gas(number: int = 200, **parts: object) -> Model:
    """Molecules A that only diffuse in a cube of 0.2 um, and an immobile P on its wall."""
    species = [Species("A", 100.0), Species("P", where="surface"), Species("Q", where="surface")]
    return Model(
        cube(0.008), species=species, **{"releases": [Release("A", number=number), Release("P", number=7)]} | parts
    )


class TestPlaces:
    def test_points_of_equal_volume_stay_so(self) -> None:
        shell = Shell((1.0, 2.0, 3.0), 0.1, 0.2)
        points = shell.from_unit(np.random.default_rng(1).random((20_000, 3))) - shell.center
        radius = np.linalg.norm(points, axis=1)
        assert 0.1 <= radius.min() < radius.max() <= 0.2
        # Uniform in the cube of the radius, and no direction preferred: 4 standard errors.
        share = (radius**3 - 0.1**3) / (0.2**3 - 0.1**3)
        assert abs(share.mean() - 0.5) < 4 * np.sqrt(1 / 12 / 20_000)
        assert np.all(np.abs((points / radius[:, None]).mean(axis=0)) < 4 * np.sqrt(1 / 3 / 20_000))

    def test_an_uncut_shell_has_its_exact_volume(self) -> None:
        shell = Shell(CENTER, 0.02, 0.09)
        assert accessible_volume("s", shell, cube(0.008)) == shell.volume

    @pytest.mark.parametrize(
        ("center", "share"), [((0.0, 0.0, 0.1), 1 / 2), ((0.0, -0.1, 0.1), 1 / 4), ((0.1, 0.1, 0.1), 1 / 8)]
    )
    def test_walls_cut_shells(self, center: tuple, share: float) -> None:
        shell = Shell(center, 0.02, 0.06)
        assert accessible_volume("s", shell, cube(0.008)) == pytest.approx(share * shell.volume, rel=1e-3)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Sampler("s", "A", Ellipsoid(CENTER, (0.1, 0.2, 0.3))),
             r"Sampler 's': within is Ellipsoid\(.*; give a Ball or a Box"),
            (lambda: Residence("r", "A", CENTER), r"Residence 'r': within is \(0.0, .*; give a Ball or a Box"),
            (lambda: Residence("r", "A"), r"Residence 'r': give a place \(within\) or a region"),
            (lambda: Residence("r", "A", Ball(CENTER, 0.1), "psd"), "give a place .* or a region"),
            (lambda: gas(residences=[Residence("r", "B", Ball(CENTER, 0.1))]), "Residence 'r': species 'B' is"),
            (lambda: gas(residences=[Residence("r", "P", region="psd")]), "Residence 'r': region 'psd' is unknown"),
            (lambda: gas(residences=[Residence("r", "A", region="membrane")]), "A is no surface species; give a place"),
            (lambda: gas(residences=[Residence("r", "P", region="membrane")] * 2), "'r' is defined twice"),
        ],
    )  # fmt: skip
    def test_refuses_places_that_cannot_be(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            make()

    @pytest.mark.parametrize("what", ["samplers", "residences"])
    def test_refuses_places_outside_the_mesh_before_the_run(self, what: str) -> None:
        far = Ball((1.0, 0.0, 0.0), 0.1)
        part = Sampler("s", "A", within=far) if what == "samplers" else Residence("s", "A", far)
        with pytest.raises(GeometryError, match="'s': its place lies outside the mesh; move it inside"):
            Simulation(gas(**{what: [part]}))

    def test_mdl_has_no_balls(self, tmp_path: Path) -> None:
        path = tmp_path / "model.mdl"
        with pytest.raises(NotExportableError, match="Sampler 's' counts in a Ball, which MDL cannot say"):
            write_mdl(gas(samplers=[Sampler("s", "A", within=Ball(CENTER, 0.1))]), path, duration=1e-3)
        with pytest.raises(NotExportableError, match="Residence 'r' follows molecules, which MDL cannot say"):
            write_mdl(gas(residences=[Residence("r", "P", region="membrane")]), path, duration=1e-3)


class TestSampledConcentrations:
    def test_a_shell_around_everything_holds_everything(self) -> None:
        """Also where walls cut it: of the ball only the cube counts."""
        model = gas(samplers=[Sampler("all", "A", within=Ball(CENTER, 0.2)), Sampler("whole", "A")])
        result = simulate(model, 1e-4, every=1e-5)
        assert np.all(result.dataset["sampled"][1:] == 200)
        assert result.sampled_concentration("whole")[1:] == pytest.approx(result.concentration("A")[1:])
        assert result.sampled_concentration("all")[1:] == pytest.approx(result.concentration("A")[1:], rel=1e-3)

    def test_shells_in_a_row_make_a_ball(self) -> None:
        radii = (0.0, 0.02, 0.05, 0.09)
        shells = [Sampler(f"{k}", "A", within=Shell(CENTER, a, b)) for k, (a, b) in enumerate(pairwise(radii))]
        sampled = simulate(
            gas(samplers=[*shells, Sampler("ball", "A", within=Ball(CENTER, 0.09))]), 1e-4, every=1e-5
        ).dataset["sampled"]
        assert np.allclose(sampled[:, :3].sum("sampler"), sampled[:, 3])

    def test_an_unknown_sampler_is_refused(self) -> None:
        result = simulate(gas(samplers=[Sampler("whole", "A")]), 1e-5, every=1e-5)
        with pytest.raises(ParameterError, match="Sampler 'hole' is unknown; did you mean 'whole'"):
            result.sampled_concentration("hole")


class TestVisits:
    def test_visits_add_up_to_the_molecules_present(self) -> None:
        ball = Shell((0.03, 0.0, 0.08), 0.03, 0.07)
        model = gas(samplers=[Sampler("ball", "A", within=ball)], residences=[Residence("ball", "A", ball)])
        result = simulate(model, 4e-4, every=1e-4)
        visits = result.visits("ball")
        assert visits.duration.sum() == pytest.approx(float(result.dataset["sampled"][1:].sum()) * 1e-4)
        ends = visits.entry + visits.duration
        assert np.all(ends[~visits.finished] == pytest.approx(4e-4 + 1e-6))
        assert np.all(ends[visits.finished] < 4e-4 + 0.5e-6)
        assert visits.mean == visits.duration.sum() / visits.finished.sum() > visits.duration[visits.finished].mean()

    def test_a_visit_ends_when_the_molecule_becomes_another(self) -> None:
        """All P turn to Q at rate k: the lifetimes have the mean 1/k, within 4 standard errors."""
        rate, number = 2e4, 900
        model = gas(
            0, releases=[Release("P", number=number)], reactions=[Reaction("P -> Q", rate)],
            residences=[Residence("life", "P", region="membrane"), Residence("after", "Q", region="membrane")],
        )  # fmt: skip
        result = simulate(model, 1e-3, every=1e-3)
        life, after = result.visits("life"), result.visits("after")
        # Seen at whole steps from the first one on: ceil(t/dt) - 1 times.
        expected = 1e-6 / np.expm1(rate * 1e-6)
        seen = np.concatenate([life.duration, np.zeros(number - life.duration.size)])
        assert abs(seen.mean() - expected) < 4 / rate / np.sqrt(number)
        assert abs(seen.mean() - 1.2 * expected) > 5 / rate / np.sqrt(number)
        assert after.duration.size == number
        assert not after.finished.any()

    def test_a_region_is_told_from_the_rest(self) -> None:
        model = Model(
            box((0.2, 0.2, 0.2), {"top": "z+"}), species=[Species("P", where="surface")],
            releases=[Release("P", number=5, region="top"), Release("P", number=9, region="membrane")],
            residences=[Residence("top", "P", region="top")],
        )  # fmt: skip
        assert simulate(model, 1e-5, every=1e-5).visits("top").duration == pytest.approx([1e-5] * 5)

    def test_molecules_are_told_apart_when_one_takes_the_place_of_another(self) -> None:
        """Fast turnover in a ball: no visit is longer than its molecule lives."""
        ball = Ball(CENTER, 0.2)
        model = gas(
            releases=[Release("P", number=50)],
            reactions=[Reaction("P -> P + A[inside]", 1e5), Reaction("A -> 0", 1e5)],
            residences=[Residence("ball", "A", ball)],
        )  # fmt: skip
        visits = simulate(model, 2e-3, every=1e-3).visits("ball")
        mean = 1e-6 / -np.expm1(-1e5 * 1e-6)
        stays = visits.duration[visits.finished]
        assert abs(stays.mean() - mean) < 4 * stays.std() / np.sqrt(stays.size)

    def test_visits_add_up_to_what_a_sampler_counts(self) -> None:
        """Also of molecules that vanish in a reaction at the end of a step."""
        ball = Ball(CENTER, 0.2)
        model = gas(
            releases=[Release("A", number=200), Release("P", number=100)],
            reactions=[Reaction("A[inside] + P -> P", 100.0), Reaction("P -> P + A[inside]", 1e4)],
            samplers=[Sampler("ball", "A", within=ball)], residences=[Residence("ball", "A", ball)],
        )  # fmt: skip
        result = simulate(model, 1e-3, every=1e-3)
        visits = result.visits("ball")
        assert result.dataset["event"].sel(reaction="A[inside] + P -> P")[-1] > 200
        assert visits.duration.sum() == pytest.approx(float(result.dataset["sampled"][-1, 0]) * 1e-3)
        assert np.all((visits.entry + visits.duration)[visits.finished] < 1e-3 + 0.5e-6)

    def test_more_visits_than_a_page_holds_are_all_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        model = gas(residences=[Residence("ball", "A", Ball(CENTER, 0.05))])
        whole = simulate(model, 2e-4, every=1e-4)
        monkeypatch.setattr(pages, "ROWS", 2)
        assert simulate(model, 2e-4, every=1e-4).dataset.equals(whole.dataset)

    @pytest.mark.parametrize("stop", [0.5e-4, 1.5e-4])
    def test_visits_go_on_after_a_stop_as_if_there_had_been_none(self, tmp_path: Path, stop: float) -> None:
        """Also when the store of molecules grows on the way."""
        releases = [Release("A", number=50), Release("P", number=7), Release("A", number=900, at=1e-4)]
        places = [Residence("ball", "A", Ball(CENTER, 0.05)), Residence("wall", "P", region="membrane")]
        model = gas(releases=releases, residences=places)

        def interrupt(snapshot: Snapshot) -> None:
            if snapshot.time >= stop:
                raise KeyboardInterrupt

        options = {"every": 1e-5, "observe_every": 1e-5, "checkpoint": tmp_path / "state.npz", "checkpoint_every": 0.0}
        first = Simulation(model).run(2e-4, observer=interrupt, **options)
        assert not first.complete
        second = Simulation(model).run(2e-4, **options)
        whole = Simulation(model).run(2e-4, every=1e-5)
        assert second.complete
        assert second.dataset.equals(whole.dataset)
        assert whole.visits("ball").finished.any()

    def test_a_residence_leaves_no_trace_on_the_rest(self) -> None:
        sampled = {"samplers": [Sampler("ball", "A", within=Ball(CENTER, 0.05))]}
        followed = gas(**sampled, residences=[Residence("ball", "A", Ball(CENTER, 0.05))])
        plain, other = (simulate(model, 1e-4, every=1e-5).dataset for model in (gas(**sampled), followed))
        assert other.drop_dims(["visit", "residence"]).equals(plain)

    def test_no_visits_no_mean_and_no_residence_no_visits(self) -> None:
        model = gas(residences=[Residence("wall", "P", region="membrane")])
        result = simulate(model, 1e-5, every=1e-5)
        with pytest.raises(ResultsError, match="No visit has ended, of 7 under way; run longer for a mean"):
            _ = result.visits("wall").mean
        with pytest.raises(ParameterError, match="Residence 'floor' is unknown; known are: wall"):
            result.visits("floor")
        with pytest.raises(ParameterError, match="Residence 'wall' is unknown; known are: none"):
            simulate(gas(), 1e-5, every=1e-5).visits("wall")
