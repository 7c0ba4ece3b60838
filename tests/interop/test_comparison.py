"""Comparison of result sets: exact under the null, sensitive to small changes, and plain about bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import places
import pytest
import xarray as xr
from binding_box import binding_box
from scipy.stats import binom

from nanospine import (
    Boundary,
    Box,
    Model,
    NanospineWarning,
    Reaction,
    Release,
    Sampler,
    Species,
    cube,
    simulate,
)
from nanospine.interop import (
    compare,
    draw_comparison,
    label_counts,
    load_results,
    read_mapping,
    read_mdl,
    write_counts,
    write_mdl,
)
from nanospine.model import ParameterError, ResultsError
from nanospine.results import Kind, write_dataset

DATA = places.DATA / "mcell"


def correlated(seeds: int, rng: np.random.Generator, shift: float = 0.0, columns: int = 3) -> xr.DataArray:
    """Return AR(1) courses with a correlation time of 10 of their 50 steps; each column has another mean."""
    noise = rng.normal(size=(seeds, 50, columns))
    course = np.empty_like(noise)
    course[:, 0] = noise[:, 0]
    for t in range(1, 50):
        course[:, t] = 0.9 * course[:, t - 1] + np.sqrt(1 - 0.81) * noise[:, t]
    counts = 100.0 * np.arange(1, columns + 1) + course
    counts[..., 0] += shift
    names = [f"c{k}" for k in range(columns)]
    return label_counts(np.arange(50) * 1e-3, counts, names).assign_coords(seed=np.arange(seeds))


def alarms(times: int, seeds: int, rng: np.random.Generator, shift: float = 0.0) -> int:
    return sum(compare(correlated(seeds, rng), correlated(seeds, rng, shift)).different for _ in range(times))


def test_at_most_5_percent_of_200_null_comparisons_raise_a_false_alarm() -> None:
    """At a false discovery rate of 0.02 a count above 10 of 200 has a probability of 0.003."""
    assert binom.sf(10, 200, 0.02) < 3e-3
    assert alarms(200, 6, np.random.default_rng(1)) <= 10


def test_treating_times_as_independent_would_raise_false_alarms() -> None:
    """The wrong variant: a t test over all times and seeds, on the same data."""
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    pairs = [(correlated(6, rng).values[..., 0], correlated(6, rng).values[..., 0]) for _ in range(100)]
    wrong = sum(ttest_ind(a.ravel(), b.ravel()).pvalue < 0.02 for a, b in pairs)
    assert wrong > 20


def test_a_shift_of_one_column_is_found_and_named() -> None:
    rng = np.random.default_rng(2)
    found = compare(correlated(12, rng), correlated(12, rng, shift=1.5))
    assert found.different
    assert [column.name for column in found.columns if column.different] == ["c0"]
    first = found.columns[0]
    assert abs(first.effect + 1.5) < 4 * first.standard_error
    assert abs(first.effect) > first.detectable > 0


def test_the_detectable_difference_is_found_as_often_as_promised() -> None:
    rng = np.random.default_rng(3)
    detectable = compare(correlated(12, rng), correlated(12, rng)).columns[0].detectable
    found = alarms(60, 12, rng, detectable)
    assert found >= 60 * 0.8 - 2 * np.sqrt(60 * 0.8 * 0.2)


def test_a_change_of_one_rate_constant_by_5_percent_is_found_with_20_seeds() -> None:
    rng = np.random.default_rng(1)
    result = compare(binding_box(20, rng), binding_box(20, rng, on=105.0))
    assert result.different
    assert result.columns[0].effect > 0  # faster binding leaves less free Ca in B
    assert not compare(binding_box(20, rng), binding_box(20, rng)).different


@pytest.mark.verification
def test_null_and_power_of_200_binding_boxes() -> None:
    """Measured: false alarms 2 %, 95 % power for kon + 5 %, 69 % for koff + 5 %."""
    rng = np.random.default_rng(5)
    rates = ((100, 500), (100, 500), (105, 500), (100, 525))
    runs = [binding_box(20 * 200, rng, *pair) for pair in rates]
    null, other, on, off = ([run.isel(seed=slice(20 * k, 20 * k + 20)) for k in range(200)] for run in runs)
    assert sum(compare(a, b).different for a, b in zip(null, other, strict=True)) <= 10
    assert sum(compare(a, b).different for a, b in zip(null, on, strict=True)) >= 180
    assert sum(compare(a, b).different for a, b in zip(null, off, strict=True)) >= 120


def test_what_does_not_vary_is_equal_or_different_never_nan() -> None:
    constant = label_counts(np.arange(3.0), np.full((6, 3, 1), 0.1), ["c"])
    same = compare(constant, constant)
    assert not same.different
    assert same.columns[0].q == 1
    off = compare(constant, constant + 1e-3)
    assert off.different
    assert np.isfinite(off.course["z"].values).all()


def test_exchanging_seeds_is_exact_for_few_seeds() -> None:
    """With complete separation of 5 and 6 seeds the p value is 1 over the number of divisions."""
    rng = np.random.default_rng(4)
    result = compare(correlated(5, rng), correlated(6, rng, shift=50.0), alpha=0.05)
    assert result.columns[0].p == pytest.approx(1 / 462)


def test_columns_are_matched_by_name_and_by_mapping() -> None:
    rng = np.random.default_rng(6)
    a, b = correlated(6, rng), correlated(6, rng).assign_coords(column=["c0", "x", "y"])
    with pytest.warns(NanospineWarning, match="single one"):
        plain = compare(a, b, alpha=0.004)
    assert [column.name for column in plain.columns] == ["c0"]
    assert plain.unmatched == ("A: c1", "A: c2", "B: x", "B: y")
    mapped = compare(a, b, mapping={"c1": "x", "c2": "y"})
    assert [column.name for column in mapped.columns] == ["c0", "c1", "c2"]
    with pytest.raises(ResultsError, match="The mapping names column 'z', which B lacks; B has c0, x, y"):
        compare(a, b, mapping={"c1": "z"})
    with pytest.raises(ResultsError, match=r"No column of A \(c0, c1, c2\) is in B"):
        compare(a, b.assign_coords(column=["p", "q", "r"]))


def test_different_times_are_interpolated_only_when_asked() -> None:
    rng = np.random.default_rng(7)
    a, b = correlated(6, rng), correlated(6, rng).isel(time=slice(0, 50, 2))
    with pytest.raises(ResultsError, match=r"A has 50 times from 0 to 0.049 s and B has 25 times from 0 to 0.048 s"):
        compare(a, b)
    result = compare(a, b, interpolate=True)
    assert result.course.sizes["time"] == 49
    np.testing.assert_allclose(result.course["mean_b"].values[::2], b.mean("seed").values)
    with pytest.raises(ResultsError, match="do not overlap"):
        compare(a, b.assign_coords(time=b["time"] + 1.0), interpolate=True)


def test_too_few_seeds_to_show_anything_are_refused() -> None:
    rng = np.random.default_rng(8)
    with pytest.raises(ResultsError, match=r"4 and 4 seeds cannot show a difference .* give at least 5 seeds"):
        compare(correlated(4, rng), correlated(4, rng))
    with pytest.raises(ParameterError, match="give a number between 0 and 1"):
        compare(correlated(6, rng), correlated(6, rng), alpha=2.0)


def test_our_own_trials_are_read_as_columns_of_species_and_events(tmp_path: Path) -> None:
    model = Model(
        cube(0.064),
        species=[Species("A", 1.0), Species("B", 1.0)],
        reactions=[Reaction("A -> B", 1e3, name="turn")],
        releases=[Release("A", number=50)],
    )
    results = [simulate(model, 1e-3, trial=trial, every=1e-4, frames=[0.0]) for trial in range(2)]
    for trial, result in enumerate(results):
        write_dataset(result.dataset, tmp_path / "trials" / f"trial={trial}.zarr", Kind.TRIAL)
    counts = load_results(tmp_path)
    assert counts.sizes == {"seed": 2, "time": 11, "column": 3}
    assert (counts.sel(column="B").values == counts.sel(column="turn").values).all()
    one = load_results(tmp_path / "trials" / "trial=1.zarr")
    np.testing.assert_array_equal(one.values[0], counts.values[1])
    assert load_results(tmp_path, "trial=1").sizes["seed"] == 1
    with pytest.raises(
        ResultsError, match=r"holds no seed_00001, seed_00002 \.\.\. and no Zarr stores of trials like 'x'"
    ):
        load_results(tmp_path, "x")
    result = results[1]
    result.save(tmp_path / "saved")
    for saved in (tmp_path / "saved", tmp_path / "saved" / "results.zarr"):
        np.testing.assert_array_equal(load_results(saved).values, one.values)
    other = result.dataset.isel(time=slice(0, 5))
    write_dataset(other, tmp_path / "trials" / "trial=2.zarr", Kind.TRIAL)
    with pytest.raises(ResultsError, match="have different times; choose those of one model"):
        load_results(tmp_path)
    write_dataset(result.dataset.drop_vars("number"), tmp_path / "broken.zarr", Kind.TRIAL)
    with pytest.raises(ResultsError, match="it has no 'number'"):
        load_results(tmp_path / "broken.zarr")
    with pytest.raises(ResultsError, match="is a nanospine trajectory; wanted is a nanospine result or a"):
        load_results(tmp_path / "saved" / "trajectory.zarr")


def decaying(tmp_path: Path) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the same runs twice: molecules in a box that empties, at the times and as means over the intervals."""
    model = Model(
        cube(0.064, {"top": "z+"}),
        species=[Species("A", 50.0)],
        releases=[Release("A", number=800)],
        boundaries=[Boundary("top", "A", "transparent")],
        samplers=[Sampler("in", "A", Box((0.0, 0.0, 0.0), (0.2, 0.2, 0.2)))],
    )
    mdl = read_mdl(write_mdl(model, tmp_path / "model.mdl", duration=1e-3, every=1e-4))
    for seed in range(1, 9):
        result = mdl.run(seed)
        write_counts(tmp_path / "mcell" / f"seed_{seed:05d}" / "counts.dat", mdl.columns(result, mdl.outputs[0]))
        result.save(tmp_path / f"saved {seed}")
    sets = [load_results(tmp_path / f"saved {seed}").assign_coords(seed=[seed]) for seed in range(1, 9)]
    return load_results(tmp_path / "mcell"), xr.concat(sets, "seed")


