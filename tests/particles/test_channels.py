"""Channels of any Markov scheme: their species, reactions and rates, and fluxes against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nanospine import Model, Release, Schedule, Scheme, Species, Voltage, cube, proteins, simulate
from nanospine.model import ModelError
from nanospine.model.proteins import Gate, GHKFlux, OhmicFlux, Transition, hodgkin_huxley_channel, markov_channel
from nanospine.neurons.calcium_channels import ACTIVATION_POWERS, calcium_channel, gate_rate, steady_gates

CLAMP = Voltage.constant(-20.0)
GATING = [Transition("C <-> O", lambda mV: 100 * math.exp(mV / 20), 300.0)]


def channel(**changes: object) -> Scheme:
    parts: dict = {
        "states": ("C", "O"),
        "transitions": GATING,
        "conducting": {"O": 1e5},
        "voltage": CLAMP,
        "number": 3,
    }
    return markov_channel("X", "test channel", **parts | changes)


def written(scheme: Scheme) -> dict[str, object]:
    return {step.name: step.rate for reaction in scheme.reactions for step in reaction.steps}


class TestMarkovChannels:
    def test_states_are_surface_molecules_that_gate_and_emit(self) -> None:
        scheme = channel()
        assert [(species.name, species.where) for species in scheme.species] == [("XC", "surface"), ("XO", "surface")]
        assert written(scheme) == {"XC -> XO": 100 * math.exp(-1), "XO -> XC": 300.0, "X_in": 1e5}

    def test_rates_follow_the_potential(self) -> None:
        rates = written(channel(voltage=Voltage.steps([0.0, 0.01], [-60.0, 0.0])))
        assert isinstance(rates["XC -> XO"], Schedule)
        assert rates["XC -> XO"].at([0.0, 0.01]) == pytest.approx([100 * math.exp(-3), 100.0])
        assert rates["XO -> XC"] == 300.0

    def test_rates_may_follow_time_instead(self) -> None:
        pulses = Schedule.pulses([1e-3], 1e-3, 50.0)
        scheme = channel(transitions=[Transition("C <-> O", pulses, 300.0)], voltage=None, start="C")
        assert written(scheme)["XC -> XO"] == pulses

    def test_molecules_bind_from_inside_unless_a_side_is_written(self) -> None:
        scheme = channel(
            transitions=[Transition("Ca + C <-> O", 10.0, 300.0), Transition("Na[outside] + C -> O", 1.0)], start="C"
        )
        assert list(written(scheme)) == ["Ca[inside] + XC -> XO", "XO -> Ca[inside] + XC", "Na[outside] + XC -> XO",
                                         "X_in"]  # fmt: skip

    def test_several_states_may_conduct(self) -> None:
        scheme = channel(conducting={"C": 1.0, "O": 2.0}, ion="K")
        assert {"X_in_C", "X_in_O"} <= set(written(scheme))
        assert scheme.reactions[-1].equation == "XO -> XO + K[inside]"

    def test_events_can_have_names(self) -> None:
        scheme = channel(transitions=[Transition("C <-> O", 1.0, 2.0, name="gate")], event="ions")
        assert list(written(scheme)) == ["X_gate", "X_gate (reverse)", "ions"]

    def test_channels_start_in_the_steady_state_of_their_rates(self) -> None:
        fractions = channel().releases[0].fractions
        opening = 100 * math.exp(-1)
        assert fractions["XO"] == pytest.approx(opening / (opening + 300.0), rel=1e-12)

    def test_a_cycle_without_detailed_balance_has_a_steady_state_too(self) -> None:
        ring = [Transition("A -> B", 1.0), Transition("B -> C", 2.0), Transition("C -> A", 4.0)]
        fractions = channel(states=list("ABC"), transitions=ring, conducting={"C": 1.0}).releases[0].fractions
        assert [fractions[f"X{s}"] for s in "ABC"] == pytest.approx([4 / 7, 2 / 7, 1 / 7], rel=1e-12)

    def test_channels_are_placed_like_other_surface_molecules(self) -> None:
        release = channel(number=None, density=5.0, region="psd", start={"C": 0.5, "O": 0.5}).releases[0]
        assert release == Release({"XC": 0.5, "XO": 0.5}, density=5.0, region="psd")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"voltage": None}, "transition 'C <-> O' depends on the potential; give voltage = Voltage"),
            ({"voltage": None, "transitions": [Transition("C <-> O", 1.0, 2.0)], "conducting": {"O": GHKFlux(1.0)}},
             "flux in O depends on the potential"),
            ({"transitions": [Transition("C <-> P", 1.0, 2.0)]}, "'C <-> P' must have one state .* states are C, O"),
            ({"transitions": [Transition("C <-> C + O", 1.0, 2.0)]}, "must have one state of the channel on each side"),
            ({"transitions": [Transition("C <-> O", 1.0)]}, "needs a backward rate"),
            ({"transitions": [Transition("C <-> O", -1.0, 1.0)]}, "forward rate is -1.0"),
            ({"transitions": [Transition("C <-> O", lambda mV: mV, 1.0)]}, "Rate at -20 mV is -20.0"),
            ({"conducting": {"Oo": 1.0}}, "conducting state 'Oo' is unknown; did you mean 'O'?"),
            ({"conducting": {"C": 1.0, "O": 1.0}, "event": "ions"}, "2 states conduct; leave the event's name"),
            ({"start": "D"}, "start state 'D' is unknown"),
            ({"transitions": []}, "more than one steady state at t = 0; give its start"),
            ({"number": None}, "no amount"),
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_scheme(self, changes: dict, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            channel(**changes)


class TestHodgkinHuxleyChannels:
    def test_n_gates_open_n_times_as_fast(self) -> None:
        scheme = hodgkin_huxley_channel("K", "K", [Gate("n", 3, 10.0, 7.0)], flux=1.0, number=1)
        assert written(scheme) == {
            "Kn0 -> Kn1": 30.0, "Kn1 -> Kn0": 7.0, "Kn1 -> Kn2": 20.0, "Kn2 -> Kn1": 14.0, "Kn2 -> Kn3": 10.0,
            "Kn3 -> Kn2": 21.0, "K_in": 1.0,
        }  # fmt: skip

    @pytest.mark.parametrize("kind", ["R", "T", "L", "N"])
    def test_channels_of_the_ca1_spine_have_the_open_probability_of_their_gates(self, kind: str) -> None:
        power = ACTIVATION_POWERS["RTLN".index(kind)]
        m, h = steady_gates(-30.0)[2 * "RTLN".index(kind) :][:2]
        scheme = calcium_channel(kind, Voltage.constant(-30.0), 1.0, number=1)
        assert scheme.releases[0].fractions[f"Ca{kind}m{power}h1"] == pytest.approx(m**power * h, rel=1e-9)

    def test_a_step_follows_the_equations_of_the_gates(self) -> None:
        """Master equation of the scheme against m^2 h with m' = a (1 - m) - b m."""
        voltage = Voltage.steps([0.0, 1e-3], [-70.0, 10.0])
        mesh = cube(0.1)
        scheme = calcium_channel("N", voltage, 0.0, number=1000)
        result = simulate(Model(mesh, [scheme, proteins.calcium()]), 5e-3, engine="ode", every=1e-3)

        def gates(t: float, y: np.ndarray) -> list[float]:
            rates = [[gate_rate(f"{g}N", which)(10.0) for which in ("opening", "closing")] for g in "mh"]
            return [a * (1 - x) - b * x for x, (a, b) in zip(y, rates, strict=True)]

        exact = solve_ivp(gates, (0, 4e-3), steady_gates(-70.0)[6:], rtol=1e-9, atol=1e-12, t_eval=[1e-3, 2e-3, 4e-3])
        expected = 1000 * exact.y[0] ** 2 * exact.y[1]
        # Each step of the rate equations has a relative error of 1e-5.
        assert result.number("CaNm2h1")[[2, 3, 5]] == pytest.approx(expected, rel=1e-3)

    @pytest.mark.parametrize("kind", ["R", "T", "L", "N"])
    def test_an_action_potential_drives_every_type(self, kind: str) -> None:
        spike = Voltage.constant(-65.0) + Voltage.action_potential(1e-3)
        assert spike.at(1e-3) == pytest.approx(35.0)
        scheme = calcium_channel(kind, spike, 1.0, number=1)
        power = ACTIVATION_POWERS["RTLN".index(kind)]
        rate = written(scheme)[f"Ca{kind}m0h1 -> Ca{kind}m1h1"]
        assert isinstance(rate, Schedule)
        assert rate.at(1e-3) == pytest.approx(power * gate_rate(f"m{kind}", "opening")(35.0), rel=0.02)

    def test_refuses_unknown_types(self) -> None:
        with pytest.raises(ModelError, match="Calcium channel 'P' is unknown"):
            calcium_channel("P", CLAMP, 1.0, number=1)
        with pytest.raises(ModelError, match="Gate m: number is 0; give a whole number >= 1"):
            Gate("m", 0, 1.0, 1.0)


