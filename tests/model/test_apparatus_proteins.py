"""Proteins of Bell et al. (2022) and of the spine apparatus: rates, and what follows from them in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from master_equation import follow, matrix, matrix_of, written
from scipy.stats import binom

from nanospine import Schedule, Voltage, proteins, published_voltage
from nanospine.model import ModelError
from nanospine.model.proteins import (
    SERCA,
    SERCA_ARCHIVED,
    VSCC_FLUX,
    VSCC_STEPS,
    GateStep,
    SercaRates,
    Sites,
    VoltageStep,
    VsccFlux,
    multisite_protein,
)

TRACE = published_voltage("bell2022")
CLAMP = Voltage.constant(-40.0)
#: Largest error of the table of the potential (mV): straight lines between points of the original.
THINNED_MV = 0.15


class TestPotentials:
    def test_the_table_has_an_input_and_an_action_potential(self) -> None:
        assert TRACE.at([0.0, 3e-3, 10.5e-3, 20e-3, 34e-3]) == pytest.approx(
            [-65.0, -40.0, -55.6, -40.7, -48.7], abs=0.1
        )
        times = np.arange(0.0, 35e-3, 1e-6)
        assert times[TRACE.at(times).argmax()] == pytest.approx(13.2e-3, abs=1e-4)
        assert TRACE.at(times).max() == pytest.approx(3.15, abs=0.02)

    def test_the_formula_begins_high_and_ends_at_rest(self) -> None:
        voltage = published_voltage("bell2019")
        assert voltage.at(0.0) == pytest.approx(0.79, abs=0.02)
        spike = 38.0 * (0.75 * math.exp(-8 / 3) + 0.25 * math.exp(-8 / 25))
        epsp = 25.0 * (math.exp(-10 / 50) - math.exp(-10 / 5))
        # How far straight lines may be off.
        assert voltage.at(10e-3) == pytest.approx(-65.0 + spike + epsp, abs=0.1)
        assert voltage.at(1.0) == pytest.approx(-65.0, abs=1e-3)

    def test_an_unknown_name_is_refused(self) -> None:
        with pytest.raises(ModelError, match="Published voltage 'bell2021' is unknown; did you mean 'bell20"):
            published_voltage("bell2021")


class TestDecays:
    def test_the_integral_is_height_times_time_constant(self) -> None:
        pulse = Schedule.decays([1e-3], 0.135e-3, 200.0)
        assert pulse.integral(1.0) == pytest.approx(200.0 * 0.135e-3, rel=1e-5)
        assert pulse.at([0.0, 0.9e-3]).tolist() == [0.0, 0.0]
        assert pulse.at(1e-3 + 0.27e-3) == pytest.approx(200.0 * math.exp(-2), rel=0.01)

    def test_many_decays_take_no_memory_of_their_square(self) -> None:
        train = Schedule.decays(np.arange(500.0), 1e-3, 3.0)
        assert train.integral(1e3) == pytest.approx(500 * 3.0 * 1e-3, rel=1e-5)
        assert train.at(499.0005) == pytest.approx(3.0 * math.exp(-0.5), rel=0.01)

    def test_decays_add_up(self) -> None:
        two = Schedule.decays([0.0, 1e-3], 1e-3, 3.0)
        assert two.integral(1.0) == pytest.approx(2 * 3.0 * 1e-3, rel=1e-5)
        assert two.at(1.5e-3) == pytest.approx(3.0 * (math.exp(-1.5) + math.exp(-0.5)), rel=0.01)

    @pytest.mark.parametrize(
        ("numbers", "message"),
        [
            (([-1.0], 1e-3, 1.0), r"onset of a decay \(s\) is -1.0"),
            (([0.0], 0.0, 1.0), r"time constant of a decay \(s\) is 0.0"),
            (([0.0], 1.0, -1.0), "height of a decay is -1.0"),
            ((np.arange(1e6), 1.0, 1.0), "there are 1000000 decays; give at most 500"),
        ],
    )
    def test_refuses_what_does_not_decay(self, numbers: tuple, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            Schedule.decays(*numbers)


@cache
def vscc_path() -> tuple[np.ndarray, np.ndarray]:
    """Return times and open probability through the table, from the rates of Bartol et al. (2015, Table 1)."""
    alpha, beta = np.array([8.08, 13.4, 8.78, 34.7]) * 1e3, np.array([5.76, 12.6, 16.3, 3.68]) * 1e3
    slope, states = np.array([49.14, 42.08, 55.31, 26.55]), ["C0", "C1", "C2", "C3", "O"]

    def rates(time: float) -> np.ndarray:
        mV = float(TRACE.at(time))
        ahead, back = alpha * np.exp(mV / slope), beta * np.exp(-mV / slope)
        ways = list(pairwise(states))
        return matrix(states, dict(zip(ways, ahead, strict=True)) | {
            (right, left): rate for (left, right), rate in zip(ways, back, strict=True)})  # fmt: skip

    times, path = follow(rates, np.array([1.0, 0, 0, 0, 0]), 15e-3, 5e-6)
    return times, path[:, 4]


class TestVscc:
    def test_the_open_probability_of_the_table(self) -> None:
        """0.615 at 13.59 ms; an error of the potential changes it by the sum over steps of 2 dV/V0 times 1 - p."""
        times, p = vscc_path()
        error = 0.385 * 2 * THINNED_MV * sum(1 / step.slope_mV for step in VSCC_STEPS)
        assert p.max() == pytest.approx(0.615, rel=error)
        assert times[p.argmax()] == pytest.approx(13.59e-3, abs=2e-5)

    def test_rates_are_those_of_the_source(self) -> None:
        rates = written(proteins.vscc(Voltage.constant(-40.0), number=1))
        assert rates["VSCC_C0 -> VSCC_C1"] == pytest.approx(8080 * math.exp(-40 / 49.14))
        assert rates["VSCC_O -> VSCC_C3"] == pytest.approx(3680 * math.exp(40 / 26.55))
        assert len(rates) == 9
        assert rates["VSCC_in"] == VSCC_FLUX(-40.0)

    def test_steps_are_in_detailed_balance_at_the_start(self) -> None:
        fractions = proteins.vscc(CLAMP, number=1).releases[0].fractions
        for (left, right), step in zip(pairwise(fractions), VSCC_STEPS, strict=True):
            opening, closing = (rate(-40.0) for rate in step.rates)
            assert opening * fractions[left] == pytest.approx(closing * fractions[right], rel=1e-9)

    @pytest.mark.parametrize(("mV", "flux"), [(-65.0, 2.52e6), (-40.0, 1.48e6), (0.0, 5.66e5), (3.0, 5.22e5)])
    def test_the_flux(self, mV: float, flux: float) -> None:
        assert VSCC_FLUX(mV) == pytest.approx(flux, rel=2e-3)

    def test_the_flux_ends_where_the_current_turns(self) -> None:
        turn = -80.36 * math.log(0.393)
        assert VSCC_FLUX(turn - 0.1) > 0 == VSCC_FLUX(turn + 0.1)
        assert VSCC_FLUX(1e-9) == pytest.approx(VSCC_FLUX(-1e-9), rel=1e-6)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: proteins.vscc(CLAMP, steps=(), number=1), "VSCC: number of steps is 0; give a whole number >= 1"),
            (lambda: proteins.vscc(CLAMP, start="C4", number=1), "start state 'C4' is unknown"),
            (lambda: VoltageStep(-1.0, 1.0, 1.0), r"alpha \(1/s\) is -1.0"),
            (lambda: VoltageStep(1.0, 1.0, 0.0), r"slope \(mV\) is 0.0; give a finite number > 0"),
            (lambda: VsccFlux(-1.0), r"conductance \(pS\) is -1.0"),
            (lambda: VsccFlux(ratio=0.0), "ratio is 0.0"),
        ],
    )
    def test_refuses_numbers_that_cannot_be(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            make()


class TestTwoArmedNmdaReceptor:
    def test_arms_have_the_rates_of_the_source(self) -> None:
        rates = written(proteins.nmda_receptor_jahr(2.0, Voltage.constant(-40.0), number=1))
        assert (rates["NMDAR_C0 -> NMDAR_C1"], rates["NMDAR_C1B -> NMDAR_C2B"]) == (40.0, 20.0)
        assert (rates["NMDAR_C2 -> NMDAR_O"], rates["NMDAR_O -> NMDAR_C2"]) == (93.0, 183.2)
        assert (rates["NMDAR_C2B -> NMDAR_OB"], rates["NMDAR_OB -> NMDAR_C2B"]) == (97.0, 574.0)
        assert rates["NMDAR_O -> NMDAR_OB"] == pytest.approx(1200 * math.exp(40 / 17))
        assert rates["NMDAR_OB -> NMDAR_O"] == pytest.approx(10800 * math.exp(-40 / 47))
        assert len(rates) == 19

    def test_in_equilibrium_states_are_products_of_the_constants_on_the_way(self) -> None:
        """The arms meet in one place, so that there is no circle: detailed balance."""
        glutamate, mV = 2.0, -40.0
        scheme = proteins.nmda_receptor_jahr(glutamate, Voltage.constant(mV), number=1)
        names = [species.name.removeprefix("NMDAR_") for species in scheme.species]
        two = (20 * glutamate / 11) * (10 * glutamate / 22)
        free = {"C0": 1.0, "C1": 20 * glutamate / 11, "C2": two, "D": two * 16.8 / 3.6, "O": two * 93 / 183.2}
        blocked = free["O"] * 1200 * math.exp(-mV / 17) / (10800 * math.exp(mV / 47))
        c2 = blocked * 574 / 97
        c1, d = c2 * 22 / (10 * glutamate), c2 * 16.8 / 3.6
        weights = free | {"OB": blocked, "C2B": c2, "C1B": c1, "DB": d, "C0B": c1 * 11 / (20 * glutamate)}
        at_rest = np.array([weights[name] for name in names])
        flow = matrix_of(scheme, 0.0) @ at_rest
        assert np.abs(flow).max() < 1e-12 * (1200 * math.exp(-mV / 17) * at_rest.max())

    def test_the_flux_is_4_5_pS(self) -> None:
        """9.57e5 ions/s at -65 mV with e = 1.6e-19 C."""
        scheme = proteins.nmda_receptor_jahr(1.0, Voltage.constant(-65.0), number=1)
        assert written(scheme)["NMDAR_in"] == pytest.approx(9.57e5 * 1.6 / 1.602176634, rel=1e-3)

    def test_refuses_numbers_that_cannot_be(self) -> None:
        with pytest.raises(ModelError, match=r"glutamate \(uM\) is -1.0"):
            proteins.nmda_receptor_jahr(-1.0, CLAMP, number=1)
        with pytest.raises(ModelError, match=r"NMDA receptor: opening is -1.0"):
            proteins.TwoArmRates(opening=-1.0)
        with pytest.raises(ModelError, match=r"NMDA receptor: block_mV is 0.0; give a finite number > 0"):
            proteins.TwoArmRates(block_mV=0.0)


class TestSerca:
    @pytest.mark.parametrize(("calcium", "turnover"), [(0.1, 0.013), (0.5, 0.127), (1.0, 0.21), (3.0, 0.31)])
    def test_the_turnover_of_the_source(self, calcium: float, turnover: float) -> None:
        """To the digits given, at 60 uM in the lumen."""
        assert SERCA.turnover(calcium, 60.0) == pytest.approx(turnover, abs=5 * 10.0 ** -len(str(turnover)) * 10)

    def test_the_cycle_stands_still_where_all_steps_balance(self) -> None:
        """Where the product of rates is the same both ways: the store then holds 16,000 times the cytosol's level."""
        ahead = 200.0 * 100.0 * 0.6 * 60.04 * 30.02 * 0.4
        back = 83.7 * 167.4 * 0.097 * 0.1 * 0.2 * 0.0012
        lumen = 0.1 * math.sqrt(ahead / back)
        assert SERCA.turnover(0.1, lumen) == pytest.approx(0.0, abs=1e-9)
        at = SERCA.steady_state(0.1, lumen)
        assert at["x1"] == pytest.approx(at["x0"] * 200 * 0.1 / 83.7)
        assert at["y1"] == pytest.approx(at["y0"] * 0.2 * lumen / 30.02)
        assert SERCA.turnover(0.1, 0.99 * lumen) > 0 > SERCA.turnover(0.1, 1.01 * lumen)

    def test_binding_alone_is_two_sites_in_a_row(self) -> None:
        bound = replace(SERCA, turn=0.0, reset_back=0.0).steady_state(1.0, 0.0)
        one, two = 200 / 83.7, (200 / 83.7) * (100 / 167.4)
        assert [bound[x] for x in ("x0", "x1", "x2")] == pytest.approx(np.array([1, one, two]) / (1 + one + two))

    def test_the_archived_rates_bind_nothing_from_the_lumen(self) -> None:
        assert SERCA_ARCHIVED.turnover(1.0, 1e4) == SERCA_ARCHIVED.turnover(1.0, 0.0) > SERCA.turnover(1.0, 60.0)
        archived, right = written(proteins.serca(rates="archived")), written(proteins.serca())
        gone = {"serca_release_first (reverse)", "serca_release_second (reverse)"}
        assert set(right) - set(archived) == gone
        assert {name: rate for name, rate in right.items() if name not in gone} == archived
        assert [right[name] for name in sorted(gone)] == [0.1, 0.2]

    def test_it_binds_outside_and_releases_inside(self) -> None:
        reactions = {reaction.name: reaction.equation for reaction in proteins.serca().reactions}
        assert reactions["serca_bind_first"] == "Ca[outside] + SERCA_x0 <-> SERCA_x1"
        assert reactions["serca_release_second"] == "SERCA_y1 <-> SERCA_y0 + Ca[inside]"
        contents = [species.content.get("Ca", 0) for species in proteins.serca().species]
        assert contents == [0, 1, 2, 2, 1, 0]

    def test_ions_of_the_lumen_may_be_a_species_of_their_own(self) -> None:
        own = {reaction.name: reaction.equation for reaction in proteins.serca(lumen="Ca_ER").reactions}
        assert own["serca_bind_first"] == "Ca[outside] + SERCA_x0 <-> SERCA_x1"
        assert own["serca_release_second"] == "SERCA_y1 <-> SERCA_y0 + Ca_ER[inside]"

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: proteins.serca(-1.0), r"SERCA: density \(1/um\^2\) is -1.0"),
            (lambda: proteins.serca(rates="archive"), "SERCA: rates 'archive' is unknown; did you mean 'archived'"),
            (lambda: proteins.serca(start="z0"), "start state 'z0' is unknown"),
            (lambda: SercaRates(turn=-0.6), "SERCA: turn is -0.6"),
            (lambda: SERCA.turnover(-0.1, 60.0), r"SERCA: calcium \(uM\) is -0.1"),
            (lambda: SERCA.steady_state(0.1, -60.0), r"calcium of the lumen \(uM\) is -60.0"),
            (lambda: replace(SERCA, turn=0.0, turn_back=0.0, reset=0.0, reset_back=0.0).turnover(1.0, 1.0),
             "more than one steady state"),
        ],
    )  # fmt: skip
    def test_refuses_numbers_that_cannot_be(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            make()


class TestMultisiteProteins:
    def test_equal_sites_fill_to_a_binomial_distribution(self) -> None:
        scheme = multisite_protein("X", "x", ["C"], [Sites("a", 6, 3.0, 12.0, "Ca")], number=1)
        filled = binom.pmf(range(7), 6, 2.0 / (2.0 + 12.0 / 3.0))
        assert [species.name for species in scheme.species] == [f"X_C_a{n}" for n in range(7)]
        assert np.abs(matrix_of(scheme, 2.0) @ filled).max() < 1e-12
        assert [species.content.get("Ca", 0) for species in scheme.species] == list(range(7))

    def test_states_that_nothing_leads_to_are_left_out(self) -> None:
        scheme = multisite_protein(
            "X", "x", ["C", "O"], [Sites("a", 2, 1.0, 1.0), Sites("i", 3, {"C": 0.0, "O": 1.0}, {"C": 0.0, "O": 0.0})],
            [GateStep("C -> O", 1.0, filled={"a": (2,)})], number=1,
        )  # fmt: skip
        names = {species.name for species in scheme.species}
        assert names == {f"X_C_a{a}_i0" for a in range(3)} | {f"X_O_a{a}_i{i}" for a in range(3) for i in range(4)}
        assert "X_C_a1_i0 -> X_O_a1_i0" not in written(scheme)

    def test_gates_conduct_or_let_ions_pass(self) -> None:
        scheme = multisite_protein(
            "X", "x", ["C", "O"], [Sites("a", 1, 1.0, 1.0, "Na[outside]")],
            [GateStep("C <-> O", lambda mV: 10 * math.exp(mV / 20), 1.0)], conducting={"O": 5.0}, passage={"O": 7.0},
            voltage=CLAMP, number=1,
        )  # fmt: skip
        reactions = {reaction.name: reaction for reaction in scheme.reactions}
        assert reactions["X_in_O_a1"].equation == "X_O_a1 -> X_O_a1 + Ca[inside]"
        assert reactions["X_out_O_a0"].equation == "Ca[inside] + X_O_a0 <-> X_O_a0 + Ca[outside]"
        assert written(scheme)["X_C_a0 -> X_O_a0"] == pytest.approx(10 * math.exp(-2))
        assert "Na[outside] + X_C_a0 -> X_C_a1" in written(scheme)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"gates": []}, "X has 0 states; give gates and sites with 1 to 10000"),
            ({"sites": [Sites("a", 9999, 1.0, 1.0)]}, "X has 20000 states"),
            ({"gates": ["C", "C"]}, "two states have one name"),
            ({"sites": [Sites("a", 1, {"C": 1.0}, 1.0)]}, "Sites a: on has no rate for gate 'O'; it has those of C"),
            ({"steps": [GateStep("C -> I", 1.0)]}, "must lead from one state of the gate to one; these are C, O"),
            ({"steps": [GateStep("C <-> O", 1.0)]}, "write '<->' and give both rates, or '->' and one"),
            ({"steps": [GateStep("C -> O", 1.0, filled={"b": (1,)})]}, "sites 'b' is unknown"),
            ({"steps": [GateStep("C -> O", 1.0, filled={"a": (3,)})]}, "3 filled sites a; give numbers from 0 to 2"),
            ({"steps": [GateStep("C -> O", 1.0, gain={"b": 1})]}, "sites 'b' is unknown"),
            (
                {"steps": [GateStep("C -> O", 1.0, gain={"a": -1})]},
                "not so many sites to go from C_a0 to O_a-1; give fil",
            ),
            ({"steps": [GateStep("C -> O", lambda mV: 1.0)]}, "depends on the potential; give voltage"),
            ({"passage": {"I": 1.0}}, "conducting gate 'I' is unknown"),
            ({"start": "C"}, "start state 'C' is unknown"),
        ],
    )
    def test_refuses_parts_that_make_no_scheme(self, changes: dict, message: str) -> None:
        parts = {"gates": ["C", "O"], "sites": [Sites("a", 2, 1.0, 1.0)], "steps": []} | changes
        with pytest.raises(ModelError, match=message):
            multisite_protein("X", "x", **parts, number=1)

    def test_refuses_sites_that_are_none(self) -> None:
        with pytest.raises(ModelError, match="Sites a: number is 0; give a whole number >= 1"):
            Sites("a", 0, 1.0, 1.0)
        with pytest.raises(ModelError, match="ligand is '2 Ca'; give one molecule"):
            Sites("a", 1, 1.0, 1.0, "2 Ca")
