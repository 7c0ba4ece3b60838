"""A leaky integrate-and-fire neuron whose excitatory synapses obey spike-timing-dependent plasticity.

The neuron of Song, Miller & Abbott (2000), Nat Neurosci 3:919, Methods: conductances are relative to the leak. Spikes
arrive at exact times; the potential advances in short steps by the exponential Euler method.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from ..plasticity import StdpRule


@dataclass(frozen=True)
class NeuronParameters:
    """Constants of the neuron (Song, Miller & Abbott 2000, Methods).

    Parameters
    ----------
    n_excitatory, n_inhibitory : int
        Synapses.
    inhibitory_Hz : float
        Rate of each inhibitory input.
    g_max, g_inhibitory : float
        Largest excitatory, and inhibitory conductance, relative to the leak.
    tau_membrane, tau_conductance : float
        Time constants (s).
    rest_mV, reset_mV, threshold_mV, excitatory_mV, inhibitory_mV : float
        Potentials.
    """

    n_excitatory: int = 1000
    n_inhibitory: int = 200
    inhibitory_Hz: float = 10.0
    g_max: float = 0.015
    g_inhibitory: float = 0.05
    tau_membrane: float = 20e-3
    tau_conductance: float = 5e-3
    rest_mV: float = -70.0
    reset_mV: float = -60.0
    threshold_mV: float = -54.0
    excitatory_mV: float = 0.0
    inhibitory_mV: float = -70.0


class Run(NamedTuple):
    """Result of a run.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        Final weights, relative to the largest.
    post : ndarray
        Postsynaptic spikes (s).
    first_pre : ndarray
        Presynaptic spikes of synapse 0 (s).
    """

    weights: NDArray[np.float64]
    post: NDArray[np.float64]
    first_pre: NDArray[np.float64]


def simulate_neuron(
    neuron: NeuronParameters,
    rule: StdpRule,
    input_Hz: float,
    duration: float,
    initial: NDArray[np.float64],
    seed: int,
    step: float = 2e-4,
) -> Run:
    """Run the neuron with all pairs of spikes counted.

    Parameters
    ----------
    neuron : NeuronParameters
        The neuron.
    rule : StdpRule
        Of the excitatory synapses.
    input_Hz : float
        Poisson rate of each excitatory input.
    duration, step : float
        Length of the run and time step (s).
    initial : ndarray, shape (n_excitatory,)
        Weights at the start, relative to the largest.
    seed : int
        Of the random inputs.

    Returns
    -------
    Run
    """  # fmt: skip
    constants = np.array([
        neuron.g_max, neuron.g_inhibitory, neuron.tau_membrane, neuron.tau_conductance, neuron.rest_mV,
        neuron.reset_mV, neuron.threshold_mV, neuron.excitatory_mV, neuron.inhibitory_mV,
    ])  # fmt: skip
    weights = np.array(initial, dtype=np.float64)
    rates = np.array([neuron.n_excitatory * input_Hz, neuron.n_inhibitory * neuron.inhibitory_Hz])
    window = np.array([rule.a_plus, rule.a_minus, rule.tau_plus, rule.tau_minus, rule.mu])
    post, first_pre = run_neuron(constants, window, rates, weights, duration, step, np.random.default_rng(seed))
    return Run(weights, post, first_pre)


@jit
def run_neuron(
    constants: NDArray[np.float64],
    window: NDArray[np.float64],
    rates: NDArray[np.float64],
    weights: NDArray[np.float64],
    duration: float,
    step: float,
    random: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Advance the neuron; weights change in place. Return the postsynaptic spikes, and the inputs of synapse 0."""
    g_max, g_inhibitory, tau_m, tau_g, rest, reset, threshold, e_ex, e_in = constants
    a_plus, a_minus, tau_plus, tau_minus, mu = window
    n = weights.size
    trace, seen = np.zeros(n), np.zeros(n)
    post_trace, last_post = 0.0, 0.0
    g_ex, g_in, v = 0.0, 0.0, rest
    fade = exp(-step / tau_g)
    next_ex, next_in = random.exponential(1.0 / rates[0]), random.exponential(1.0 / rates[1])
    post, first_pre = [0.0 for _ in range(0)], [0.0 for _ in range(0)]
    for k in range(round(duration / step)):
        end = (k + 1) * step
        g_ex *= fade
        g_in *= fade
        while next_ex < end:
            i = random.integers(0, n)
            down = a_minus * post_trace * exp(-(next_ex - last_post) / tau_minus)
            g_ex += g_max * weights[i] * exp(-(end - next_ex) / tau_g)
            weights[i] = max(0.0, weights[i] - down * weights[i] ** mu)
            trace[i] = 1.0 + trace[i] * exp(-(next_ex - seen[i]) / tau_plus)
            seen[i] = next_ex
            if i == 0:
                first_pre.append(next_ex)
            next_ex += random.exponential(1.0 / rates[0])
        while next_in < end:
            g_in += g_inhibitory * exp(-(end - next_in) / tau_g)
            next_in += random.exponential(1.0 / rates[1])
        total = 1.0 + g_ex + g_in
        aim = (rest + g_ex * e_ex + g_in * e_in) / total
        v = aim + (v - aim) * exp(-step * total / tau_m)
        if v >= threshold:
            v = reset
            for j in range(n):
                up = a_plus * trace[j] * exp(-(end - seen[j]) / tau_plus)
                weights[j] = min(1.0, weights[j] + up * (1.0 - weights[j]) ** mu)
            post_trace = 1.0 + post_trace * exp(-(end - last_post) / tau_minus)
            last_post = end
            post.append(end)
    return np.array(post), np.array(first_pre)
