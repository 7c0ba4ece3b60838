"""Spines of Bell et al. (2022): what is in them, what is measured, and a short study from end to end."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from places import REFERENCE

from nanospine import Assembly, Boundary, Simulation, regions, save_mesh, simulate
from nanospine.model import ModelError, NanospineError, ParameterError
from nanospine.model.units import MOLECULES_PER_UM3_PER_UM
from nanospine.results import Silent
from nanospine.scenarios.base import Scenario
from nanospine.scenarios.bell2022 import apparatus, channels, mesh, necks, shapes, study
from nanospine.scenarios.bell2022.analysis import apart, combine, difference, slope
from nanospine.scenarios.bell2022.parameters import Parameters
from nanospine.scenarios.bell2022.places import PLACES, VSCC_REGION, with_place
from nanospine.scenarios.bell2022.spines import Spine, spine_model
from nanospine.scenarios.bell2022.trial import decay, run_trial
from nanospine.scenarios.runner import run_scenario

SHORT = Parameters(trials=2, duration=2e-4)
THIN = Spine("thin", "thin")


class TestTheSpine:
    @pytest.mark.parametrize(("kind", "receptors"), [("thin", 7), ("mushroom", 35), ("filopodial", 19)])
    def test_has_the_published_number_of_nmda_receptors(self, kind: str, receptors: int) -> None:
        model = spine_model(Parameters(), Spine(kind, kind).membrane)
        [release] = [r for r in model.releases if r.number is not None]
        assert release.number == receptors

    def test_starts_free_of_calcium_but_for_that_at_rest(self) -> None:
        model = spine_model(Parameters(), THIN.membrane)
        number = Simulation(model, seed=1).run(1e-5, every=1e-5).dataset["number"][0]
        assert number.sel(species="Ca") <= 3
        assert not number.sel(species=["Bf_Ca", "Bm_Ca", "P1", "N1"]).any()
        assert number.sel(species="VSCC_C0") in (1, 2)

    def test_with_an_apparatus_has_pumps_on_it_and_calcium_in_it(self) -> None:
        spine = Spine("thin, small", "thin", apparatus="small")
        trial = run_trial(SHORT, spine, 1, 0, Silent())
        model = spine_model(SHORT, spine.mesh)
        assert trial is not None
        assert trial["ions"][0] <= 10  # of the cytosol alone; the apparatus has some 80
        assert {"SERCA_x0", "SERCA_y2"} <= {species.name for species in model.species}


class TestAPlaceOfChannels:
    @pytest.mark.parametrize("place", PLACES)
    def test_is_a_twentieth_of_the_membrane_and_holds_as_many_channels(self, place: str) -> None:
        spine = Spine(f"thin, {place}", "thin", vscc=place)
        assert spine.membrane.area(VSCC_REGION) == pytest.approx(0.05 * spine.membrane.area(), rel=0.02)
        model = spine_model(Parameters(), spine.mesh, spine.regions)
        [density] = [r.density for r in model.releases if r.region == (VSCC_REGION,) and "VSCC_C0" in r.fractions]
        assert density is not None
        assert density * spine.membrane.area(VSCC_REGION) == pytest.approx(2.0 * spine.membrane.area())

    def test_that_is_unknown_is_refused(self) -> None:
        with pytest.raises(
            ModelError, match="Place of the VSCCs 'tip' is unknown; known are: ring, cluster, neck base"
        ):
            with_place(THIN.membrane, "tip")


class TestASpineOfTheUser:
    @staticmethod
    def saved(directory: Path) -> dict[str, str]:
        """Write a thin spine in nm, with a region of another name, and return the settings that read it."""
        tip = THIN.membrane.with_region("synapse", regions.Grown((0.0, 0.0, 1.0), 0.03))
        save_mesh(tip.scaled(1000.0), directory / "mine.ply")
        return {"mesh": str(directory / "mine.ply"), "scale_to_um": "0.001", "psd": "synapse"}

    def test_is_what_the_protocol_runs_on(self, tmp_path: Path) -> None:
        settings = self.saved(tmp_path) | {"trials": "2", "duration": "2e-4"}
        outcome, _ = run_scenario(mesh.SCENARIO, tmp_path / "out", settings=settings, seed=1)
        [name] = outcome.dataset["spine"].values
        assert name.startswith("mine, ")
        assert float(outcome.dataset["A"].sel(spine=name)) == pytest.approx(THIN.membrane.area())

    def test_is_our_mushroom_unless_there_is_a_file(self) -> None:
        [spine] = mesh.SCENARIO.models(mesh.MeshParameters()).values()  # type: ignore[misc]
        assert spine.model.mesh == Spine("mushroom", "mushroom").mesh

    def test_may_have_an_apparatus_of_any_regions(self, tmp_path: Path) -> None:
        whole = Spine("thin, small", "thin", apparatus="small").mesh
        assert isinstance(whole, Assembly)
        settings = self.saved(tmp_path) | {"apparatus": str(tmp_path / "er.ply"), "vscc_regions": "head"}
        save_mesh(whole.parts["sa"].with_region("top", regions.Height(low=0.6)).scaled(1000.0), tmp_path / "er.ply")
        [run] = mesh.SCENARIO.models(mesh.SCENARIO.make_parameters(settings)).values()  # type: ignore[misc]
        [pumps] = [r for r in run.model.releases if "SERCA_x0" in r.fractions]
        assert set(pumps.region or ()) == {"sa.membrane", "sa.top"}

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"psd": "tip"}, "tip"),
            ({"psd": " ,"}, "psd names no region"),
            ({"base": "hole"}, "hole"),
            ({"mesh": "none.ply"}, "There is no mesh file 'none.ply'"),
            ({"apparatus": "er.ply"}, "apparatus is given without mesh"),
            ({"scale_to_um": "0"}, "scale_to_um is 0.0"),
        ],
    )
    def test_is_refused_before_anything_is_written(
        self, settings: dict[str, str], message: str, tmp_path: Path
    ) -> None:
        with pytest.raises(NanospineError, match=message):
            run_scenario(mesh.SCENARIO, tmp_path / "out", settings=settings)
        assert not (tmp_path / "out").exists()

    def test_may_come_from_electron_microscopy(self) -> None:
        files = [REFERENCE / "lee2024" / "meshes" / f"spineapparatus_real_{part}.ply"
                 for part in ("plasma_membrane", "apparatus_decimated")]  # fmt: skip
        if not all(file.exists() for file in files):
            pytest.skip("needs ../shared/reference/lee2024/meshes")
        p = mesh.MeshParameters(duration=2e-4, voxel=0.04, mesh=str(files[0]), apparatus=str(files[1]),
                                psd="psd1, psd2", base="shaft_reflect")  # fmt: skip
        trial = run_trial(p, mesh.MeshSpine(p), 1, 0, Silent())
        assert trial is not None
        assert 15 <= trial["ions"][0] <= 70  # 0.1 uM in 0.64 um^3: 39


class TestAMeasure:
    def test_of_decay_is_the_rate_of_an_exponential(self) -> None:
        time = np.arange(0.0, 20e-3, 1e-6)
        assert decay(time, 300 * np.exp(-150 * time), 10) == pytest.approx(150, rel=1e-4)

    def test_of_decay_is_nothing_where_nothing_follows_the_peak(self) -> None:
        assert np.isnan(decay(np.array([0.0]), np.array([3.0]), 10))

    def test_follows_a_straight_line(self) -> None:
        sizes = np.array([0.05, 0.1, 0.15])
        peak = 100 + 2000 * sizes[:, None] + np.array([[-1.0, 0.0, 1.0]])
        data = xr.Dataset({"V_A": ("spine", sizes), "peak": (("spine", "trial"), peak)})
        line, share = slope(data, "peak", "V_A")
        assert line.mean == pytest.approx(2000)
        assert share > 0.99

    def test_of_differences_has_the_errors_of_both(self) -> None:
        peak = np.array([[10.0, 12.0, 14.0], [1.0, 2.0, 3.0]])
        data = xr.Dataset({"peak": (("spine", "trial"), peak)}, {"spine": ["a", "b"]})
        found = difference(data, "peak", "b", "a")
        assert found.mean == -10
        assert found.se == pytest.approx(np.sqrt(4 / 3 + 1 / 3))
        assert apart(data, "peak", ["a", "b"])["a, b"].mean == 10


class TestAStudy:
    def test_runs_goes_on_and_draws(self, tmp_path: Path) -> None:
        scenario = Scenario(
            "test", "a test", "none", "particles", "seconds", Parameters,
            partial(study.run, spines_of=lambda p: (THIN,), claims=lambda p, data: [], by_size=False),
        )  # fmt: skip
        settings = {"trials": "2", "duration": "2e-4"}
        outcomes = [run_scenario(scenario, tmp_path, settings=settings, seed=1)[0] for _ in range(2)]
        assert all(outcome.complete for outcome in outcomes)
        assert outcomes[0].dataset["ions"].dims == ("spine", "trial", "time")
        assert outcomes[0].dataset.equals(outcomes[1].dataset)
        assert (tmp_path / "calcium.png").stat().st_size > 10_000

    @pytest.mark.parametrize("spines", [shapes.SPINES, necks.SPINES, apparatus.SPINES, channels.SPINES])
    def test_names_each_spine_once(self, spines: tuple[Spine, ...]) -> None:
        names = [spine.name for spine in spines]
        assert len(set(names)) == len(names)

    def test_without_trials_has_no_data(self) -> None:
        assert combine((THIN,), {}, 2) is None

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"potential": "bell2021"}, "potential 'bell2021' is unknown; did you mean 'bell2022'"),
            ({"trials": "0"}, "trials is 0; give a whole number >= 1"),
            ({"serca_rates": "wrong"}, "serca_rates 'wrong' is unknown; known are: archived, right"),
            ({"dt": "0"}, "dt is 0.0; give a finite number > 0"),
        ],
    )
    def test_refuses_what_it_cannot_run(self, settings: dict[str, str], message: str) -> None:
        with pytest.raises(ParameterError, match=message):
            shapes.SCENARIO.make_parameters(settings)


def test_a_spine_with_its_apparatus_runs_well_mixed() -> None:
    """The dendrite, which takes all ions at the neck's base, becomes a neck of 0.5 um below it."""
    p = Parameters()
    model = spine_model(p, Spine("mushroom", "mushroom", apparatus="medium").mesh)
    with pytest.raises(ModelError, match=r"Boundary cytosol\.base/Ca is absorbing, and where all is well mixed"):
        simulate(model, 1e-3, "ode")
    below = Boundary("cytosol.base", "Ca", "partially-absorbing", velocity=p.D_calcium / 0.5)
    model = replace(model, boundaries=[below])
    for engine in ("ode", "ssa"):
        result = simulate(model, 5e-3, engine, every=1e-3)
        cytosol, apparatus = (result.readout("Ca", compartment=name) for name in ("cytosol", "sa"))
        resting = p.calcium_rest * (cytosol.volume or 0.0) * MOLECULES_PER_UM3_PER_UM
        assert abs(cytosol.ions[0] - resting) <= 1
        assert apparatus.concentration[0] == pytest.approx(p.calcium_apparatus, rel=1e-2)
        assert (np.diff(apparatus.ions) < 0).all()
        assert result.dataset["within"].sel(species="SERCA_x0", compartment="cytosol")[-1] == 0
