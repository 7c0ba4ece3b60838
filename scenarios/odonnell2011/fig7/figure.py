"""Fig. 7, panels B to E, and the budget of calcium behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ....model.units import MOLECULES_PER_UM3_PER_UM
from ....viz.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY, label_panels, new_figure
from .analysis import fluxes, local_calcium, mean_while_open
from .head import BULK, OPEN, cube_name
from .parameters import Parameters

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MS = 1e3
SHOWN_VOLUME = 0.05
#: Where legends stand that would cover a curve.
BESIDE: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
#: Groups of buffer states drawn together: title, prefix, ions per molecule at most.
BUFFERS = (
    ("calbindin", "CB_", 4),
    ("calmodulin", "CaM_", 4),
    ("immobile buffer", "IB", 1),
    ("PMCA", "P", 1),
    ("NCX", "N", 1),
)


def shown_volume(volumes: Any) -> float:
    """Return the volume nearest to the one whose single trials are shown."""
    return min(map(float, volumes), key=lambda v: abs(v - SHOWN_VOLUME))


def volume_colors(data: xr.Dataset) -> dict[float, Any]:
    """Return a colour per volume, dark for small heads."""
    volumes = data["volume"].values
    return dict(zip(map(float, volumes), ramp("viridis", len(volumes)), strict=True))


def ramp(name: str, n: int) -> list[Any]:
    """Return ``n`` colours of a colour map, from dark to light, without its palest end."""
    import matplotlib as mpl

    return [mpl.colormaps[name](0.9 * k / max(1, n - 1)) for k in range(n)]


def draw_panels(p: Parameters, data: xr.Dataset) -> Figure:
    """Draw channel states (B), head [Ca2+] (C), [Ca2+] against distance (D) and against volume (E)."""
    figure: Figure = new_figure(7.4, 5.2)
    axes = figure.subplots(2, 2)
    _channel_states(axes[0, 0], data)
    _head_calcium(axes[0, 1], data)
    local = local_calcium(p, data)
    _against_distance(axes[1, 0], p, data, local["open"])
    _against_volume(axes[1, 1], p, local["open"])
    label_panels(axes.flat, "BCDE")
    return figure


def _channel_states(axis: Any, data: xr.Dataset) -> None:
    volume = shown_volume(data["volume"].values)
    time = data["time"].values * MS
    states = data["number"].sel(species=OPEN, volume=volume).dropna("trial", how="all")
    for row, values in enumerate(states.transpose("trial", "time").values):
        axis.fill_between(time, row, row + 0.8 * values, step="post", color=RED, linewidth=0)
        axis.plot(time[[0, -1]], [row, row], color=BLACK, linewidth=0.5)
    axis.set(xlabel="time (ms)", ylabel="trial", xlim=(0, time[-1]), ylim=(-0.3, len(states["trial"])))
    axis.set_yticks(np.arange(len(states["trial"])) + 0.4, states["trial"].values + 1)
    axis.tick_params(left=False)
    axis.set_title(f"L-type channel open, {volume:g} $\\mathrm{{\\mu m^3}}$")


def _head_calcium(axis: Any, data: xr.Dataset) -> None:
    colors = volume_colors(data)
    for volume, color in colors.items():
        mean = data["sampled"].sel(sampler=BULK, volume=volume).mean("trial").values / (
            volume * MOLECULES_PER_UM3_PER_UM
        )
        time, smooth = _block_average(data["time"].values[1:], mean[1:])
        axis.plot(time * MS, smooth, color=color, label=f"{volume:g}")
        axis.set_xlim(0, time[-1] * MS)
    axis.set(xlabel="time (ms)", ylabel="[Ca$^{2+}$] in the head (µM)", yscale="log")
    axis.set_title("mean over trials")
    axis.legend(title="volume (µm$^3$)", title_fontsize=7, **BESIDE)


def _block_average(time: Any, values: Any, window: float = 1e-3) -> tuple[Any, Any]:
    block = max(1, round(window / (time[1] - time[0])))
    n = values.size // block * block
    return time[:n].reshape(-1, block).mean(axis=1), values[:n].reshape(-1, block).mean(axis=1)


def _against_distance(axis: Any, p: Parameters, data: xr.Dataset, local: xr.DataArray) -> None:
    cubes = local.sel(place=[cube_name(d) for d in p.distances])
    distance = np.array(p.distances) * 1e3
    for k, (volume, color) in enumerate(volume_colors(data).items()):
        values = cubes.sel(volume=volume)
        shift = 0.8 * (k - (data.sizes["volume"] - 1) / 2)
        axis.errorbar(
            distance + shift, values.mean("trial"), values.std("trial", ddof=1), color=color, marker="o", markersize=3,
            elinewidth=0.7, capsize=1.5, label=f"{volume:g}",
        )  # fmt: skip
    axis.set(
        xlabel="distance from the pore (nm)",
        ylabel="[Ca$^{2+}$] while open (µM)",
        xlim=(0, None),
        ylim=(0, None),
    )
    axis.set_title("mean ± SD over trials")
    axis.legend(title="volume (µm$^3$)", title_fontsize=7)


def _against_volume(axis: Any, p: Parameters, local: xr.DataArray) -> None:
    from matplotlib.ticker import LogFormatter

    places = [cube_name(d) for d in p.distances]
    for place, color in [*zip(places, ramp("plasma", len(places)), strict=True), (BULK, BLACK)]:
        mean, error = mean_while_open(local.sel(place=place))
        axis.errorbar(
            local["volume"], mean, error, color=color, marker="s" if place == BULK else "o", markersize=3,
            linestyle="--" if place == BULK else "-", elinewidth=0.7, capsize=1.5, label=place,
        )  # fmt: skip
    axis.set(xlabel="head volume (µm$^3$)", ylabel="[Ca$^{2+}$] while open (µM)", xscale="log")
    if np.any(local > 0):  # else no channel opened, and a logarithmic axis could not be drawn
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter(LogFormatter())
        axis.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    volumes = local["volume"].values
    axis.set_xlim(volumes[0] / 1.2, volumes[-1] * 1.2)
    axis.set_xticks(volumes, [f"{v:g}" for v in volumes])
    axis.set_xticks([], minor=True)
    axis.set_title("mean ± SE over all open time")
    axis.legend(title="depth", title_fontsize=7, **BESIDE)


def draw_budget(p: Parameters, data: xr.Dataset) -> Figure:
    """Draw where the calcium goes: fluxes per head volume, and the occupancy of buffers and pumps over time."""
    figure: Figure = new_figure(7.4, 2.6)
    axes = figure.subplots(1, 2)
    _fluxes(axes[0], p, data)
    _occupancy(axes[1], data)
    label_panels(axes, "AB")
    return figure


def _fluxes(axis: Any, p: Parameters, data: xr.Dataset) -> None:
    mean = fluxes(p, data).mean("trial")
    volumes = data["volume"].values
    up, down = np.zeros(volumes.size), np.zeros(volumes.size)
    for flux, color in zip(mean["flux"].values, (BLUE, RED, PURPLE, GREEN, ORANGE, SKY), strict=True):
        value = mean.sel(flux=flux).values / 1e3
        base = np.where(value >= 0, up, down)
        axis.bar(np.arange(volumes.size), value, bottom=base, color=color, label=str(flux), width=0.7)
        up, down = up + np.maximum(value, 0), down + np.minimum(value, 0)
    axis.axhline(0, color=BLACK, linewidth=0.6)
    axis.set_xticks(np.arange(volumes.size), [f"{v:g}" for v in volumes])
    axis.set(xlabel="head volume (µm$^3$)", ylabel="Ca$^{2+}$ flux into the head ($10^3$ ions/s)")
    axis.legend(**BESIDE)


def _occupancy(axis: Any, data: xr.Dataset) -> None:
    volume = shown_volume(data["volume"].values)
    number = data["number"].sel(volume=volume).mean("trial")
    time = data["time"].values * MS
    for (title, prefix, sites), color in zip(BUFFERS, (BLUE, BLACK, PURPLE, GREEN, ORANGE), strict=True):
        states = [s for s in map(str, number["species"].values) if _is_state(s, prefix)]
        bound = sum(_ions(s) * number.sel(species=s) for s in states)
        total = sum(number.sel(species=s) for s in states)
        axis.plot(time, bound / (sites * total), color=color, label=title)
    axis.set(xlabel="time (ms)", ylabel="occupied sites (fraction)", ylim=(0, 1.02), xlim=(0, time[-1]))
    axis.set_title(f"{volume:g} $\\mathrm{{\\mu m^3}}$, mean over trials")
    axis.legend(**BESIDE)


def _is_state(species: str, prefix: str) -> bool:
    rest = species.removeprefix(prefix)
    return species.startswith(prefix) and (rest in ("", "_Ca") or rest.isdigit())


def _ions(species: str) -> int:
    return 1 if species.endswith("_Ca") else sum(map(int, filter(str.isdigit, species)))
