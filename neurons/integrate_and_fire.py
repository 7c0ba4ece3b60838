"""An integrate-and-fire neuron whose synapses have a volume, calcium and a calcium-dependent strength.

The model of O'Donnell, Nolan & van Rossum (2011), J Neurosci 31:16142, Methods. Time is in ms, current in pA,
voltage in mV above rest, volume in um^3, calcium in uM (its amount in uM um^3).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled.jit import jit
from ..compiled.sigmoids import sum_of_sigmoids
from ..model.errors import ParameterError, SimulationError
from ..plasticity.arrays import check_rows


@dataclass(frozen=True)
class NeuronParameters:
    """Constants of the neuron and its synapses (O'Donnell et al. 2011, Methods).

    Parameters
    ----------
    resistance_GOhm, tau_membrane_ms, threshold_mV : float
        Membrane; the voltage resets to 0 (rest).
    epsc_decay_ms, epsc_rise_ms : float
        EPSC w (exp(-t/decay) - exp(-t/rise)).
    tau_gamma_ms, tau_beta_ms : float
        Decay of bound glutamate and of the back-propagated spike.
    binding : float
        Part of the free receptors that a presynaptic spike binds.
    tau_calcium_ms : float
        Decay of calcium.
    influx : float
        k of the influx J = k V^alpha gamma beta (uM um^(3 - 3 alpha)/s).
    alpha : float
        Scaling of the influx with volume.
    volume_per_strength_um3_per_pA : float
        V/w.
    min_strength_pA, max_strength_pA : float
        Limits of the strength.
    bias_pA : float
        Constant current.
    """

    resistance_GOhm: float = 1.0
    tau_membrane_ms: float = 10.0
    threshold_mV: float = 20.0
    epsc_decay_ms: float = 1.8
    epsc_rise_ms: float = 0.18
    tau_gamma_ms: float = 50.0
    tau_beta_ms: float = 5.0
    binding: float = 0.5
    tau_calcium_ms: float = 20.0
    influx: float = 833.3
    alpha: float = 1.0
    volume_per_strength_um3_per_pA: float = 0.01
    min_strength_pA: float = 5.0
    max_strength_pA: float = 25.0
    bias_pA: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            free = item.name in ("alpha", "bias_pA")
            if not np.isfinite(value) or (not free and value <= 0):
                allowed = "a finite number" if free else "a number > 0"
                raise ParameterError(f"NeuronParameters: {item.name} is {value!r}; give {allowed}.")
        if not self.min_strength_pA < self.max_strength_pA:
            raise ParameterError(
                f"NeuronParameters: the strength limits are {self.min_strength_pA} and {self.max_strength_pA} pA; "
                "the lower must be less than the upper."
            )


class StepConstants(NamedTuple):
    """Exact factors of one time step."""

    n_plastic: int
    dt: float
    decays: NDArray[np.float64]
    voltage_from_slow: float
    voltage_from_fast: float
    voltage_from_bias: float
    calcium_from_influx: float
    threshold: float
    binding: float
    influx: float
    alpha: float
    volume_per_strength: float
    limits: NDArray[np.float64]


def convolution(tau_source: float, tau_filter: float, dt: float) -> float:
    """Return the integral over 0..dt of exp(-s/tau_source) exp(-(dt - s)/tau_filter) ds."""
    rate = 1.0 / tau_filter - 1.0 / tau_source
    if abs(rate * dt) < 1e-12:
        return float(dt * np.exp(-dt / tau_filter))
    return float(np.exp(-dt / tau_filter) * np.expm1(rate * dt) / rate)


def step_constants(p: NeuronParameters, n_plastic: int, dt_ms: float) -> StepConstants:
    """Lower the parameters to the exact factors of a step of ``dt_ms``."""
    taus = np.array([p.tau_membrane_ms, p.epsc_decay_ms, p.epsc_rise_ms, p.tau_gamma_ms, p.tau_beta_ms,
                     p.tau_calcium_ms])  # fmt: skip
    per_current = p.resistance_GOhm / p.tau_membrane_ms
    tau_product = 1.0 / (1.0 / p.tau_gamma_ms + 1.0 / p.tau_beta_ms)
    return StepConstants(
        n_plastic=n_plastic,
        dt=dt_ms,
        decays=np.exp(-dt_ms / taus),
        voltage_from_slow=per_current * convolution(p.epsc_decay_ms, p.tau_membrane_ms, dt_ms),
        voltage_from_fast=per_current * convolution(p.epsc_rise_ms, p.tau_membrane_ms, dt_ms),
        voltage_from_bias=-p.resistance_GOhm * p.bias_pA * float(np.expm1(-dt_ms / p.tau_membrane_ms)),
        # The influx is per second.
        calcium_from_influx=1e-3 * convolution(tau_product, p.tau_calcium_ms, dt_ms),
        threshold=p.threshold_mV,
        binding=p.binding,
        influx=p.influx,
        alpha=p.alpha,
        volume_per_strength=p.volume_per_strength_um3_per_pA,
        limits=np.array([p.min_strength_pA, p.max_strength_pA]),
    )


@jit
def power(volume: float, alpha: float) -> float:
    """Return volume^alpha, without a call of pow for the exponents of the paper."""
    if alpha == 0.0:
        return 1.0
    if alpha == 1.0:
        return volume
    if alpha == 2.0:
        return volume * volume
    return volume**alpha


@jit
def advance(
    n_steps: int,
    first_step: int,
    membrane: NDArray[np.float64],
    synapses: NDArray[np.float64],
    spike_steps: NDArray[np.int64],
    spike_synapses: NDArray[np.int64],
    rule: NDArray[np.float64],
    c: StepConstants,
    output_steps: NDArray[np.int64],
) -> int:
    """Advance the neuron by ``n_steps``; return the number of its spikes, whose steps fill ``output_steps``.

    ``membrane`` holds the voltage, slow and fast current and beta; ``synapses`` (3, n) gamma, calcium amount
    and strength. Presynaptic spikes act at the start of their step, threshold is tested at its end.
    """
    gamma, amount, strength = synapses[0], synapses[1], synapses[2]
    n_output = 0
    event = np.searchsorted(spike_steps, first_step)
    for step in range(first_step, first_step + n_steps):
        while event < spike_steps.size and spike_steps[event] == step:
            j = spike_synapses[event]
            gamma[j] += c.binding * (1.0 - gamma[j])
            membrane[1] += strength[j]
            membrane[2] += strength[j]
            event += 1
        for j in range(c.n_plastic):
            volume = c.volume_per_strength * strength[j]
            influx = c.influx * power(volume, c.alpha) * gamma[j] * membrane[3]
            amount[j] = amount[j] * c.decays[5] + influx * c.calcium_from_influx
            gamma[j] *= c.decays[3]
            w = strength[j] + 1e-3 * c.dt * sum_of_sigmoids(amount[j] / volume, rule)[0]
            strength[j] = min(max(w, c.limits[0]), c.limits[1])
        membrane[0] = (
            membrane[0] * c.decays[0]
            + membrane[1] * c.voltage_from_slow
            - membrane[2] * c.voltage_from_fast
            + c.voltage_from_bias
        )
        membrane[1] *= c.decays[1]
        membrane[2] *= c.decays[2]
        membrane[3] *= c.decays[4]
        if membrane[0] >= c.threshold:
            membrane[0] = 0.0
            membrane[3] = 1.0
            if n_output < output_steps.size:
                output_steps[n_output] = step + 1
            n_output += 1
    return n_output


@dataclass(frozen=True)
class NeuronTrace:
    """A simulated neuron.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Sampling times.
    strength_pA, calcium_uM : ndarray, shape (n, n_synapses)
        Strengths and calcium concentrations.
    output_s : ndarray
        Times of the neuron's own spikes.
    """

    time_s: NDArray[np.float64]
    strength_pA: NDArray[np.float64]
    calcium_uM: NDArray[np.float64]
    output_s: NDArray[np.float64]


def simulate_neuron(
    parameters: NeuronParameters,
    initial_strength_pA: NDArray[np.float64],
    spike_times_s: NDArray[np.float64],
    spike_synapses: NDArray[np.int64],
    rule: NDArray[np.float64],
    *,
    duration_s: float,
    sample_s: float,
    n_plastic: int | None = None,
    dt_ms: float = 0.1,
) -> NeuronTrace:
    """Drive the neuron by presynaptic spikes and follow its strengths.

    Parameters
    ----------
    parameters : NeuronParameters
        Constants.
    initial_strength_pA : ndarray, shape (n_synapses,)
        Strengths at the start, within the limits.
    spike_times_s, spike_synapses : ndarray, shape (n_spikes,)
        When and at which synapse presynaptic spikes arrive, sorted by time.
    rule : ndarray, shape (n, 3)
        dw/dt (pA/s) as a sum of sigmoids of [Ca2+]: rows of height, centre (uM), width (uM).
    duration_s, sample_s : float
        End of the run, and the interval between samples.
    n_plastic : int, optional
        Only the first ``n_plastic`` synapses have calcium and plasticity; default all.
    dt_ms : float
        Step. Decays are exact; spikes of the neuron fall on the grid.

    Raises
    ------
    ParameterError
        If an argument is out of range.
    SimulationError
        If a strength or concentration ceases to be finite.
    """
    rule = check_rows(rule)
    strength = np.array(initial_strength_pA, dtype=np.float64)
    check_run(parameters, strength, spike_times_s, spike_synapses, duration_s, sample_s, dt_ms)
    n_plastic = strength.size if n_plastic is None else n_plastic
    constants = step_constants(parameters, n_plastic, dt_ms)
    steps_per_sample = round(1e3 * sample_s / dt_ms)
    n_samples = round(duration_s / sample_s)
    spike_steps = np.floor(np.asarray(spike_times_s) * 1e3 / dt_ms + 1e-6).astype(np.int64)
    spike_synapses = np.asarray(spike_synapses, dtype=np.int64)
    membrane = np.zeros(4)
    synapses = np.zeros((3, strength.size))
    synapses[2] = strength
    samples = np.empty((n_samples + 1, 2, strength.size))
    output: list[NDArray[np.int64]] = []
    buffer = np.empty(steps_per_sample, dtype=np.int64)
    for i in range(n_samples + 1):
        volume = parameters.volume_per_strength_um3_per_pA * synapses[2]
        samples[i] = synapses[2], synapses[1] / volume
        if i < n_samples:
            n_output = advance(
                steps_per_sample, i * steps_per_sample, membrane, synapses, spike_steps, spike_synapses, rule,
                constants, buffer,
            )  # fmt: skip
            output.append(buffer[:n_output].copy())
    if not np.all(np.isfinite(samples)):
        raise SimulationError(
            "A strength or calcium concentration of the neuron is not finite; "
            "reduce the influx or the rates of the rule."
        )
    time = np.arange(n_samples + 1, dtype=np.float64) * sample_s
    output_s = np.concatenate(output).astype(np.float64) * (1e-3 * dt_ms)
    return NeuronTrace(time, samples[:, 0], samples[:, 1], output_s)


def check_run(
    parameters: NeuronParameters,
    strength: NDArray[np.float64],
    spike_times_s: NDArray[np.float64],
    spike_synapses: NDArray[np.int64],
    duration_s: float,
    sample_s: float,
    dt_ms: float,
) -> None:
    """Refuse arguments of :func:`simulate_neuron` that mean nothing."""
    low, high = parameters.min_strength_pA, parameters.max_strength_pA
    if strength.ndim != 1 or strength.size == 0 or not np.all((strength >= low) & (strength <= high)):
        raise ParameterError(
            f"The initial strengths must be a list of numbers between the limits of {low:g} and {high:g} pA."
        )
    if not (dt_ms > 0 and dt_ms <= 1e3 * sample_s <= 1e3 * duration_s):
        raise ParameterError(
            f"The step is {dt_ms} ms, the sampling interval {sample_s} s and the duration {duration_s} s; "
            "give 0 < step <= interval <= duration."
        )
    if len(spike_times_s) != len(spike_synapses) or np.any(np.diff(spike_times_s) < 0):
        raise ParameterError("Presynaptic spikes need one synapse each and times that do not decrease.")
    if len(spike_synapses) and not (np.min(spike_synapses) >= 0 and np.max(spike_synapses) < strength.size):
        raise ParameterError(f"Presynaptic spikes must name synapses from 0 to {strength.size - 1}.")


def poisson_spikes(
    rng: np.random.Generator, rates_Hz: NDArray[np.float64], duration_s: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return sorted times (s) and synapses of independent Poisson spikes, one rate per synapse."""
    if np.any(rates_Hz < 0):
        raise ParameterError(f"A presynaptic rate is {np.min(rates_Hz)} Hz; give rates >= 0 Hz.")
    counts = rng.poisson(rates_Hz * duration_s)
    synapses = np.repeat(np.arange(rates_Hz.size), counts)
    times = rng.uniform(0.0, duration_s, synapses.size)
    order = np.argsort(times, kind="stable")
    return times[order], synapses[order]
