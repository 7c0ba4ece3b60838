"""Results of every engine are made again from their own file alone, bit for bit."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from nanospine import (
    ODE,
    SSA,
    Assembly,
    Ball,
    Boundary,
    Box,
    Model,
    Particles,
    Reaction,
    Release,
    Residence,
    Result,
    Sampler,
    Schedule,
    Shell,
    Species,
    box,
    cube,
    proteins,
    rerun,
    simulate,
    sphere,
)
from nanospine.model import ParameterError

PULSES = Schedule.pulses([0.1e-3, 0.3e-3], 0.1e-3, 1e6)


def spine_with_reticulum() -> Model:
    """A model with something of everything that the particle engine knows."""
    cytosol = box((0.3, 0.3, 0.3), {"door": "x+", "sink": "x-", "feed": "y+"})
    return Model(
        Assembly({"cytosol": cytosol, "er": sphere(volume=0.001)}),
        schemes=[proteins.calcium(20.0)],
        species=[
            Species("B", 28.0),
            Species("B_Ca", 28.0, content={"Ca": 1}),
            Species("C", where="surface"),
            Species("O", where="surface"),
            Species("R", 1.0, where="surface"),
            Species("Anchor", where="surface"),
            Species("Held", where="surface"),
        ],
        reactions=[
            Reaction("Ca + B <-> B_Ca", 87.0, 1000.0),
            Reaction("C <-> O", 5e3, 5e3),
            Reaction("O -> O + Ca[inside]", PULSES),
            Reaction("0 -> Ca", Schedule([0.0, 0.2e-3], [0.0, 1e4])),
            Reaction("R + Anchor <-> Held", 0.15, 1e4),
        ],
        releases=[
            Release("B", concentration=20.0),
            Release({"O": 0.25, "C": 0.75}, number=20, region="cytosol.door"),
            Release("R", density=500.0),
            Release("Anchor", density=1000.0, region="cytosol.membrane"),
            Release("Ca", points=[(0.1, 0.1, 0.1), (0.1, 0.1, -0.1)]),
            Release("Ca", number=10, compartment="er"),
            Release("Ca", number=30, within=Ball((0.1, 0.0, 0.1), 0.025), number_sd=5.0,
                    at=(0.12e-3, 0.33e-3), probability=0.8),
        ],
        boundaries=[
            Boundary("cytosol.door", "Ca", "transparent"),
            Boundary("cytosol.sink", "Ca", "partially-absorbing", velocity=200.0),
            Boundary("cytosol.feed", "Ca", "clamp", concentration=50.0),
            Boundary("cytosol.door", "R", "reflecting"),
        ],
        samplers=[
            Sampler("near", "Ca", Box((0.1, 0.1, 0.1), (0.05, 0.05, 0.05)), while_present="O"),
            Sampler("shell", "Ca", within=Shell((0.0, 0.0, 0.0), 0.08, 0.12)),
        ],
        residences=[Residence("stay", "R", region="cytosol.membrane"),
                    Residence("around", "Ca", within=Shell((0.0, 0.0, 0.0), 0.0, 0.1))],
    )  # fmt: skip


def well_mixed() -> Model:
    return Model(
        cube(0.05),
        species=[Species("A"), Species("B"), Species("AB")],
        reactions=[
            Reaction("A + B <-> AB", 10.0, 100.0),
            Reaction("0 -> A", Schedule.pulses([0.02, 0.05], 0.01, 1e3)),
            Reaction("2 AB -> B", 1.0, forward_law="AB"),
        ],
        releases=[
            Release({"A": 0.5, "AB": 0.5}, concentration=10.0),
            Release("B", number=200, number_sd=20.0, at=(0.0, 0.03, 0.06)),
        ],
    )


def particles() -> Result:
    engine = Particles(dt=2e-6, voxel=0.03, escape=1.0)
    frames = [0.0, 0.1e-3, 0.4e-3]
    return simulate(spine_with_reticulum(), 0.4e-3, engine, seed=5, trial=2, every=0.1e-3, frames=frames)


def ode() -> Result:
    return simulate(well_mixed(), 0.1, ODE(rtol=1e-6))


def ssa() -> Result:
    return simulate(well_mixed(), 0.1, "ssa", every=0.01, seed=3, trial=1)


def leaps_from_rest() -> Result:
    return simulate(well_mixed(), 0.1, SSA("tau-leaping", epsilon=0.05), start=ode(), every=0.01)


def means_from_a_trial() -> Result:
    return simulate(well_mixed(), 0.1, "ode", start=ssa(), every=0.01)


KINDS = [particles, ode, ssa, leaps_from_rest, means_from_a_trial]


def assert_same(one: Result, other: Result) -> None:
    """Compare all arrays bit for bit."""
    assert set(one.dataset.variables) == set(other.dataset.variables)
    for name, variable in one.dataset.variables.items():
        assert variable.dtype == other.dataset[name].dtype, name
        assert variable.values.tobytes() == other.dataset[name].values.tobytes(), name
    assert (one.trajectory is None) == (other.trajectory is None)
    if one.trajectory is not None:
        for name, value in vars(one.trajectory).items():
            assert np.array_equal(value, getattr(other.trajectory, name)), name


@pytest.mark.parametrize("run", KINDS)
def test_a_result_is_made_again_from_its_own_file_alone(run, tmp_path: Path) -> None:
    result = run()
    result.save(tmp_path / "first")
    (tmp_path / "alone").mkdir()
    shutil.copytree(tmp_path / "first" / "results.zarr", tmp_path / "alone" / "results.zarr")
    alone = Result.load(tmp_path / "alone")
    again = rerun(alone)
    assert again.run == result.run == alone.run
    assert set(alone.run.document.arrays) == set(result.run.document.arrays)
    assert_same(again, result)
    assert_same(Result.load(tmp_path / "first"), result)


def test_the_model_of_the_test_above_has_parts_that_count() -> None:
    """A file that forgot one would be seen."""
    result = particles()
    assert result.dataset["event"][-1].min() > 0
    assert result.dataset["crossing"][-1].sum() > 0
    assert result.dataset["released"][-1].sum() > 0
    assert result.dataset.sizes["visit"] > 0
    assert result.trajectory is not None
    model, other = result.model, dataclasses.replace
    for changed in (
        other(model, releases=model.releases[::-1]),
        other(model, releases=model.releases[:-1]),
        other(model, boundaries=model.boundaries[:-2]),
        other(model, reactions=[r for r in model.reactions if r.forward != PULSES]),
    ):
        again = simulate(changed, 0.4e-3, Particles(**result.run.settings), seed=5, trial=2, every=0.1e-3)
        assert not np.array_equal(again.dataset["number"], result.dataset["number"])


def test_a_run_that_went_on_needs_where_it_started() -> None:
    result = means_from_a_trial()
    assert result.run.start == ssa().end
    without = dataclasses.replace(result, run=dataclasses.replace(result.run, start=None))
    assert not np.array_equal(rerun(without).dataset["number"], result.dataset["number"])


def test_a_run_that_was_interrupted_is_run_to_its_end() -> None:
    whole = ssa()
    early = dataclasses.replace(whole, dataset=whole.dataset.isel(time=slice(0, 4)), complete=False)
    assert_same(rerun(early), whole)


def test_an_engine_or_a_setting_of_another_nanospine_is_refused() -> None:
    result = ode()
    for change, message in (
        ({"engine": "od"}, "Engine 'od' is unknown; did you mean 'ode'"),
        ({"settings": {"order": 3}}, "Settings of the engine 'ode' cannot be read: .*'order'"),
    ):
        with pytest.raises(ParameterError, match=message):
            rerun(dataclasses.replace(result, run=dataclasses.replace(result.run, **change)))
