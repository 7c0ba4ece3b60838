"""The kinetic schemes of real proteins: each number against the table of parameters, and what follows from them."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import places
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanospine import Scheme, proteins
from nanospine.model import ModelError
from nanospine.model.units import per_M_per_s
from nanospine.scenarios.odonnell2011.fig7.head import spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters

with (places.DATA / "odonnell2011_nanodomain.csv").open(newline="") as file:
    TABLE = {(row["group"], row["symbol"]): row for row in csv.DictReader(file)}

calcium = st.floats(1e-3, 1e3)
#: Sums of a few rounded terms: far above rounding, far below any digit of the table.
ROUNDING = 1e-12


def number(group: str, symbol: str) -> float:
    """Return a number of the table, binding rates in 1/(uM s)."""
    row = TABLE[group, symbol]
    value = float(row["value"])
    return per_M_per_s(value) if row["unit"] == "1/(M s)" else value


def default(function: Callable, name: str) -> float:
    return inspect.signature(function).parameters[name].default


def rates(scheme: Scheme) -> dict[str, Any]:
    return {step.name: step.rate for reaction in scheme.reactions for step in reaction.steps}


def pair_reactions(name: str, letters: str, group: str) -> dict[str, float]:
    """Return the 24 steps of a nine-state protein as the table has them."""
    steps = {}
    for i in range(3):
        for j in range(3):
            for letter, (k, m), place in ((letters[0], (i + 1, j), i), (letters[1], (i, j + 1), j)):
                if place < 2:
                    free, bound = f"{name}_{i}{j}", f"{name}_{k}{m}"
                    low, high = f"{letter}{place}", f"{letter}{place + 1}"
                    steps[f"Ca + {free} -> {bound}"] = number(group, f"k{low}{high}")
                    steps[f"{bound} -> Ca + {free}"] = number(group, f"k{high}{low}")
    return steps


class TestNumbersOfTheTable:
    @pytest.mark.parametrize(
        ("scheme", "expected"),
        [
            (proteins.calbindin(), pair_reactions("CB", "HM", "calbindin")),
            (proteins.calmodulin(), pair_reactions("CaM", "NC", "calmodulin")),
        ],
    )
    def test_the_steps_of_calbindin_and_calmodulin(self, scheme: Scheme, expected: dict[str, float]) -> None:
        assert len(expected) == 24
        assert rates(scheme) == pytest.approx(expected, rel=ROUNDING)

    def test_the_immobile_buffer(self) -> None:
        assert rates(proteins.immobile_buffer()) == pytest.approx(
            {
                "Ca + IB -> IB_Ca": number("immobile_buffer", "kon"),
                "IB_Ca -> Ca + IB": number("immobile_buffer", "koff"),
            }
        )

    @pytest.mark.parametrize(("make", "name"), [(proteins.pmca, "pmca"), (proteins.ncx, "ncx")])
    def test_the_pumps(self, make: Callable[[], Scheme], name: str) -> None:
        assert rates(make()) == pytest.approx(
            {
                f"{name}_bind": number(name, "kon"),
                f"{name}_bind (reverse)": number(name, "koff"),
                f"{name}_out": number(name, "kext"),
                f"{name}_leak": number(name, "kleak"),
            },
            rel=ROUNDING,
        )

    @pytest.mark.parametrize(
        ("function", "argument", "entry"),
        [
            (proteins.calcium, "concentration", ("ca", "Ca_rest")),
            (proteins.calcium, "D", ("ca", "D_Ca")),
            (proteins.calbindin, "total", ("calbindin", "total")),
            (proteins.calbindin, "D", ("calbindin", "D")),
            (proteins.calbindin, "start_calcium", ("ca", "Ca_rest")),
            (proteins.calmodulin, "total", ("calmodulin", "total")),
            (proteins.calmodulin, "start_calcium", ("ca", "Ca_rest")),
            (proteins.immobile_buffer, "total", ("immobile_buffer", "total")),
            (proteins.immobile_buffer, "start_calcium", ("ca", "Ca_rest")),
            (proteins.pmca, "density", ("pmca", "density")),
            (proteins.pmca, "start_calcium", ("ca", "Ca_rest")),
            (proteins.ncx, "density", ("ncx", "density")),
            (proteins.ncx, "start_calcium", ("ca", "Ca_rest")),
            (proteins.glun_calcium_rate, "conductance_pS", ("glun", "g_GluN")),
            (proteins.glun_calcium_rate, "calcium_fraction", ("glun", "f_Ca")),
            (proteins.glun_calcium_rate, "open_probability", ("glun", "p_open")),
            (proteins.glun_calcium_rate, "reversal_mV", ("glun", "E_rev")),
        ],
    )
    def test_the_defaults_of_the_schemes(self, function: Callable, argument: str, entry: tuple[str, str]) -> None:
        assert default(function, argument) == number(*entry)

    def test_what_does_not_move(self) -> None:
        still = [*proteins.calmodulin().species, *proteins.immobile_buffer().species]
        assert {species.D for species in still} == {0.0}

    @pytest.mark.parametrize(
        ("parameter", "entry"),
        [
            ("trials", ("protocol", "n_trials")),
            ("cube_edge", ("geometry", "sampling_cube_edge")),
            ("voltage", ("membrane", "V_m")),
            ("calcium_rest", ("ca", "Ca_rest")),
            ("D_calcium", ("ca", "D_Ca")),
            ("calbindin", ("calbindin", "total")),
            ("calmodulin", ("calmodulin", "total")),
            ("immobile_buffer", ("immobile_buffer", "total")),
            ("pmca", ("pmca", "density")),
            ("ncx", ("ncx", "density")),
            ("n_glun", ("glun", "n_GluN")),
            ("rate_of_ltype", ("ltype", "rate_open")),
            ("ltype_open_probability", ("ltype", "p_open")),
            ("ltype_open_time", ("ltype", "mean_open_time")),
        ],
    )
    def test_the_parameters_of_figure_7(self, parameter: str, entry: tuple[str, str]) -> None:
        assert getattr(Parameters(), parameter) == number(*entry)

    def test_the_geometry_of_figure_7(self) -> None:
        assert Parameters().volumes == tuple(map(float, TABLE["geometry", "volume"]["value"].split()))
        assert TABLE["geometry", "neck_patch"]["value"] == "{0} x {0}".format(Parameters().neck_edge)
        mesh = spine_head(Parameters(), 0.05).mesh
        assert mesh.area("neck") == pytest.approx(0.15**2)
        assert mesh.area("psd") == pytest.approx(0.05 ** (2 / 3))


class TestWhatFollowsFromTheNumbers:
    def test_the_mean_calcium_current_of_a_glun(self) -> None:
        """The table rounds the derived rate to four digits."""
        assert float(f"{proteins.glun_calcium_rate(-30.0):.3e}") == number("glun", "rate")
        assert Parameters().rate_per_glun == proteins.glun_calcium_rate(number("membrane", "V_m"))

    def test_no_calcium_enters_above_the_reversal_potential(self) -> None:
        assert proteins.glun_calcium_rate(0.0) == proteins.glun_calcium_rate(20.0) == 0.0

    def test_magnesium_blocks_half_of_the_channels_where_its_equation_says(self) -> None:
        """B = 1/2 where exp(-0.062 V) [Mg] = 3.57."""
        half = -np.log(3.57) / 0.062
        assert proteins.magnesium_block(half) == pytest.approx(0.5, rel=ROUNDING)
        assert proteins.magnesium_block(half, magnesium_mM=0.0) == 1.0
        assert proteins.magnesium_block([half, 0.0]) == pytest.approx([0.5, 1 / (1 + 1 / 3.57)], rel=ROUNDING)

    def test_the_gate_of_the_l_type_channel(self) -> None:
        """k_close = 1000 /s and k_open = 111.1 /s, as the table's note says."""
        gate = rates(proteins.two_state_channel("L", "L-type", 3.3e6, 0.1, 1e-3, (0, 0, 0)))
        assert round(gate["L_gate"], 1) == 111.1
        assert gate["L_gate (reverse)"] == pytest.approx(1000.0)
        assert gate["L_gate"] / (gate["L_gate"] + gate["L_gate (reverse)"]) == pytest.approx(0.1, rel=ROUNDING)
        assert gate["L_in"] == 3.3e6

    @given(calcium)
    def test_buffers_start_in_detailed_balance(self, level: float) -> None:
        for scheme in (
            proteins.calbindin(45.0, level),
            proteins.calmodulin(10.0, level),
            proteins.immobile_buffer(5, level),
        ):
            fractions = scheme.releases[0].fractions
            assert sum(fractions.values()) == pytest.approx(1.0, rel=ROUNDING)
            for reaction in scheme.reactions:
                ahead, back = reaction.steps
                free, bound = ahead.reactants[1].species, back.reactants[0].species
                on, off = float(ahead.rate), float(back.rate)
                assert on * level * fractions[free] == pytest.approx(off * fractions[bound], rel=1e-9)

    @given(calcium)
    def test_pumps_start_in_their_steady_state(self, level: float) -> None:
        for scheme, name in ((proteins.pmca(start_calcium=level), "P"), (proteins.ncx(start_calcium=level), "N")):
            on, off, out, _ = (float(step.rate) for reaction in scheme.reactions for step in reaction.steps)
            fractions = scheme.releases[0].fractions
            assert on * level * fractions[f"{name}0"] == pytest.approx((off + out) * fractions[f"{name}1"], rel=1e-9)

    @pytest.mark.parametrize(("pump", "rest_nM"), [(proteins.PMCA, 65), (proteins.NCX, 97)])
    def test_a_pump_alone_rests_where_leak_and_extrusion_balance(self, pump: proteins.PumpRates, rest_nM: int) -> None:
        """leak (1 - p) = extrusion p, so that Ca = leak (off + extrusion)/(on extrusion): 65 and 97 nM."""
        rest = pump.leak * (pump.off + pump.extrusion) / (pump.on * pump.extrusion)
        bound = pump.bound_fraction(rest)
        assert pump.leak * (1 - bound) == pytest.approx(pump.extrusion * bound, rel=ROUNDING)
        assert abs(rest * 1e3 - rest_nM) <= 0.5

    @pytest.mark.parametrize("start", [proteins.calbindin, proteins.calmodulin, proteins.immobile_buffer])
    def test_without_calcium_buffers_start_free(self, start: Callable[..., Scheme]) -> None:
        fractions = start(10.0, 0.0).releases[0].fractions
        assert next(iter(fractions.values())) == 1.0
        assert sum(fractions.values()) == 1.0

    def test_each_state_carries_its_ions(self) -> None:
        ions = {species.name: species.content.get("Ca", 0) for species in proteins.calbindin().species}
        assert ions == {f"CB_{i}{j}": i + j for i in range(3) for j in range(3)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: proteins.calbindin(-45.0), r"calbindin: total \(uM\) is -45.0; give a finite number >= 0"),
        (lambda: proteins.calmodulin(10.0, -0.05), r"calmodulin: start calcium \(uM\) is -0.05"),
        (lambda: proteins.simple_buffer("B", 5.0, 1.0, 0.0), r"Buffer B: unbinding rate \(1/s\) is 0.0; give .* > 0"),
        (lambda: proteins.simple_buffer("B", 5.0, -1.0, 1.0), "forward rate is -1.0"),
        (lambda: proteins.pmca(-1.0), r"PMCA: density \(1/um\^2\) is -1.0"),
        (lambda: proteins.constant_source("G", "GluN", -5.0, 20), r"GluN: rate \(1/s\) is -5.0"),
        (lambda: proteins.constant_source("G", "GluN", 5.0, -20), "number is -20"),
        (
            lambda: proteins.two_state_channel("L", "VGCC", 1.0, 1.0, 1e-3, (0, 0, 0)),
            "probability is 1.0; give .* 0 and 1",
        ),
        (lambda: proteins.two_state_channel("L", "VGCC", 1.0, 0.1, 0.0, (0, 0, 0)), r"mean open time \(s\) is 0.0"),
        (lambda: proteins.two_state_channel("L", "VGCC", -1.0, 0.1, 1e-3, (0, 0, 0)), r"while open \(1/s\) is -1.0"),
    ],
)
def test_refuses_numbers_that_cannot_be(make: Callable[[], Scheme], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make()
