"""Results: stores that are whole or absent, provenance, labelled arrays, and budgets that close."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from synthetic import spine_head

from nanospine import (
    Boundary,
    Box,
    CaReadout,
    Model,
    Particles,
    Reaction,
    Release,
    Result,
    Sampler,
    Species,
    budget,
    cube,
    simulate,
)
from nanospine.model import ParameterError, ResultsError
from nanospine.results import Kind, Trajectory, environment, read_dataset, write_dataset


def any_dataset(value: float = 1.0) -> xr.Dataset:
    return xr.Dataset(
        {
            "number": (("time", "species"), np.arange(6).reshape(2, 3), {"units": "molecules"}),
            "single": ("time", np.array([value, np.nan], dtype=np.float32)),
            "nothing": ("none", np.array([], dtype=str)),
        },
        coords={"time": ("time", [0.1, 0.2], {"units": "s"}), "species": ["Ca", "CB_00", "µ"]},
        attrs={"seed": 1, "environment": '{"python": "3"}'},
    )


class TestStore:
    def test_a_dataset_survives_the_round_trip(self, tmp_path: Path) -> None:
        write_dataset(any_dataset(), tmp_path / "a.zarr", Kind.TRIAL)
        back = read_dataset(tmp_path / "a.zarr", Kind.TRIAL)
        assert back.identical(any_dataset())
        assert {name: str(v.dtype) for name, v in back.variables.items()} == {
            name: str(v.dtype) for name, v in any_dataset().variables.items()
        }

    def test_a_new_store_replaces_the_old_one(self, tmp_path: Path) -> None:
        write_dataset(any_dataset(1.0), tmp_path / "a.zarr", Kind.TRIAL)
        write_dataset(any_dataset(2.0)[["single"]], tmp_path / "a.zarr", Kind.TRIAL)
        assert read_dataset(tmp_path / "a.zarr", Kind.TRIAL).identical(any_dataset(2.0)[["single"]])
        assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]

    def test_a_write_that_breaks_off_leaves_the_old_store_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_dataset(any_dataset(1.0), tmp_path / "a.zarr", Kind.TRIAL)
        whole = xr.Dataset.to_zarr

        def broken(self: xr.Dataset, *arguments: object, **options: object) -> None:
            whole(self, *arguments, **options)
            raise KeyboardInterrupt

        monkeypatch.setattr(xr.Dataset, "to_zarr", broken)
        with pytest.raises(KeyboardInterrupt):
            write_dataset(any_dataset(2.0), tmp_path / "a.zarr", Kind.TRIAL)
        monkeypatch.undo()
        assert read_dataset(tmp_path / "a.zarr", Kind.TRIAL).identical(any_dataset(1.0))
        write_dataset(any_dataset(3.0), tmp_path / "a.zarr", Kind.TRIAL)
        assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]

    def test_what_is_no_store_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ResultsError, match=r"There are no results at .*absent.zarr"):
            read_dataset(tmp_path / "absent.zarr", Kind.TRIAL)
        with pytest.raises(ResultsError, match=r"There is no file .*zarr.json"):
            read_dataset(tmp_path, Kind.TRIAL)
        write_dataset(any_dataset(), tmp_path / "a.zarr", Kind.TRIAL)
        (tmp_path / "a.zarr" / "zarr.json").write_text("{")
        with pytest.raises(ResultsError, match=r"a.zarr/zarr.json cannot be read"):
            read_dataset(tmp_path / "a.zarr", Kind.TRIAL)

    def test_a_place_that_cannot_be_written_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(ResultsError, match=r"Cannot write results to .*file/a.zarr"):
            write_dataset(any_dataset(), tmp_path / "file" / "a.zarr", Kind.TRIAL)


class TestTrajectory:
    def test_survives_the_round_trip(self, tmp_path: Path) -> None:
        trajectory = spine_head()
        trajectory.save(tmp_path / "t.zarr")
        back = Trajectory.load(tmp_path / "t.zarr")
        for name, value in vars(trajectory).items():
            np.testing.assert_array_equal(getattr(back, name), value, err_msg=name)


def decay() -> Model:
    """Return a cube with a dye that decays, and calcium that only passes its wall."""
    return Model(
        cube(0.05),
        species=[Species("Ca", 100.0, content={"Ca": 1}), Species("Dye", content={"Ca": 2}), Species("D0")],
        reactions=[Reaction("Dye -> D0", 1000.0)],
        releases=[Release("Ca", number=200), Release("Dye", number=100)],
        boundaries=[Boundary("membrane", "Ca", "transparent")],
    )


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(decay(), 2e-3, engine=Particles(dt=5e-6), seed=8, trial=3)


class TestResult:
    def test_reads_numbers_and_concentrations(self, result: Result) -> None:
        assert result.number("Dye")[0] == 100
        assert result.concentration("Dye")[0] == pytest.approx(100 / (0.05 * 602.214076))
        assert result.time == pytest.approx(np.arange(21) * 1e-4)
        assert result.complete

    def test_is_read_by_rules_of_plasticity(self, result: Result) -> None:
        readout = result.readout()
        np.testing.assert_array_equal(readout.time, result.time)
        np.testing.assert_array_equal(readout.concentration, result.concentration("Ca"))
        assert readout.place == "bulk"
        np.testing.assert_array_equal(result.readout("Dye").concentration, result.concentration("Dye"))

    def test_a_sampler_is_read_at_the_middle_of_the_intervals_over_which_it_averages(self) -> None:
        model = replace(decay(), samplers=[Sampler("near", "Ca", Box((0.0, 0.0, 0.0), (0.2, 0.2, 0.2)))])
        result = simulate(model, 1e-3, Particles(dt=5e-6))
        readout = result.readout(sampler="near")
        assert readout.time == pytest.approx((np.arange(10) + 0.5) * 1e-4)
        np.testing.assert_array_equal(readout.concentration, result.sampled_concentration("near")[1:])
        assert readout.place == "near"

    def test_what_is_not_there_is_not_read(self, result: Result) -> None:
        with pytest.raises(ParameterError, match="Sampler 'near' is unknown; known are: none"):
            result.readout(sampler="near")
        with pytest.raises(ParameterError, match="Species 'Calcium' is unknown"):
            result.readout("Calcium")

    def test_rate_equations_that_end_just_below_zero_are_read_as_zero(self) -> None:
        readout = CaReadout.of_ions([0.0, 1.0], [301.0, -1e-9], 0.5)
        assert readout.concentration.tolist() == pytest.approx([0.9996444, 0.0])

    def test_becomes_a_table(self, result: Result) -> None:
        table = result.to_dataframe()
        assert list(table.columns) == ["Ca", "Dye", "D0"]
        assert (table["Dye"] + table["D0"]).unique().tolist() == [100]

    def test_an_unknown_species_is_refused(self, result: Result) -> None:
        with pytest.raises(ParameterError, match="Species 'Dy' is unknown; did you mean 'Dye'"):
            result.number("Dy")

    def test_says_where_it_came_from(self, result: Result) -> None:
        run = result.run
        assert (run.engine, run.settings, run.seed, run.trial) == ("particles", asdict(Particles(dt=5e-6)), 8, 3)
        assert (run.duration, run.every, run.frames, run.start) == (2e-3, 1e-4, (), None)
        assert result.model == decay()
        assert json.loads(result.dataset.attrs["environment"])["nanospine"] == version("nanospine")

    def test_is_saved_and_loaded_with_its_frames(self, tmp_path: Path) -> None:
        result = simulate(decay(), 1e-4, frames=[0.0, 1e-4], engine=Particles(dt=5e-6))
        result.save(tmp_path / "run")
        back = Result.load(tmp_path / "run")
        assert back.dataset.identical(result.dataset)
        assert back.run == result.run
        assert back.complete
        assert back.trajectory is not None
        assert result.trajectory is not None
        np.testing.assert_array_equal(back.trajectory.position, result.trajectory.position)
        with pytest.raises(ResultsError, match=r"results.zarr exists already; choose another directory"):
            result.save(tmp_path / "run")
        with pytest.raises(ResultsError, match="There are no results at"):
            Result.load(tmp_path)

    def test_is_incomplete_after_it_was_saved_so(self, result: Result, tmp_path: Path) -> None:
        replace(result, complete=False).save(tmp_path)
        assert not Result.load(tmp_path).complete

    def test_every_variable_has_a_unit_and_no_nan(self, result: Result) -> None:
        for name, values in result.dataset.data_vars.items():
            assert values.attrs["units"], name
            assert np.isfinite(values).all(), name


def test_the_environment_names_versions_and_the_time() -> None:
    found = environment()
    assert {"python", "numpy", "numba", "created"} <= set(found)
    assert "not installed" not in found.values()


class TestBudget:
    def test_closes_at_every_output(self, result: Result) -> None:
        """The dye takes two ions each with it, the wall lets ions out and in."""
        assert (result.number("Dye")[-1], result.number("Ca")[-1]) < (100, 200)
        balance = budget(result)
        assert balance.shape == result.time.shape
        assert not balance.any()

    @pytest.mark.parametrize(("variable", "where"), [("event", {"reaction": 0}), ("crossing", {"direction": 1})])
    def test_sees_one_ion_that_was_not_counted(self, result: Result, variable: str, where: dict[str, int]) -> None:
        wrong = result.dataset.copy(deep=True)
        wrong[variable][{"time": -1, **where}] += 1
        balance = budget(replace(result, dataset=wrong))
        assert not balance[:-1].any()
        assert balance[-1] != 0

    def test_sees_an_ion_that_vanished(self, result: Result) -> None:
        wrong = result.dataset.copy(deep=True)
        wrong["number"][{"time": 5, "species": 0}] -= 1
        assert budget(replace(result, dataset=wrong)).tolist() == [-1 if k == 5 else 0 for k in range(21)]
