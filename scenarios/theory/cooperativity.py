"""Neighbouring spines: coincident inputs cooperate, silent spines stay as they are, thresholds fall nearby."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...model.errors import ParameterError
from ...plasticity import CalciumRule, Crosstalk, SpineNeighbourhood
from ...results import CaReadout
from ..base import Outcome, RunOptions, Scenario, check_positive, param
from ..claims import Claim, above, below, between, claim, percent, small

if TYPE_CHECKING:
    import xarray as xr

HARVEY = "Harvey & Svoboda 2007"
ODONNELL = "O'Donnell et al. 2011, Table 1"
INFERRED = "inferred"
START_S = 0.02
STEP_S = 5e-4
SHOWN = (1, 2, 4, 8)


@dataclass(frozen=True)
class Parameters:
    """Parameters of the dendrite, its spines and the stimuli."""

    theta_p: float = param(5.5, "uM", "potentiation threshold", ODONNELL)
    theta_d: float = param(4.0, "uM", "depression threshold", ODONNELL)
    sigma: float = param(0.2, "uM", "width of both thresholds", ODONNELL)
    eta_p: float = param(1.2, "1/s", "potentiation rate, relative to the weight", INFERRED)
    eta_d: float = param(0.12, "1/s", "depression rate, relative to the weight", INFERRED)
    n_pulses: int = param(30, "", "pulses, too far apart to interact", HARVEY)
    spacing: float = param(2.0, "um", "distance of clustered spines", INFERRED)
    dispersed_spacing: float = param(50.0, "um", "distance of dispersed spines", INFERRED)
    coupling: float = param(0.18, "", "relative conductance opened by an input", INFERRED)
    length: float = param(20.0, "um", "length constant of depolarisation", INFERRED)
    influx: float = param(7500.0, "uM/s", "calcium influx, all receptors open", INFERRED)
    leak: float = param(0.02, "", "part of the calcium that shows in neighbours", INFERRED)
    reduction: float = param(0.6, "", "largest fall of the thresholds by crosstalk", INFERRED)
    crosstalk_length: float = param(20.0, "um", "length constant of crosstalk", f"{INFERRED} from {HARVEY}")
    crosstalk_tau: float = param(1200.0, "s", "time constant of crosstalk", f"{INFERRED} from {HARVEY}")
    crosstalk_delay: float = param(90.0, "s", "delay of the test stimulus", HARVEY)
    crosstalk_distance: float = param(3.0, "um", "distance of the tested spine", HARVEY)

    def __post_init__(self) -> None:
        check_positive(self, "sigma", "n_pulses", "spacing", "dispersed_spacing")
        if not self.spacing < self.dispersed_spacing:
            raise ParameterError(
                f"spacing is {self.spacing} um and dispersed_spacing {self.dispersed_spacing} um; "
                "dispersed spines must lie farther apart."
            )
        self.rule()
        self.crosstalk().lowered(self.crosstalk_distance, self.crosstalk_delay)
        self.spines([0.0])

    def rule(self) -> CalciumRule:
        """Return the calcium rule of a spine that has no potentiated neighbour."""
        return CalciumRule(self.eta_p, self.eta_d, self.theta_p, self.theta_d, self.sigma, self.sigma)

    def crosstalk(self) -> Crosstalk:
        """Return how potentiation changes the rule of the neighbours."""
        return Crosstalk(self.reduction, self.crosstalk_length, self.crosstalk_tau)

    def spines(self, positions: ArrayLike) -> SpineNeighbourhood:
        """Return spines at the given positions (um)."""
        return SpineNeighbourhood(
            tuple(np.asarray(positions, dtype=np.float64).tolist()), coupling=self.coupling, length=self.length,
            influx=self.influx, leak=self.leak,
        )  # fmt: skip

    def change(self, readout: CaReadout, rule: CalciumRule | None = None) -> float:
        """Return the relative change of the weight by all pulses."""
        return self.n_pulses * (rule or self.rule()).change(readout)


def time_axis(end: float = 0.5) -> NDArray[np.float64]:
    """Return the times of one pulse (s)."""
    return np.arange(0.0, end, STEP_S)


def cooperate(p: Parameters, n: int, spacing: float) -> CaReadout:
    """Return the calcium of the middle one of n spines that are active together."""
    return p.spines(spacing * np.arange(n)).calcium([[START_S]] * n, time_axis())[n // 2]


def profile(p: Parameters) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Return positions, which are active, peak calcium and change of active and silent spines, interleaved."""
    positions = 0.5 * p.spacing * np.arange(-14.0, 15.0)
    # Eight active spines at the usual spacing, a silent one between any two, and silent ones on both sides.
    active = np.array([i % 2 == 0 and -4.0 <= x / p.spacing < 4.0 for i, x in enumerate(positions)])
    readouts = p.spines(positions).calcium([[START_S] if on else [] for on in active], time_axis())
    return positions, active, np.array([r.peak for r in readouts]), np.array([p.change(r) for r in readouts])


