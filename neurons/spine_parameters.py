"""The constants of the CA1 spine, as printed and as in the authors' published code.

O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142, Table 1 and text; ModelDB 144463.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import pi

import numpy as np

from ..model.errors import ParameterError


@dataclass(frozen=True)
class SpineParameters:
    """Constants of the spine; the defaults are the paper's Table 1 and text, and ModelDB 144463 where they are silent.

    Parameters
    ----------
    ampa_rise_s, ampa_decay_s, nmda_rise_s, nmda_decay_s : float
        Time constants of the synaptic conductances (s).
    g_nmda_pS : float
        Peak GluN conductance without block, independent of volume.
    mg_slope_per_mV, mg_mM : float
        Magnesium block 1/(1 + [Mg] exp(-slope V)/3.57) (Jahr & Stevens 1990).
    E_syn_mV, E_nmda_calcium_mV : float
        Reversal potential of the synaptic current and of its calcium part.
    nmda_calcium_fraction : float
        Part of the GluN current carried by calcium.
    capacitance_fF_per_um2 : float
        Membrane capacitance; 7.5 fF/um^2 = 0.75 uF/cm^2.
    g_leak_pS_per_um2, E_leak_mV : float
        Leak.
    axial_resistivity_ohm_cm : float
        Of the neck.
    g_cav_head_pS_per_um2, g_cav_dendrite_pS_per_um2 : float
        Each of the four calcium channel types (300 and 40 pS/um^2 in total).
    E_cav_mV : float
        Effective ohmic reversal potential of calcium, which mimics the Goldman-Hodgkin-Katz current.
    neck_length_um, neck_diameter_um, dendrite_length_um, dendrite_diameter_um : float
        Cylinders.
    extrusion_head_um_per_s, extrusion_dendrite_um_per_s : float
        Extrusion velocity; the neck has the head's.
    D_calcium_um2_per_s, ca_rest_uM : float
        Diffusion in the neck; resting level of the extrusion.
    neck_exchange_fraction : float
        Part of the neck's length over which calcium diffuses between the neck and its ends: 1/2 in ModelDB 144463,
        1 in the equation that the paper prints.
    kf_per_uM_s, kb_per_s : float
        Buffer binding and unbinding.
    buffer_head_uM, buffer_dendrite_uM : float
        Total buffer; the neck has the head's.
    conductance_density_pS_per_um3 : float
        GluA conductance per head volume.
    min_radius_um : float
        Floor of the head radius, applied when an input arrives (ModelDB 144463).
    """

    ampa_rise_s: float = 0.18e-3
    ampa_decay_s: float = 1.8e-3
    nmda_rise_s: float = 2e-3
    nmda_decay_s: float = 89e-3
    g_nmda_pS: float = 90.0
    mg_slope_per_mV: float = 0.063
    mg_mM: float = 1.0
    E_syn_mV: float = 0.0
    E_nmda_calcium_mV: float = 0.0
    nmda_calcium_fraction: float = 0.1
    capacitance_fF_per_um2: float = 7.5
    g_leak_pS_per_um2: float = 2.0
    E_leak_mV: float = -70.0
    axial_resistivity_ohm_cm: float = 200.0
    g_cav_head_pS_per_um2: float = 75.0
    g_cav_dendrite_pS_per_um2: float = 10.0
    E_cav_mV: float = 10.0
    neck_length_um: float = 0.5
    neck_diameter_um: float = 0.1
    dendrite_length_um: float = 5000.0 / (2.0 * pi)
    dendrite_diameter_um: float = 2.0
    extrusion_head_um_per_s: float = 80.0
    extrusion_dendrite_um_per_s: float = 320.0
    D_calcium_um2_per_s: float = 220.0
    ca_rest_uM: float = 0.05
    neck_exchange_fraction: float = 0.5
    kf_per_uM_s: float = 100.0
    kb_per_s: float = 500.0
    buffer_head_uM: float = 100.0
    buffer_dendrite_uM: float = 500.0
    conductance_density_pS_per_um3: float = 5000.0
    min_radius_um: float = 0.1

    def __post_init__(self) -> None:
        signed = {"E_syn_mV", "E_nmda_calcium_mV", "E_leak_mV", "E_cav_mV"}
        for item in fields(self):
            value = getattr(self, item.name)
            if not np.isfinite(value) or (item.name not in signed and value <= 0):
                allowed = "a finite number" if item.name in signed else "a number > 0"
                raise ParameterError(f"SpineParameters: {item.name} is {value!r}; give {allowed}.")
        for rise, decay in ((self.ampa_rise_s, self.ampa_decay_s), (self.nmda_rise_s, self.nmda_decay_s)):
            if rise >= decay:
                raise ParameterError(
                    f"SpineParameters: a synaptic rise time of {rise} s is not shorter than its decay of {decay} s."
                )


PARAMETER_SETS: dict[str, SpineParameters] = {
    "table1": SpineParameters(),
    "printed": SpineParameters(neck_exchange_fraction=1.0),
    "deposited": SpineParameters(
        g_nmda_pS=100.0,
        mg_slope_per_mV=0.062,
        extrusion_head_um_per_s=130.0,
        extrusion_dendrite_um_per_s=520.0,
        E_nmda_calcium_mV=10.0,
    ),
}
"""The paper's Table 1; the same with calcium's exchange along the neck as the paper prints it; and the values in the
authors' published code (ModelDB 144463)."""


def scaled(parameters: SpineParameters, names: Sequence[str], factor: float) -> SpineParameters:
    """Return the parameters with every one of ``names`` multiplied by ``factor``."""
    return replace(parameters, **{name: factor * getattr(parameters, name) for name in names})
