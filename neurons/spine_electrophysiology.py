"""A CA1 spine of three compartments: voltage, calcium and plasticity under bursts of input.

The biophysical model of O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142 (Fig. 6, Table 1); what the
paper leaves out comes from the authors' published code (ModelDB 144463).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import odeint
from scipy.optimize import root

from ..compiled.jit import IS_PLAIN
from ..model.errors import ParameterError, SimulationError
from ..model.proteins.fluxes import MAGNESIUM_mM
from ..plasticity.arrays import check_rows
from ..results import CaReadout
from .calcium_channels import open_conductance, steady_gates
from .spine_equations import (
    BUFFER_HEAD,
    CA_HEAD,
    CONSTANTS,
    DENDRITE_GATES,
    G_AMPA,
    HEAD_GATES,
    N_STATES,
    RADIUS,
    STATES,
    UM_PER_FA,
    V_HEAD,
    derivatives,
    jacobian,
)
from .spine_parameters import SpineParameters

ROUNDING_S = 1e-9
"""Times closer than this are the same."""
HOLDING_RANGE_MV = (-100.0, 0.0)
"""Holding potentials: above 0 mV the synapses hyperpolarise, and above +10 mV the ohmic current takes out calcium."""


@dataclass(frozen=True)
class SpineTrace:
    """A simulated burst.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Sampling times; a sample at the time of an input shows the state just after it.
    states : ndarray, shape (n, 31)
        State variables in the order of ``STATES`` (mV, uM, um, pS).
    tonic_current_pA : float
        Current into the dendrite that holds it at rest.
    """

    time_s: NDArray[np.float64]
    states: NDArray[np.float64]
    tonic_current_pA: float

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return the trace of one state variable, e.g. ``"Ca_sp"``."""
        return self.states[:, STATES.index(name)]

    def readout(self, place: str = "head") -> CaReadout:
        """Return the calcium of the head, as rules of plasticity read it."""
        return CaReadout(self.time_s, self["Ca_sp"], place)

    @property
    def head_volume_um3(self) -> NDArray[np.float64]:
        """Volume of the head against time."""
        volume: NDArray[np.float64] = 4.0 / 3.0 * pi * self["head_radius"] ** 3
        return volume


def burst(n_inputs: int = 100, rate_Hz: float = 100.0, start_s: float = 0.05) -> NDArray[np.float64]:
    """Return the input times (s) of a regular burst."""
    if n_inputs < 1 or not rate_Hz > 0 or not start_s >= 0:
        raise ParameterError(
            f"A burst has {n_inputs} inputs at {rate_Hz} Hz from {start_s} s; "
            "give at least one input, a rate > 0 Hz and a start >= 0 s."
        )
    return start_s + np.arange(n_inputs) / rate_Hz


def peak_norm(rise_s: float, decay_s: float) -> float:
    """Return the factor that makes the peak of exp(-t/decay) - exp(-t/rise) equal to 1."""
    t_peak = np.log(decay_s / rise_s) * rise_s * decay_s / (decay_s - rise_s)
    return float(1.0 / (np.exp(-t_peak / decay_s) - np.exp(-t_peak / rise_s)))


def make_constants(p: SpineParameters, tonic_current_fA: float) -> np.recarray:
    """Lower the parameters to the record (1,) that the equations read."""
    cross_section = pi / 4.0 * p.neck_diameter_um**2
    half_neck = p.neck_length_um / 2.0
    # 1 ohm cm = 1e4 ohm um, and 1/ohm = 1e12 pS.
    g_axial = cross_section / (p.axial_resistivity_ohm_cm * 1e4 * half_neck) * 1e12
    taus = np.array([p.ampa_decay_s, p.ampa_rise_s, p.nmda_decay_s, p.nmda_rise_s])
    values: dict[str, Any] = dict(
        synaptic_rates=1.0 / taus,
        ampa_norm=peak_norm(p.ampa_rise_s, p.ampa_decay_s),
        nmda_norm=peak_norm(p.nmda_rise_s, p.nmda_decay_s),
        g_nmda=p.g_nmda_pS,
        mg_slope=p.mg_slope_per_mV,
        mg_factor=p.mg_mM / MAGNESIUM_mM,
        E_syn=p.E_syn_mV,
        E_nmda_calcium=p.E_nmda_calcium_mV,
        nmda_calcium_fraction=p.nmda_calcium_fraction,
        capacitance=p.capacitance_fF_per_um2,
        g_leak=p.g_leak_pS_per_um2,
        E_leak=p.E_leak_mV,
        g_axial=g_axial,
        g_cav_head=p.g_cav_head_pS_per_um2,
        g_cav_dendrite=p.g_cav_dendrite_pS_per_um2,
        E_cav=p.E_cav_mV,
        neck_area=pi * p.neck_diameter_um * p.neck_length_um,
        neck_volume=cross_section * p.neck_length_um,
        dendrite_area=pi * p.dendrite_diameter_um * p.dendrite_length_um,
        dendrite_volume=pi / 4.0 * p.dendrite_diameter_um**2 * p.dendrite_length_um,
        neck_conductivity=p.D_calcium_um2_per_s * cross_section / (p.neck_exchange_fraction * p.neck_length_um),
        extrusion=np.array([p.extrusion_head_um_per_s, p.extrusion_head_um_per_s, p.extrusion_dendrite_um_per_s]),
        ca_rest=p.ca_rest_uM,
        kf=p.kf_per_uM_s,
        kb=p.kb_per_s,
        buffer_total=np.array([p.buffer_head_uM, p.buffer_head_uM, p.buffer_dendrite_uM]),
        volume_per_conductance=1.0 / p.conductance_density_pS_per_um3,
        tonic_current=tonic_current_fA,
    )
    return np.rec.array([tuple(values[name] for name in CONSTANTS.names or ())], dtype=CONSTANTS)


