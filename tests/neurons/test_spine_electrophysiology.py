"""The three-compartment CA1 spine against independent integrations, its Jacobian, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from odonnell_reference import COLUMNS, read_full, read_small

from nanospine.model.errors import ParameterError, SimulationError
from nanospine.neurons.calcium_channels import gate_kinetics, linoid
from nanospine.neurons.spine_electrophysiology import burst, make_constants, resting_state, simulate_spine
from nanospine.neurons.spine_equations import CONSTANTS, STATES, derivatives, jacobian
from nanospine.neurons.spine_parameters import PARAMETER_SETS, SpineParameters
from nanospine.plasticity import CalciumRule

RULE = CalciumRule(eta_p=1000.0, eta_d=500.0).sigmoids
REFERENCE_SETS = ("table1", "deposited")
OF_THE_PEAK = 0.005
"""The acceptance asked of the model: 0.5 % of the peak at every stored point."""


def largest_deviation(table, trace, columns, every):
    deviations = []
    for column, state in columns.items():
        reference = table[column].to_numpy()
        deviations.append(np.abs(trace[state][::every] - reference).max() / np.abs(reference).max())
    return max(deviations)


@pytest.mark.parametrize(("name", "potential", "volume"), [("table1", -50.0, 0.05), ("deposited", -30.0, 0.15)])
def test_traces_agree_with_the_reference(name, potential, volume):
    table = read_small(f"{name}_V{potential:.0f}_vol{volume}.csv")
    trace = simulate_spine(PARAMETER_SETS[name], volume, potential, RULE)
    assert largest_deviation(table, trace, COLUMNS, every=10) < OF_THE_PEAK


def test_the_comparison_catches_a_conductance_that_is_five_percent_wrong():
    table = read_small("table1_V-50_vol0.05.csv")
    wrong = simulate_spine(SpineParameters(g_nmda_pS=94.5), 0.05, -50.0, RULE)
    assert largest_deviation(table, wrong, COLUMNS, every=10) > OF_THE_PEAK


@pytest.mark.verification
@pytest.mark.parametrize("name", REFERENCE_SETS)
@pytest.mark.parametrize("potential", [-50.0, -30.0])
@pytest.mark.parametrize("volume", [0.01, 0.05, 0.15])
def test_every_stored_point_agrees(name, potential, volume):
    table = read_full(f"{name}_V{potential:.0f}_vol{volume}.csv")
    trace = simulate_spine(PARAMETER_SETS[name], volume, potential, RULE)
    assert largest_deviation(table, trace, COLUMNS, every=1) < OF_THE_PEAK


@pytest.mark.verification
@pytest.mark.parametrize("name", REFERENCE_SETS)
def test_every_state_agrees(name):
    table = read_full(f"{name}_states_V-50_vol0.05.csv")
    trace = simulate_spine(PARAMETER_SETS[name], 0.05, -50.0, RULE)
    columns = dict(zip(table.columns[1:], STATES, strict=True))
    assert largest_deviation(table, trace, columns, every=1) < OF_THE_PEAK


@pytest.mark.verification
def test_final_strengths_and_holding_currents_agree():
    for row in read_full("final_strengths.csv").itertuples():
        spine = PARAMETER_SETS[row.parameters]
        trace = simulate_spine(spine, row.volume0_um3, row.V_hold_mV, RULE)
        assert trace.tonic_current_pA == pytest.approx(row.I_tonic_pA, abs=1e-5)
        assert trace["gAMPA"][-1] == pytest.approx(row.gAMPA_final_pS, rel=OF_THE_PEAK)


@pytest.mark.verification
def test_peak_calcium_against_volume_agrees():
    rules = {"peak_Ca_plastic_uM": RULE, "peak_Ca_fixed_volume_uM": np.empty((0, 3))}
    for _, row in read_full("peak_ca_vs_volume.csv").iterrows():
        for column, rule in rules.items():
            trace = simulate_spine(PARAMETER_SETS[row["parameters"]], row["volume_um3"], row["V_hold_mV"], rule)
            assert trace["Ca_sp"].max() == pytest.approx(row[column], rel=OF_THE_PEAK)


def test_the_resting_state_is_at_rest():
    y, tonic = resting_state(SpineParameters(), 0.05, -50.0)
    constants = make_constants(SpineParameters(), 1e3 * tonic).view(CONSTANTS, np.ndarray)
    speed = derivatives(y, 0.0, constants, np.empty((0, 3)))
    # mV/s, where a full-size current moves the head by 1e5 mV/s.
    assert np.abs(speed).max() < 1e-4


def test_the_jacobian_is_the_derivative_of_the_equations():
    trace = simulate_spine(SpineParameters(), 0.05, -40.0, RULE, duration_s=0.3)
    constants = make_constants(SpineParameters(), 1e3 * trace.tonic_current_pA).view(CONSTANTS, np.ndarray)
    y = trace.states[-1]
    exact = jacobian(y, 0.0, constants, RULE)
    for j in range(y.size):
        h = 1e-6 * max(abs(y[j]), 1e-3)
        up, down = y.copy(), y.copy()
        up[j] += h
        down[j] -= h
        column = (derivatives(up, 0.0, constants, RULE) - derivatives(down, 0.0, constants, RULE)) / (2 * h)
        # Rounding of a central difference: 1e-16 of the largest rate over h, relative to the column.
        scale = np.abs(exact[:, j]).max() + 1e-30
        assert np.abs(column - exact[:, j]).max() / scale < 1e-4, STATES[j]


def test_gate_derivatives_match_differences_through_the_singular_point():
    for v in (-70.0, -20.0, 20.0):
        table, up, down = np.empty((8, 4)), np.empty((8, 4)), np.empty((8, 4))
        h = 1e-4
        gate_kinetics(v, table)
        gate_kinetics(v + h, up)
        gate_kinetics(v - h, down)
        for value, slope in ((0, 1), (2, 3)):
            difference = (up[:, value] - down[:, value]) / (2 * h)
            np.testing.assert_allclose(table[:, slope], difference, rtol=1e-4, atol=1e-8)
    assert linoid(0.0, 10.0) == (10.0, 0.5)


def test_the_t_type_activates_within_1_ms_from_minus_10_mV_on():
    """Below, tau_m (ms) is -0.855809 + 1.493527 exp(-V/27.414182); its fit ends there."""
    table = np.empty((8, 4))
    for v, tau_ms in ((-70.0, 18.33753), (-30.0, 3.605600), (-10.0001, 1.295161), (-10.0, 1.0), (40.0, 1.0)):
        gate_kinetics(v, table)
        assert 1e3 / table[2, 2] == pytest.approx(tau_ms, rel=1e-5)


def test_all_gates_have_kinetics_at_every_potential_of_a_neuron():
    table = np.empty((8, 4))
    for v in np.linspace(-100.0, 100.0, 2001):
        gate_kinetics(v, table)
        assert ((table[:, 0] >= 0) & (table[:, 0] <= 1)).all()
        assert ((table[:, 2] > 0) & (table[:, 2] < 1e6)).all()


def test_without_plasticity_strength_and_size_stay():
    trace = simulate_spine(SpineParameters(), 0.05, -50.0, np.empty((0, 3)), duration_s=0.2)
    assert np.ptp(trace["gAMPA"]) == 0.0
    np.testing.assert_allclose(trace.head_volume_um3, 0.05)


def test_tighter_tolerance_changes_less_than_the_acceptance():
    loose = simulate_spine(SpineParameters(), 0.05, -30.0, RULE)
    tight = simulate_spine(SpineParameters(), 0.05, -30.0, RULE, rtol=1e-9)
    assert np.abs(loose["Ca_sp"] - tight["Ca_sp"]).max() / tight["Ca_sp"].max() < OF_THE_PEAK / 50


@pytest.mark.parametrize("volume", [0.0, -0.1, float("nan")])
def test_a_volume_must_be_positive(volume):
    with pytest.raises(ParameterError, match="spine volume is"):
        simulate_spine(SpineParameters(), volume, -50.0, RULE)


@pytest.mark.parametrize("potential", [20.0, -200.0, float("nan")])
def test_a_holding_potential_must_be_in_range(potential):
    with pytest.raises(ParameterError, match="between -100 and 0 mV"):
        simulate_spine(SpineParameters(), 0.05, potential, RULE)


def test_bad_constants_inputs_and_rules_are_refused():
    with pytest.raises(ParameterError, match="neck_length_um is -1"):
        SpineParameters(neck_length_um=-1.0)
    with pytest.raises(ParameterError, match="not shorter than its decay"):
        SpineParameters(ampa_rise_s=0.01)
    with pytest.raises(ParameterError, match="at least one input"):
        burst(0)
    with pytest.raises(ParameterError, match="increase strictly"):
        simulate_spine(SpineParameters(), 0.05, -50.0, RULE, inputs_s=[0.1, 0.1])
    with pytest.raises(ParameterError, match="every width > 0"):
        simulate_spine(SpineParameters(), 0.05, -50.0, np.array([[1.0, 4.0, 0.0]]))


def test_a_failing_solver_is_an_error_not_a_nan():
    runaway = np.array([[1e300, 0.0, 0.2]])
    with pytest.raises(SimulationError, match="could not be integrated"), pytest.warns(match="."):
        simulate_spine(SpineParameters(), 0.05, -50.0, runaway, duration_s=0.1)