class TestNmdaReceptors:
    def test_glutamate_binds_twice_at_the_published_rate(self) -> None:
        pulse = Schedule.pulses([2e-3], 1e-3, 1000.0)
        rates = written(proteins.nmda_receptor(pulse, CLAMP, number=20))
        assert rates["NRC0 -> NRC1"] == rates["NRC1 -> NRC2"] == pulse.scaled(5.0)
        others = ("C1 -> NRC0", "C2 -> NRC1", "C2 -> NRO", "O -> NRC2", "C2 -> NRD", "D -> NRC2")
        assert [rates[f"NR{step}"] for step in others] == [12.9, 12.9, 46.5, 73.8, 8.4, 6.8]

    def test_magnesium_divides_the_flux(self) -> None:
        """Without block a tenth of 45 pS x 65 mV at -65 mV."""
        scheme = proteins.nmda_receptor(1.0, Voltage.constant(-65.0), number=20)
        free = proteins.ions_per_second(0.1 * 45e-3 * 65.0)
        assert written(scheme)["NR_in"] == pytest.approx(free * proteins.magnesium_block(-65.0), rel=1e-12)

    def test_receptors_start_closed(self) -> None:
        assert proteins.nmda_receptor(1.0, CLAMP, number=20).releases[0].fractions == {"NRC0": 1.0}

    def test_refuses_negative_glutamate(self) -> None:
        with pytest.raises(ModelError, match=r"glutamate \(uM\) is -1.0"):
            proteins.nmda_receptor(-1.0, CLAMP, number=20)


