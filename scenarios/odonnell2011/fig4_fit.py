"""Which of the numbers that the paper leaves open make its statements on Figs. 4 and 5 hold: a search over all of them.

Run it with ``python -m nanospine.scenarios.odonnell2011.fig4_fit``. It prints how many statements can hold under
each choice of the limits and of the activity, for the best of the other numbers, and what fails there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from ...results.progress import Progress, Silent
from ...studies.pool import run_tasks
from ..claims import Claim
from . import fig5
from .fig4 import assemble, follow
from .fig4_claims import claims
from .fig4_parameters import Parameters
from .shared import COMPENSATIONS, EXACT, OVER, UNDER, Compensation

if TYPE_CHECKING:
    import xarray as xr

LIMITS_UM3 = ((0.01, 0.3), (0.03, 0.3), (0.05, 0.25))
ACTIVITIES = ((1.0, 0.02), (0.3, 0.02))
"""Rate (Hz) and duration (s) of events."""
OWN = {
    EXACT: ("exact_share", (0.7, 0.83, 0.92)),
    UNDER: ("stable_volume", (0.018, 0.023, 0.035, 0.075)),
    OVER: ("threshold_volume", (0.13, 0.144, 0.16)),
}
"""The number that only one relation depends on, and its values."""
STARTS = (0.05, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 0.95)
"""Initial volumes as fractions of the range between the limits."""


@dataclass(frozen=True)
class Task:
    """One relation with one choice of the numbers that it depends on."""

    p: Parameters
    relation: int


def propagate(task: Task) -> list[dict[str, Any]]:
    """Follow the relation at every fluctuation amplitude."""
    return [follow(task.p, COMPENSATIONS[task.relation], fluctuation) for fluctuation in task.p.fluctuations]


def bases() -> list[Parameters]:
    """Return one set of parameters for each choice of limits and activity."""
    return [
        Parameters(
            min_volume=low, max_volume=high, event_rate=rate, event_duration=duration, n_cells=600, end=5e5,
            initial_volumes=tuple(round(low + start * (high - low), 6) for start in STARTS),
            intervals_per_decade=10, fluctuations=(0.5, 1.0, 6.0),
        )
        for (low, high), (rate, duration) in product(LIMITS_UM3, ACTIVITIES)
    ]  # fmt: skip


def own(p: Parameters, relation: Compensation) -> list[Parameters]:
    """Return the choices of the number that only this relation depends on."""
    name, values = OWN[relation]
    changes: list[dict[str, Any]] = [{name: value} for value in values]
    return [replace(p, **change) for change in changes]


def fit(jobs: int = 1, progress: Progress | None = None) -> list[tuple[Parameters, list[Claim]]]:
    """Return all claims for every combination, those that make most of them hold first."""
    tasks = [Task(p, i) for base in bases() for i, relation in enumerate(COMPENSATIONS) for p in own(base, relation)]
    parts = run_tasks(propagate, tasks, jobs=jobs, progress=progress or Silent(), label="relations")
    found = dict(zip(tasks, parts, strict=True))
    judged = []
    for base in bases():
        for choice in product(*(own(base, relation) for relation in COMPENSATIONS)):
            names = [OWN[relation][0] for relation in COMPENSATIONS]
            numbers: dict[str, Any] = {name: getattr(p, name) for name, p in zip(names, choice, strict=True)}
            p = replace(base, **numbers)
            data = assemble(p, [found[Task(part, i)] for i, part in enumerate(choice)])
            judged.append((p, [*claims(p, data), *fig5.claims(steady_states(p, data))]))
    return sorted(judged, key=lambda entry: -sum(claim.holds for claim in entry[1]))


def steady_states(p: Parameters, data: xr.Dataset) -> xr.Dataset:
    """Return the steady states as Fig. 5 has them, for the amplitudes of ``p`` alone."""
    at_one = data.sel(fluctuation=1.0)
    density = at_one["steady_density"].expand_dims(distribution=[p.distribution])
    return density.to_dataset(name="density").assign_coords(volume=at_one["volume"])


def describe(p: Parameters, found: list[Claim]) -> str:
    """Return one line: the numbers, how many statements hold, and which fail."""
    failing = ", ".join(claim.name for claim in found if not claim.holds) or "none"
    return (
        f"limits {p.min_volume:g}-{p.max_volume:g} um^3, {p.event_rate:g} Hz x {p.event_duration:g} s, exact_share "
        f"{p.exact_share:g}, stable {p.stable_volume:g}, threshold {p.threshold_volume:g} um^3: "
        f"{sum(claim.holds for claim in found)} of {len(found)}; fail: {failing}"
    )


def main() -> None:
    """Print the best choice for each pair of limits and activity, and what holds in no choice at all."""
    judged = fit()
    best: dict[Any, str] = {}
    holds: dict[str, int] = defaultdict(int)
    for p, found in judged:
        best.setdefault((p.min_volume, p.event_rate), describe(p, found))
        for claim in found:
            holds[claim.name] += claim.holds
    print(*best.values(), sep="\n")
    print(f"\nHeld by how many of {len(judged)} choices:")
    print(*(f"{count:4d} {name}" for name, count in sorted(holds.items(), key=lambda item: item[1])), sep="\n")


if __name__ == "__main__":
    main()
