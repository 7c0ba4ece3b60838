"""Fig. 7: how full the buffers are, what that does near the pore, and the search for a GluN rate."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from synthetic_fig7 import synthetic_run

from nanospine import ODE, simulate
from nanospine.model.units import micromolar
from nanospine.scenarios.odonnell2011.fig7 import analysis, glun_fit
from nanospine.scenarios.odonnell2011.fig7.head import spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters
from nanospine.scenarios.odonnell2011.fig7.saturation import buffer_states, buffers_at, gain, nanodomain

P = Parameters(volumes=(0.01, 0.05, 0.2), trials=3, duration=0.02, settle=0.005, distances=(0.02, 0.1))
HIGH, MEDIUM = 2.6 / 11.0, 35.8 / 87.0  # uM, K_d of calbindin's sites


class TestBuffers:
    def test_states_have_their_ions_sites_and_binding_rates(self) -> None:
        states = buffer_states(spine_head(P, 0.05))
        assert len(states) == 9 + 9 + 2
        assert dataclasses.astuple(states["CB_00"]) == ("calbindin", 0, 4, pytest.approx(22.0 + 174.0))
        assert dataclasses.astuple(states["CB_21"]) == ("calbindin", 3, 4, pytest.approx(87.0))
        assert dataclasses.astuple(states["CaM_22"]) == ("calmodulin", 4, 4, 0.0)
        assert dataclasses.astuple(states["IB_Ca"]) == ("immobile buffer", 1, 1, 0.0)

    @pytest.mark.parametrize("calcium", [0.05, 1.0, 30.0])
    def test_equilibrium_follows_the_affinities(self, calcium: float) -> None:
        bound = buffers_at(P, calcium).bound
        expected = (calcium / (calcium + HIGH) + calcium / (calcium + MEDIUM)) / 2
        assert bound["calbindin"] == pytest.approx(expected)
        assert bound["immobile buffer"] == pytest.approx(calcium / (calcium + 524 / 247))

    def test_buffers_that_are_free_bind_with_all_their_sites(self) -> None:
        assert buffers_at(P, 1e-9).binding_rate == pytest.approx(45 * (22 + 174) + 10 * (100 + 4) + 5 * 247)

    def test_a_head_without_buffers_gains_nothing(self) -> None:
        none = dataclasses.replace(P, calbindin=0.0, calmodulin=0.0, immobile_buffer=0.0)
        assert gain(none, 0.05, 0.02, buffers_at(none, 30.0).binding_rate) == 0.0


class TestNanodomain:
    def test_far_from_walls_it_is_the_profile_of_buffered_diffusion(self) -> None:
        """In a head of 10 um^3, 1.7 um in radius, nothing comes back; lambda = sqrt(220/10000) um."""
        source, decay = micromolar(3.3e6, 1.0), np.exp(-0.1 / np.sqrt(220 / 1e4))
        expected = source * decay / (2 * np.pi * 220 * 0.1) - source / (1e4 * 10)
        assert nanodomain(P, 10.0, 0.1, 1e4) == pytest.approx(expected, rel=1e-6)

    @pytest.mark.parametrize("binding_rate", [20.0, 1e3, 1e4])
    def test_it_is_in_excess_of_the_mean(self, binding_rate: float) -> None:
        """Over half a ball of radius R it is zero on average."""
        radius = (1.5 * 0.05 / np.pi) ** (1 / 3)
        r = (np.arange(4000) + 0.5) * radius / 4000
        mean = np.average(nanodomain(P, 0.05, r, binding_rate), weights=r**2)
        assert mean == pytest.approx(0.0, abs=1e-4 * nanodomain(P, 0.05, 0.02, binding_rate))

    def test_buffers_that_hardly_bind_are_as_good_as_none(self) -> None:
        values = [nanodomain(P, 0.3, 0.02, rate) for rate in (0.0, 1.0, 2.0)]
        assert values == pytest.approx([values[0]] * 3, rel=1e-3)

    @pytest.mark.parametrize("volume", [0.05, 0.2])
    def test_saturation_adds_most_at_the_pore(self, volume: float) -> None:
        near, far = (float(gain(P, volume, r, 100.0)) for r in (0.02, 0.1))
        assert near > far > 0
        assert gain(P, volume, 0.02, buffers_at(P, P.calcium_rest).binding_rate) == 0.0


class TestSearch:
    @pytest.mark.parametrize("volume", [0.01, 0.3])
    @pytest.mark.parametrize("rate", [100.0, 1.505e4])
    def test_the_balance_of_fluxes_is_where_the_rate_equations_end(self, volume: float, rate: float) -> None:
        p = dataclasses.replace(P, glun_rate=rate)
        influx = p.n_glun * rate + 0.1 * p.rate_of_ltype
        result = simulate(glun_fit.well_mixed(p, volume), 3.0, engine=ODE())
        assert glun_fit.steady_calcium(p, volume, influx) == pytest.approx(result.concentration("Ca")[-1], rel=1e-3)

    def test_the_channel_alone_fills_the_buffers_whatever_the_gluns_do(self) -> None:
        """Why no rate makes the paper's reason hold: 3.3e5 ions/s on average are more than pumps and neck take away."""
        found = glun_fit.table(Parameters(), rates=(10.0,))
        assert found["calbindin mean"].min() > 0.95
        assert found["capacity mean"].max() < 0.2
        assert found["mean (uM)"].between(6.0, 14.0).all()

    def test_what_saturation_is_due_stays_small_near_the_pore(self) -> None:
        found = glun_fit.table(Parameters(), rates=(10.0, 1.505e4, 1e5))
        assert found["due at 20 nm"].max() < 0.06
        assert found["due at most"].max() < 0.14

    def test_one_opening_fills_the_smallest_heads_and_leaves_the_largest(self) -> None:
        """3300 ions meet 1201 free sites in 0.01 um^3, and 36,000 in 0.3 um^3."""
        found = glun_fit.openings(Parameters(volumes=(0.01, 0.3)))
        assert found["capacity after one opening"].values == pytest.approx([0.06, 0.88], abs=0.01)
        assert (found["alone 100 ms"] < found["alone 10 ms"]).all()

    def test_the_command_prints_and_writes_its_table(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(glun_fit, "RATES", (100.0,))
        monkeypatch.setattr("sys.argv", ["glun_fit", str(tmp_path / "rates.csv")])
        glun_fit.main()
        assert "there in the steady state: none" in capsys.readouterr().out
        assert len((tmp_path / "rates.csv").read_text().splitlines()) == 1 + 6


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    return synthetic_run(P, {0.01: 60.0, 0.05: 40.0, 0.2: 35.0})


class TestClaims:
    def test_occupancy_is_measured_state_by_state(self, data: xr.Dataset) -> None:
        """200 free and 50 full calbindin, 60 calmodulin and 30 fast buffer, free."""
        found = analysis.buffers(P, data)
        np.testing.assert_allclose(found["bound"], 200 / (4 * 310 + 30))
        expected = 200 * 196.0 + 60 * 104.0 + 30 * 247.0
        np.testing.assert_allclose(found["binding_rate"].sel(volume=0.05), micromolar(expected, 0.05))

    @pytest.mark.parametrize(("full", "holds"), [(0.0, True), (1.0, False)])
    def test_buffers_are_far_from_saturation_or_not(self, data: xr.Dataset, full: float, holds: bool) -> None:
        assert analysis.far_from_saturation(P, filled(data, full)).holds == holds

    @pytest.mark.parametrize(("local_uM", "holds"), [(500.0, True), (20.0, False)])
    def test_saturation_matters_where_the_signal_is_small(self, local_uM: float, holds: bool) -> None:
        data = filled(synthetic_run(P, dict.fromkeys(P.volumes, local_uM)), 1.0)
        near = analysis.local_calcium(P, data)["open"].sel(place=["20 nm", "100 nm"])
        claim = analysis.saturation_negligible(P, data, near)
        assert claim.holds == holds
        assert not claim.undecided
        assert claim.unit == "uM"


def filled(data: xr.Dataset, share: float) -> xr.Dataset:
    """Return a run with this share of all buffers full, and the rest free."""
    number = data["number"].astype(float)
    for free, full, total in (("CB_00", "CB_22", 250), ("CaM_00", "CaM_22", 60), ("IB", "IB_Ca", 30)):
        number = xr.where(number["species"] == free, (1 - share) * total, number)
        number = xr.where(number["species"] == full, share * total, number)
    return data.assign(number=number)
