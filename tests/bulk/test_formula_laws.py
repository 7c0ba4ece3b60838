"""Laws that are formulas in the well-mixed engines: against closed forms, master equations and differences."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.special import lambertw
from well_mixed import HEAD, PER_UM, TIGHT, model, ode, trials, z_mean

from nanospine import ODE, SSA, Assembly, Boundary, Formula, Model, Reaction, Release, Schedule, Species, cube, simulate
from nanospine.bulk.conservation import conservation_laws
from nanospine.bulk.kinetics import derivative, jacobian, lower_kinetics
from nanospine.bulk.network import Network, lower_network
from nanospine.model import SimulationError, units
from nanospine.results.estimates import Estimate

METHODS = pytest.mark.parametrize("engine", [SSA(), SSA("tau-leaping")], ids=["exact", "tau-leaping"])
EVERY_ENGINE = pytest.mark.parametrize(
    "engine", [ODE(), SSA(), SSA("tau-leaping")], ids=["ode", "exact", "tau-leaping"]
)


def michaelis(Vmax: float | Schedule, Km: float, substrate: str = "S") -> Formula:
    return Formula(f"Vmax*{substrate}/(Km + {substrate})", {"Vmax": Vmax, "Km": Km})


class TestRateEquations:
    def test_michaelis_and_menten(self) -> None:
        """S = Km W(S0/Km exp((S0 - Vmax t)/Km))."""
        run = ode(model(Reaction("S -> P", michaelis(1.0, 5.0)), S=10.0 * PER_UM), 30.0)
        exact = 5.0 * lambertw(2.0 * np.exp((10.0 - run.time) / 5.0)).real
        assert run.concentration("S") == pytest.approx(exact, rel=1e-7)
        assert run.concentration("P") == pytest.approx(10.0 - exact, rel=1e-7)

    @pytest.mark.parametrize("n", [4.0, 2.5])
    def test_hill(self, n: float) -> None:
        """V t = S0 - S + K^n (S^(1 - n) - S0^(1 - n))/(n - 1)."""
        V, K, S0 = 2.0, 3.0, 12.0
        law = Formula("V*S^n/(K^n + S^n)", {"V": V, "K": K, "n": n})
        run = ode(model(Reaction("S -> P", law), S=S0 * PER_UM), 20.0)
        S = run.concentration("S")
        assert V * run.time == pytest.approx(S0 - S + K**n * (S ** (1 - n) - S0 ** (1 - n)) / (n - 1), abs=1e-7)

    def test_a_switch_turns_on_from_nothing(self) -> None:
        """X makes itself by a Hill law of 2.5, whose derivatives at X = 0 are none of infinity."""
        feedback = Formula("0.6 + 3*X^2.5/(1 + X^2.5)")
        run = ode(model(Reaction("0 -> X", feedback), Reaction("X -> 0", 1.0)), 60.0)
        x = run.concentration("X")[-1]
        assert x > 2.0
        assert 0.6 + 3 * x**2.5 / (1 + x**2.5) == pytest.approx(x, rel=1e-7)

    def test_a_root_comes_to_rest_at_zero(self) -> None:
        """sqrt(S) falls by k t/2, until it is none."""
        run = ode(model(Reaction("S -> P", Formula("2*S^0.5")), S=4.0 * PER_UM), 4.0, every=0.5)
        expected = np.maximum(2.0 - run.time, 0.0) ** 2
        assert run.concentration("S") == pytest.approx(expected, abs=1e-6)

    def test_constants_may_change_in_time(self) -> None:
        law = Formula("k*S", {"k": Schedule([0, 0.1], [3.0, 1.0])})
        run = ode(model(Reaction("S -> P", law), S=30.0), 0.2, every=0.05)
        assert run.number("S")[[2, 4]] == pytest.approx([30 * np.exp(-0.3), 30 * np.exp(-0.4)], rel=1e-7)

    def test_both_directions_rest_at_the_ratio_of_haldane(self) -> None:
        """Vf S/Ks = Vr P/Kp in the end."""
        below = {"Ks": 2.0, "Kp": 5.0}
        turn = Reaction(
            "S <-> P",
            Formula("Vf*S/Ks/(1 + S/Ks + P/Kp)", below | {"Vf": 3.0}),
            Formula("Vr*P/Kp/(1 + S/Ks + P/Kp)", below | {"Vr": 1.0}),
        )
        run = ode(model(turn, S=10.0 * PER_UM), 200.0)
        assert run.concentration("P")[-1] / run.concentration("S")[-1] == pytest.approx(3.0 / 2.0 * 5.0, rel=1e-7)
        assert conservation_laws(lower_network(run.model)).tolist() == [[1, 1]]


def slopes(network: Network, y: np.ndarray) -> np.ndarray:
    out = np.empty_like(y)
    derivative(y, out, network.rate, lower_kinetics(network)[0])
    return out


def dense_jacobian(network: Network, y: np.ndarray) -> np.ndarray:
    kinetics, factors = lower_kinetics(network)
    values = np.empty(len(factors.column))
    jacobian(y, values, network.rate, kinetics)
    dense = np.zeros((y.size, y.size))
    dense[np.repeat(factors.order, np.diff(factors.start)), factors.order[factors.column]] = values
    return dense


def texts() -> st.SearchStrategy[str]:
    leaves = st.one_of(st.sampled_from(["A", "B", "C"]), st.floats(0.2, 3.0).map(lambda x: f"{x:.3f}"))

    def grown(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, part, st.sampled_from("+-*/^"), part),
            st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), part, part),
            st.builds("{}({})".format, st.sampled_from(["-", "exp", "log", "sqrt", "abs"]), part),
        )

    return st.recursive(leaves, grown, max_leaves=8)


class TestJacobian:
    @settings(max_examples=80, deadline=None)
    @given(texts())
    def test_is_the_derivative_of_the_slopes(self, text: str) -> None:
        """Against central differences with two steps, whose difference is three times the error of the second."""
        y, names = np.array([0.7312, 1.3171, 2.0923]), ["A", "B", "C"]
        try:
            law = Formula(text)
        except ValueError:
            assume(False)
        reactions = [Reaction("A + B -> 2 C", law), Reaction("C -> A", 0.5)]
        network = lower_network(Model(HEAD, species=[Species(name) for name in names], reactions=reactions))
        found = dense_jacobian(network, y)
        assume(np.isfinite(slopes(network, y)).all() and np.abs(found).max() < 1e4)
        rough, fine = (
            np.array([(slopes(network, y + h * e) - slopes(network, y - h * e)) / (2 * h) for e in np.eye(3)]).T
            for h in (2e-4, 1e-4)
        )
        assume(np.isfinite(rough).all())
        rounding = 1e-15 * np.abs(slopes(network, y)).max() / 1e-4
        assert (np.abs(found - fine) <= np.abs(rough - fine) + 1e3 * rounding + 1e-9).all()

    def test_is_finite_where_derivatives_are_not(self) -> None:
        law = Formula("A^0.5*B^2.5/(A^0.5 + B^2.5 + 1) + sqrt(A + B) + A^B")
        network = lower_network(model(Reaction("A + B -> C", law)))
        assert np.isfinite(dense_jacobian(network, np.zeros(3))).all()

    def test_tolerances_below_zero_count_as_none(self) -> None:
        network = lower_network(model(Reaction("A -> B", Formula("A^2.5/(1 + A^2.5)"))))
        assert (slopes(network, np.array([-1e-12, 1.0])) == 0.0).all()


class TestJumpProcess:
    """S <-> P of 12 molecules, both by laws of saturation."""

    N, T = 12, 0.005
    V, K, W, L, n = 60.0, 0.1, 25.0, 0.2, 2.5
    MODEL = model(
        Reaction("S -> P", Formula("V*S/(K + S)", {"V": V, "K": K})),
        Reaction("P -> S", Formula("W*P^n/(L^n + P^n)", {"W": W, "L": L, "n": n})),
        S=N,
    )

    @classmethod
    def distribution(cls) -> np.ndarray:
        """Probabilities of 0 to N molecules of P, by the master equation."""
        P = np.arange(cls.N + 1) / PER_UM
        S = P[::-1]
        up = cls.V * S / (cls.K + S) * PER_UM
        down = cls.W * P**cls.n / (cls.L**cls.n + P**cls.n) * PER_UM
        generator = np.diag(up[:-1], -1) + np.diag(down[1:], 1) - np.diag(up + down)
        return expm(generator * cls.T)[:, 0]

    @METHODS
    def test_has_the_mean_and_variance_of_the_master_equation(self, engine: SSA) -> None:
        numbers = trials(self.MODEL, self.T, 1500, engine)["P"]
        n, p = np.arange(self.N + 1), self.distribution()
        mean = n @ p
        assert abs(z_mean(numbers, mean)) < 4
        squares = (numbers - numbers.mean()) ** 2 * (numbers.size / (numbers.size - 1))
        assert abs(Estimate.of(squares).z((n - mean) ** 2 @ p)) < 4

    @pytest.mark.parametrize("engine", [SSA(), SSA("tau-leaping", epsilon=0.01)], ids=["exact", "tau-leaping"])
    def test_leaps_follow_the_rate_equations_where_numbers_are_large(self, engine: SSA) -> None:
        m = model(
            Reaction("S -> P", Formula("V*S/(K + S)", {"V": 6e3, "K": 300.0})),
            Reaction("P -> S", Formula("W*P^n/(K^n + P^n)", {"W": 3e3, "K": 200.0, "n": 2.5})),
            S=40_000,
        )  # fmt: skip
        expected = ode(m, 0.1, every=0.1).number("P")[-1]
        assert abs(z_mean(trials(m, 0.1, 40, engine)["P"], expected)) < 4

    @METHODS
    def test_never_takes_what_is_not_there(self, engine: SSA) -> None:
        """Also where the law itself does not vanish, or is no number."""
        constant = model(Reaction("A + 2 B -> C", Formula("50 + 0*A")), A=50, B=21)
        final = trials(constant, 10.0, 5, engine)
        assert (final["B"] == 1).all()
        assert (final["C"] == 10).all()
        singular = model(Reaction("A -> B", Formula("1 + A/A")), A=20)
        assert (trials(singular, 100.0, 3, engine)["A"] == 0).all()

    def test_events_depend_on_all_that_the_law_names(self) -> None:
        """E decays at 50/s, and with it the last of what turns S: exp(-5 (1 - exp(-50 t))) is left of it."""
        m = model(
            Reaction("S -> P", Formula("k*E*S/(1 + 0*S)", {"k": 1.0})), Reaction("E -> 0", 50.0), S=400, E=8 * PER_UM
        )
        left = trials(m, 1.0, 200)["S"]
        wrong = 400 * np.exp(-8.0)
        expected = ode(m, 1.0, every=1.0).number("S")[-1]
        assert abs(z_mean(left, expected)) < 4 < abs(z_mean(left, wrong))

    def test_steps_in_time_are_felt_at_once(self) -> None:
        m = model(Reaction("S -> P", michaelis(Schedule([0, 0.1], [0.0, 300.0]), 1.0)), S=600)
        assert simulate(m, 0.1, "ssa").number("S")[-1] == 600
        expected = ode(m, 0.14, every=0.14).number("S")[-1]
        assert abs(z_mean(trials(m, 0.14, 100)["S"], expected)) < 4


class TestBelowZeroAndNoNumber:
    @EVERY_ENGINE
    def test_a_law_below_zero_ends_the_run(self, engine: SSA | ODE) -> None:
        m = model(Reaction("A -> B", Formula("2*A - C"), name="turn"), A=3, C=50)
        with pytest.raises(
            SimulationError, match=r"'turn' has the rate -.* at t = 0 s, and no event can happen at a rate b"
        ):
            simulate(m, 1.0, engine)

    @EVERY_ENGINE
    def test_a_law_that_is_no_number_ends_the_run(self, engine: SSA | ODE) -> None:
        m = model(Reaction("A -> B", Formula("A/B"), name="turn"), A=30)
        with pytest.raises(
            SimulationError, match=r"'turn' has the rate inf .* at t = 0 s, and that is no finite number; give"
        ):
            simulate(m, 1.0, engine)

    @EVERY_ENGINE
    def test_a_law_that_ends_at_zero_rests_there(self, engine: SSA | ODE) -> None:
        """Growth by 4 A (1 - A/K) stops at K, where rounding may leave less than nothing."""
        law = Formula("4*A*(1 - A/K)", {"K": 40 / PER_UM})
        full = simulate(model(Reaction("A -> 2 A", law), A=40), 10.0, engine, every=10.0)
        assert full.number("A")[-1] == pytest.approx(40)


CELL = Assembly({"cytosol": cube(0.02), "er": cube(0.004)})


class TestCompartments:
    """Concentrations are those of each compartment, whose volumes differ by a factor of 4."""

    VOLUME: ClassVar = {space.name: space.volume for space in CELL.compartments}

    def within(self, name: str, *reactions: Reaction, species: list[Species], **options: object) -> np.ndarray:
        m = Model(CELL, species=species, reactions=reactions, **options)
        run = simulate(m, 4.0, TIGHT, every=1.0)
        return run.dataset["within"].sel(species="S", compartment=name).values

    @pytest.mark.parametrize("name", ["cytosol", "er"])
    def test_each_has_its_own_concentration(self, name: str) -> None:
        law = Reaction("S -> P", michaelis(1.0, 5.0))
        releases = [Release("S", concentration=c, compartment=n) for n, c in (("cytosol", 10.0), ("er", 3.0))]
        found = self.within(name, law, species=[Species("S"), Species("P")], releases=releases)
        start = {"cytosol": 10.0, "er": 3.0}[name]
        exact = 5.0 * lambertw(start / 5.0 * np.exp((start - np.arange(5.0)) / 5.0)).real
        assert found == pytest.approx(exact * units.molecules(1.0, self.VOLUME[name]), rel=1e-6)

    def test_a_pump_takes_from_one_side_and_feels_the_other(self) -> None:
        """In the volume within the membrane v is in uM/s, whatever the other side's is."""
        law = Formula("P*S[outside]/(2 + S[outside] + S[inside])")
        pump = Reaction("S[inside] + P -> P + S[outside]", law)
        releases = [
            Release("S", concentration=8.0, compartment="er"), Release("S", concentration=3.0, compartment="cytosol"),
            Release("P", density=200.0, region="er.membrane"),
        ]  # fmt: skip
        m = Model(CELL, species=[Species("S"), Species("P", where="surface")], reactions=[pump], releases=releases)
        pumps = 200.0 * CELL.area("er.membrane") / units.molecules(1.0, self.VOLUME["er"])
        dt = 1e-6
        run = simulate(m, dt, TIGHT, every=dt)
        lost = -np.diff(run.dataset["within"].sel(species="S", compartment="er").values)[0]
        assert lost / units.molecules(1.0, self.VOLUME["er"]) / dt == pytest.approx(pumps * 3 / (2 + 3 + 8), rel=1e-3)
        assert run.number("S") == pytest.approx(run.number("S")[0])
        jumps = [simulate(m, 2e-3, SSA(), trial=k, every=2e-3) for k in range(60)]
        left = [jump.dataset["within"].sel(species="S", compartment="er").values[-1] for jump in jumps]
        expected = simulate(m, 2e-3, TIGHT, every=2e-3).dataset["within"].sel(species="S", compartment="er").values[-1]
        assert abs(Estimate.of(left).z(expected)) < 4

    def test_a_clamped_concentration_stays_what_it_is(self) -> None:
        """S -> P at V c/(K + c), c held."""
        m = Model(
            HEAD, species=[Species("S", 1.0), Species("P")], reactions=[Reaction("S -> P", michaelis(2.0, 5.0))],
            boundaries=[Boundary("membrane", "S", "clamp", concentration=10.0)],
        )  # fmt: skip
        run = simulate(m, 3.0, TIGHT)
        assert run.concentration("P") == pytest.approx(2.0 * 10 / 15 * run.time, rel=1e-7)
