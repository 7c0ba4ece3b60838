"""Fig. 6: a biophysical CA1 spine undercompensates, so that spines of all sizes converge under strong input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.spine_electrophysiology import SpineTrace, burst, check_start, make_constants, simulate_spine
from ...neurons.spine_parameters import PARAMETER_SETS, SpineParameters, scaled
from ...studies.pool import run_tasks
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from . import untested
from .fig6_claims import claims, lost
from .fig6_plot import plot_spine
from .shared import INFERRED, METHODS, PAPER, check_limits, rule_rows

if TYPE_CHECKING:
    import xarray as xr

CODE = "the authors' published code, ModelDB 144463"
SIZES = ("small", "medium", "large")
PAIR_MV = WEAK_MV, STRONG_MV = -50.0, -30.0
PERTURBED: dict[str, tuple[str, ...]] = {
    "GluN number": ("g_nmda_pS",),
    "GluA number": ("conductance_density_pS_per_um3",),
    "CaV number": ("g_cav_head_pS_per_um2", "g_cav_dendrite_pS_per_um2"),
    "buffer concentration": ("buffer_head_uM", "buffer_dendrite_uM"),
    "buffer off rate": ("kb_per_s",),
    "pump efficacy": ("extrusion_head_um_per_s", "extrusion_dendrite_um_per_s"),
    "neck diameter": ("neck_diameter_um",),
    "neck length": ("neck_length_um",),
}
"""The eight parameters that the paper doubles and halves (p. 16151), and the fields that change together."""
FACTORS = (2.0, 0.5)
WEAK_GLUN = 35.0, 250.0
"""Peak GluN conductance that grows weakly with head volume, as the paper has it (p. 16145): pS, and pS/um^3."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of Fig. 6; the spine's own constants are those of the named set."""

    parameter_set: str = param(
        "table1", "", "'table1', 'printed' (and so the exchange along the neck) or 'deposited' (the code's)",
        f"{PAPER}, Table 1; {CODE}",
    )  # fmt: skip
    volumes: tuple[float, ...] = param(
        (0.01, 0.05, 0.15), "um^3", "small, medium and large spine", f"{PAPER}, p. 16151"
    )
    min_volume: float = param(0.01, "um^3", "smallest volume of the curves", METHODS)
    max_volume: float = param(0.3, "um^3", "largest volume of the curves", METHODS)
    n_volumes: int = param(14, "", "volumes of the curves", "resolution")
    potentials: tuple[float, ...] = param(
        (-70.0, -60.0, -50.0, -40.0, -30.0, -20.0), "mV", "holding potentials of the final strengths",
        f"{INFERRED}; {PAPER}, p. 16151, has 'a large range' around -50 and -30 mV",
    )  # fmt: skip
    n_inputs: int = param(100, "", "inputs of the burst", METHODS)
    input_rate: float = param(100.0, "Hz", "rate of the burst", METHODS)
    start: float = param(0.05, "s", "start of the burst", CODE)
    duration: float = param(1.5, "s", "length of the run", CODE)
    eta_p: float = param(1e-9, "S/s", "potentiation rate; the depression rate is half of it", f"{PAPER}, Table 1")
    robustness: bool = param(True, "", "double and halve each of eight parameters", f"{PAPER}, p. 16151")

    def __post_init__(self) -> None:
        if self.parameter_set not in PARAMETER_SETS:
            raise ParameterError(f"parameter_set is {self.parameter_set!r}; choose one of {', '.join(PARAMETER_SETS)}.")
        check_positive(self, "volumes", "min_volume", "max_volume", "n_volumes", "input_rate", "duration", "eta_p")
        if len(self.volumes) != len(SIZES) or not np.all(np.diff(self.volumes) > 0):
            raise ParameterError(f"volumes is {self.volumes!r}; give three that increase: small, medium, large.")
        check_limits(self.min_volume, self.max_volume, "volume", "um^3")
        if not {WEAK_MV, STRONG_MV} <= set(self.potentials):
            raise ParameterError(
                f"potentials is {self.potentials!r}; it must include {WEAK_MV:g} and {STRONG_MV:g} mV."
            )
        for potential in self.potentials:
            check_start(self.min_volume, potential)
        self.inputs()

    def inputs(self) -> NDArray[np.float64]:
        """Return the times of the burst (s)."""
        return burst(self.n_inputs, self.input_rate, self.start)


@dataclass(frozen=True)
class Task:
    """One burst."""

    spine: SpineParameters
    volume: float
    potential: float
    rows: NDArray[np.float64]
    inputs: NDArray[np.float64]
    duration: float


def simulate(task: Task) -> SpineTrace:
    """Run one burst."""
    return simulate_spine(
        task.spine, task.volume, task.potential, task.rows, inputs_s=task.inputs, duration_s=task.duration
    )


