"""Rate equations, against closed forms: the right side, its Jacobian, and the stiff method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from well_mixed import HEAD, PER_UM, ROOM, model, ode, trials, z_mean

from nanospine import (
    ODE,
    Model,
    Polynomial,
    Reaction,
    Release,
    Schedule,
    Species,
    proteins,
    simulate,
)
from nanospine.bulk.kinetics import derivative, jacobian, lower_kinetics
from nanospine.bulk.network import Network, lower_network
from nanospine.bulk.rosenbrock import STAGES, try_step
from nanospine.bulk.sparse_lu import Factors, factorise, find_factors, solve_factored


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
        law = Polynomial({"2 A + B": 0.5, "0": 1.0}, {"A + C": 2.0, "D": 0.3})
        reactions.append(Reaction("A + B -> 2 C", law, name="sum"))
        m = Model(HEAD, species=[Species(name) for name in names], reactions=reactions)
        network, y = lower_network(m), np.array([0.7, 1.3, 2.1, 0.4])
        # Polynomials of degree 3: central differences are exact up to h^2 f'''/6 and rounding.
        h = 1e-4
        columns = [(slopes(network, y + h * e) - slopes(network, y - h * e)) / (2 * h) for e in np.eye(4)]
        # At most seven reactions, each with f''' <= 6 k per change of up to 3 molecules.
        bound = 7 * 6 * 6 * 3 * h**2 + 1e-9
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
