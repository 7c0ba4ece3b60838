"""Receptors and leak of a calcium store: rates, and what follows from them in closed form."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from master_equation import matrix_of, written
from scipy.sparse import csc_array
from scipy.sparse.linalg import expm_multiply

from nanospine import proteins
from nanospine.model import ModelError
from nanospine.model.proteins import RYR


def ryr_site_by_site(calcium: float) -> tuple[csc_array, np.ndarray]:
    """Return the rate matrix of the 4 x 2^4 x 2^4 states in which each site is told apart, and which are open."""
    gates = ("C", "O", "CI", "OI")
    states = list(product(gates, product((0, 1), repeat=4), product((0, 1), repeat=4)))
    index = {state: k for k, state in enumerate(states)}
    ways: list[tuple[int, int, float]] = []
    for gate, a, i in states:
        begin = index[gate, a, i]
        for k in range(4):
            flipped = tuple(bit ^ (k == n) for n, bit in enumerate(a))
            ways.append((begin, index[gate, flipped, i], 333.0 if a[k] else 30.0 * calcium))
            flipped = tuple(bit ^ (k == n) for n, bit in enumerate(i))
            on = 0.45 if gate in ("C", "CI") else 0.25
            ways.append((begin, index[gate, a, flipped], 1.0 if i[k] else on * calcium))
        inhibited = float(any(i))
        for left, right, rate in (
            ("C", "O", 650.0 * all(a)), ("O", "C", 60.0), ("CI", "OI", 650.0), ("OI", "CI", 60.0),
            ("C", "CI", 600.0 * inhibited), ("CI", "C", 5.0), ("O", "OI", 75.0 * inhibited), ("OI", "O", 5.0),
        ):  # fmt: skip
            if gate == left:
                ways.append((begin, index[right, a, i], rate))
    begin, end, rate = (np.array(column) for column in zip(*ways, strict=True))
    rates = csc_array((rate, (end, begin)), shape=(len(states), len(states)))
    return rates - csc_array(np.diag(rates.sum(axis=0))), np.array([gate == "O" for gate, _, _ in states])


#: Gates between which a closed receptor is inactivated, and recovers.
GATES = (("C", "CI"), ("CI", "C"))


class TestRyr:
    def test_states_that_are_counted_open_like_those_that_are_told_apart(self) -> None:
        calcium, times = 20.0, {"start": 0.0, "stop": 20e-3, "num": 5}
        apart, is_open = ryr_site_by_site(calcium)
        start = np.zeros(len(is_open))
        start[0] = 1.0
        expected = expm_multiply(apart, start, **times) @ is_open
        scheme = proteins.ryr(number=1)
        counted = csc_array(matrix_of(scheme, calcium))
        start = np.array([scheme.releases[0].fractions.get(species.name, 0.0) for species in scheme.species])
        p = expm_multiply(counted, start, **times) @ [species.name.startswith("RyR_O_") for species in scheme.species]
        assert p == pytest.approx(expected, rel=1e-9)
        assert expected.max() > 0.1

    def test_all_hundred_states_are_there_and_carry_their_ions(self) -> None:
        species = {one.name: one for one in proteins.ryr(number=1).species}
        assert len(species) == 100
        assert species["RyR_OI_a3_i2"].content == {"Ca": 5}

    def test_the_open_channel_lets_ions_pass_both_ways(self) -> None:
        passing = [reaction for reaction in proteins.ryr(number=1).reactions if reaction.name.startswith("RyR_out")]
        assert len(passing) == 25
        assert {(reaction.forward, reaction.backward) for reaction in passing} == {(1090.0, 1090.0)}
        assert {reaction.equation for reaction in passing} == {
            f"Ca[inside] + RyR_O_a{a}_i{i} <-> RyR_O_a{a}_i{i} + Ca[outside]" for a in range(5) for i in range(5)
        }

    def test_the_archived_rates_lose_an_inhibiting_ion_where_two_are_bound(self) -> None:
        archived, right = written(proteins.ryr(rates="archived", number=1)), written(proteins.ryr(number=1))
        gone, new = set(right) - set(archived), set(archived) - set(right)
        assert gone == {f"RyR_{one}_a{a}_i2 -> RyR_{other}_a{a}_i2" for a in range(5) for one, other in GATES}
        assert new == {f"RyR_C_a{a}_i2 -> RyR_CI_a{a}_i1" for a in range(5)} | {
            f"RyR_CI_a{a}_i1 -> RyR_C_a{a}_i2" for a in range(5)
        }
        assert {archived[name] for name in new} == {600.0, 5.0}
        assert all(archived[name] == right[name] for name in set(right) - gone)

    def test_ions_of_the_store_may_be_a_species_of_their_own(self) -> None:
        passing = [r.equation for r in proteins.ryr(lumen="Ca_ER", number=1).reactions if r.name.startswith("RyR_out")]
        assert passing[0] == "Ca_ER[inside] + RyR_O_a0_i0 <-> RyR_O_a0_i0 + Ca[outside]"

    def test_refuses_numbers_that_cannot_be(self) -> None:
        with pytest.raises(ModelError, match="RyR: rates 'archive' is unknown; did you mean 'archived'"):
            proteins.ryr(rates="archive", number=1)
        with pytest.raises(ModelError, match=r"RyR: opening is -1.0"):
            replace(RYR, opening=-1.0)
        with pytest.raises(ModelError, match="RyR: side 'above' is unknown"):
            proteins.ryr(side="above", number=1)


class TestLeak:
    def test_pores_share_the_permeability(self) -> None:
        """P c per area, in molecules: 1.8e-3 um/s x 602.2 per um^3 and uM."""
        leak = proteins.leak(density=500.0)
        assert written(leak) == dict.fromkeys(
            ("leak_out", "leak_out (reverse)"), pytest.approx(1.8e-3 * 602.214076 / 500)
        )

    def test_ions_of_the_store_may_be_a_species_of_their_own(self) -> None:
        assert proteins.leak(lumen="Ca_ER").reactions[0].equation == "Ca_ER[inside] + Leak <-> Leak + Ca[outside]"

    def test_refuses_numbers_that_cannot_be(self) -> None:
        with pytest.raises(ModelError, match=r"Leak: permeability \(um/s\) is -1.0"):
            proteins.leak(-1.0)
        with pytest.raises(ModelError, match=r"Leak: density \(1/um\^2\) is 0.0"):
            proteins.leak(density=0.0)
