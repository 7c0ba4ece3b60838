"""All reactions of the same two partners share one correction for repeated meetings."""

from __future__ import annotations

import numpy as np
import pytest

from nanospine import Model, Particles, Reaction, Release, Schedule, Simulation, Species, cube
from nanospine.compiled.decorators import kernel
from nanospine.model import TimeStepError
from nanospine.particles import lower
from nanospine.particles.kernels.schedules import set_pair_rates
from nanospine.particles.kernels.tables import Pairs

ENGINE = Particles(dt=1e-6)


def model(*reactions: Reaction, **numbers: int) -> Model:
    return Model(
        cube(0.02),
        species=[Species("A", 220.0), Species("B", 220.0), *(Species(name, 28.0) for name in "CDE")],
        reactions=list(reactions),
        releases=[Release(name, number=number) for name, number in numbers.items()],
    )


def pairs_of(*reactions: Reaction) -> Pairs:
    return lower(model(*reactions), ENGINE).chemistry.pairs


def competitors(pairs: Pairs) -> dict[int, set[int]]:
    """Return by event the events that compete with it."""
    rows = np.split(pairs.channel, pairs.channel_start[1:-1])
    return {int(event): set(pairs.event[row].tolist()) for event, row in zip(pairs.event, rows, strict=True)}


@kernel
def give_rates(chemistry, step, dt):  # type: ignore[no-untyped-def]  # as kernels are
    """Give `set_pair_rates` a door to Python."""
    set_pair_rates(chemistry, step, dt)


class TestWhoCompetes:
    def test_all_reactions_of_a_pair_however_they_are_written(self) -> None:
        pairs = pairs_of(Reaction("A + E -> C", 10.0), Reaction("E + A -> D", 20.0), Reaction("B + E -> D", 5.0))
        assert competitors(pairs) == {0: {0, 1}, 1: {0, 1}, 2: {2}}

    def test_of_partners_of_one_speed_too(self) -> None:
        assert competitors(pairs_of(Reaction("C + D -> A", 10.0), Reaction("D + C -> B", 20.0))) == {
            0: {0, 1},
            1: {0, 1},
        }

    def test_what_leads_back_beside_a_catalyst(self) -> None:
        pairs = pairs_of(
            Reaction("A + E -> B + E", 10.0), Reaction("B + E -> A + E", 20.0), Reaction("A + C -> B + C", 1.0)
        )  # fmt: skip
        assert competitors(pairs) == {0: {0, 1}, 1: {0, 1}, 2: {2}}

    def test_what_leads_back_whatever_else_is_made_on_the_way(self) -> None:
        """A slow further product takes the place of a reactant, and the pair goes on beside it."""
        pairs = pairs_of(Reaction("A + C -> B + C + D", 10.0), Reaction("B + C -> A + C", 20.0))
        assert competitors(pairs) == {0: {0, 1}, 1: {0, 1}}

    def test_not_what_leaves_the_pair_as_it_was(self) -> None:
        pairs = pairs_of(
            Reaction("A + E -> A + E", 10.0), Reaction("A + E -> A + E + D", 20.0), Reaction("A + E -> C", 5.0)
        )  # fmt: skip
        assert competitors(pairs) == {0: {2}, 1: {2}, 2: {2}}
        assert not pairs_of(Reaction("A + E -> A + E + D", 20.0)).lost.any()


class TestTheLoss:
    def test_is_the_sum_over_the_channels(self) -> None:
        pairs = pairs_of(*(Reaction("A + E -> C", rate, name=f"{rate}") for rate in (10.0, 20.0, 30.0)))
        np.testing.assert_allclose(pairs.lost, (pairs.kdt * pairs.returns).sum())

    def test_follows_the_schedule_of_any_channel(self) -> None:
        late = Schedule([0.0, 5e-6], [0.0, 20.0])
        chemistry = lower(model(Reaction("A + E -> C", 10.0), Reaction("A + E -> D", late)), ENGINE).chemistry
        one = chemistry.pairs.kdt[0] * chemistry.pairs.returns[0]
        for step, times in ((0, 1.0), (5, 3.0)):
            give_rates(chemistry, step, ENGINE.dt)
            np.testing.assert_allclose(chemistry.pairs.lost, times * one)

    def test_of_all_channels_together_must_leave_something(self) -> None:
        several = [Reaction("A + E -> C", 1500.0, name=f"c{k}") for k in range(3)]
        Simulation(model(several[0]), ENGINE)
        with pytest.raises(TimeStepError, match="'c0 / c1 / c2' reacts with probability"):
            Simulation(model(*several), ENGINE)
