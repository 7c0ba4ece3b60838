"""Pairing of pre- and postsynaptic spikes, gated by neuromodulators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...bulk import ODE
from ...model import Model, ParameterError, Reaction, Schedule, checks
from ...studies.pool import run_tasks
from ...viz.style import BLACK, BLUE, GREEN, ORANGE, label_panels, new_figure
from ..base import Outcome, RunOptions, Scenario, param
from ..claims import Claim, above, below, claim
from .induction import METHODS
from .pathways import REST, VOLUME, observe, pathways
from .stimulation import concentration_rate

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

#: Seconds before the first pairing at which the neuromodulators begin to flow in, and for how long they do.
MODULATION_LEAD, MODULATION_SECONDS = 480.0, 600.0
#: A pairing's Ca2+ influx begins and ends so long (s) from the excitatory postsynaptic potential.
INFLUX_START, INFLUX_END = -0.1, 0.9
#: Interval of the output (s).
EVERY = 20.0
#: Neuromodulators: condition -> whether the beta-adrenergic ligand and acetylcholine flow in.
CONDITIONS = {
    "none": (False, False),
    "β-adrenergic": (True, False),
    "cholinergic": (False, True),
    "both": (True, True),
}
COLOURS = dict(zip(CONDITIONS, (BLACK, ORANGE, GREEN, BLUE), strict=True))
#: Smallest relative change of the conductance that counts as plasticity.
CLEAR = 0.05


@dataclass(frozen=True)
class Parameters:
    """Pairings and neuromodulators."""

    intervals: tuple[float, ...] = param(
        (-200, -120, -80, -50, -30, -10, 0, 10, 30, 50, 80, 120, 200), "ms",
        "from the excitatory postsynaptic potential to the burst of spikes; those of the table", METHODS,
    )  # fmt: skip
    pairings: int = param(120, "", "number of pairings", METHODS)
    frequency: float = param(1.0, "Hz", "pairings per second", METHODS)
    modulation: float = param(0.05, "molecules/ms", "influx of each neuromodulator that is present", METHODS)
    duration: float = param(960.0, "s", "time followed from the first pairing", METHODS)
    resolution: float = param(0.02, "", "merges bins of the Ca2+ influx that differ by less of its peak", "resolution")

    def __post_init__(self) -> None:
        known = influx_table().columns
        for interval in self.intervals:
            if interval not in known:
                raise ParameterError(
                    f"intervals has {interval:g} ms; the table has {', '.join(f'{column:g}' for column in known)}."
                )
        if not self.intervals:
            raise ParameterError("intervals is empty; give at least one of the table's, e.g. 10.")
        checks.whole("pairings", self.pairings, minimum=1, error=ParameterError)
        for name in ("frequency", "duration", "modulation"):
            checks.positive(name, getattr(self, name), error=ParameterError)
        checks.finite("resolution", self.resolution, minimum=0.0, error=ParameterError)
        if self.duration % EVERY:
            raise ParameterError(f"duration is {self.duration:g} s; give a multiple of {EVERY:g} s.")
        if self.frequency > 1.0:
            raise ParameterError(f"frequency is {self.frequency:g} Hz; a pairing lasts 1 s: at most 1 Hz.")


def influx_table() -> pd.DataFrame:
    """Return the Ca2+ influx (ions/ms) of a pairing: rows by time from the potential (ms), columns by interval (ms).

    NMDA currents of a layer 2/3 pyramidal cell, a tenth of which is Ca2+; Maki-Marttunen et al. (2020), Methods.
    """
    with (files("nanospine.scenarios.maki2020") / "data" / "stdp_calcium_flux.csv").open() as stream:
        table = pd.read_csv(stream, index_col=0)
    table.columns = [float(column) for column in table.columns]
    return table


def pairing_influx(interval: float, resolution: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return edges (s from its start) and rates (ions/ms) of a pairing's influx, with like bins merged.

    Merged bins keep their charge.
    """
    column = influx_table()[interval]
    edges = np.append(1e-3 * column.index.to_numpy(), INFLUX_END)
    rates = column.to_numpy()
    charge = rates * np.diff(edges)
    starts = [0]
    for k in range(1, len(rates)):
        if np.ptp(rates[starts[-1] : k + 1]) > resolution * rates.max():
            starts.append(k)
    merged = edges[[*starts, len(rates)]]
    return merged - INFLUX_START, np.add.reduceat(charge, starts) / np.diff(merged)


def calcium_influx(p: Parameters, interval: float) -> Reaction:
    """Return the influx of all pairings, the first of which begins at the end of the rest."""
    edges, rates = pairing_influx(interval, p.resolution)
    starts = REST + np.arange(p.pairings)[:, None] / p.frequency
    # The end of one pairing may be the start of the next.
    times = np.round(np.append((starts + edges).ravel(), 0.0), 9)
    values = np.append(np.tile(np.append(rates, 0.0), p.pairings), 0.0)
    order = np.argsort(times, kind="stable")
    last = np.append(np.diff(times[order]) > 0, True)
    return Reaction("0 -> Ca", Schedule(times[order][last], concentration_rate(1.0, VOLUME) * values[order][last]))


