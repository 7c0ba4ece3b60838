"""Rates that are constant between given times; a schedule's value is its share of the highest."""

import math

from ...compiled.decorators import inline, shared


@shared
def piece_at(schedules, schedule, now):
    """Return the row of the piece of a schedule that holds a time."""
    low, high = schedules.start[schedule], schedules.start[schedule + 1]
    while high - low > 1:
        middle = (low + high) // 2
        if schedules.time[middle] <= now:
            low = middle
        else:
            high = middle
    return low


@inline
def share_at(schedules, schedule, now):
    """Return the value of a schedule from a time on."""
    return schedules.share[piece_at(schedules, schedule, now)]


@inline
def change_after(schedules, schedule, now):
    """Return the next time (s) at which a schedule changes, inf if it never does."""
    row = piece_at(schedules, schedule, now) + 1
    return schedules.time[row] if row < schedules.start[schedule + 1] else math.inf


@shared
def mean_share(schedules, schedule, begin, end):
    """Return the mean of a schedule between two times."""
    total, now = 0.0, begin
    while now < end:
        until = min(end, change_after(schedules, schedule, now))
        total += share_at(schedules, schedule, now) * (until - now)
        now = until
    return total / (end - begin)


@inline
def set_pair_rates(chemistry, step, dt):
    """Give the associations whose rates change in time the mean over the step at whose begin they happen."""
    pairs = chemistry.pairs
    for k in range(pairs.scheduled.size):
        row = pairs.scheduled[k]
        if pairs.schedule[row] >= 0:
            share = mean_share(chemistry.schedules, pairs.schedule[row], step * dt, (step + 1) * dt)
            pairs.kdt[row] = pairs.peak[row] * share
    for k in range(pairs.scheduled.size):
        row = pairs.scheduled[k]
        pairs.lost[row] = 0.0
        for c in range(pairs.channel_start[row], pairs.channel_start[row + 1]):
            pairs.lost[row] += pairs.kdt[pairs.channel[c]] * pairs.returns[pairs.channel[c]]
