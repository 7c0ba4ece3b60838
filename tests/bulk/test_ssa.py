"""The jump process, exact and by tau-leaping, against closed forms and the master equation."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm
from well_mixed import PER_UM, model, ode, trials, z_mean

from nanospine import (
    SSA,
    Polynomial,
    Reaction,
    Schedule,
    simulate,
)
from nanospine.bulk.gillespie import refresh
from nanospine.bulk.network import lower_network
from nanospine.bulk.ssa import CHUNK, _Run


class TestJumpProcess:
    def test_a_pair_of_the_same_kind_obeys_the_master_equation(self) -> None:
        """P' = M P with the event rate k n (n - 1); half of it, the other convention, is caught.

        With so few molecules the rate equation, which lets a molecule meet itself, falls faster.
        """
        k, n0, time, runs = 2.0, 12, 0.4, 1000
        per_pair = k / PER_UM
        numbers = trials(model(Reaction("2 A -> 0", k), A=n0), time, runs)["A"]

        def mean(factor: float) -> float:
            rates = np.array([factor * per_pair * n * (n - 1) for n in range(n0 + 1)])
            generator = np.diag(-rates) + np.diag(rates[2:], 2)
            return float(np.arange(n0 + 1) @ expm(generator * time)[:, n0])

        assert abs(z_mean(numbers, mean(1.0))) < 4
        assert abs(z_mean(numbers, mean(0.5))) > 8
        assert z_mean(numbers, float(ode(model(Reaction("2 A -> 0", k), A=n0), time).number("A")[-1])) > 4

    def test_binding_has_the_variance_of_the_master_equation(self) -> None:
        """At equilibrium of A <-> B, B is binomial."""
        n0, runs = 40, 800
        numbers = trials(model(Reaction("A <-> B", 30.0, 10.0), A=n0), 1.0, runs)["B"]
        p, q = 0.75, 0.25
        assert abs(z_mean(numbers, n0 * p)) < 4
        # Variance of the sample variance of a binomial, from its fourth central moment.
        variance = n0 * p * q
        fourth = variance * (1 + 3 * (n0 - 2) * p * q)
        error = np.sqrt((fourth - variance**2) / runs)
        assert abs(numbers.var(ddof=1) - variance) < 4 * error

    def test_third_order_has_no_molecule_twice(self) -> None:
        """A + 2 B with two B: the event rate is k 2 1, not k 2^2; with one B it is none."""
        k = 40.0 * PER_UM**2
        pairs = model(Reaction("A + 2 B -> C", k), A=1, B=2)
        happened = trials(pairs, 0.01, 800)["C"].mean()
        expected, wrong = 1 - np.exp(-40.0 * 2 * 0.01), 1 - np.exp(-40.0 * 4 * 0.01)
        error = np.sqrt(expected * (1 - expected) / 800)
        assert abs(happened - expected) < 4 * error < abs(happened - wrong)
        assert trials(model(Reaction("A + 2 B -> C", k), A=1, B=1), 0.1, 5)["C"].sum() == 0

    def test_a_law_of_its_own_never_takes_what_is_not_there(self) -> None:
        m = model(Reaction("A + 2 B -> C", 1e3, forward_law="A"), A=50, B=21)
        final = trials(m, 1.0, 5)
        assert (final["B"] == 1).all()
        assert (final["C"] == 10).all()

    def test_pulses_are_poisson_and_nothing_comes_between(self) -> None:
        pulses = Schedule.pulses([0.01, 0.02], 1e-3, 1e5)  # uM/s: 100 uM each
        m = model(Reaction("0 -> A", pulses))
        run = simulate(m, 0.03, engine="ssa", every=0.001)
        assert (run.number("A")[:11] == 0).all()
        assert (np.diff(run.number("A"))[11:20] == 0).all()
        counts = trials(m, 0.03, 200)["A"]
        assert abs(z_mean(counts, 200.0 * PER_UM)) < 4
        # Poisson: the variance is the mean; its sampling error is about sqrt(2/(n - 1)).
        assert abs(counts.var(ddof=1) / counts.mean() - 1) < 4 * np.sqrt(2 / 199)

    def test_means_are_those_of_the_rate_equations_where_numbers_are_large(self) -> None:
        m = model(Reaction("A + B <-> AB", 30.0, 20.0), A=3000, B=2000)
        run = trials(m, 3e-4, 100)
        assert abs(z_mean(run["AB"], ode(m, 3e-4).number("AB")[-1])) < 4
        wrong = replace(m, reactions=[Reaction("A + B <-> AB", 30.0 * 1.05, 20.0)])
        assert abs(z_mean(run["AB"], ode(wrong, 3e-4).number("AB")[-1])) > 8

    def test_the_running_sums_are_those_made_anew(self) -> None:
        m = model(
            Reaction("A + B <-> AB", 30.0, 20.0), Reaction("2 A <-> D", 5.0, 50.0), Reaction("AB + D -> A + 2 B", 9.0),
            Reaction("0 -> A", 100.0), Reaction("B + 2 A -> B", 1e-2),
            Reaction("A -> B", Polynomial({"A": 9.0, "2 A": 0.1, "0": 3.0}, {"2 A + B": 1e-4})), A=300, B=200,
        )  # fmt: skip
        network = lower_network(m)
        run = _Run(network, np.array([300, 0, 200, 0]), {}, SSA(), np.random.default_rng(1))

        class Quiet:
            def start(self, total: float, label: str) -> None: ...
            def advance(self, amount: float) -> None: ...

        run.advance(0.0, 1.0, Quiet(), 1.0)
        assert run.state.event.sum() > 10_000
        kept = run.state.group.copy()
        refresh(network.rate * network.molecules_per_uM ** (1.0 - network.order), run._channels, run.state)
        assert kept == pytest.approx(run.state.group, rel=1e-9, abs=1e-9 * kept.sum())

    def test_trials_are_reproducible_and_differ(self) -> None:
        m = model(Reaction("A <-> B", 30.0, 10.0), A=100)
        one, again = (simulate(m, 0.1, engine="ssa", seed=3, trial=2) for _ in range(2))
        other = simulate(m, 0.1, engine="ssa", seed=3, trial=3)
        assert one.dataset.drop_attrs().identical(again.dataset.drop_attrs())
        assert not np.array_equal(one.number("A"), other.number("A"))

    def test_a_long_trial_does_not_depend_on_the_speed_of_the_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Several chunks of events, with slow and fast looks at the clock in between."""
        m = model(Reaction("A + B <-> AB", 300.0, 2000.0), Reaction("A <-> C", 900.0, 800.0), A=3000, B=2000)
        one = simulate(m, 0.5, engine="ssa", every=0.5)
        assert one.dataset["event"].values[-1].sum() > 4 * CHUNK
        ticks = iter(range(10**9))
        monkeypatch.setattr(time, "perf_counter", lambda: float(next(ticks)))
        assert one.dataset.drop_attrs().identical(simulate(m, 0.5, engine="ssa", every=0.5).dataset.drop_attrs())

    def test_goes_on_from_rate_equations_with_the_right_mean(self) -> None:
        m = model(Reaction("A -> 0", 1.0), A=10.3)
        rest = ode(m, 0.01)
        at = rest.number("A")[-1]
        first = [simulate(m, 0.001, engine="ssa", start=rest, trial=i, every=0.001).number("A")[0] for i in range(400)]
        assert set(first) <= {int(at), int(at) + 1}
        fraction = at % 1
        assert abs(np.mean(first) - at) < 4 * np.sqrt(fraction * (1 - fraction) / 400)