def delayed(p: Parameters, delays: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the change of a spine whose seven neighbours are active earlier by each delay (s)."""
    spines = p.spines(p.spacing * np.arange(8))
    at = START_S + max(0.0, float(np.max(np.abs(delays))))
    changes = []
    for delay in delays:
        inputs = [[at - delay] for _ in range(8)]
        inputs[4] = [at]
        changes.append(p.change(spines.calcium(inputs, time_axis(at + 0.5))[4]))
    return np.array(changes)


def compute(p: Parameters, options: RunOptions) -> xr.Dataset:
    """Stimulate clusters, interleaved and delayed spines, and test neighbours of a potentiated one."""
    import xarray as xr

    options.progress.start(4, "stimuli")
    counts = np.arange(1, 11)
    arrangements = {"clustered": p.spacing, "dispersed": p.dispersed_spacing}
    readouts = {name: [cooperate(p, int(n), gap) for n in counts] for name, gap in arrangements.items()}
    options.progress.advance(1)
    positions, active, peaks, changes = profile(p)
    options.progress.advance(1)
    delays = np.linspace(-0.1, 0.1, 41)
    options.progress.advance(1)

    weak = cooperate(p, 1, p.spacing)
    crosstalk = p.crosstalk()
    distances = np.linspace(0.0, 20.0, 41)
    waits = np.linspace(0.0, 1200.0, 41)
    by_distance = [p.change(weak, crosstalk.rule(p.rule(), d, p.crosstalk_delay)) for d in distances]
    by_delay = [p.change(weak, crosstalk.rule(p.rule(), p.crosstalk_distance, t)) for t in waits]
    options.progress.advance(1)
    by_name = {name: np.array([p.change(r) for r in row]) for name, row in readouts.items()}
    return xr.Dataset(
        {
            "calcium": (("shown", "time"),
                        np.array([readouts["clustered"][n - 1].concentration for n in SHOWN]), {"units": "uM"}),
            "peak": (("arrangement", "count"), np.array([[r.peak for r in row] for row in readouts.values()]),
                     {"units": "uM"}),
            "change": (("arrangement", "count"), np.array(list(by_name.values())), {"units": "1"}),
            "profile_peak": ("position", peaks, {"units": "uM"}),
            "profile_change": ("position", changes, {"units": "1"}),
            "active": ("position", active),
            "delayed_change": ("delay", delayed(p, delays), {"units": "1"}),
            "crosstalk_by_distance": ("distance", by_distance, {"units": "1"}),
            "crosstalk_by_delay": ("wait", by_delay, {"units": "1"}),
            "weak_alone": ((), p.change(weak), {"units": "1"}),
        },
        coords={
            "shown": list(SHOWN),
            "time": ("time", weak.time, {"units": "s"}),
            "arrangement": list(arrangements),
            "count": counts,
            "position": ("position", positions, {"units": "um"}),
            "delay": ("delay", delays, {"units": "s", "long_name": "how much later than its neighbours"}),
            "distance": ("distance", distances, {"units": "um"}),
            "wait": ("wait", waits, {"units": "s"}),
        },
    )  # fmt: skip


def reach(x: NDArray[np.float64], change: NDArray[np.float64]) -> float:
    """Return where potentiation first turns to nothing or depression; 0 if there is none, the end if it never does."""
    negative = np.flatnonzero(change <= 0)
    if negative.size == 0:
        return float(x[-1])
    k = int(negative[0])
    if k == 0:
        return 0.0
    return float(x[k - 1] + (x[k] - x[k - 1]) * change[k - 1] / (change[k - 1] - change[k]))


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Check the statements."""
    strong = float(data["change"].sel(arrangement="clustered", count=8))
    clustered = data["change"].sel(arrangement="clustered").values
    dispersed = float(data["change"].sel(arrangement="dispersed", count=8))
    peaks = data["peak"].sel(arrangement="clustered").values - p.spines([0.0]).rest_calcium
    superlinear = float(peaks[1:5].max() / peaks[0])
    silent = ~data["active"].values
    spared = float(np.abs(data["profile_change"].values[silent]).max() / strong)
    together = float(data["delayed_change"].sel(delay=0.0, method="nearest"))
    apart = float(np.abs(data["delayed_change"].values[[0, -1]]).max())
    alone = float(data["weak_alone"])
    near = float(data["crosstalk_by_distance"].sel(distance=p.crosstalk_distance, method="nearest"))
    extent = reach(data["distance"].values, data["crosstalk_by_distance"].values)
    lasting = reach(data["wait"].values, data["crosstalk_by_delay"].values)
    needed = int(data["count"].values[np.flatnonzero(clustered > 0)[0]]) if np.any(clustered > 0) else 0
    return [
        claim("unblocking", "Active neighbours raise a spine's calcium through its own receptors", superlinear,
              above(1.5), what="peak with up to five over one alone"),
        claim("cooperativity", "One input alone changes nothing, several together potentiate (McNaughton et al. 1978)",
              needed, above(1), what="inputs needed",
              also=[("one alone", clustered[0], small(percent(2, of=strong, whole="eight")))]),
        claim("clustered", "The same number of dispersed inputs does not potentiate", dispersed / strong, below(0.1),
              what="dispersed to clustered", also=[("clustered", strong, above(0))]),
        claim("coincidence", "Inputs 100 ms apart do not, either", apart / together, below(0.1),
              what="100 ms apart to together", also=[("together", together, above(0))]),
        claim("specificity", "Silent spines between the potentiated ones do not change", spared,
              below(percent(1, whole="potentiation")), what="largest change of a silent spine"),
        claim("crosstalk", "After potentiation nearby, a stimulus that is too weak by itself potentiates (Harvey & "
              "Svoboda 2007)", near, above(percent(5)), what="change", also=[("alone", alone, small(percent(2)))]),
        claim("crosstalk-reach", "The lowered threshold spreads over about 10 um", extent, between(5, 15),
              what="reach of potentiation", unit="um"),
        claim("crosstalk-time", "The lowered threshold lasts about 10 min", lasting / 60.0, between(5, 15),
              what="time of potentiation", unit="min"),
    ]  # fmt: skip


def plot(p: Parameters, data: xr.Dataset) -> Any:
    """Draw calcium, cooperativity, specificity, coincidence and crosstalk."""
    from ...viz.style import BLUE, GREEN, label_panels, new_figure

    figure = new_figure(7.2, 4.6)
    axes = figure.subplots(2, 3).ravel()
    for k, n in enumerate(SHOWN):
        shade = str(0.75 - 0.25 * k)
        axes[0].plot(1e3 * data["time"], data["calcium"][k], color=shade, label=f"{n}")
    for threshold, name in ((p.theta_d, r"$\theta_\mathrm{d}$"), (p.theta_p, r"$\theta_\mathrm{p}$")):
        axes[0].axhline(threshold, color="0.6", linestyle=":", linewidth=0.8, zorder=0)
        axes[0].annotate(name, (1.01, threshold), xycoords=("axes fraction", "data"), va="center")
    axes[0].set(xlabel="time (ms)", ylabel="[Ca$^{2+}$] (µM)", xlim=(0, 250), ylim=(0, None))
    axes[0].legend(loc="upper right", title="active spines", title_fontsize=7, ncols=2, handlelength=1.0)
    for name, colour, marker in (("clustered", BLUE, "o-"), ("dispersed", "0.5", "s--")):
        change = 100.0 * data["change"].sel(arrangement=name)
        axes[1].plot(data["count"], change, marker, color=colour, markersize=3, label=name)
    axes[1].set(xlabel="spines active together", ylabel="change of weight (%)", xlim=(0, 10.5))
    axes[1].legend(loc="upper left")
    active = data["active"].values
    for where, colour, marker, label in ((active, BLUE, "o", "active"), (~active, "0.5", "o", "silent")):
        axes[2].plot(data["position"][where], 100.0 * data["profile_change"][where], marker, color=colour,
                     markersize=3, label=label)  # fmt: skip
    axes[2].set(xlabel="position (µm)", ylabel="change of weight (%)")
    axes[2].legend(loc="center", handletextpad=0.1)
    axes[3].plot(1e3 * data["delay"], 100.0 * data["delayed_change"], color=BLUE)
    axes[3].set(xlabel="input after its neighbours (ms)", ylabel="change of weight (%)")
    axes[4].plot(data["distance"], 100.0 * data["crosstalk_by_distance"], color=GREEN)
    axes[4].set(xlabel="distance from potentiated spine (µm)", ylabel="change by weak input (%)", xlim=(0, 20))
    axes[5].plot(data["wait"] / 60.0, 100.0 * data["crosstalk_by_delay"], color=GREEN)
    axes[5].set(xlabel="delay (min)", ylabel="change by weak input (%)", xlim=(0, 20))
    for axis in axes[4:]:
        axis.axhline(100.0 * float(data["weak_alone"]), color="0.5", linestyle="--", linewidth=0.9)
        axis.annotate("alone", (0.98, 100.0 * float(data["weak_alone"])), xytext=(0, 3), ha="right",
                      xycoords=("axes fraction", "data"), textcoords="offset points", color="0.4")  # fmt: skip
    for axis in axes[1:4]:
        axis.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    label_panels(axes, "ABCDEF")
    return figure


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Stimulate, check the statements and draw the figure."""
    data = compute(p, options)
    return Outcome(claims(p, data), data, {"theory_cooperativity": plot(p, data)})


SCENARIO = Scenario(
    name="theory.cooperativity",
    title="Cooperativity, input specificity and crosstalk of neighbouring spines",
    figure="Harvey & Svoboda 2007",
    engine="event-driven",
    expected="3 s",
    parameters=Parameters,
    run=run,
)
