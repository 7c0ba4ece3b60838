"""A law is the rate of one event, also where it is a sum: against the master equation, and below zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import places
import pytest
from scipy.linalg import expm
from well_mixed import PER_UM, TIGHT, model, trials, z_mean

from nanospine import ODE, SSA, Polynomial, Reaction, Release, Schedule, read_sbml, simulate
from nanospine.bulk.network import lower_network
from nanospine.model import SimulationError
from nanospine.results.estimates import Estimate

METHODS = pytest.mark.parametrize("engine", [SSA(), SSA("tau-leaping")], ids=["exact", "tau-leaping"])


def z_variance(numbers: np.ndarray, expected: float) -> float:
    """How far a sample variance is from the expected one; its error is that of the sample's fourth moment."""
    squares = (numbers - numbers.mean()) ** 2
    return Estimate.of(squares * (numbers.size / (numbers.size - 1))).z(expected)


class TestPairs:
    """2 M -> D with k M (M - 1)/2, as programs for stochastic models write it: 4 M are 2 at a rate 6 k, and 0 at k."""

    MODEL = read_sbml(places.DATA / "sbml" / "pairs.xml")

    @METHODS
    def test_have_the_probabilities_of_the_master_equation(self, engine: SSA) -> None:
        p4 = np.exp(-3.0)
        p2 = 6 / 5 * (np.exp(-0.5) - np.exp(-3.0))
        left, n = trials(self.MODEL, 0.5, 1000, engine)["M"], 1000
        for number, p in ((0, 1 - p2 - p4), (2, p2), (4, p4)):
            assert abs(np.mean(left == number) - p) < 4 * np.sqrt(p * (1 - p) / n)

    def test_are_mass_action_of_different_molecules(self) -> None:
        discrete = lower_network(self.MODEL, whole=True)
        assert not discrete.as_it_stands.any()
        assert discrete.rate * discrete.molecules_per_uM**-1 == pytest.approx([0.5])
        assert lower_network(self.MODEL).as_it_stands.all()

    def test_are_as_written_in_rate_equations(self) -> None:
        """dM/dt = -M (M - 1), so that 1 - 1/M falls as exp(-t)."""
        left = simulate(self.MODEL, 0.5, TIGHT, every=0.1)
        assert 1 - 1 / left.number("M") == pytest.approx(0.75 * np.exp(-left.time), rel=1e-7)


class TestSums:
    """Births at b A (1 - A/K) and deaths at d A: logistic growth."""

    b, d, K, n0, time = 4.0, 1.0, 40.0, 10, 0.7
    BIRTH = Polynomial({"A": b}, {"2 A": b / K * PER_UM})

    @classmethod
    def distribution(cls) -> np.ndarray:
        """Probabilities of 0 to K molecules at the end; none comes above K."""
        n = np.arange(cls.K + 1)
        up, down = cls.b * n * (1 - n / cls.K), cls.d * n
        generator = np.diag(up[:-1], -1) + np.diag(down[1:], 1) - np.diag(up + down)
        return expm(generator * cls.time)[:, cls.n0]

    @METHODS
    def test_have_the_mean_and_variance_of_the_master_equation(self, engine: SSA) -> None:
        """The other reading, births at b A and deaths at b A A/K beside d A, has the same rate equation."""
        births, deaths = Reaction("A -> 2 A", self.BIRTH), Reaction("A -> 0", self.d)
        numbers = trials(model(births, deaths, A=self.n0), self.time, 1500, engine)["A"]
        n, p = np.arange(self.K + 1), self.distribution()
        mean = n @ p
        variance = (n - mean) ** 2 @ p
        assert abs(z_mean(numbers, mean)) < 4
        assert abs(z_variance(numbers, variance)) < 4
        opposed = Reaction("A <-> 2 A", self.b, self.b / self.K * PER_UM)
        other = trials(model(opposed, deaths, A=self.n0), self.time, 800)["A"]
        assert z_variance(other, variance) > 8

    def test_are_exact_in_rate_equations(self) -> None:
        """Without deaths A = K/(1 + (K/n0 - 1) exp(-b t)), which comes near K but not above it."""
        run = simulate(model(Reaction("A -> 2 A", self.BIRTH), A=self.n0), 5.0, TIGHT)
        exact = self.K / (1 + (self.K / self.n0 - 1) * np.exp(-self.b * run.time))
        assert run.number("A") == pytest.approx(exact, rel=1e-7)

    def test_rest_where_their_law_ends_at_zero(self) -> None:
        """K molecules have no births; the law as it is lowered may leave 1e-17 of them."""
        births = Reaction("A -> 2 A", self.BIRTH)
        full = model(births, A=self.K)
        for engine in (SSA(), SSA("tau-leaping"), ODE()):
            assert simulate(full, 10.0, engine, every=10.0).number("A")[-1] == pytest.approx(self.K)

    @METHODS
    def test_leaps_are_short_where_parts_nearly_cancel(self, engine: SSA) -> None:
        """A -> B at k (A - B/3), with many molecules: leaps see the law change by its parts, not by its value."""
        law = Polynomial({"A": 3.0}, {"B": 1.0})
        m = model(Reaction("A -> B", law), Reaction("B -> A", 9.0), A=40_000)
        expected = simulate(m, 0.05, TIGHT, every=0.05).number("B")[-1]
        assert abs(z_mean(trials(m, 0.05, 60, engine)["B"], expected)) < 4

    def test_coefficients_may_change_in_time(self) -> None:
        """A -> B at 3 A - v until 0.1 s, at A from then on."""
        law = Polynomial({"A": Schedule([0, 0.1], [3.0, 1.0])}, {"0": Schedule([0, 0.1], [20.0, 0.0])})
        m = model(Reaction("A -> B", law), A=300 * PER_UM)
        run = simulate(m, 0.2, TIGHT, every=0.05)
        at_step = 20 / 3 + (300 - 20 / 3) * np.exp(-0.3)
        assert run.concentration("A")[[2, 4]] == pytest.approx([at_step, at_step * np.exp(-0.1)], rel=1e-7)
        numbers = trials(m, 0.2, 200)["A"]
        assert abs(z_mean(numbers, run.number("A")[-1])) < 4

    def test_never_take_what_is_not_there(self) -> None:
        law = Polynomial({"A": 50.0, "2 A": 1.0})
        final = trials(model(Reaction("A + 2 B -> C", law), A=50, B=21), 1.0, 5)
        assert (final["B"] == 1).all()
        assert (final["C"] == 10).all()