def check_start(volume_um3: float, holding_mV: float) -> None:
    """Refuse volumes and holding potentials that mean nothing."""
    if not (np.isfinite(volume_um3) and volume_um3 > 0):
        raise ParameterError(f"The spine volume is {volume_um3!r} um^3; give a number > 0, e.g. 0.05.")
    low, high = HOLDING_RANGE_MV
    if not low <= holding_mV <= high:
        raise ParameterError(
            f"The holding potential is {holding_mV!r} mV; give a value between {low:g} and {high:g} mV."
        )


def resting_state(
    parameters: SpineParameters, volume_um3: float, holding_mV: float
) -> tuple[NDArray[np.float64], float]:
    """Return the steady state (31,) without input and the tonic current (pA) that holds the dendrite.

    Voltages and gates solve a root problem in the head and neck voltages; the buffers are in equilibrium, so
    that calcium solves a linear system.

    Raises
    ------
    ParameterError
        If the volume is not positive or the holding potential out of range.
    SimulationError
        If the root is not found.
    """
    check_start(volume_um3, holding_mV)
    c = make_constants(parameters, 0.0)[0]
    radius = (3.0 * volume_um3 / (4.0 * pi)) ** (1.0 / 3.0)
    area = 4.0 * pi * radius**2
    slopes = np.empty(8)

    def cav_current(g_max: float, v: float) -> float:
        return float(g_max * open_conductance(steady_gates(v), slopes) * (v - c.E_cav))

    def currents(v: NDArray[np.float64]) -> list[float]:
        to_neck = c.g_axial * (v[0] - v[1])
        head = c.g_leak * area * (v[0] - c.E_leak) + cav_current(c.g_cav_head * area, v[0]) + to_neck
        return [head, c.g_leak * c.neck_area * (v[1] - c.E_leak) - to_neck + c.g_axial * (v[1] - holding_mV)]

    solution = root(currents, [holding_mV, holding_mV], tol=1e-12)
    if np.max(np.abs(currents(solution.x))) > 1e-6:
        raise SimulationError(
            f"No resting state at {holding_mV} mV for a spine of {volume_um3} um^3: {solution.message}"
        )
    v_head, v_neck = solution.x
    i_head = cav_current(c.g_cav_head * area, v_head)
    i_dendrite = cav_current(c.g_cav_dendrite * c.dendrite_area, holding_mV)
    tonic = c.g_leak * c.dendrite_area * (holding_mV - c.E_leak) + i_dendrite - c.g_axial * (v_neck - holding_mV)

    k = c.neck_conductivity
    surface = c.extrusion * np.array([area, c.neck_area, c.dendrite_area])
    exchange = k * np.array([[1.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 1.0]])
    influx = -UM_PER_FA * np.array([i_head, 0.0, i_dendrite])
    calcium = np.linalg.solve(np.diag(surface) + exchange, influx + surface * c.ca_rest)

    y = np.zeros(N_STATES)
    y[V_HEAD : V_HEAD + 3] = v_head, v_neck, holding_mV
    y[CA_HEAD : CA_HEAD + 3] = calcium
    y[HEAD_GATES] = steady_gates(v_head)
    y[DENDRITE_GATES] = steady_gates(holding_mV)
    y[BUFFER_HEAD : BUFFER_HEAD + 3] = c.buffer_total * c.kb / (c.kb + c.kf * calcium)
    y[RADIUS] = radius
    y[G_AMPA] = volume_um3 * parameters.conductance_density_pS_per_um3
    return y, float(tonic / 1e3)