def modulators(p: Parameters, condition: str) -> list[Reaction]:
    """Return the influx of the neuromodulators."""
    begin = REST - MODULATION_LEAD
    flux = Schedule.pulses([begin], MODULATION_SECONDS, concentration_rate(p.modulation, VOLUME))
    present = zip(("L", "ACh"), CONDITIONS[condition], strict=True)
    return [Reaction(f"0 -> {species}", flux) for species, flows in present if flows]


def paired_model(p: Parameters, interval: float, condition: str) -> Model:
    """Return the pathways under pairings at an interval (ms)."""
    stimulus = [calcium_influx(p, interval), *modulators(p, condition)]
    return replace(pathways(), reactions=[*pathways().reactions, *stimulus])


def run_pairing(task: tuple[Parameters, str, float]) -> NDArray[np.float64]:
    """Return the conductance (pS) from the first pairing on, every 20 s."""
    p, condition, interval = task
    begin = REST - MODULATION_LEAD
    resting = ODE().run(pathways(), begin, every=begin)
    run = ODE().run(paired_model(p, interval, condition), MODULATION_LEAD + p.duration, every=EVERY, start=resting)
    observed = observe(run.dataset["number"])
    return np.asarray(observed["conductance"].values[round(MODULATION_LEAD / EVERY) :])


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Run all intervals under all conditions."""
    import xarray as xr

    tasks = [(p, condition, interval) for condition in CONDITIONS for interval in p.intervals]
    answers = run_tasks(run_pairing, tasks, jobs=options.jobs, progress=options.progress, label="pairings")
    conductance = np.array(list(answers)).reshape(len(CONDITIONS), len(p.intervals), -1)
    return xr.Dataset(
        {
            "conductance": (("condition", "interval", "time"), conductance, {"units": "pS"}),
            "ratio": (("condition", "interval"), conductance[:, :, -1] / conductance[:, :, 0], {"units": "1"}),
        },
        coords={
            "condition": list(CONDITIONS),
            "interval": ("interval", list(p.intervals), {"units": "ms"}),
            "time": ("time", EVERY * np.arange(conductance.shape[-1]), {"units": "s from the first pairing"}),
        },
    )


def claims(data: xr.Dataset) -> list[Claim]:
    """Check which neuromodulators gate which direction."""
    change = {name: data["ratio"].sel(condition=name).values - 1 for name in CONDITIONS}
    none, beta, cholinergic, both = change.values()
    return [
        claim("gated", "Without neuromodulators pairing hardly changes the synapse", np.abs(none).max(), below(CLEAR),
              what="largest |relative change|", where="Fig. 5"),
        claim("beta-adrenergic-potentiates", "With the β-adrenergic ligand alone pairing only potentiates", beta.max(),
              above(CLEAR), what="largest change", where="Fig. 5", also=[("smallest", beta.min(), above(-CLEAR))]),
        claim("cholinergic-depresses", "With acetylcholine alone pairing only depresses", cholinergic.min(),
              below(-CLEAR), what="smallest change", where="Fig. 5",
              also=[("largest", cholinergic.max(), below(CLEAR))]),
        claim("both-bidirectional", "With both the interval decides whether pairing potentiates or depresses",
              both.max() - both.min(), where="Fig. 5",
              also=[("largest change", both.max(), above(CLEAR)), ("smallest", both.min(), below(-CLEAR))]),
    ]  # fmt: skip


def draw(data: xr.Dataset) -> Figure:
    """Draw the conductance against interval, and against time at the interval that changes it most."""
    figure = new_figure(6.5, 2.6)
    window, course = figure.subplots(1, 2)
    most = data["interval"].values[np.argmax(np.abs(data["ratio"].sel(condition="both").values - 1))]
    for name, colour in COLOURS.items():
        window.plot(data["interval"], data["ratio"].sel(condition=name), "o-", color=colour, markersize=3, label=name)
        trace = data["conductance"].sel(condition=name, interval=most)
        course.plot(data["time"] / 60, trace / float(trace[0]), color=colour)
    for axis in (window, course):
        axis.axhline(1.0, color="0.6", linestyle=":", linewidth=0.8)
    window.set(xlabel="spikes after the EPSP by (ms)", ylabel="conductance relative to before")
    window.legend(title="neuromodulators")
    course.set(xlabel="time from the first pairing (min)", ylabel="conductance relative to before",
               title=f"interval {most:g} ms")  # fmt: skip
    label_panels((window, course), "AB")
    return figure


def rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """List the conductance relative to before the pairings."""
    return [
        {"interval (ms)": f"{interval:g}"}
        | {name: f"{float(data['ratio'].sel(condition=name, interval=interval)):.3f}" for name in CONDITIONS}
        for interval in data["interval"].values
    ]


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Pair, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(data), data, {"maki2020_stdp": draw(data)}, {"Conductance relative to before": rows(data)})


SCENARIO = Scenario(
    name="maki2020.stdp",
    title="Spike pairing gated by neuromodulators",
    figure="Maki-Marttunen et al. 2020, Fig. 5",
    engine="ode",
    expected="6 min with --jobs 2, quick 1 min",
    parameters=Parameters,
    run=run,
    quick={"intervals": (-50, 10), "pairings": 60},
)
