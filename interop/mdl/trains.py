"""Times of releases: as patterns of MDL, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...model import Release
from . import limits
from .expressions import plain
from .syntax import Place

#: Differences between times that are rounding.
ROUNDING = 1e-9


def pattern(times: Sequence[float]) -> str | None:
    """Return the fields of the release pattern with these times, None if they are no regular trains."""
    gaps = np.diff(times)
    if not gaps.size:
        return f"DELAY = {plain(times[0])}"
    wider = np.flatnonzero(np.abs(gaps - gaps[0]) > ROUNDING * times[-1])
    number = int(wider[0]) + 1 if wider.size else len(times)
    if len(times) % number:
        return None
    trains = np.reshape(times, (-1, number))
    interval = float(gaps[0]) if number > 1 else 0.0
    starts = np.diff(trains[:, 0])
    train_interval = float(starts[0]) if starts.size else 0.0
    regular = trains[0, 0] + train_interval * np.arange(len(trains))[:, None] + interval * np.arange(number)
    if np.abs(trains - regular).max() > ROUNDING * times[-1] or (starts.size and number * interval > train_interval):
        return None
    fields = [f"DELAY = {plain(times[0])}", f"RELEASE_INTERVAL = {_short(interval)}"]
    # Half an interval more than the last release: MCell's releases end before the train does.
    fields.append(f"TRAIN_DURATION = {_short((number - 0.5) * interval)}")
    if starts.size:
        fields += [f"TRAIN_INTERVAL = {_short(train_interval)}", f"NUMBER_OF_TRAINS = {len(trains)}"]
    return " ".join(fields)


def _short(seconds: float) -> str:
    return plain(float(f"{seconds:.12g}"))


def pattern_times(fields: Mapping[str, float], duration: float, place: Place) -> tuple[float, ...]:
    """Return the times (s) of a release pattern, up to the end of the run if it has none of its own.

    Raises
    ------
    MdlError
        If there are too many.
    """
    delay, inf = fields.get("DELAY", 0.0), float("inf")
    interval, train = fields.get("RELEASE_INTERVAL", inf), fields.get("TRAIN_DURATION", inf)
    between, number = fields.get("TRAIN_INTERVAL", inf), fields.get("NUMBER_OF_TRAINS", 1)
    trains = _number(between, min(number * between, duration if number == inf else inf), duration)
    within = _number(interval, min(train, between), duration)
    if trains * within > limits.MOST_TIMES:
        raise place.error(
            f"the release pattern has {trains * within:.3g} releases; at most {limits.MOST_TIMES} are read"
        )
    starts = delay + _multiples(between, trains)
    times = (starts[:, None] + _multiples(interval, within)).ravel()
    return tuple(float(f"{time:.15g}") for time in times)


def _number(step: float, end: float, duration: float) -> float:
    """Return how many multiples of a step there are from 0 to before an end, to that of the run if it is infinite."""
    last = end if np.isfinite(end) else duration
    return max(1.0, float(np.ceil(last / step * (1 - ROUNDING)))) if np.isfinite(step) and step > 0 else 1.0


def _multiples(step: float, number: float) -> np.ndarray:
    return np.zeros(1) if number == 1 else step * np.arange(int(number))


def sites(release: Release, number: int) -> list[tuple[str, str, Mapping[str, object]]]:
    """Return what to add to the name, fields and note of the release sites of a release, once for each pattern."""
    chance = f" RELEASE_PROBABILITY = {plain(release.probability)}" if release.probability < 1 else ""
    if release.times == (0.0,):
        return [("", chance, {})]
    if pattern(release.times):
        return [("", f" RELEASE_PATTERN = {_name(number)}{chance}", {})]
    notes: list[Mapping[str, object]] = [{"at": release.times}, *[{"repeat": True}] * (len(release.times) - 1)]
    return [
        (f"_{k}", f" RELEASE_PATTERN = {_name(number)}_{k}{chance}", note) for k, note in enumerate(notes, 1)
    ]  # fmt: skip


def definitions(releases: Sequence[Release]) -> list[str]:
    """Return the release patterns of all releases."""
    lines = []
    for number, release in enumerate(releases, 1):
        fields = pattern(release.times)
        if fields is None:
            lines += [
                _definition(f"{_name(number)}_{k}", f"DELAY = {plain(t)}") for k, t in enumerate(release.times, 1)
            ]
        elif release.times != (0.0,):
            lines.append(_definition(_name(number), fields))
    return lines


def _definition(name: str, fields: str) -> str:
    return f"DEFINE_RELEASE_PATTERN {name} {{ {fields} }} /* s */"


def _name(number: int) -> str:
    return f"times_{number}"
