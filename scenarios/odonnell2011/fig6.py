"""Fig. 6: a biophysical CA1 spine undercompensates, so that spines of all sizes converge under strong input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...model.errors import ParameterError
from ...neurons.spine_electrophysiology import SpineTrace, burst, check_start, simulate_spine
from ...neurons.spine_parameters import PARAMETER_SETS, SpineParameters, scaled
from ...studies.pool import run_tasks
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Bound, Claim, above, below, claim, small
from .fig6_plot import plot_spine
from .shared import METHODS, PAPER, check_limits, rule_rows

if TYPE_CHECKING:
    import xarray as xr

FIG6 = f"{PAPER}, Fig. 6"
SIZES = ("small", "medium", "large")
WEAK_MV, STRONG_MV = -50.0, -30.0
PERTURBED: dict[str, tuple[str, ...]] = {
    "peak GluN conductance": ("g_nmda_pS",),
    "CaV density": ("g_cav_head_pS_per_um2", "g_cav_dendrite_pS_per_um2"),
    "extrusion velocity": ("extrusion_head_um_per_s", "extrusion_dendrite_um_per_s"),
    "buffer concentration": ("buffer_head_uM", "buffer_dendrite_uM"),
    "buffer kinetics": ("kf_per_uM_s", "kb_per_s"),
    "neck length": ("neck_length_um",),
    "neck diameter": ("neck_diameter_um",),
    "plasticity rate": (),
}
"""The eight parameters of the robustness table and the fields that change together; the last is the rule's."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of Fig. 6; the spine's own constants are those of the named set."""

    parameter_set: str = param("table1", "", "'table1' (the paper) or 'deposited' (the published code)", FIG6)
    volumes: tuple[float, ...] = param((0.01, 0.05, 0.15), "um^3", "small, medium and large spine", FIG6)
    min_volume: float = param(0.01, "um^3", "smallest volume of the curves", FIG6)
    max_volume: float = param(0.3, "um^3", "largest volume of the curves", FIG6)
    n_volumes: int = param(14, "", "volumes of the curves", "resolution")
    potentials: tuple[float, ...] = param(
        (-70.0, -60.0, -50.0, -40.0, -30.0, -20.0), "mV", "holding potentials of the final strengths", FIG6
    )
    n_inputs: int = param(100, "", "inputs of the burst", METHODS)
    input_rate: float = param(100.0, "Hz", "rate of the burst", METHODS)
    start: float = param(0.05, "s", "start of the burst", FIG6)
    duration: float = param(1.5, "s", "length of the run", METHODS)
    eta_p: float = param(1e-9, "S/s", "potentiation rate; the depression rate is half of it", METHODS)
    robustness: bool = param(True, "", "double and halve each of eight parameters", f"{PAPER}, robustness table")

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

    def task(self, spine: SpineParameters, volume: float, potential: float, rate_factor: float = 1.0) -> Task:
        """One burst with the rule's rates scaled by ``rate_factor`` (0: no plasticity)."""
        rows = self.rows * np.array([rate_factor, 1.0, 1.0]) if rate_factor else np.empty((0, 3))
        return Task(spine, float(volume), potential, rows, self.inputs, self.p.duration)

    def curves(self, spine: SpineParameters, rate_factor: float) -> list[Task]:
        """Bursts against volume at the two potentials."""
        return [self.task(spine, v, mV, rate_factor) for mV in (WEAK_MV, STRONG_MV) for v in self.volumes]

    def sizes(self, spine: SpineParameters, potentials: tuple[float, ...], rate_factor: float = 1.0) -> list[Task]:
        """Bursts of the three spines at each potential."""
        return [self.task(spine, v, mV, rate_factor) for mV in potentials for v in self.p.volumes]

    def perturbed(self, spine: SpineParameters) -> list[Task]:
        """Bursts of the three spines at the two potentials, each parameter doubled and halved."""
        tasks = []
        for fields in PERTURBED.values():
            for factor in (2.0, 0.5):
                changed = scaled(spine, fields, factor)
                tasks += self.sizes(changed, (WEAK_MV, STRONG_MV), 1.0 if fields else factor)
        return tasks