def test_a_sampler_is_compared_with_numbers_at_single_times_as_means_over_its_intervals(tmp_path: Path) -> None:
    """At t = 0 a sampler has no mean yet, and later its mean lags by half an interval."""
    numbers, samplers = decaying(tmp_path)
    assert abs(numbers.sel(column="in").isel(time=0).mean() - 100) < 4 * np.sqrt(100 / 8)
    found = compare(numbers, samplers)
    assert not found.different
    assert {column.name: column.averaged for column in found.columns} == {"A": False, "in": True}
    assert found.course.sizes["time"] == numbers.sizes["time"] - 1
    untold = compare(numbers, samplers.drop_vars("interval_mean"))
    assert [column.name for column in untold.columns if column.different] == ["in"]  # the wrong variant
    same = compare(samplers, samplers)
    assert not any(column.averaged for column in same.columns)
    coarse = numbers.isel(time=slice(0, None, 2))
    assert compare(coarse, samplers, interpolate=True).unmatched[-1] == "in (means over intervals of different lengths)"


def test_mcell_results_are_read_from_a_directory_or_a_file(tmp_path: Path) -> None:
    assert load_results(DATA / "binding_box").sizes["seed"] == 20
    counts = load_results(DATA / "binding_box" / "seed_00002" / "counts.dat")
    assert counts.sizes["seed"] == 1
    write_counts(tmp_path / "again.dat", counts.isel(seed=0))
    np.testing.assert_array_equal(load_results(tmp_path / "again.dat").values, counts.values)


def test_a_mapping_file_is_a_table_of_names(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_text('Ca = "Ca.World"\n"Ca + B -> CaB" = "bind"\n')
    assert read_mapping(path) == {"Ca": "Ca.World", "Ca + B -> CaB": "bind"}
    path.write_text("Ca = 3\n")
    with pytest.raises(ResultsError, match="Ca is 3; write"):
        read_mapping(path)
    path.write_text("Ca == 3\n")
    with pytest.raises(ResultsError, match=r"Cannot read the mapping .*line 1"):
        read_mapping(path)


def test_the_figure_has_a_course_and_a_difference_for_each_column(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    figure = draw_comparison(compare(correlated(6, rng, columns=14), correlated(6, rng, columns=14), alpha=0.2))
    assert len(figure.axes) == 24  # twelve of the fourteen
    figure.savefig(tmp_path / "figure.png", dpi=50)


def test_the_summary_for_machines_has_the_verdicts() -> None:
    rng = np.random.default_rng(10)
    summary = compare(correlated(6, rng), correlated(6, rng)).to_json()
    assert summary["different"] is False
    assert {"name", "p", "effect", "detectable", "different"} <= set(summary["columns"][0])