def simulate_spine(
    parameters: SpineParameters,
    volume_um3: float,
    holding_mV: float,
    rule: NDArray[np.float64],
    *,
    inputs_s: Sequence[float] | NDArray[np.float64] | None = None,
    duration_s: float = 1.5,
    sample_s: float = 1e-3,
    rtol: float = 1e-5,
) -> SpineTrace:
    """Hold the dendrite, stimulate the synapse, and follow voltage, calcium and strength.

    Parameters
    ----------
    parameters : SpineParameters
        Constants, e.g. ``PARAMETER_SETS["table1"]``.
    volume_um3 : float
        Initial head volume.
    holding_mV : float
        Resting potential of the dendrite.
    rule : ndarray, shape (n, 3)
        d(gAMPA)/dt (pS/s) as a sum of sigmoids of [Ca2+]: rows of height, centre (uM), width (uM).
        Shape (0, 3) switches plasticity off.
    inputs_s : sequence of float, optional
        Presynaptic spikes (s); default 100 at 100 Hz from 50 ms.
    duration_s, sample_s : float
        End of the run, and the interval between samples.
    rtol : float
        Relative tolerance of the stiff solver (LSODA with an analytic Jacobian).

    Returns
    -------
    SpineTrace

    Raises
    ------
    ParameterError
        If an argument is out of range.
    SimulationError
        If the solver fails.
    """
    rule = check_rows(rule)
    inputs = np.asarray(burst() if inputs_s is None else inputs_s, dtype=np.float64)
    if not (0 < sample_s <= duration_s):
        raise ParameterError(
            f"The sampling interval is {sample_s} s and the duration {duration_s} s; give 0 < interval <= duration."
        )
    if inputs.ndim != 1 or np.any(np.diff(inputs) <= 0) or np.any(inputs < 0):
        raise ParameterError("The input times must be >= 0 s and increase strictly.")
    y, tonic_pA = resting_state(parameters, volume_um3, holding_mV)
    constants: NDArray[np.void] = make_constants(parameters, 1e3 * tonic_pA)
    if not IS_PLAIN:  # compiled functions take a plain array faster, but plain Python finds no attributes there
        constants = np.asarray(constants.view(CONSTANTS, np.ndarray))
    time = np.arange(round(duration_s / sample_s) + 1, dtype=np.float64) * sample_s
    states = np.empty((time.size, N_STATES))
    inputs = snap(inputs[inputs < time[-1]], time)
    edges = np.unique(np.concatenate([[0.0], inputs, [time[-1]]]))
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        if start in inputs:
            receive_input(y, parameters)
        # Samples from this input up to, not including, the next.
        first, last = np.searchsorted(time, [start, stop])
        samples = time[first:last]
        grid = np.concatenate([[start], samples[samples > start], [stop]])
        path = integrate(y, grid, constants, rule, rtol)
        states[first:last] = path[-1 - samples.size : -1]
        y = path[-1]
    states[-1] = y
    return SpineTrace(time, states, tonic_pA)


def snap(inputs: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``inputs`` with those that are a sampling time up to rounding made equal to it."""
    nearest = time[np.clip(np.rint(inputs / time[1]).astype(int), 0, time.size - 1)]
    return np.where(np.abs(inputs - nearest) < ROUNDING_S, nearest, inputs)


def receive_input(y: NDArray[np.float64], parameters: SpineParameters) -> None:
    """Let a presynaptic spike bind half of the free receptors, and keep the head at its smallest size.

    Both exponentials of a conductance gain what its slow one, the bound fraction, gains: the conductance
    itself is continuous.
    """
    y[:2] += 0.5 * (1.0 - y[0])
    y[2:4] += 0.5 * (1.0 - y[2])
    if y[RADIUS] < parameters.min_radius_um:
        y[RADIUS] = parameters.min_radius_um
        y[G_AMPA] = 4.0 / 3.0 * pi * y[RADIUS] ** 3 * parameters.conductance_density_pS_per_um3


def integrate(
    y: NDArray[np.float64],
    grid: NDArray[np.float64],
    constants: NDArray[np.void],
    rule: NDArray[np.float64],
    rtol: float,
) -> NDArray[np.float64]:
    """Integrate from ``grid[0]`` to the other times of ``grid``; return the states there (n, 31)."""
    path, info = odeint(
        derivatives, y, grid, args=(constants, rule), Dfun=jacobian, rtol=rtol, atol=1e-3 * rtol,
        mxstep=5000, full_output=True,
    )  # fmt: skip
    if info["message"] != "Integration successful." or not np.all(np.isfinite(path)):
        raise SimulationError(
            f"The spine's equations could not be integrated from {grid[0]:.4f} s to {grid[-1]:.4f} s "
            f"({info['message']}); check the parameters for extreme values."
        )
    return path