class TestFluxes:
    def test_an_ohmic_flux_is_charge_over_two_elementary_charges(self) -> None:
        """45 pS x 65 mV is 2.925 pA, 9.128e6 Ca2+ per second."""
        assert OhmicFlux(45.0, 0.0)(-65.0) == pytest.approx(45e-12 * 65e-3 / (2 * 1.602176634e-19), rel=1e-12)

    @pytest.mark.parametrize("flux", [OhmicFlux(45.0, 10.0), GHKFlux(0.1)])
    def test_outward_flux_is_left_out(self, flux: OhmicFlux | GHKFlux) -> None:
        assert flux(200.0) == 0.0

    def test_ghk_reverses_at_the_nernst_potential(self) -> None:
        """k T/(2 e) ln(2000/0.05) = 140.3 mV at 34 degrees."""
        nernst = 1e3 * 1.380649e-23 * 307.15 / (2 * 1.602176634e-19) * math.log(2000 / 0.05)
        flux = GHKFlux(1.0)
        assert flux(nernst - 0.1) > 0
        assert flux(nernst + 0.1) == 0

    def test_ghk_without_a_potential_is_diffusion(self) -> None:
        """P (c_out - c_in), and the same from both sides of 0 mV."""
        flux = GHKFlux(0.5, outside_uM=300.0, inside_uM=100.0)
        assert flux(0.0) == pytest.approx(0.5 * 200 * 602.214076, rel=1e-12)
        assert flux(1e-9) == pytest.approx(flux(-1e-9), rel=1e-6)

    @pytest.mark.parametrize("mV", [-90.0, -30.0, 20.0, 80.0])
    def test_ghk_is_its_equation(self, mV: float) -> None:
        u = 2 * mV * 1e-3 * 1.602176634e-19 / (1.380649e-23 * 307.15)
        expected = 0.5 * u * (2000 * math.exp(-u) - 0.05) / (1 - math.exp(-u)) * 602.214076
        assert GHKFlux(0.5)(mV) == pytest.approx(expected, rel=1e-9)

    def test_ghk_does_not_overflow(self) -> None:
        assert GHKFlux(1.0)(1e5) == 0.0
        assert math.isfinite(GHKFlux(1.0)(-1e5))

    def test_ghk_can_be_stated_as_a_current(self) -> None:
        flux = GHKFlux.from_current(0.3, -20.0)
        assert flux(-20.0) == pytest.approx(proteins.ions_per_second(0.3), rel=1e-12)
        assert proteins.ions_per_second(0.3) == pytest.approx(936_226, abs=1)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: OhmicFlux(-1.0, 0.0), r"conductance \(pS\) is -1.0; give a finite number >= 0"),
            (lambda: OhmicFlux(1.0, 0.0, calcium_fraction=1.1), "calcium fraction is 1.1; give a number from 0 to 1"),
            (lambda: OhmicFlux(1.0, 0.0, magnesium_mM=-1.0), r"magnesium \(mM\) is -1.0"),
            (lambda: GHKFlux(-1.0), r"permeability \(um\^3/s\) is -1.0"),
            (lambda: GHKFlux(1.0, magnesium_mM=-1.0), r"magnesium \(mM\) is -1.0"),
            (lambda: GHKFlux(1.0, valence=0), "valence is 0; give a whole number >= 1"),
            (lambda: GHKFlux(1.0, temperature_C=-300.0), r"temperature \(K\) is -26.85"),
            (lambda: GHKFlux.from_current(0.3, 150.0), "no ion flows inwards at 150 mV; state the current at another"),
        ],
    )
    def test_refuses_numbers_that_cannot_be(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(ModelError, match=message):
            make()


def test_a_channel_opened_by_calcium_runs_in_space() -> None:
    """Every ion binds and stays: all channels that meet one open, and only then do they emit."""
    sink = markov_channel(
        "R", "calcium-gated", ("C", "O"), [Transition("Ca + C -> O", 200.0)], conducting={"O": 1e4}, start="C",
        ion="Na", number=200,
    )  # fmt: skip
    model = Model(cube(0.01), [sink], species=[Species("Ca", 220.0), Species("Na", 500.0)],
                  releases=[Release("Ca", number=50)])  # fmt: skip
    result = simulate(model, 2e-3, every=1e-4)
    assert result.number("Ca")[-1] == 0
    assert result.number("RO")[-1] == 50
    assert result.number("Na")[-1] == result.dataset["event"].sel(reaction="R_in")[-1] > 0
