"""The cortical plasticity model of Maki-Marttunen et al. (2020): stimulation, time courses, variants, claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from maki_reference import largest_difference, read_small

from nanospine import Result, simulate
from nanospine.bulk.conservation import conservation_laws
from nanospine.bulk.network import lower_network
from nanospine.model import ModelError, ParameterError, units
from nanospine.plasticity.receptors import random_tetramers, tetramers_of_like_dimers
from nanospine.scenarios.maki2020 import blocked, hfs, lfs, stdp
from nanospine.scenarios.maki2020.induction import rest
from nanospine.scenarios.maki2020.pathways import REST, VOLUME, changed, pathways
from nanospine.scenarios.maki2020.stimulation import Protocol
from nanospine.scenarios.maki2020.variants import S831, S845, S880, VARIANTS
from nanospine.scenarios.registry import find
from nanospine.scenarios.runner import run_scenario

#: Asked of every key species and the conductance.
ONE_PERCENT = 0.01


@pytest.fixture(scope="module")
def resting() -> Result:
    return rest()


@pytest.fixture(scope="module")
def potentiated(resting: Result) -> Result:
    return simulate(hfs.Parameters().model, 960.0, "ode", every=1.0, start=resting)


class TestReceptors:
    """The check values that come with the published formulas."""

    NM = units.molecules(1e-3, VOLUME)

    def test_conductance_of_the_initial_and_the_resting_state(self) -> None:
        initial = random_tetramers(90 * self.NM, 0.0, 256 * self.NM)
        at_rest = random_tetramers(54.634144 * self.NM, 0.0, 121.493837 * self.NM)
        # The source has 6.022e23 per mole: 2.3e-5 less than the SI.
        assert initial.conductance == pytest.approx(63.951720, rel=3e-5)
        assert at_rest.conductance == pytest.approx(33.459770, rel=3e-5)

    def test_tetramers_use_up_all_subunits(self) -> None:
        rng = np.random.default_rng(1)
        r1, r2 = 100 * rng.random((2, 50))
        r1p = r1 * rng.random(50)
        for form in (random_tetramers, tetramers_of_like_dimers):
            t = form(r1, r1p, r2)
            assert t.homomer1 + t.homomer1_phosphorylated + t.homomer2 + t.heteromer == pytest.approx((r1 + r2) / 4)

    def test_nothing_on_the_membrane_conducts_nothing(self) -> None:
        assert random_tetramers(0.0, 0.0, 0.0).conductance == 0.0
        assert tetramers_of_like_dimers([0.0, 0.0], 0.0, [0.0, 8.0]).conductance.tolist() == [0.0, 2.0 * 2.2]

    @pytest.mark.parametrize(
        ("counts", "message"),
        [
            ((-1.0, 0.0, 1.0), "numbers of GluR1 are -1.0 to -1.0"),
            ((5.0, 6.0, 1.0), "1 more GluR1 are phosphorylated"),
        ],
    )
    def test_refuses_impossible_counts(self, counts: tuple[float, float, float], message: str) -> None:
        with pytest.raises(ParameterError, match=message):
            random_tetramers(*counts)


class TestStimulation:
    def test_high_frequency_is_four_trains_of_100_pulses(self) -> None:
        onsets = hfs.Parameters().protocol.onsets(REST)
        assert len(onsets) == 400
        assert onsets[[0, 99, 100, -1]] == pytest.approx([4040.0, 4040.99, 4044.0, 4052.99])

    def test_both_protocols_bring_the_same_charge_per_pulse(self) -> None:
        """5700 ions in 3 ms: 18.93 uM in 0.5 fl."""
        for p, pulses in ((hfs.Parameters(), 400), (lfs.Parameters(), 900)):
            influx: Any = next(reaction for reaction in p.model.reactions if reaction.equation == "0 -> Ca").forward
            assert influx.integral(1e9) == pytest.approx(pulses * 18.93, rel=3e-4)

    def test_a_pairing_brings_about_1e5_ions_at_every_resolution(self) -> None:
        for interval in stdp.influx_table().columns:
            charges = []
            for resolution in (0.0, 0.05):
                edges, rates = stdp.pairing_influx(interval, resolution)
                charges.append(float(1e3 * np.diff(edges) @ rates))
            assert charges[0] == pytest.approx(charges[1], rel=1e-12)
            assert 9e4 < charges[0] < 1.6e5

    def test_pairings_follow_each_other_without_a_gap(self) -> None:
        p = stdp.Parameters(pairings=3)
        influx: Any = stdp.calcium_influx(p, 10.0).forward
        edges, rates = stdp.pairing_influx(10.0, p.resolution)
        per_ion = units.micromolar(1e3, VOLUME)
        assert influx.integral(1e9) == pytest.approx(3 * per_ion * float(np.diff(edges) @ rates), rel=1e-9)
        assert influx.at([REST - 0.01, REST + 3.01]).tolist() == [0.0, 0.0]
        assert influx.at(REST + 1.0 + 1e-6) == pytest.approx(per_ion * rates[0])

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Protocol(0, 5.0), "pulses is 0; give a whole number >= 1"),
            (lambda: Protocol(100, 5.0, trains=2), "a train lasts 20 s, but the next begins after 4 s"),
            (lambda: hfs.Parameters(duration=5.0), "the last pulse comes after 12.99 s; follow the run for longer"),
            (lambda: hfs.Parameters(calcium=-1.0), "calcium is -1.0; give a finite number >= 0"),
            (lambda: hfs.Parameters(duration=99.5), "duration is 99.5 s; give whole seconds"),
            (lambda: stdp.Parameters(intervals=(7.0,)), "intervals has 7 ms; the table has -230, -220"),
            (lambda: stdp.Parameters(frequency=2.0), "frequency is 2 Hz; a pairing lasts 1 s: at most 1 Hz"),
            (lambda: blocked.Parameters(variants="no_ck"), "variants has 'no_ck'; known are all, control"),
            (lambda: hfs.Parameters(frequency=200.0, pulse_duration=0.01).model, "give shorter pulses or later onsets"),
        ],
    )
    def test_refuses_what_cannot_be_stimulated(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises((ParameterError, ModelError), match=message):
            make()


class TestAgainstTheReference:
    def test_high_frequency(self, potentiated: Result) -> None:
        reference = read_small("ode_hfs.csv")
        difference, column = largest_difference(potentiated, reference, reference["t_s"].to_numpy())
        assert difference < ONE_PERCENT, column

    def test_a_rate_5_percent_off_is_seen(self, resting: Result) -> None:
        reference = read_small("ode_hfs.csv")
        wrong = changed(hfs.Parameters().model, {}, {"Ca_pump2a": 1.05})
        run = simulate(wrong, 960.0, "ode", every=1.0, start=resting)
        assert largest_difference(run, reference, reference["t_s"].to_numpy())[0] > 2 * ONE_PERCENT

    def test_what_is_conserved_stays_to_1e_9(self, potentiated: Result) -> None:
        """40 laws, of which the stimulus breaks those of Ca2+, of the ligand and of glutamate."""
        assert len(conservation_laws(lower_network(pathways()))) == 40
        laws = conservation_laws(lower_network(hfs.Parameters().model))
        assert len(laws) == 37
        number = potentiated.dataset["number"].values
        totals, scale = number @ laws.T, np.abs(laws) @ number.max(axis=0)
        assert (np.abs(totals - totals[0]) / scale).max() < 1e-9


class TestVariants:
    def test_sites_are_phosphorylated_by_so_many_reactions(self) -> None:
        assert (len(S845), len(S831), len(S880)) == (4, 20, 4)

    def test_every_variant_names_what_is_there(self) -> None:
        for variant in VARIANTS.values():
            changed(pathways(), variant.amounts, variant.rates)
            replace(hfs.Parameters(), **variant.inputs)

    def test_an_unknown_name_is_an_error(self) -> None:
        with pytest.raises(ModelError, match="Species 'CKp1' is unknown; did you mean 'CKp'"):
            changed(pathways(), {"CKp1": 0.0}, {})

    def test_blocking_s845_abolishes_potentiation_as_in_the_reference(self) -> None:
        rows = read_small("ode_conditions_gmax.csv")
        row = rows[rows["label"] == "S845 phosphorylation blocked"].iloc[0]
        expected = [row["gmax_4040s"], row["gmax_4300s"], row["gmax_5000s"]]
        assert blocked.run_variant(("s845_blocked", "hfs")) == pytest.approx(expected, rel=ONE_PERCENT)


def test_a_trial_follows_the_rate_equations_where_numbers_are_large(resting: Result) -> None:
    model = hfs.Parameters().model
    trial = simulate(model, 0.1, engine="ssa", start=resting, every=0.1).dataset["number"].values[-1]
    course = simulate(model, 0.1, "ode", start=resting, every=0.1).dataset["number"].values[-1]
    large = course > 1000
    assert large.sum() >= 15
    # Molecules that are shared out between states are less noisy than independent ones.
    assert (np.abs(trial - course)[large] < 4 * np.sqrt(course[large])).all()


def test_high_frequency_runs_and_its_claims_hold(tmp_path: Path) -> None:
    outcome, _ = run_scenario(find("maki2020.hfs"), tmp_path, quick=True)
    assert [claim.name for claim in outcome.claims if not claim.holds] == []
    assert len(outcome.claims) == 4


def test_low_frequency_runs_with_fewer_pulses_and_a_trial(tmp_path: Path) -> None:
    settings = {"pulses": "20", "duration": "30", "trials": "2", "trial_duration": "1"}
    outcome, _ = run_scenario(find("maki2020.lfs"), tmp_path, settings=settings)
    assert outcome.dataset["trial_conductance"].shape == (2, 2)
    assert (tmp_path / "maki2020_lfs.png").exists()


def test_pairing_runs(tmp_path: Path) -> None:
    settings = {"intervals": "10", "pairings": "2", "duration": "20"}
    outcome, _ = run_scenario(find("maki2020.stdp"), tmp_path, settings=settings)
    assert outcome.dataset["ratio"].shape == (4, 1)
    assert len(outcome.claims) == 4