class TestTauLeaping:
    MODEL = model(Reaction("A + B <-> AB", 30.0, 20.0), Reaction("2 AB -> C", 2.0), A=30_000, B=20_000)

    def test_keeps_its_mean_within_the_stated_error(self) -> None:
        expected = ode(self.MODEL, 0.003).number("AB")[-1]
        leaps = trials(self.MODEL, 0.003, 60, SSA("tau-leaping", epsilon=0.01))["AB"]
        coarse = trials(self.MODEL, 0.003, 200, SSA("tau-leaping", epsilon=0.3))["AB"]
        assert abs(z_mean(leaps, expected)) < 4
        assert abs(coarse.mean() - expected) > abs(leaps.mean() - expected)
        assert abs(z_mean(coarse, expected)) > 6

    def test_takes_far_fewer_steps_but_counts_the_same_events(self) -> None:
        exact = simulate(self.MODEL, 0.003, engine="ssa", every=0.003)
        leaps = simulate(self.MODEL, 0.003, SSA("tau-leaping"), every=0.003)
        happened = [run.dataset["event"].values[-1].sum() for run in (exact, leaps)]
        # Poisson counts, and the bias of epsilon = 0.03.
        assert abs(happened[1] / happened[0] - 1) < 0.03 + 4 / np.sqrt(happened[0])

    def test_numbers_stay_whole_and_positive_where_few_are_left(self) -> None:
        m = model(Reaction("A -> B", 1e3), Reaction("A + B -> C", 1e4), A=300)
        run = simulate(m, 0.05, SSA("tau-leaping"))
        number = run.dataset["number"].values
        assert number.min() >= 0
        total = run.number("A") + run.number("B") + 2 * run.number("C")
        assert (total == total[0]).all()
