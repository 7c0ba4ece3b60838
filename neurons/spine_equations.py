"""Right-hand side and Jacobian of the three-compartment CA1 spine.

Units: um, s, mV, uM, pS, so that currents (pS mV) are in fA and capacitances in fF.
Equations as in O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142, Methods and Fig. 6.
"""

from __future__ import annotations

from math import exp, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from ..compiled.sigmoids import sum_of_sigmoids
from .calcium_channels import gate_kinetics, open_conductance

FARADAY = 96489.0
"""C/mol, as in the published model."""
UM_PER_FA = 1e6 / (2.0 * FARADAY)
"""Change of [Ca2+] (uM/s) by a calcium current of 1 fA into 1 um^3."""

STATES = (
    "xA_decay", "xA_rise", "xN_decay", "xN_rise",
    "V_sp", "V_neck", "V_dend",
    "Ca_sp", "Ca_neck", "Ca_dend",
    "mR_sp", "hR_sp", "mR_d", "hR_d", "mT_sp", "hT_sp", "mT_d", "hT_d",
    "mL_sp", "hL_sp", "mL_d", "hL_d", "mN_sp", "hN_sp", "mN_d", "hN_d",
    "B_sp", "B_neck", "B_dend",
    "head_radius", "gAMPA",
)  # fmt: skip
N_STATES = len(STATES)
V_HEAD, V_NECK, V_DENDRITE = 4, 5, 6
CA_HEAD, CA_NECK, CA_DENDRITE = 7, 8, 9
HEAD_GATES = np.array([10, 11, 14, 15, 18, 19, 22, 23])
DENDRITE_GATES = HEAD_GATES + 2
BUFFER_HEAD = 26
RADIUS, G_AMPA = 29, 30


CONSTANTS = np.dtype(
    [
        ("synaptic_rates", np.float64, (4,)),
        ("ampa_norm", np.float64),
        ("nmda_norm", np.float64),
        ("g_nmda", np.float64),
        ("mg_slope", np.float64),
        ("mg_factor", np.float64),
        ("E_syn", np.float64),
        ("E_nmda_calcium", np.float64),
        ("nmda_calcium_fraction", np.float64),
        ("capacitance", np.float64),
        ("g_leak", np.float64),
        ("E_leak", np.float64),
        ("g_axial", np.float64),
        ("g_cav_head", np.float64),
        ("g_cav_dendrite", np.float64),
        ("E_cav", np.float64),
        ("neck_area", np.float64),
        ("neck_volume", np.float64),
        ("dendrite_area", np.float64),
        ("dendrite_volume", np.float64),
        ("neck_conductivity", np.float64),
        ("extrusion", np.float64, (3,)),
        ("ca_rest", np.float64),
        ("kf", np.float64),
        ("kb", np.float64),
        ("buffer_total", np.float64, (3,)),
        ("volume_per_conductance", np.float64),
        ("tonic_current", np.float64),
    ]
)
"""Numbers that the equations read, as one record: a kernel takes a single array quickly, many arguments slowly.

See ``SpineParameters`` for their meaning and sources.
"""


@jit
def nmda_conductance(v: float, c: Any) -> tuple[float, float]:
    """GluN conductance (pS) at full gating with its magnesium block, and its derivative by ``v``."""
    block = c.mg_factor * exp(-c.mg_slope * v)
    g = c.g_nmda / (1.0 + block)
    return g, g * block * c.mg_slope / (1.0 + block)