class Plan:
    """The bursts of a run, built from the scenario's parameters."""

    def __init__(self, p: Parameters) -> None:
        self.p = p
        self.inputs = p.inputs()
        # The spine's strengths are in pS.
        self.rows = rule_rows(1e12 * p.eta_p)
        self.volumes = np.geomspace(p.min_volume, p.max_volume, p.n_volumes)

    def task(self, spine: SpineParameters, volume: float, potential: float, plastic: bool = True) -> Task:
        """One burst, with or without plasticity."""
        return Task(
            spine, float(volume), potential, self.rows if plastic else np.empty((0, 3)), self.inputs, self.p.duration
        )

    def curves(self, spine: SpineParameters, plastic: bool) -> list[Task]:
        """Bursts against volume at the two potentials."""
        return [self.task(spine, v, mV, plastic) for mV in PAIR_MV for v in self.volumes]

    def sizes(self, spine: SpineParameters, potentials: tuple[float, ...] = PAIR_MV) -> list[Task]:
        """Bursts of the three spines at each potential."""
        return [self.task(spine, v, mV) for mV in potentials for v in self.p.volumes]

    def weak_glun(self, spine: SpineParameters) -> list[Task]:
        """Bursts of the three spines at the two potentials, with a GluN conductance that grows weakly with volume."""
        return [
            self.task(replace(spine, g_nmda_pS=WEAK_GLUN[0] + WEAK_GLUN[1] * v), v, mV)
            for mV in PAIR_MV
            for v in self.p.volumes
        ]


def other_sets(p: Parameters) -> list[str]:
    """Return the names of the parameter sets that the run does not use."""
    return [name for name in PARAMETER_SETS if name != p.parameter_set]


def perturbed(spine: SpineParameters) -> list[SpineParameters]:
    """Return the spine with each parameter doubled and halved."""
    return [scaled(spine, fields, factor) for fields in PERTURBED.values() for factor in FACTORS]


def run_bursts(p: Parameters, plan: Plan, options: RunOptions) -> dict[str, list[SpineTrace]]:
    """Run all bursts, grouped by the part of the figure that they serve."""
    spine = PARAMETER_SETS[p.parameter_set]
    groups = {
        "size": plan.sizes(spine, p.potentials),
        "other": [task for name in other_sets(p) for task in plan.sizes(PARAMETER_SETS[name])],
        "fixed": plan.curves(spine, plastic=False),
        "plastic": plan.curves(spine, plastic=True),
        "weak_glun": plan.weak_glun(spine),
        "perturbed": [task for changed in perturbed(spine) for task in plan.sizes(changed)] if p.robustness else [],
    }
    tasks = [task for group in groups.values() for task in group]
    traces = iter(list(run_tasks(simulate, tasks, jobs=options.jobs, progress=options.progress, label="bursts")))
    return {name: [next(traces) for _ in group] for name, group in groups.items()}


def finals(traces: list[SpineTrace], *shape: int) -> NDArray[np.float64]:
    """Return the last strength (pS) of each trace."""
    return np.array([trace["gAMPA"][-1] for trace in traces]).reshape(shape)


def peaks(traces: list[SpineTrace], *shape: int) -> NDArray[np.float64]:
    """Return the peak [Ca2+] (uM) of each trace."""
    return np.array([trace.readout().peak for trace in traces]).reshape(shape)


