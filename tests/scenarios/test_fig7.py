"""Fig. 7: parameters, the head's model, the analysis on trials with known answers, claims, figures, the film."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imread
from synthetic_fig7 import NECK_IN, NECK_OUT, RATES, ions_near_pore_uM, synthetic_run, synthetic_trial

from nanospine import CalciumRule, Simulation, proteins
from nanospine.results.estimates import mean_over_trials
from nanospine.scenarios import Claim, Outcome
from nanospine.scenarios.odonnell2011.fig7 import SCENARIO, analysis
from nanospine.scenarios.odonnell2011.fig7.figure import draw_budget, draw_panels
from nanospine.scenarios.odonnell2011.fig7.head import BULK, spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters
from nanospine.scenarios.odonnell2011.fig7.trial import first_opening
from nanospine.scenarios.runner import as_json, run_scenario

P = Parameters(volumes=(0.01, 0.05, 0.2), trials=3, duration=0.02, settle=0.005, distances=(0.02, 0.1))
FALLING = {0.01: 60.0, 0.05: 40.0, 0.2: 35.0}


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    return synthetic_run(P, FALLING)


class TestParameters:
    def test_explicit_settings_win_over_quick_ones(self) -> None:
        quick = SCENARIO.make_parameters({"trials": "5"}, quick=True)
        assert (quick.trials, quick.volumes) == (5, (0.01, 0.05, 0.2))
        assert SCENARIO.make_parameters({}, quick=False) == Parameters()

    def test_the_glun_current_follows_the_voltage_unless_it_is_given(self) -> None:
        assert SCENARIO.make_parameters({"voltage": "-60"}).rate_per_glun == proteins.glun_calcium_rate(-60.0)
        assert SCENARIO.make_parameters({"voltage": "-60", "glun_rate": "2e4"}).rate_per_glun == 2e4

    @pytest.mark.parametrize(("voltage", "rate"), [("-30", 3.3e6), ("-70", 6.6e6), ("10", 0.0), ("40", 0.0)])
    def test_the_ltype_flux_follows_the_driving_force_unless_it_is_given(self, voltage: str, rate: float) -> None:
        assert step_rate(SCENARIO.make_parameters({"voltage": voltage}), "ltype_in") == rate
        assert step_rate(SCENARIO.make_parameters({"voltage": voltage, "ltype_rate": "2e6"}), "ltype_in") == 2e6

    def test_every_parameter_says_its_meaning_and_source(self) -> None:
        for field in dataclasses.fields(Parameters):
            assert field.metadata["doc"], field.name
            assert field.metadata["source"], field.name


def step_rate(p: Parameters, name: str) -> float:
    return next(float(step.rate) for step in spine_head(p, 0.05).steps if step.name == name)


def amount(p: Parameters, species: str) -> float:
    """Return molecules of a kind at the start."""
    model = spine_head(p, 0.05)
    return sum(model.expected_number(r) * r.fractions.get(species, 0.0) for r in model.releases)


class TestHead:
    @pytest.mark.parametrize(
        ("change", "species", "number"),
        [
            ({}, "GN", 20),
            ({"n_glun": 5}, "GN", 5),
            ({"calbindin": 0.0}, "CB_00", 0),
            ({"start": "free"}, "CB_00", 45 * 0.05 * 602.214076),
            ({"start": "free", "calmodulin": 1.0}, "CaM_00", 0.05 * 602.214076),
            ({"start": "free", "immobile_buffer": 1.0}, "IB", 0.05 * 602.214076),
            ({"calcium_rest": 1.0}, "Ca", 0.05 * 602.214076),
            ({"start": "free", "pmca": 10.0}, "P0", 10 * (6 * 0.05 ** (2 / 3) - 0.15**2)),
            ({"start": "free", "ncx": 10.0, "neck_edge": 0.1}, "N0", 10 * (6 * 0.05 ** (2 / 3) - 0.1**2)),
        ],
    )
    def test_parameters_set_the_molecules(self, change: dict, species: str, number: float) -> None:
        assert amount(Parameters(**change), species) == pytest.approx(number)

    def test_parameters_set_the_rates(self) -> None:
        assert step_rate(Parameters(glun_rate=7.0), "glun_in") == 7.0
        assert step_rate(Parameters(ltype_rate=8.0), "ltype_in") == 8.0
        assert step_rate(Parameters(ltype_open_time=2e-3), "L_gate (reverse)") == pytest.approx(500.0)
        assert step_rate(Parameters(ltype_open_probability=0.5), "L_gate") == pytest.approx(1000.0)
        assert spine_head(Parameters(D_calcium=100.0), 0.05).species[0].D == 100.0

    def test_everything_is_in_its_place(self) -> None:
        model = spine_head(Parameters(distances=(0.02, 0.05)), 0.125)
        regions = {name: r.region for r in model.releases for name in r.fractions}
        assert (regions["GN"], regions["P0"], regions["N0"]) == ("psd", ("psd", "membrane"), ("psd", "membrane"))
        channel = next(r for r in model.releases if "LC" in r.fractions)
        assert channel.point_array().tolist() == [[0.0, 0.0, 0.25]]
        assert [(s.name, s.within and s.within.center) for s in model.samplers[1:]] == [
            ("20 nm", (0.0, 0.0, pytest.approx(0.23))),
            ("50 nm", (0.0, 0.0, pytest.approx(0.2))),
        ]

    @pytest.mark.parametrize("neck", ["transparent", "absorbing", "absorbing-segment"])
    def test_only_calcium_passes_the_neck_and_only_a_transparent_one_lets_it_back(self, neck: str) -> None:
        dataset = Simulation(spine_head(Parameters(neck=neck, calcium_rest=20.0), 0.01), seed=2).run(1e-3).dataset
        out, back = dataset["crossing"].isel(time=-1, boundary=0).values
        assert out > 0
        assert (back > 0) == (neck == "transparent")
        assert not dataset["outside"].drop_sel(species="Ca").any()
        calbindin = [name for name in map(str, dataset["species"].values) if name.startswith("CB_")]
        assert np.unique(dataset["number"].sel(species=calbindin).sum("species")).size == 1


class TestAnalysis:
    def test_local_calcium_is_split_by_the_state_of_the_channel_after_settling(self, data: xr.Dataset) -> None:
        local = analysis.local_calcium(P, data)
        middle = local.sel(trial=1)
        assert middle["open"].sel(volume=0.05, place="20 nm") == pytest.approx(40.0 / 1.2)
        assert middle["open"].sel(volume=0.2, place="100 nm") == pytest.approx(35.0 / 2.0)
        np.testing.assert_allclose(local["open"].sel(place=BULK), 2.0)
        np.testing.assert_allclose(local["closed"], 0.5)

    def test_mean_and_error_over_trials(self, data: xr.Dataset) -> None:
        """Three trials at -1 %, 0 and +1 %: SD 1 %, SE 1 %/sqrt(3)."""
        mean, error = mean_over_trials(analysis.local_calcium(P, data)["open"].sel(place="20 nm"))
        assert mean.values == pytest.approx(np.array([60.0, 40.0, 35.0]) / 1.2)
        assert error.values == pytest.approx(mean.values * 0.01 / np.sqrt(3))

    def test_trials_count_by_how_long_their_channel_was_open(self) -> None:
        """Means 1, 2 and 6 over 1, 1 and 2 units of time are 15/4; the weighted deviations -11, -7 and 18 quarters."""
        values = xr.DataArray([1.0, 2.0, 6.0], dims="trial", coords={"open_time": ("trial", [1.0, 1.0, 2.0])})
        mean, error = analysis.mean_while_open(values)
        assert float(mean) == pytest.approx(15 / 4)
        deviations = np.array([-11.0, -7.0, 18.0]) / 4 * 3 / 4
        assert float(error) == pytest.approx(deviations.std(ddof=1) / np.sqrt(3))

    def test_fluxes_are_events_per_second_inward(self, data: xr.Dataset) -> None:
        mean = analysis.fluxes(P, data).mean("trial").sel(volume=0.05)
        assert {str(name): float(mean.sel(flux=name)) for name in mean["flux"].values} == pytest.approx(
            {
                "GluN": RATES["glun_in"],
                "L-type": RATES["ltype_in"],
                "leak": RATES["pmca_leak"] + RATES["ncx_leak"],
                "PMCA": -RATES["pmca_out"],
                "NCX": -RATES["ncx_out"],
                "neck": NECK_IN - NECK_OUT,
            }
        )

    def test_readouts_average_over_a_millisecond(self, data: xr.Dataset) -> None:
        """The openings repeat twice in a millisecond: open for 1.75 of 5 intervals, 0.5 uM while closed."""
        traces = analysis.readouts(P, data, 0.05, BULK)
        assert len(traces) == 3
        for trace in traces:
            assert trace.time == pytest.approx(P.settle + 1e-3 * (np.arange(15) + 0.5))
            assert trace.concentration == pytest.approx(np.full(15, 0.35 * 2.0 + 0.65 * 0.5))
        near = analysis.readouts(P, data, 0.05, "20 nm")[1]
        assert near.mean == pytest.approx(0.35 * 40 / 1.2 + 0.65 * 0.5)

    def test_plasticity_reads_bulk_and_nanodomain_with_the_same_rule(self, data: xr.Dataset) -> None:
        row = analysis.plasticity(P, data)[1]
        rule = CalciumRule()
        assert row["volume (um^3)"] == 0.05
        quiet, potentiated = (1e12 * float(rule.rate(c)) for c in (0.35 * 2.0 + 0.65 * 0.5, 12.0))
        assert row["bulk: mean [Ca] (uM)"] == "1.0"
        assert row["bulk: dw/dt (pS/s)"] == f"{quiet:.0f} ± 0"
        assert row["20 nm: dw/dt (pS/s)"] == f"{potentiated:.0f} ± 0", "far above theta_p"
        assert potentiated > 400 > 1e-3 > abs(quiet)

    def test_free_sites_are_counted_and_held_against_equilibrium(self, data: xr.Dataset) -> None:
        """One free site per calbindin was put there; K_d = 2.6/11 and 35.8/87 uM for two sites each."""
        sites = analysis.free_sites(data)
        np.testing.assert_allclose(sites["measured"], 1.0)
        expected = sum(2 * k_d / (k_d + ions_near_pore_uM(10)) for k_d in (2.6 / 11.0, 35.8 / 87.0))
        np.testing.assert_allclose(sites["equilibrium"], expected)

    def test_the_results_hold_what_is_drawn(self, data: xr.Dataset) -> None:
        results = analysis.with_averages(P, data)
        assert set(results["calcium_open"].dims) == {"volume", "trial", "place"}
        assert {results[name].attrs["units"] for name in ("calcium_open", "calcium_closed")} == {"uM"}
        assert results["calcium_flux"].attrs["units"] == "ions/s"

    def test_one_trial_has_a_mean_without_an_error(self) -> None:
        p = dataclasses.replace(P, trials=1)
        assert "±" not in str(analysis.plasticity(p, synthetic_run(p, FALLING)))
        assert "nan" not in str(analysis.plasticity(p, synthetic_run(p, FALLING)))

    def test_unfinished_trials_are_missing_and_the_rest_is_used(self) -> None:
        places = {BULK: 2.0, "20 nm": 50.0, "100 nm": 20.0}
        trials = {
            analysis.trial_name(0.01, 0): synthetic_trial(P, 0.01, places),
            analysis.trial_name(0.05, 2): synthetic_trial(P, 0.05, places),
        }
        data = analysis.combine(trials, P.volumes, 3)
        assert (data["volume"].values.tolist(), data["trial"].values.tolist()) == ([0.01, 0.05], [0, 2])
        mean, error = mean_over_trials(analysis.local_calcium(P, data)["open"].sel(place="20 nm"))
        assert mean.values == pytest.approx([50.0, 50.0])
        assert np.isnan(error).all(), "one trial has no standard error"


def never_open(data: xr.Dataset) -> xr.Dataset:
    return data.assign(open_fraction=xr.zeros_like(data["open_fraction"]))


def verdict(claim: Claim) -> str:
    assert not (claim.holds and claim.undecided)
    return "holds" if claim.holds else "undecided" if claim.undecided else "fails"


def near(means: dict[float, float], spread: float) -> xr.DataArray:
    """Return [Ca2+] at two places in three trials spread evenly about the mean; SE = spread/sqrt(3)."""
    trials = np.array([-spread, 0.0, spread])
    values = [[[mean + shift, mean / 2 + shift] for shift in trials] for mean in means.values()]
    return xr.DataArray(
        values,
        dims=("volume", "trial", "place"),
        coords={
            "volume": list(means),
            "place": ["20 nm", "100 nm"],
            "open_time": (("volume", "trial"), np.full((len(means), 3), 0.01)),
        },
    )


RISING = {0.01: 35.0, 0.05: 40.0, 0.2: 60.0}
#: As steep above 0.05 um^3 as below; and steeper above.
STRAIGHT = {0.01: 60.0, 0.05: 56.0, 0.2: 41.0}
LATE = {0.01: 60.0, 0.05: 59.0, 0.2: 20.0}


class TestClaims:
    @pytest.mark.parametrize(
        ("means", "spread", "expected"),
        [(FALLING, 1.0, "holds"), (RISING, 1.0, "fails"), (FALLING, 30.0, "undecided"), (RISING, 30.0, "undecided")],
    )
    def test_local_calcium_falls_with_volume(self, means: dict[float, float], spread: float, expected: str) -> None:
        claim = analysis.falls_with_volume(near(means, spread))
        assert verdict(claim) == expected
        assert claim.standard_error == pytest.approx(spread * np.sqrt(2 / 3))

    def test_the_least_clear_distance_is_reported(self) -> None:
        claim = analysis.falls_with_volume(near(FALLING, 1.0))
        assert claim.value == pytest.approx(12.5)
        assert "(least clear: 100 nm)" in claim.sentence

    def test_one_distance_that_rises_is_enough_to_fail(self) -> None:
        values = near(FALLING, 1.0)
        values[{"place": 1}] = values[{"place": 1}].values[::-1]
        assert verdict(analysis.falls_with_volume(values)) == "fails"

    @pytest.mark.parametrize(
        ("means", "spread", "expected"),
        [(FALLING, 1.0, "holds"), (LATE, 0.1, "fails"), (STRAIGHT, 1.0, "undecided"), (FALLING, 30.0, "undecided")],
    )
    def test_the_effect_is_largest_in_small_heads(
        self, means: dict[float, float], spread: float, expected: str
    ) -> None:
        claim = analysis.largest_when_small(near(means, spread))
        assert verdict(claim) == expected
        if means is FALLING:
            slopes = 0.75 * 20 / 0.04 - 0.75 * 5 / 0.15
            assert claim.value == pytest.approx(slopes), "of means over both places"

    @pytest.mark.parametrize(
        ("bulk", "spread", "expected"),
        [(2.0, 0.01, "holds"), (40.0, 0.01, "fails"), (35.0 / 2.4, 0.01, "undecided")],
    )
    def test_the_local_signal_stands_far_above_bulk(self, bulk: float, spread: float, expected: str) -> None:
        local = analysis.local_calcium(P, synthetic_run(P, FALLING, bulk, spread))["open"]
        claim = analysis.far_above_bulk(P, local)
        assert verdict(claim) == expected
        assert claim.value == pytest.approx(35.0 / 1.2 - 2.0 * bulk, abs=1e-9)

    @pytest.mark.parametrize(
        ("free", "expected"),
        [((1.0, 1.1, 1.2), "holds"), ((0.0, 0.001, 0.002), "fails"), ((0.0, 0.0, 0.03), "undecided")],
    )
    def test_buffers_near_the_pore_are_out_of_equilibrium(self, free: tuple[float, ...], expected: str) -> None:
        """In equilibrium with 10 ions in the half ball 0.02 of the four sites are free."""
        places = {BULK: 2.0, "20 nm": 50.0, "100 nm": 20.0}
        trials = {
            analysis.trial_name(0.05, k): synthetic_trial(P, 0.05, places, free_sites=f) for k, f in enumerate(free)
        }
        claim = analysis.out_of_equilibrium(analysis.combine(trials, (0.05,), 3))
        assert verdict(claim) == expected

    def test_trials_without_openings_give_no_confidence(self) -> None:
        """Two of three trials: t = 8.8 where 12.7 is needed; with all three 4.3 would do."""
        values = near(FALLING, 2.0)
        values[{"trial": 0}] = np.nan
        claim = analysis.falls_with_volume(values)
        assert verdict(claim) == "undecided"
        assert claim.criterion.endswith("(2 trials)")

    def test_a_margin_that_was_not_measured_is_the_least_clear(self) -> None:
        values = near(FALLING, 1.0)
        values[{"place": 0, "volume": 0}] = np.nan
        claim = analysis.falls_with_volume(values)
        assert verdict(claim) == "undecided"
        assert np.isnan(claim.value)
        assert "(least clear: 20 nm)" in claim.sentence

    def test_claims_that_compare_volumes_need_volumes(self) -> None:
        def names(volumes: tuple[float, ...]) -> list[str]:
            p = dataclasses.replace(P, volumes=volumes)
            return [claim.name for claim in analysis.claims(p, synthetic_run(p, FALLING))]

        within = [
            "local-above-bulk", "buffers-out-of-equilibrium", "saturation-negligible", "buffers-not-saturated",
        ]  # fmt: skip
        assert names((0.01,)) == within
        assert names((0.01, 0.05)) == ["local-falls-with-volume", *within]
        assert names((0.01, 0.05, 0.2)) == ["local-falls-with-volume", "largest-below-0.05", *within]

    def test_a_single_trial_decides_nothing_and_nan_stays_out_of_json(self) -> None:
        p = dataclasses.replace(P, trials=1)
        for claim in analysis.claims(p, synthetic_run(p, FALLING)):
            assert verdict(claim) == "undecided"
            assert claim.standard_error is None
            json.dumps(as_json(claim), allow_nan=False)

    def test_a_channel_that_never_opened_leaves_nothing_to_measure(self, data: xr.Dataset) -> None:
        claim = analysis.far_above_bulk(P, analysis.local_calcium(P, never_open(data))["open"])
        assert verdict(claim) == "undecided"
        assert np.isnan(claim.value)
        assert as_json(claim)["value"] is None


class TestFigures:
    def test_the_panels_have_units_and_show_every_volume(self, data: xr.Dataset, tmp_path: Path) -> None:
        figure = draw_panels(P, data)
        channel, head, distance, volume = figure.axes
        assert all(axis.get_xlabel().endswith(")") for axis in figure.axes), "units"
        assert [axis.get_ylabel() for axis in (head, distance, volume)] == [
            "[Ca$^{2+}$] in the head (µM)", "[Ca$^{2+}$] while open (µM)", "[Ca$^{2+}$] while open (µM)",
        ]  # fmt: skip
        legends = [axis.get_legend() for axis in (head, distance, volume)]
        assert [legend and len(legend.get_texts()) for legend in legends] == [3, 3, 3]
        assert len(channel.get_yticks()) == 3, "one row per trial"
        figure.savefig(tmp_path / "fig7.png")
        assert np.ptp(imread(tmp_path / "fig7.png")) > 0

    def test_a_run_without_openings_can_be_drawn(self, data: xr.Dataset, tmp_path: Path) -> None:
        draw_panels(P, never_open(data)).savefig(tmp_path / "fig7.png")

    def test_panel_d_draws_what_was_measured(self, data: xr.Dataset) -> None:
        lines = draw_panels(P, data).axes[2].containers
        drawn = [container[0].get_ydata() for container in lines]
        assert drawn == [pytest.approx([local / 1.2, local / 2.0]) for local in FALLING.values()]

    def test_the_fluxes_are_stacked_on_either_side_of_zero(self, data: xr.Dataset) -> None:
        fluxes, occupancy = draw_budget(P, data).axes
        top = sum(RATES[name] for name in ("glun_in", "ltype_in", "pmca_leak", "ncx_leak")) / 1e3
        bars: Any = fluxes.patches
        assert max(bar.get_y() + bar.get_height() for bar in bars) == pytest.approx(top)
        assert len(occupancy.lines) == 5


def test_the_first_opening_is_found() -> None:
    trial = synthetic_trial(P, 0.05, {BULK: 2.0, "20 nm": 50.0, "100 nm": 20.0})
    assert first_opening(trial) == pytest.approx(1e-4)
    assert first_opening(trial.isel(time=[0])) is None


def test_a_whole_run_leaves_figures_results_and_claims(tmp_path: Path) -> None:
    settings = {"volumes": "0.01", "trials": "1", "duration": "0.002", "settle": "0", "distances": "0.02", "film": "no"}
    outcome, summary = run_scenario(SCENARIO, tmp_path / "out", settings=settings, seed=1)
    assert isinstance(outcome, Outcome)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    stems = ("fig7", "fig7_budget")
    pictures = {f"{stem}{suffix}" for stem in stems for suffix in (".png", ".svg")}
    assert written == {"run.json", "claims.json", "results.zarr", "trials"} | pictures
    assert {Path(path).name for path in summary["outputs"]} == {"results.zarr"} | pictures
    assert json.loads((tmp_path / "out" / "claims.json").read_text()) == json.loads(json.dumps(summary))
    assert "NaN" not in (tmp_path / "out" / "claims.json").read_text()
