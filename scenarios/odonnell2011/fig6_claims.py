"""The statements of the paper on Fig. 6, for every set of parameters, and what survives when parameters change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...plasticity import CalciumRule
from ..claims import Bound, Claim, above, below, claim, number, percent, small

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
CHANGED = 0.05
"""A relative change of strength that is smaller counts as none."""

#: Sentence, what is measured, its bound, and where the paper says so.
STATEMENTS: dict[str, tuple[str, str, Bound, str]] = {
    "small potentiates": ("At -50 mV the small spine potentiates", "relative change", above(0.1), "Fig. 6D"),
    "medium depresses": ("At -50 mV the medium spine depresses", "relative change", below(-CHANGED), "Fig. 6D"),
    "large unchanged": ("At -50 mV the large spine does not change", "relative change", small(CHANGED), "Fig. 6D"),
    "small and medium converge": ("At -50 mV small and medium converge", "spread / mean", below(0.05), "Fig. 6D"),
    "all converge": ("At -30 mV all three converge", "spread / mean", below(0.05), "Fig. 6E"),
    "to a larger strength": (
        "At -30 mV the common strength is larger than at -50 mV", "ratio", above(1), "p. 16151"
    ),
}  # fmt: skip


def deciding_values(initial: Floats, final: Floats) -> dict[str, float]:
    """Return what the paper's statements measure on final strengths (potential, size), in their order."""
    change = final[0] / initial - 1.0
    small_and_medium = np.ptp(final[0, :2]) / final[0, :2].mean()
    all_three = np.ptp(final[1]) / final[1].mean()
    rise = final[1].min() / final[0, :2].max()
    return dict(zip(STATEMENTS, map(float, (*change, small_and_medium, all_three, rise)), strict=True))


def lost(initial: Floats, final: Floats) -> list[str]:
    """Return the statements that do not hold."""
    return [key for key, value in deciding_values(initial, final).items() if not STATEMENTS[key][2].holds(value)]


def claims(parameter_set: str, data: xr.Dataset) -> list[Claim]:
    """Check the statements of the figure."""
    initial = data["initial_strength"].values
    sets = {parameter_set: data["strength"].values[:, :, -1]}
    sets |= {str(name): data["final_other_set"].sel(set=name).values for name in data["set"].values}
    found = []
    for name, final in sets.items():
        suffix = "" if name == parameter_set else f"-{name}"
        for key, value in deciding_values(initial, final).items():
            sentence, what, bound, where = STATEMENTS[key]
            found.append(claim(
                key.replace(" ", "-") + suffix, f"{sentence} (set {name})", value, bound, what=what, where=where
            ))  # fmt: skip
    return [
        *found,
        *calcium_claims(data),
        *size_claims(data),
        *undercompensates(data, "weak_glun", initial, "weak-glun", "With a GluN conductance that grows weakly with "
                          "volume", "p. 16145"),
        *(undercompensates(data, "perturbed", data["initial_perturbed"].values[..., None, :], "robust",
                           "With each of eight parameters doubled and halved", "p. 16151")
          if "final_perturbed" in data else []),
    ]  # fmt: skip


def calcium_claims(data: xr.Dataset) -> list[Claim]:
    """Calcium: Fig. 6C, the large spine, and what the neck takes."""
    weak = data.isel(potential=0)
    return [
        *(claim(f"peak-falls{mV:+.0f}mV", f"At {mV:g} mV peak [Ca2+] falls with spine volume",
                np.diff(against_volume).max(), below(0), what="largest step between volumes", unit="uM",
                where="Fig. 6C")
          for mV, against_volume in zip(data["potential"].values, data["peak_calcium"].values, strict=True)),
        claim("large-below-threshold", "At -50 mV [Ca2+] in the large spine stays below the threshold of depression",
              weak["calcium"].sel(size="large").max(), below(number(CalciumRule().theta_d, "uM")), what="peak",
              unit="uM", where="p. 16151"),
        claim("neck-negligible", "Only about 1 % of the calcium leaves through the neck, which plays a negligible role",
              data["through_neck"].max(), below(percent(2)), what="largest part", where="p. 16145"),
    ]  # fmt: skip


def size_claims(data: xr.Dataset) -> list[Claim]:
    """Check what the initial strength decides: Fig. 6F and G."""
    change = data["final_strength"] / data["initial_strength"] - 1.0
    against_volume = data["relative_change"].values
    return [
        claim("weakest-plastic", "The weakest synapse is plastic at every potential",
              np.abs(change.sel(size="small")).min(), above(CHANGED), what="smallest |relative change|",
              where="Fig. 6F, G"),
        claim("strongest-resistant", "The strongest synapse mostly resists change",
              (np.abs(change.sel(size="large")) < CHANGED).mean(), above(0.5), what="part of the potentials",
              where="Fig. 6F, G"),
        claim("opposite-outcomes", "One stimulus potentiates or depresses, whichever the initial strength is",
              against_volume.max(axis=1).min(), above(0.1), what="potentiation at either potential", where="Fig. 6G",
              also=[("depression", against_volume.min(axis=1).max(), below(-CHANGED))]),
    ]  # fmt: skip


def undercompensates(
    data: xr.Dataset, variant: str, initial: Floats, name: str, condition: str, where: str
) -> list[Claim]:
    """Check that undercompensation itself survives in a changed model, whatever the final strengths are."""
    by_size = data[f"peak_{variant}"].values
    step = (by_size[..., 1:] / by_size[..., :-1]).max()
    spread = np.std(np.log(data[f"final_{variant}"].values), axis=-1) / np.std(np.log(initial), axis=-1)
    return [
        claim(f"{name}-peak", f"{condition}, peak [Ca2+] falls from small to large", step, below(1),
              what="largest ratio of a peak to that of the next smaller", where=where),
        claim(f"{name}-convergence", f"{condition}, strengths draw together", spread.max(), below(1),
              what="largest ratio of final to initial SD of ln g", where=where),
    ]  # fmt: skip