OPPOSED = Reaction("A -> B", Polynomial({"A": 2.0}, {"B": 1.0}), name="turn")
REMEDY = "no event can happen at a rate below zero; write what its law subtracts as a reaction of its own"


class TestBelowZero:
    @METHODS
    def test_events_end_where_chance_leads_below_zero(self, engine: SSA) -> None:
        """From 400 A on, the law is 0 at 133.3 and -1 1/s at 133, which is the next."""
        with pytest.raises(SimulationError, match=rf"'turn' has the rate -1 1/s at t = [123]\.\d+ s, and {REMEDY}"):
            simulate(model(OPPOSED, A=400), 50.0, engine)

    def test_rate_equations_come_to_rest_at_zero(self) -> None:
        run = simulate(model(OPPOSED, A=400), 50.0, "ode")
        assert run.number("A")[-1] == pytest.approx(400 / 3)

    def test_rate_equations_end_where_something_else_leads_below_zero(self) -> None:
        """B is fed from elsewhere: 2 A - B is zero at 0.1 s if A + B grows by 600 uM/s from A = 20 uM, B = 0.

        With S = 2 A - B, S' = -3 S - 600, so that S = 240 exp(-3 t) - 200 is zero at ln(1.2)/3 s.
        """
        m = model(OPPOSED, Reaction("0 -> B", 600.0), A=20 * PER_UM)
        zero = np.log(1.2) / 3
        with pytest.raises(SimulationError, match=f"'turn' has the rate -.* uM/s at t = .*, and {REMEDY}") as e:
            simulate(m, 1.0, ODE(rtol=1e-8, atol=1e-10))
        assert float(str(e.value).split("t = ")[1].split(" s")[0]) == pytest.approx(zero, abs=0.01)

    @pytest.mark.parametrize("engine", [SSA(), SSA("tau-leaping"), ODE()], ids=["exact", "tau-leaping", "ode"])
    @pytest.mark.parametrize(
        ("subtracted", "later", "at"),
        [
            ({"C": 1.0}, 0, "0"),
            ({"C": Schedule([0, 0.25], [0, 1])}, 0, "0.25"),
            ({"B": 1.0, "C": 0.0}, 3, "0.25"),
        ],
        ids=["at the start", "when a rate steps", "when molecules are released"],
    )
    def test_is_found_at_once(self, engine: SSA | ODE, subtracted: dict[str, float], later: int, at: str) -> None:
        turn = Reaction("A -> B", Polynomial({"A": 1e-9}, subtracted), name="turn")
        m = model(turn, A=9, C=5)
        m = replace(m, releases=[*m.releases, Release("B", number=later, at=0.25)])
        with pytest.raises(SimulationError, match=f"'turn' has the rate -.* at t = {at} s"):
            simulate(m, 1.0, engine, every=0.5)