def run_bursts(p: Parameters, plan: Plan, options: RunOptions) -> dict[str, list[SpineTrace]]:
    """Run all bursts, grouped by the part of the figure that they serve."""
    spine, other = PARAMETER_SETS[p.parameter_set], PARAMETER_SETS[other_set(p)]
    groups = {
        "size": plan.sizes(spine, p.potentials),
        "other": plan.sizes(other, (WEAK_MV, STRONG_MV)),
        "fixed": plan.curves(spine, 0.0),
        "plastic": plan.curves(spine, 1.0),
        "perturbed": plan.perturbed(spine) if p.robustness else [],
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


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Run all bursts and collect what the figure shows."""
    import xarray as xr

    plan = Plan(p)
    done = run_bursts(p, plan, options)
    n = len(SIZES)
    pair = [done["size"][p.potentials.index(mV) * n + i] for mV in (WEAK_MV, STRONG_MV) for i in range(n)]

    def stack(traces: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.stack(traces).reshape(2, n, -1)

    initial = PARAMETER_SETS[p.parameter_set].conductance_density_pS_per_um3 * np.asarray(p.volumes)
    tonic = np.array([trace.tonic_current_pA for trace in done["size"]]).reshape(-1, n)
    change = np.array([trace["gAMPA"][-1] / trace["gAMPA"][0] - 1.0 for trace in done["plastic"]]).reshape(2, -1)
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
            "final_other_set": (("potential", "size"), finals(done["other"], 2, n), {"units": "pS"}),
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
        },
    )
    if p.robustness:
        dims, shape = ("parameter", "factor", "potential", "size"), (len(PERTURBED), 2, 2, n)
        data["final_perturbed"] = (dims, finals(done["perturbed"], *shape), {"units": "pS"})
        data["peak_perturbed"] = (dims, peaks(done["perturbed"], *shape), {"units": "uM"})
        data = data.assign_coords(parameter=list(PERTURBED), factor=[2.0, 0.5])
    return data


def other_set(p: Parameters) -> str:
    """Return the name of the parameter set that the run does not use."""
    return next(name for name in PARAMETER_SETS if name != p.parameter_set)


#: Sentence, what is measured, and its bound.
STATEMENTS: dict[str, tuple[str, str, Bound]] = {
    "small potentiates": ("At -50 mV the small spine potentiates", "relative change", above(0.1)),
    "medium depresses": ("At -50 mV the medium spine depresses", "relative change", below(-0.05)),
    "large unchanged": ("At -50 mV the large spine does not change", "relative change", small(0.05)),
    "small and medium converge": ("At -50 mV small and medium converge", "spread / mean", below(0.05)),
    "all converge": ("At -30 mV all three converge", "spread / mean", below(0.05)),
    "to a larger strength": ("At -30 mV the common strength is larger than at -50 mV", "ratio", above(1)),
}


def deciding_values(initial: NDArray[np.float64], final: NDArray[np.float64]) -> dict[str, float]:
    """Return what the paper's statements measure on final strengths (potential, size), in their order."""
    change = final[0] / initial - 1.0
    small_and_medium = np.ptp(final[0, :2]) / final[0, :2].mean()
    all_three = np.ptp(final[1]) / final[1].mean()
    rise = final[1].min() / final[0, :2].max()
    return dict(zip(STATEMENTS, map(float, (*change, small_and_medium, all_three, rise)), strict=True))


def lost(initial: NDArray[np.float64], final: NDArray[np.float64]) -> list[str]:
    """Return the statements that do not hold."""
    return [key for key, value in deciding_values(initial, final).items() if not STATEMENTS[key][2].holds(value)]


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure."""
    initial = data["initial_strength"].values
    pair = data["strength"].values[:, :, -1]
    found = []
    for values, suffix, origin in (
        (pair, "", f"set {p.parameter_set}"),
        (data["final_other_set"].values, f"-{other_set(p)}", f"set {other_set(p)}"),
    ):
        for key, value in deciding_values(initial, values).items():
            sentence, what, bound = STATEMENTS[key]
            found.append(claim(key.replace(" ", "-") + suffix, f"{sentence} ({origin})", value, bound, what=what))
    for mV, against_volume in zip(data["potential"].values, data["peak_calcium"].values, strict=True):
        found.append(
            claim(f"peak-falls{mV:+.0f}mV", f"At {mV:g} mV peak [Ca2+] falls with spine volume",
                  np.diff(against_volume).max(), below(0), what="largest step between volumes", unit="uM")
        )  # fmt: skip
    return found + (robustness_claims(data) if p.robustness else [])


def robustness_claims(data: xr.Dataset) -> list[Claim]:
    """Check that undercompensation itself survives every doubling and halving, whatever the final strengths."""
    by_size = data["peak_perturbed"].values
    step = (by_size[..., 1:] / by_size[..., :-1]).max()
    spread = np.std(np.log(data["final_perturbed"].values), axis=-1) / np.std(np.log(data["initial_strength"].values))
    return [
        claim("robust-peak", "With each of eight parameters doubled and halved, peak [Ca2+] falls from small to large",
              step, below(1), what="largest ratio of a peak to that of the next smaller"),
        claim("robust-convergence", "With each of eight parameters doubled and halved, strengths draw together",
              spread.max(), below(1), what="largest ratio of final to initial SD of ln g"),
    ]  # fmt: skip


def robustness_table(data: xr.Dataset) -> list[dict[str, Any]]:
    """List which statements survive the doubling and halving of each parameter."""
    rows = []
    initial = data["initial_strength"].values
    for parameter in data["parameter"].values:
        for factor in data["factor"].values:
            final = data["final_perturbed"].sel(parameter=parameter, factor=factor).values
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
    return Outcome(claims(p, data), data, {"odonnell2011_fig6": plot_spine(data)}, tables)


SCENARIO = Scenario(
    name="odonnell2011.fig6",
    title="A biophysical CA1 spine: calcium and plasticity against size and depolarisation",
    figure="O'Donnell et al. 2011, Fig. 6",
    engine="ode",
    expected="40 s on one core; 10 s with --quick",
    parameters=Parameters,
    run=run,
    quick={"n_volumes": 4, "robustness": False, "potentials": (-50.0, -30.0)},
)
