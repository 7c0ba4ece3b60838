"""The well-mixed engines: rate equations and jump process, against closed forms and the master equation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from nanospine import (
    ODE,
    SSA,
    Boundary,
    Model,
    Reaction,
    Release,
    Result,
    Sampler,
    Schedule,
    Species,
    cube,
    proteins,
    simulate,
)
from nanospine.bulk.conservation import conservation_laws
from nanospine.bulk.gillespie import refresh
from nanospine.bulk.mass_action import derivative, jacobian, lower_kinetics
from nanospine.bulk.network import Network, lower_network
from nanospine.bulk.rosenbrock import STAGES, try_step
from nanospine.bulk.sparse_lu import Factors, factorise, find_factors, solve_factored
from nanospine.bulk.ssa import CHUNK, _Run
from nanospine.model import ModelError, NanospineError, ParameterError, SimulationError, units
from nanospine.results.estimates import Estimate

VOLUME = 0.05
HEAD = cube(VOLUME)
PER_UM = units.molecules(1.0, VOLUME)
TIGHT = ODE(rtol=1e-10, atol=1e-13)
#: Global errors may exceed the tolerance of a step by some orders of magnitude; these runs are short.
ROOM = 1e3 * TIGHT.rtol


def model(*reactions: Reaction, **numbers: float) -> Model:
    """A model of all species that the reactions name, with initial numbers."""
    steps = [step for reaction in reactions for step in reaction.steps]
    names = sorted({t.species for s in steps for t in s.reactants + s.products + s.law.terms})
    releases = [Release(name, concentration=number / PER_UM) for name, number in numbers.items()]
    return Model(HEAD, species=[Species(name) for name in names], reactions=reactions, releases=releases)


def ode(m: Model, duration: float, **options: object) -> Result:
    return simulate(m, duration, TIGHT, **options)


def trials(m: Model, duration: float, n: int, engine: SSA | Literal["ssa"] = "ssa") -> dict[str, np.ndarray]:
    """Final numbers of each species in n trials."""
    runs = [simulate(m, duration, engine, trial=i, every=duration) for i in range(n)]
    return {name: np.array([run.number(name)[-1] for run in runs]) for name in m.species_names}


def z_mean(values: np.ndarray, expected: float) -> float:
    return Estimate.of(values).z(expected)


class TestRateEquations:
    def test_decay_is_exponential(self) -> None:
        run = ode(model(Reaction("A -> 0", 7.0), A=1000.0), 0.5)
        assert run.number("A") == pytest.approx(1000.0 * np.exp(-7.0 * run.time), rel=ROOM)

    def test_binding_relaxes_as_the_closed_form_says(self) -> None:
        """d[AB]/dt = k (a - x)(b - x) - q x between its two roots."""
        k, q, a, b = 30.0, 20.0, 10.0, 4.0
        run = ode(model(Reaction("A + B <-> AB", k, q), A=a * PER_UM, B=b * PER_UM), 0.02)
        high, low = sorted(np.roots([1.0, -(a + b + q / k), a * b]))[::-1]
        growth = np.exp(-k * (high - low) * run.time)
        assert run.concentration("AB") == pytest.approx(low * high * (1 - growth) / (high - low * growth), rel=ROOM)

    def test_a_pair_of_the_same_kind_falls_at_twice_the_rate(self) -> None:
        k, a = 5.0, 8.0
        run = ode(model(Reaction("2 A -> C", k), A=a * PER_UM), 0.1)
        assert run.concentration("A") == pytest.approx(a / (1 + 2 * k * a * run.time), rel=ROOM)

    def test_orders_above_two_and_laws_of_their_own(self) -> None:
        """A + 2 B with B at a concentration that hardly changes; the law without B squares nothing."""
        k, a, b = 3e-3, 1e-3, 50.0
        third = ode(model(Reaction("A + 2 B -> C", k), A=a * PER_UM, B=b * PER_UM), 0.2)
        first = ode(model(Reaction("A + 2 B -> C", k, forward_law="A"), A=a * PER_UM, B=b * PER_UM), 0.2)
        # B falls by at most 2 a, and its square by 4 a/b in relative terms.
        assert third.concentration("A") == pytest.approx(a * np.exp(-k * b**2 * third.time), rel=4 * a / b * 1.5)
        assert first.concentration("A") == pytest.approx(a * np.exp(-k * first.time), rel=ROOM)
        assert first.number("B")[-1] == pytest.approx(b * PER_UM - 2 * first.number("C")[-1], rel=ROOM)

    def test_pulses_bring_in_exactly_their_charge(self) -> None:
        pulses = Schedule.pulses([0.1, 0.2, 0.2003], 1e-4, 4e4)
        run = ode(model(Reaction("0 -> A", pulses)), 0.3, every=0.05)
        assert run.concentration("A")[[1, 2, 3, -1]] == pytest.approx([0.0, 0.0, 4.0, 12.0], rel=ROOM, abs=1e-9)

    def test_later_releases_add_up(self) -> None:
        m = Model(HEAD, species=[Species("A")], reactions=[Reaction("A -> 0", 2.0)],
                  releases=[Release("A", number=100, at=(0.0, 0.25, 0.5), probability=0.5)])  # fmt: skip
        run = ode(m, 1.0, every=0.25)
        decay = np.exp(-0.5)
        before = [50.0, 50 * decay, 50 * (decay + decay**2), 50 * (decay + decay**2 + decay**3)]
        assert run.number("A")[:4] == pytest.approx(before, rel=ROOM)
        counts = trials(m, 0.5, 200)["A"]
        assert abs(z_mean(counts, before[2])) < 4

    def test_a_run_goes_on_where_another_ended(self) -> None:
        m = model(Reaction("A <-> B", Schedule([0.0, 0.5], [3.0, 9.0]), 2.0), A=500.0)
        whole, first = ode(m, 1.0, every=0.2), ode(m, 0.6, every=0.2)
        rest = ode(m, 0.4, every=0.2, start=first)
        assert rest.time == pytest.approx([0.6, 0.8, 1.0])
        assert rest.number("A") == pytest.approx(whole.number("A")[3:], rel=ROOM)

    def test_the_default_tolerances_are_kept(self) -> None:
        m = model(Reaction("A + B <-> AB", 30.0, 20.0), A=300.0, B=200.0)
        rough, fine = simulate(m, 0.1, engine="ode"), ode(m, 0.1)
        assert rough.number("AB") == pytest.approx(fine.number("AB"), rel=100 * ODE().rtol, abs=1e-6)

    def test_buffers_and_pumps_of_a_membrane_are_well_mixed_too(self) -> None:
        """A pump at constant [Ca2+] would turn over at k_ext k_on c/(k_on c + k_off + k_ext); here [Ca2+] falls."""
        m = Model(HEAD, [proteins.calcium(2.0), proteins.pmca(density=998.0)])
        run = ode(m, 0.5)
        assert run.concentration("Ca")[-1] < 0.05 * run.concentration("Ca")[0]

    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def test_the_jacobian_is_the_derivative_of_the_slopes(self, data: st.DataObject) -> None:
        names = ["A", "B", "C", "D"]
        side = st.lists(st.sampled_from(names), max_size=3).map(lambda terms: " + ".join(terms) or "0")
        equations = data.draw(st.lists(st.tuples(side, side), min_size=1, max_size=6))
        reactions = [
            Reaction(f"{left} -> {right}", 1.0 + i, name=f"R{i}")
            for i, (left, right) in enumerate(equations)
            if (left, right) != ("0", "0")
        ]
        m = Model(HEAD, species=[Species(name) for name in names], reactions=reactions)
        network, y = lower_network(m), np.array([0.7, 1.3, 2.1, 0.4])
        # Polynomials of degree 3: central differences are exact up to h^2 f'''/6 and rounding.
        h = 1e-4
        columns = [(slopes(network, y + h * e) - slopes(network, y - h * e)) / (2 * h) for e in np.eye(4)]
        # At most six reactions, each with f''' <= 6 k per change of up to 3 molecules.
        bound = 6 * 6 * 6 * 3 * h**2 + 1e-9
        assert np.abs(dense_jacobian(network, y) - np.array(columns).T).max() < bound


def slopes(network: Network, y: np.ndarray) -> np.ndarray:
    kinetics, _ = lower_kinetics(network)
    out = np.empty_like(y)
    derivative(y, out, network.rate, kinetics)
    return out


def dense_jacobian(network: Network, y: np.ndarray) -> np.ndarray:
    kinetics, factors = lower_kinetics(network)
    values = np.empty(len(factors.column))
    jacobian(y, values, network.rate, kinetics)
    return to_dense(values, factors)


def to_dense(values: np.ndarray, factors: Factors) -> np.ndarray:
    n = len(factors.order)
    dense = np.zeros((n, n))
    row = np.repeat(factors.order, np.diff(factors.start))
    dense[row, factors.order[factors.column]] = values
    return dense


class TestStiffMethod:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.integers(1, 12))
    def test_the_factors_solve_what_a_dense_solver_does(self, seed: int, n: int) -> None:
        rng = np.random.default_rng(seed)
        entries = [(i, j) for i in range(n) for j in range(n) if rng.random() < 0.3]
        factors, position = find_factors(n, entries)
        values = np.zeros(len(factors.column))
        for entry in entries:
            values[position[entry]] = rng.normal()
        values[factors.diagonal] += n + 1.0  # dominant, as a short step makes it
        matrix, right = to_dense(values, factors), rng.normal(size=n)
        solution, work = np.empty(n), np.empty(n)
        factorise(values, work, factors)
        solve_factored(values, factors, right, work, solution)
        # Rounding, times a condition number that a dominant diagonal keeps below a few n.
        assert solution == pytest.approx(np.linalg.solve(matrix, right), abs=1e-12)

    def test_is_of_order_4_with_an_error_estimate_of_order_3(self) -> None:
        """Halving the step divides the local errors by 2^5 and 2^4."""
        network = lower_network(model(Reaction("A + B <-> AB", 3.0, 2.0), Reaction("2 AB -> C", 5.0)))
        start = np.array([1.3, 0.2, 0.7, 0.0])
        errors = []
        for h in (0.02, 0.01, 0.005):
            (after, estimate), (fine, _) = one_step(network, start, h), one_step(network, start, h, parts=64)
            errors.append((np.abs(after - fine).max(), np.abs(estimate).max()))
        orders = np.log2(np.array(errors)[:-1] / np.array(errors)[1:])
        assert orders[-1] == pytest.approx([5.0, 4.0], abs=0.25)
        assert np.abs(np.diff(orders, axis=0)).max() < 0.5

    def test_takes_long_steps_through_stiffness(self) -> None:
        """Robertson's problem over 11 decades of time; Hairer & Wanner (1996), section IV.10, print the end."""
        m = model(Reaction("A -> B", 0.04), Reaction("2 B -> B + C", 3e7), Reaction("B + C -> A + C", 1e4), A=PER_UM)
        end = simulate(m, 1e11, ODE(rtol=1e-8, atol=1e-16), every=1e11)
        values = [end.concentration(name)[-1] for name in "ABC"]
        assert values == pytest.approx([2.0833401497010e-8, 8.333360770334713e-14, 0.9999999791665050], rel=1e-5)