def through_neck(spine: SpineParameters, trace: SpineTrace) -> float:
    """Return the part of the calcium leaving the head, above rest, which goes into the neck."""
    c = make_constants(spine, 0.0)[0]
    area = 4.0 * np.pi * trace["head_radius"] ** 2
    pumped = c.extrusion[0] * area * (trace["Ca_sp"] - c.ca_rest)
    neck = c.neck_conductivity * (trace["Ca_sp"] - trace["Ca_neck"])
    out = [np.trapezoid(flow - flow[0], trace.time_s) for flow in (neck, pumped)]
    return float(out[0] / sum(out))


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Run all bursts and collect what the figure shows."""
    import xarray as xr

    plan = Plan(p)
    done = run_bursts(p, plan, options)
    n = len(SIZES)
    pair = [done["size"][p.potentials.index(mV) * n + i] for mV in PAIR_MV for i in range(n)]

    def stack(traces: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.stack(traces).reshape(2, n, -1)

    spine = PARAMETER_SETS[p.parameter_set]
    initial = spine.conductance_density_pS_per_um3 * np.asarray(p.volumes)
    tonic = np.array([trace.tonic_current_pA for trace in done["size"]]).reshape(-1, n)
    change = np.array([trace["gAMPA"][-1] / trace["gAMPA"][0] - 1.0 for trace in done["plastic"]]).reshape(2, -1)
    neck = [through_neck(spine, trace) for trace in pair]
    against_time = ("potential", "size", "time")
    data = xr.Dataset(
        {
            "voltage": (against_time, stack([trace["V_sp"] for trace in pair]), {"units": "mV"}),
            "calcium": (against_time, stack([trace["Ca_sp"] for trace in pair]), {"units": "uM"}),
            "strength": (against_time, stack([trace["gAMPA"] for trace in pair]), {"units": "pS"}),
            "head_volume": (against_time, stack([trace.head_volume_um3 for trace in pair]), {"units": "um^3"}),
            "initial_strength": ("size", initial, {"units": "pS"}),
            "final_strength": (("holding", "size"), finals(done["size"], -1, n), {"units": "pS"}),
            "tonic_current": (("holding", "size"), tonic, {"units": "pA"}),
            "final_other_set": (("set", "potential", "size"), finals(done["other"], -1, 2, n), {"units": "pS"}),
            "final_weak_glun": (("potential", "size"), finals(done["weak_glun"], 2, n), {"units": "pS"}),
            "peak_weak_glun": (("potential", "size"), peaks(done["weak_glun"], 2, n), {"units": "uM"}),
            "through_neck": (("potential", "size"), np.reshape(neck, (2, n)), {"units": "1"}),
            "peak_calcium": (("potential", "volume"), peaks(done["fixed"], 2, -1), {"units": "uM"}),
            "peak_calcium_plastic": (("potential", "volume"), peaks(done["plastic"], 2, -1), {"units": "uM"}),
            "relative_change": (("potential", "volume"), change, {"units": "1"}),
        },
        coords={
            "time": ("time", pair[0].time_s, {"units": "s"}),
            "potential": ("potential", [WEAK_MV, STRONG_MV], {"units": "mV"}),
            "holding": ("holding", list(p.potentials), {"units": "mV"}),
            "volume": ("volume", plan.volumes, {"units": "um^3"}),
            "size": list(SIZES),
            "set": other_sets(p),
        },
    )  # fmt: skip
    if p.robustness:
        dims, shape = ("parameter", "factor", "potential", "size"), (len(PERTURBED), 2, 2, n)
        data["final_perturbed"] = (dims, finals(done["perturbed"], *shape), {"units": "pS"})
        data["peak_perturbed"] = (dims, peaks(done["perturbed"], *shape), {"units": "uM"})
        density = [changed.conductance_density_pS_per_um3 for changed in perturbed(spine)]
        data["initial_perturbed"] = (
            ("parameter", "factor", "size"), np.multiply.outer(density, p.volumes).reshape(-1, 2, n), {"units": "pS"}
        )  # fmt: skip
        data = data.assign_coords(parameter=list(PERTURBED), factor=list(FACTORS))
    return data


def robustness_table(data: xr.Dataset) -> list[dict[str, Any]]:
    """List which statements survive the doubling and halving of each parameter."""
    rows = []
    for parameter in data["parameter"].values:
        for factor in data["factor"].values:
            part = data.sel(parameter=parameter, factor=factor)
            initial, final = part["initial_perturbed"].values, part["final_perturbed"].values
            rows.append(
                {"parameter": str(parameter), "factor": float(factor)}
                | {f"{mV:g} mV (pS)": " / ".join(f"{g:.0f}" for g in row)
                   for mV, row in zip(data["potential"].values, final, strict=True)}
                | {"lost": ", ".join(lost(initial, final)) or "none"}
            )  # fmt: skip
    return rows


def final_table(data: xr.Dataset) -> list[dict[str, Any]]:
    """List the final strengths at every holding potential."""
    return [
        {"holding (mV)": float(mV)} | {f"{size} (pS)": round(float(g), 1) for size, g in zip(SIZES, row, strict=True)}
        for mV, row in zip(data["holding"].values, data["final_strength"].values, strict=True)
    ]


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Simulate the bursts, check the statements and draw the figure."""
    data = compute(p, options)
    tables = {"Final strength": final_table(data)}
    if p.robustness:
        tables["Robustness: final strength of small / medium / large"] = robustness_table(data)
    return Outcome(claims(p.parameter_set, data), data, {"odonnell2011_fig6": plot_spine(data)}, tables)


SCENARIO = Scenario(
    name="odonnell2011.fig6",
    title="A biophysical CA1 spine: calcium and plasticity against size and depolarisation",
    figure="O'Donnell et al. 2011, Fig. 6",
    engine="ode",
    expected="40 s on one core; 10 s with --quick",
    parameters=Parameters,
    run=run,
    untested=untested.FIG6,
    quick={"n_volumes": 4, "robustness": False, "potentials": (-50.0, -30.0)},
)