@jit
def derivatives(
    y: NDArray[np.float64], t: float, constants: NDArray[np.void], rule: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Time derivative of the state ``y`` (31,) in the order of ``STATES``; ``constants`` (1,) of ``CONSTANTS``."""
    c = constants[0]
    d = np.empty(N_STATES)
    for i in range(4):
        d[i] = -c.synaptic_rates[i] * y[i]
    r = y[RADIUS]
    area = 4.0 * pi * r * r
    volume = area * r / 3.0
    v_head, v_neck, v_dendrite = y[V_HEAD], y[V_NECK], y[V_DENDRITE]

    kinetics = np.empty((8, 4))
    slopes = np.empty(8)
    gate_kinetics(v_head, kinetics)
    for i in range(8):
        d[HEAD_GATES[i]] = kinetics[i, 2] * (kinetics[i, 0] - y[HEAD_GATES[i]])
    i_cav_head = c.g_cav_head * area * open_conductance(y[HEAD_GATES], slopes) * (v_head - c.E_cav)
    gate_kinetics(v_dendrite, kinetics)
    for i in range(8):
        d[DENDRITE_GATES[i]] = kinetics[i, 2] * (kinetics[i, 0] - y[DENDRITE_GATES[i]])
    i_cav_dendrite = (
        c.g_cav_dendrite * c.dendrite_area * open_conductance(y[DENDRITE_GATES], slopes) * (v_dendrite - c.E_cav)
    )

    g_nmda = nmda_conductance(v_head, c)[0] * c.nmda_norm * (y[2] - y[3])
    g_ampa = y[G_AMPA] * c.ampa_norm * (y[0] - y[1])
    to_neck = c.g_axial * (v_head - v_neck)
    to_dendrite = c.g_axial * (v_neck - v_dendrite)
    i_head = c.g_leak * area * (v_head - c.E_leak) + (g_ampa + g_nmda) * (v_head - c.E_syn) + i_cav_head + to_neck
    i_neck = c.g_leak * c.neck_area * (v_neck - c.E_leak) - to_neck + to_dendrite
    i_dendrite = c.g_leak * c.dendrite_area * (v_dendrite - c.E_leak) + i_cav_dendrite - to_dendrite - c.tonic_current
    d[V_HEAD] = -1e3 * i_head / (c.capacitance * area)
    d[V_NECK] = -1e3 * i_neck / (c.capacitance * c.neck_area)
    d[V_DENDRITE] = -1e3 * i_dendrite / (c.capacitance * c.dendrite_area)

    flow_neck = c.neck_conductivity * (y[CA_HEAD] - y[CA_NECK])
    flow_dendrite = c.neck_conductivity * (y[CA_NECK] - y[CA_DENDRITE])
    i_calcium = i_cav_head + c.nmda_calcium_fraction * g_nmda * (v_head - c.E_nmda_calcium)
    d[CA_HEAD] = (-UM_PER_FA * i_calcium - c.extrusion[0] * area * (y[CA_HEAD] - c.ca_rest) - flow_neck) / volume
    d[CA_NECK] = (-c.extrusion[1] * c.neck_area * (y[CA_NECK] - c.ca_rest) + flow_neck - flow_dendrite) / c.neck_volume
    d[CA_DENDRITE] = (
        -UM_PER_FA * i_cav_dendrite - c.extrusion[2] * c.dendrite_area * (y[CA_DENDRITE] - c.ca_rest) + flow_dendrite
    ) / c.dendrite_volume
    for i in range(3):
        released = c.kb * (c.buffer_total[i] - y[BUFFER_HEAD + i]) - c.kf * y[BUFFER_HEAD + i] * y[CA_HEAD + i]
        d[BUFFER_HEAD + i] = released
        d[CA_HEAD + i] += released

    d[G_AMPA] = sum_of_sigmoids(y[CA_HEAD], rule)[0]
    d[RADIUS] = c.volume_per_conductance * d[G_AMPA] / area
    return d


@jit
def jacobian(
    y: NDArray[np.float64], t: float, constants: NDArray[np.void], rule: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Derivatives of :func:`derivatives` by the state: entry [i, j] is d f_i / d y_j."""
    c = constants[0]
    J = np.zeros((N_STATES, N_STATES))
    for i in range(4):
        J[i, i] = -c.synaptic_rates[i]
    r = y[RADIUS]
    area = 4.0 * pi * r * r
    volume = area * r / 3.0
    v = y[V_HEAD]
    per_head = -1e3 / (c.capacitance * area)
    per_neck = -1e3 / (c.capacitance * c.neck_area)
    per_dendrite = -1e3 / (c.capacitance * c.dendrite_area)

    channel_columns(J, y, c, V_HEAD, HEAD_GATES, c.g_cav_head * area, per_head, CA_HEAD, volume)
    channel_columns(
        J, y, c, V_DENDRITE, DENDRITE_GATES, c.g_cav_dendrite * c.dendrite_area, per_dendrite, CA_DENDRITE,
        c.dendrite_volume,
    )  # fmt: skip
    full, full_slope = nmda_conductance(v, c)
    gating = c.nmda_norm * (y[2] - y[3])
    ampa_gating = c.ampa_norm * (y[0] - y[1])
    ampa = y[G_AMPA] * ampa_gating

    J[V_HEAD, V_HEAD] += per_head * (c.g_leak * area + c.g_axial + ampa + gating * (full + full_slope * (v - c.E_syn)))
    J[V_HEAD, V_NECK] = -per_head * c.g_axial
    J[V_NECK, V_HEAD] = -per_neck * c.g_axial
    J[V_NECK, V_NECK] = per_neck * (c.g_leak * c.neck_area + 2.0 * c.g_axial)
    J[V_NECK, V_DENDRITE] = -per_neck * c.g_axial
    J[V_DENDRITE, V_NECK] = -per_dendrite * c.g_axial
    J[V_DENDRITE, V_DENDRITE] += per_dendrite * (c.g_leak * c.dendrite_area + c.g_axial)

    per_calcium = -UM_PER_FA * c.nmda_calcium_fraction / volume
    J[CA_HEAD, V_HEAD] += per_calcium * gating * (full + full_slope * (v - c.E_nmda_calcium))
    for state, sign in ((2, 1.0), (3, -1.0)):
        J[V_HEAD, state] = sign * per_head * full * c.nmda_norm * (v - c.E_syn)
        J[CA_HEAD, state] = sign * per_calcium * full * c.nmda_norm * (v - c.E_nmda_calcium)
    for state, sign in ((0, 1.0), (1, -1.0)):
        J[V_HEAD, state] = sign * per_head * y[G_AMPA] * c.ampa_norm * (v - c.E_syn)
    J[V_HEAD, G_AMPA] = per_head * ampa_gating * (v - c.E_syn)

    k = c.neck_conductivity
    J[CA_HEAD, CA_HEAD] = -(c.extrusion[0] * area + k) / volume
    J[CA_HEAD, CA_NECK] = k / volume
    J[CA_NECK, CA_HEAD] = k / c.neck_volume
    J[CA_NECK, CA_NECK] = -(c.extrusion[1] * c.neck_area + 2.0 * k) / c.neck_volume
    J[CA_NECK, CA_DENDRITE] = k / c.neck_volume
    J[CA_DENDRITE, CA_NECK] = k / c.dendrite_volume
    J[CA_DENDRITE, CA_DENDRITE] = -(c.extrusion[2] * c.dendrite_area + k) / c.dendrite_volume
    for i in range(3):
        ca, buffer = CA_HEAD + i, BUFFER_HEAD + i
        by_calcium = -c.kf * y[buffer]
        by_buffer = -c.kb - c.kf * y[ca]
        J[buffer, ca] = by_calcium
        J[buffer, buffer] = by_buffer
        J[ca, ca] += by_calcium
        J[ca, buffer] = by_buffer

    radius_column(J, y, c, (ampa + gating * full) * (v - c.E_syn) + c.g_axial * (v - y[V_NECK]),
                  UM_PER_FA * c.nmda_calcium_fraction * gating * full * (v - c.E_nmda_calcium)
                  + k * (y[CA_HEAD] - y[CA_NECK]))  # fmt: skip
    speed, slope = sum_of_sigmoids(y[CA_HEAD], rule)
    J[G_AMPA, CA_HEAD] = slope
    J[RADIUS, CA_HEAD] = c.volume_per_conductance * slope / area
    J[RADIUS, RADIUS] = -2.0 * c.volume_per_conductance * speed / (area * r)
    return J


@jit
def channel_columns(
    J: NDArray[np.float64], y: NDArray[np.float64], c: Any, v_index: int, gates: NDArray[np.int64],
    g_max: float, per_voltage: float, ca_index: int, volume: float,
) -> None:  # fmt: skip
    """Write the entries of one compartment's calcium channels into ``J``."""
    v = y[v_index]
    kinetics = np.empty((8, 4))
    slopes = np.empty(8)
    gate_kinetics(v, kinetics)
    total = open_conductance(y[gates], slopes)
    J[v_index, v_index] += per_voltage * g_max * total
    J[ca_index, v_index] -= UM_PER_FA / volume * g_max * total
    for i in range(8):
        gate = gates[i]
        current = g_max * slopes[i] * (v - c.E_cav)
        J[v_index, gate] = per_voltage * current
        J[ca_index, gate] = -UM_PER_FA / volume * current
        J[gate, gate] = -kinetics[i, 2]
        J[gate, v_index] = kinetics[i, 2] * kinetics[i, 1] + kinetics[i, 3] * (kinetics[i, 0] - y[gate])


@jit
def radius_column(
    J: NDArray[np.float64], y: NDArray[np.float64], c: Any, lumped_current: float, lumped_flux: float
) -> None:
    """Write the derivatives by the head radius.

    ``lumped_current`` (fA) and ``lumped_flux`` (uM um^3/s, out of the head) are the terms that do not
    scale with the head's area.
    """
    r = y[RADIUS]
    area = 4.0 * pi * r * r
    volume = area * r / 3.0
    slopes = np.empty(8)
    cav = c.g_cav_head * open_conductance(y[HEAD_GATES], slopes) * (y[V_HEAD] - c.E_cav)
    J[V_HEAD, RADIUS] = 1e3 / c.capacitance * lumped_current / area * 2.0 / r
    per_area = UM_PER_FA * cav + c.extrusion[0] * (y[CA_HEAD] - c.ca_rest)
    J[CA_HEAD, RADIUS] = 3.0 / r**2 * per_area + 3.0 / r * lumped_flux / volume