def one_step(network: Network, start: np.ndarray, h: float, parts: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The solution after h, in equal parts, and the error estimate of the last part."""
    kinetics, factors = lower_kinetics(network)
    n, y = len(start), start.copy()
    stages = np.empty((STAGES, n))
    for _ in range(parts):
        after = np.empty(n)
        try_step(
            y, h / parts, network.rate, kinetics, factors, np.empty(len(factors.column)), stages, after, np.empty(n),
            np.empty(n),
        )  # fmt: skip
        y = after
    return y, stages[-1]


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
            Reaction("0 -> A", 100.0), Reaction("B + 2 A -> B", 1e-2), A=300, B=200,
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


class TestConservation:
    def test_finds_the_laws_of_binding(self) -> None:
        network = lower_network(model(Reaction("A + 2 B <-> AB2", 1.0, 1.0), Reaction("AB2 -> C", 1.0)))
        laws = {tuple(law) for law in conservation_laws(network)}
        assert len(laws) == 2
        for law in laws:
            assert not np.any(np.array(law) @ network.stoichiometry)

    def test_an_open_network_has_none(self) -> None:
        assert conservation_laws(lower_network(model(Reaction("0 <-> A", 1.0, 1.0)))).shape == (0, 1)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.lists(st.integers(-2, 2), min_size=5, max_size=5), min_size=1, max_size=6))
    def test_the_laws_span_the_left_null_space(self, changes: list[list[int]]) -> None:
        names = "ABCDE"
        reactions = []
        for i, change in enumerate(changes):
            left = " + ".join(f"{-d} {n}" for n, d in zip(names, change, strict=True) if d < 0) or "0"
            right = " + ".join(f"{d} {n}" for n, d in zip(names, change, strict=True) if d > 0) or "0"
            if (left, right) != ("0", "0"):
                reactions.append(Reaction(f"{left} -> {right}", 1.0, name=f"R{i}"))
        network = lower_network(Model(HEAD, species=[Species(n) for n in names], reactions=reactions))
        laws, matrix = conservation_laws(network), network.stoichiometry
        assert len(laws) == 5 - (np.linalg.matrix_rank(matrix) if matrix.size else 0)
        assert not np.any(laws @ matrix)
        assert not laws.size or np.linalg.matrix_rank(laws) == len(laws)


BAD: dict[str, tuple[Callable[[], object], type[NanospineError], str]] = {
    "interval that does not divide": (
        lambda: simulate(model(Reaction("A -> 0", 1.0)), 1.0, engine="ode", every=0.3),
        ParameterError,
        "duration is 1 s, 3.33333 times every = 0.3 s; give a whole multiple",
    ),
    "no duration": (
        lambda: simulate(model(Reaction("A -> 0", 1.0)), 0.0, engine="ssa"),
        ParameterError,
        r"duration \(s\) is 0.0; give a finite number > 0",
    ),
    "tolerance": (lambda: ODE(rtol=0.0), ParameterError, "ODE engine: rtol is 0.0"),
    "method": (
        lambda: SSA("tau"),
        ParameterError,
        "SSA engine: method 'tau' is unknown; known are: exact, tau-leaping",
    ),
    "epsilon": (lambda: SSA("tau-leaping", 2.0), ParameterError, "epsilon is 2.0; give a number between 0"),
    "absorbing wall": (
        lambda: simulate(
            Model(HEAD, [proteins.calcium()], boundaries=[Boundary("membrane", "Ca", "absorbing")]), 1.0, engine="ode"
        ),
        ModelError,
        "Boundary membrane/Ca is absorbing, but a well-mixed volume has no walls; replace it by a reaction such as",
    ),
    "earlier run of another model": (
        lambda: ode(model(Reaction("A -> 0", 1.0)), 1.0, start=ode(model(Reaction("B -> 0", 1.0)), 1.0)),
        SimulationError,
        "has other species than this model; take one of the same species",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case: str) -> None:
    make, error, message = BAD[case]
    with pytest.raises(error, match=message):
        make()


def test_samplers_of_places_are_left_out() -> None:
    m = Model(HEAD, [proteins.calcium(1.0)], samplers=[Sampler("all", "Ca")])
    assert "sampled" not in simulate(m, 0.1, engine="ode").dataset
