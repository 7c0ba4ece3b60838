"""What the statements on Figs. 2 and 3 say of the two numbers that matter most: V/w, and the thresholds of the rule.

Run it with ``python -m nanospine.scenarios.odonnell2011.fig2_fit``. For each pair of numbers it prints how many
statements hold, and which fail.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...neurons.integrate_and_fire import NeuronTrace
from ...results.progress import Progress, Silent
from ...studies.pool import run_tasks
from ..claims import Claim
from . import fig2, fig2_claims, fig3, fig3_claims
from .shared import COMPENSATIONS, EXACT

RULE_SCALES = (1.0, 0.5, 0.375, 0.3)
"""Thresholds of the rule over those of Table 1."""
VOLUMES_PER_STRENGTH = (0.0007, 0.001, 0.0015, 0.0025, 0.01)
"""V/w (um^3/pA); the paper prints 0.01."""
RATES = fig2.Parameters(repeats=2, dt=0.2, rates=(10.0, 20.0, 24.0, 28.0, 32.0, 40.0, 60.0, 80.0))
BURSTS = fig3.Parameters(duration=30.0, dt=0.2, drift_runs=2)
SEED = 1


@dataclass(frozen=True)
class Task:
    """One relation with one pair of the numbers."""

    relation: int
    rule_scale: float
    volume_per_strength: float


Found = tuple[list[tuple[NDArray[np.float64], float]], list[NeuronTrace]]


def parameters(rule_scale: float, volume_per_strength: float) -> tuple[fig2.Parameters, fig3.Parameters]:
    """Return the parameters of Figs. 2 and 3 with a pair of the numbers."""
    return (
        replace(RATES, rule_scale=rule_scale, volume_per_strength=volume_per_strength),
        replace(BURSTS, rule_scale=rule_scale, volume_per_strength=volume_per_strength),
    )


def follow(task: Task) -> Found:
    """Run the neurons of Fig. 2 and the networks of Fig. 3."""
    rates, bursts = parameters(task.rule_scale, task.volume_per_strength)
    return (
        [fig2.simulate(run) for run in fig2.tasks(rates, COMPENSATIONS[task.relation], SEED)],
        [fig3.simulate(run) for run in fig3.tasks(bursts, task.relation, SEED)],
    )


def tasks_of(rule_scale: float, volume_per_strength: float) -> list[Task]:
    """Return the three relations; exact compensation does not depend on V/w."""
    return [
        Task(i, rule_scale, VOLUMES_PER_STRENGTH[0] if relation is EXACT else volume_per_strength)
        for i, relation in enumerate(COMPENSATIONS)
    ]


def fit(jobs: int = 1, progress: Progress | None = None) -> list[tuple[float, float, list[Claim]]]:
    """Return all claims for every pair of the numbers, in the order of the lists above."""
    pairs = list(product(RULE_SCALES, VOLUMES_PER_STRENGTH))
    tasks = list(dict.fromkeys(task for pair in pairs for task in tasks_of(*pair)))
    answers = run_tasks(follow, tasks, jobs=jobs, progress=progress or Silent(), label="relations")
    found: dict[Task, Found] = dict(zip(tasks, answers, strict=True))
    return [(*pair, judge(*pair, [found[task] for task in tasks_of(*pair)])) for pair in pairs]


def judge(rule_scale: float, volume_per_strength: float, found: list[Found]) -> list[Claim]:
    """Check the statements of both figures on what the three relations gave."""
    rates, bursts = parameters(rule_scale, volume_per_strength)
    neurons = [answer for answers, _ in found for answer in answers]
    networks = [trace for _, traces in found for trace in traces]
    return [
        *fig2_claims.claims(rates, fig2.assemble(rates, neurons)),
        *fig3_claims.claims(bursts, fig3.assemble(bursts, networks)),
    ]


def main() -> None:
    """Print what holds for each pair of the numbers, and how often each statement does."""
    judged = fit(jobs=2)
    holds: dict[str, int] = defaultdict(int)
    for rule_scale, volume_per_strength, found in judged:
        failing = ", ".join(claim.name for claim in found if not claim.holds) or "none"
        count = sum(claim.holds for claim in found)
        print(f"| {rule_scale:g} | {volume_per_strength:g} | {count} of {len(found)} | {failing} |")
        for claim in found:
            holds[claim.name] += claim.holds
    print(f"\nHeld by how many of {len(judged)} pairs:")
    print(*(f"{count:4d} {name}" for name, count in sorted(holds.items(), key=lambda item: item[1])), sep="\n")


if __name__ == "__main__":
    main()
