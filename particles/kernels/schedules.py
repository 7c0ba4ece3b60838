"""Rates that are constant between given times; a schedule's value is its share of the highest."""

import math

from ...compiled.decorators import inline, shared


@shared
def piece_at(chemistry, schedule, now):
    """Return the row of the piece of a schedule that holds a time."""
    low, high = chemistry.schedule_start[schedule], chemistry.schedule_start[schedule + 1]
    while high - low > 1:
        middle = (low + high) // 2
        if chemistry.schedule_time[middle] <= now:
            low = middle
        else:
            high = middle
    return low


@inline
def share_at(chemistry, schedule, now):
    """Return the value of a schedule from a time on."""
    return chemistry.schedule_share[piece_at(chemistry, schedule, now)]


@inline
def change_after(chemistry, schedule, now):
    """Return the next time (s) at which a schedule changes, inf if it never does."""
    row = piece_at(chemistry, schedule, now) + 1
    return chemistry.schedule_time[row] if row < chemistry.schedule_start[schedule + 1] else math.inf


@shared
def mean_share(chemistry, schedule, begin, end):
    """Return the mean of a schedule between two times."""
    total, now = 0.0, begin
    while now < end:
        until = min(end, change_after(chemistry, schedule, now))
        total += share_at(chemistry, schedule, now) * (until - now)
        now = until
    return total / (end - begin)


@inline
def set_pair_rates(chemistry, step, dt):
    """Give the associations whose rates change in time the mean over a step: they happen at its end."""
    for k in range(chemistry.scheduled_pairs.size):
        row = chemistry.scheduled_pairs[k]
        share = mean_share(chemistry, chemistry.pair_schedule[row], step * dt, (step + 1) * dt)
        chemistry.pair_kdt[row] = chemistry.pair_peak[row] * share
