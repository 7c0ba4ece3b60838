"""Proteins of Bell et al. (2022) and of the spine apparatus: rates, and what follows from them in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
from master_equation import follow, matrix
from scipy.sparse import csc_array
from scipy.sparse.linalg import expm_multiply
from scipy.stats import binom

from nanospine import Schedule, Scheme, Voltage, proteins, published_voltage
from nanospine.model import ModelError
from nanospine.model.proteins import (
    RYR,
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


def written(scheme: Scheme) -> dict[str, object]:
    return {step.name: step.rate for reaction in scheme.reactions for step in reaction.steps}


def matrix_of(scheme: Scheme, calcium: float) -> np.ndarray:
    """Return the rate matrix of a scheme of one protein at a [Ca2+] (uM)."""
    states = [species.name for species in scheme.species]
    rates: dict[tuple[str, str], float] = {}
    for step in (step for reaction in scheme.reactions for step in reaction.steps):
        left, right = (next(t.species for t in side if t.species in states) for side in (step.reactants, step.products))
        if left != right:
            rates[left, right] = float(step.rate) * (calcium if len(step.reactants) == 2 else 1.0)
    return matrix(states, rates)


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


def ryr_site_by_site(calcium: float) -> tuple[csc_array, np.ndarray]:
    """Return the rate matrix of the 4 x 2^4 x 2^4 states in which each site is told apart, and which are open."""
    gates = ("C", "O", "CI", "OI")
    states = list(product(gates, product((0, 1), repeat=4), product((0, 1), repeat=4)))
    index = {state: k for k, state in enumerate(states)}
    ways: list[tuple[int, int, float]] = []
    for gate, a, i in states:
        begin = index[gate, a, i]
        for k in range(4):
            flipped = tuple(bit ^ (k == n) for n, bit in enumerate(a))
            ways.append((begin, index[gate, flipped, i], 333.0 if a[k] else 30.0 * calcium))
            flipped = tuple(bit ^ (k == n) for n, bit in enumerate(i))
            on = 0.45 if gate in ("C", "CI") else 0.25
            ways.append((begin, index[gate, a, flipped], 1.0 if i[k] else on * calcium))
        inhibited = float(any(i))
        for left, right, rate in (
            ("C", "O", 650.0 * all(a)), ("O", "C", 60.0), ("CI", "OI", 650.0), ("OI", "CI", 60.0),
            ("C", "CI", 600.0 * inhibited), ("CI", "C", 5.0), ("O", "OI", 75.0 * inhibited), ("OI", "O", 5.0),
        ):  # fmt: skip
            if gate == left:
                ways.append((begin, index[right, a, i], rate))
    begin, end, rate = (np.array(column) for column in zip(*ways, strict=True))
    rates = csc_array((rate, (end, begin)), shape=(len(states), len(states)))
    return rates - csc_array(np.diag(rates.sum(axis=0))), np.array([gate == "O" for gate, _, _ in states])


#: Gates between which a closed receptor is inactivated, and recovers.
GATES = (("C", "CI"), ("CI", "C"))


class TestRyr:
    def test_states_that_are_counted_open_like_those_that_are_told_apart(self) -> None:
        calcium, times = 20.0, {"start": 0.0, "stop": 20e-3, "num": 5}
        apart, is_open = ryr_site_by_site(calcium)
        start = np.zeros(len(is_open))
        start[0] = 1.0
        expected = expm_multiply(apart, start, **times) @ is_open
        scheme = proteins.ryr(number=1)
        counted = csc_array(matrix_of(scheme, calcium))
        start = np.array([scheme.releases[0].fractions.get(species.name, 0.0) for species in scheme.species])
        p = expm_multiply(counted, start, **times) @ [species.name.startswith("RyR_O_") for species in scheme.species]
        assert p == pytest.approx(expected, rel=1e-9)
        assert expected.max() > 0.1

    def test_all_hundred_states_are_there_and_carry_their_ions(self) -> None:
        species = {one.name: one for one in proteins.ryr(number=1).species}
        assert len(species) == 100
        assert species["RyR_OI_a3_i2"].content == {"Ca": 5}

    def test_the_open_channel_lets_ions_pass_both_ways(self) -> None:
        passing = [reaction for reaction in proteins.ryr(number=1).reactions if reaction.name.startswith("RyR_out")]
        assert len(passing) == 25
        assert {(reaction.forward, reaction.backward) for reaction in passing} == {(1090.0, 1090.0)}
        assert {reaction.equation for reaction in passing} == {
            f"Ca[inside] + RyR_O_a{a}_i{i} <-> RyR_O_a{a}_i{i} + Ca[outside]" for a in range(5) for i in range(5)
        }

    def test_the_archived_rates_lose_an_inhibiting_ion_where_two_are_bound(self) -> None:
        archived, right = written(proteins.ryr(rates="archived", number=1)), written(proteins.ryr(number=1))
        gone, new = set(right) - set(archived), set(archived) - set(right)
        assert gone == {f"RyR_{one}_a{a}_i2 -> RyR_{other}_a{a}_i2" for a in range(5) for one, other in GATES}
        assert new == {f"RyR_C_a{a}_i2 -> RyR_CI_a{a}_i1" for a in range(5)} | {
            f"RyR_CI_a{a}_i1 -> RyR_C_a{a}_i2" for a in range(5)
        }
        assert {archived[name] for name in new} == {600.0, 5.0}
        assert all(archived[name] == right[name] for name in set(right) - gone)

    def test_ions_of_the_store_may_be_a_species_of_their_own(self) -> None:
        passing = [r.equation for r in proteins.ryr(lumen="Ca_ER", number=1).reactions if r.name.startswith("RyR_out")]
        assert passing[0] == "Ca_ER[inside] + RyR_O_a0_i0 <-> RyR_O_a0_i0 + Ca[outside]"

    def test_refuses_numbers_that_cannot_be(self) -> None:
        with pytest.raises(ModelError, match="RyR: rates 'archive' is unknown; did you mean 'archived'"):
            proteins.ryr(rates="archive", number=1)
        with pytest.raises(ModelError, match=r"RyR: opening is -1.0"):
            replace(RYR, opening=-1.0)
        with pytest.raises(ModelError, match="RyR: side 'above' is unknown"):
            proteins.ryr(side="above", number=1)


class TestLeak:
    def test_pores_share_the_permeability(self) -> None:
        """P c per area, in molecules: 1.8e-3 um/s x 602.2 per um^3 and uM."""
        leak = proteins.leak(density=500.0)
        assert written(leak) == dict.fromkeys(
            ("leak_out", "leak_out (reverse)"), pytest.approx(1.8e-3 * 602.214076 / 500)
        )

    def test_ions_of_the_store_may_be_a_species_of_their_own(self) -> None:
        assert proteins.leak(lumen="Ca_ER").reactions[0].equation == "Ca_ER[inside] + Leak <-> Leak + Ca[outside]"

    def test_refuses_numbers_that_cannot_be(self) -> None:
        with pytest.raises(ModelError, match=r"Leak: permeability \(um/s\) is -1.0"):
            proteins.leak(-1.0)
        with pytest.raises(ModelError, match=r"Leak: density \(1/um\^2\) is 0.0"):
            proteins.leak(density=0.0)
