"""The panels of ``theory.stdp``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

LABELS = {
    "all-to-all": "all pairs",
    "nearest-symmetric": "nearest, symmetric",
    "nearest-presynaptic": "nearest, pre-centred",
    "nearest-reduced": "nearest, reduced",
}


def plot(threshold_Hz: float, data: xr.Dataset) -> Any:
    """Draw window, drift, pair protocol, weights and rates."""
    from ...viz.style import label_panels, new_figure

    figure = new_figure(7.2, 4.6)
    axes = figure.subplots(2, 3)
    plot_window(axes[0, 0], data)
    plot_drift(axes[0, 1], threshold_Hz, data)
    plot_protocol(axes[0, 2], data)
    plot_weights(axes[1, 0], data)
    plot_rates(axes[1, 1], axes[1, 2], data)
    label_panels(axes.ravel(), "ABCDEF")
    return figure


def plot_window(axis: Any, data: xr.Dataset) -> None:
    """Draw the window and what pairs at 1 Hz do."""
    delay = 1e3 * data["delay"].values
    for side in (delay < 0, delay > 0):
        axis.plot(delay[side], data["window"].values[side], color="black")
    axis.plot(1e3 * data["lag"], data["pair_change"], "o", color="black", markersize=3)
    axis.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axis.axvline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axis.set(xlabel="t$_\\mathrm{post}$ − t$_\\mathrm{pre}$ (ms)", ylabel="change per 60 pairs (relative)")


def plot_drift(axis: Any, threshold_Hz: float, data: xr.Dataset) -> None:
    """Draw measured and expected drift against the postsynaptic rate."""
    from ...viz.style import BLACK, BLUE, GREEN, RED

    for pairing, colour in zip(LABELS, (BLACK, BLUE, RED, GREEN), strict=True):
        part = data.sel(pairing=pairing)
        axis.plot(part["curve_rate"], part["expected_drift"], color=colour, linewidth=0.9)
        axis.errorbar(part["post_rate"], part["drift"], part["drift_error"], fmt="o", color=colour, markersize=2.5,
                      elinewidth=0.8, label=LABELS[pairing])  # fmt: skip
    axis.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axis.axvline(threshold_Hz, ymax=0.55, color=RED, linestyle=":", linewidth=0.8)
    axis.set(xlabel="postsynaptic rate (Hz)", ylabel="drift (1/s)", xlim=(0, None))
    axis.set(ylim=(-2.4, 7.0))
    axis.legend(loc="upper left", handlelength=0.8, handletextpad=0.4, borderaxespad=0.0)


def plot_protocol(axis: Any, data: xr.Dataset) -> None:
    """Draw the change per pair against the rate of the pairs."""
    from ...viz.style import BLACK, BLUE

    for pairing, colour in zip(data["shown_pairing"].values, (BLACK, BLUE), strict=True):
        for order, line in zip(data["order"].values, ("o-", "s--"), strict=True):
            change = data["protocol"].sel(shown_pairing=pairing, order=order)
            axis.plot(data["pair_rate"], change, line, color=colour, markersize=3, linewidth=0.9)
    axis.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axis.text(0.97, 0.93, "pre before post", transform=axis.transAxes, ha="right")
    axis.text(0.03, 0.28, "post before pre", transform=axis.transAxes)
    axis.set(xlabel="rate of the pairs (Hz)", ylabel="change per 60 pairs (relative)", xlim=(0, None))


def plot_weights(axis: Any, data: xr.Dataset) -> None:
    """Draw the final weights with additive and with weight-dependent plasticity."""
    from ...viz.style import BLUE, ORANGE

    width = float(data["weight"][1] - data["weight"][0])
    for index, colour, label in ((0, BLUE, "additive"), (-1, ORANGE, "weight-dependent")):
        axis.bar(data["weight"], data["weight_fraction"][index], width, color=colour, alpha=0.8, label=label)
    axis.set(xlabel="weight (relative)", ylabel="fraction of synapses", xlim=(0, 1), ylim=(0, 1))
    axis.legend(loc="upper left", handlelength=1.0)


def plot_rates(over_time: Any, against_input: Any, data: xr.Dataset) -> None:
    """Draw the neuron's rate while weights change, and before and after."""
    from ...viz.style import BLUE, GREEN, RED

    names = [name for name in data["run"].values if name != "multiplicative"]
    for name, colour in zip(names, (BLUE, GREEN, RED), strict=False):
        over_time.plot(100 * data["progress"], data["rate"].sel(run=name), color=colour, label=name)
    over_time.set(xlabel="time (% of the run)", ylabel="output rate (Hz)", yscale="log", xlim=(0, 100))
    over_time.legend(loc="upper right", title="inputs", title_fontsize=7, handlelength=1.2)
    inputs = [float(name.split()[0]) for name in names]
    against_input.plot(
        inputs, data["first_rate"].sel(run=names), "s--", color="0.5", markersize=3, label="first second"
    )
    against_input.plot(inputs, data["final_rate"].sel(run=names), "o-", color="black", markersize=3, label="last fifth")
    against_input.set(xlabel="input rate (Hz)", ylabel="output rate (Hz)", yscale="log", xlim=(0, None))
    against_input.legend(loc="upper left")
