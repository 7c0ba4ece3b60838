"""Files that MCell 3.5.1 wrote, read as labelled arrays; damaged files are refused with file and line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import places
import pytest
import xarray as xr
from numpy.typing import NDArray

from nanospine.interop import read_counts, read_frame, read_seeds, read_viz, to_trajectory, write_counts
from nanospine.model import ResultsError

DATA = places.DATA / "mcell"
Change = Callable[[bytes], bytes]
GOOD = "# Seconds Ca B\n0 10 20\n1e-05 9 19\n2e-05 8 18\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "counts.dat"
    path.write_text(text)
    return path


def test_a_file_with_a_header_has_its_columns_and_times() -> None:
    counts = read_counts(DATA / "binding_box" / "seed_00001" / "counts.dat")
    assert counts.dims == ("time", "column")
    assert list(counts["column"].values) == ["Ca", "B", "CaB"]
    assert counts.sel(column="CaB").values[:3].tolist() == [0, 105, 207]
    np.testing.assert_allclose(counts["time"].values[:3], [0, 5e-5, 1e-4])
    assert (counts.sel(column="Ca") + counts.sel(column="CaB") == 1000).all()


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("0 10\n1e-05 9\n", ["counts"]),
        ("0 10 20\n1e-05 9 19\n", ["counts.1", "counts.2"]),
        ("Seconds Ca B\n0 10 20\n", ["Ca", "B"]),
        ("#Seconds Ca B\n\n0 10 20\n", ["Ca", "B"]),
    ],
)
def test_columns_without_a_name_are_called_after_the_file(tmp_path: Path, text: str, columns: list[str]) -> None:
    assert list(read_counts(written(tmp_path, text))["column"].values) == columns


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no data"),
        ("# Seconds Ca\n", "has no data"),
        ("0\n1\n", "line 1: there is a time but no count"),
        (GOOD[:-2], "line 4: the last line does not end"),
        (GOOD + "3e-05 7\n", "line 5: 2 numbers instead of 3; the file is cut off"),
        (GOOD + "3e-05 7 1 1\n", "line 5: 4 numbers instead of 3; there is a column too many"),
        (GOOD + "3e-05 nan 7\n", "line 5, column 2: nan is not finite"),
        (GOOD + "3e-05 7 x\n", "line 5, column 3: 'x' is not a number"),
        (GOOD + "2e-05 7 7\n", "line 5: time 2e-05 s follows 2e-05 s"),
        ("# Seconds Ca Ca\n0 1 1\n", "line 1: column 'Ca' comes twice"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ResultsError, match=message):
        read_counts(written(tmp_path, text))


def test_seeds_are_stacked_by_number() -> None:
    counts = read_seeds(DATA / "binding_box")
    assert counts.dims == ("seed", "time", "column")
    assert counts.shape == (20, 81, 3)
    assert counts["seed"].values.tolist() == list(range(1, 21))


def test_one_file_for_each_molecule_gives_one_column_each(tmp_path: Path) -> None:
    for seed in (1, 2):
        for name in ("Ca", "B"):
            home = tmp_path / f"seed_{seed:05d}"
            home.mkdir(exist_ok=True)
            (home / f"{name}.World.dat").write_text("0 10\n1e-05 9\n")
    assert list(read_seeds(tmp_path)["column"].values) == ["B.World", "Ca.World"]


def two_seeds(tmp_path: Path, second: str) -> Path:
    for seed, text in ((1, GOOD), (2, second)):
        home = tmp_path / f"seed_{seed:05d}"
        home.mkdir()
        (home / "counts.dat").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (GOOD.replace("2e-05 8 18\n", ""), "has 2 times and .* has 3; the shorter ends after 1e-05 s"),
        (GOOD.replace(" B", " C"), "different columns"),
        (GOOD.replace("2e-05", "3e-05"), "different times"),
    ],
)
def test_seeds_that_do_not_fit_together_are_refused(tmp_path: Path, second: str, message: str) -> None:
    with pytest.raises(ResultsError, match=message):
        read_seeds(two_seeds(tmp_path, second))


def test_files_with_different_times_or_the_same_column_need_a_choice(tmp_path: Path) -> None:
    home = two_seeds(tmp_path, GOOD)
    for seed in (1, 2):
        (home / f"seed_{seed:05d}" / "fine.dat").write_text("# Seconds Mg\n0 1\n5e-06 1\n1e-05 1\n")
    with pytest.raises(ResultsError, match="have different times; choose one file"):
        read_seeds(home)
    assert read_seeds(home, "fine.dat").shape == (2, 3, 1)
    for seed in (1, 2):
        shutil.copy(home / f"seed_{seed:05d}" / "counts.dat", home / f"seed_{seed:05d}" / "fine.dat")
    with pytest.raises(ResultsError, match=r"Column 'Ca' is in both counts\.dat and fine\.dat"):
        read_seeds(home)


def test_a_directory_without_seeds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="holds no seed_00001"):
        read_seeds(tmp_path)
    (tmp_path / "seed_00001").mkdir()
    with pytest.raises(ResultsError, match=r"holds no \.dat file"):
        read_seeds(tmp_path)


def test_what_is_written_is_what_mcell_wrote(tmp_path: Path) -> None:
    original = DATA / "binding_box" / "seed_00001" / "counts.dat"
    write_counts(tmp_path / "seed_00001" / "counts.dat", read_counts(original))
    assert (tmp_path / "seed_00001" / "counts.dat").read_text() == original.read_text()


def test_ascii_and_cellbin_files_of_one_run_say_the_same() -> None:
    text, binary = (read_viz(DATA / "viz" / kind, time_step=1e-6) for kind in ("ascii", "cellbin"))
    for viz in (text, binary):
        assert viz["iteration"].values.tolist() == [0, 50]
        np.testing.assert_allclose(viz["time"].values, [0, 5e-5])
        first = viz["species_index"].values[: int(viz["start"][1])]
        numbers = dict(zip(viz["species"].values, np.bincount(first), strict=False))
        assert {name: int(n) for name, n in numbers.items() if n} == {"Ca": 200, "B": 300, "P0": 50}
    for name in text["species"].values:
        a, b = (
            viz["position"].values[viz["species"].values[viz["species_index"].values] == name] for viz in (text, binary)
        )
        np.testing.assert_allclose(a[np.lexsort(a.T.round(5))], b[np.lexsort(b.T.round(5))], atol=1e-6)


def positions(viz: xr.Dataset, name: str) -> NDArray[np.float32]:
    species = viz["species"].values[viz["species_index"].values]
    return np.asarray(viz["position"].values[species == name])


def test_only_surface_molecules_have_a_normal() -> None:
    viz = read_viz(DATA / "viz" / "cellbin")
    species = viz["species"].values[viz["species_index"].values]
    length = np.linalg.norm(viz["normal"].values, axis=1)
    np.testing.assert_allclose(length[species == "P0"], 1, atol=1e-6)
    assert not length[species != "P0"].any()


def test_a_trajectory_of_visualisation_data_has_a_box_for_a_mesh() -> None:
    trajectory = to_trajectory(read_viz(DATA / "viz" / "ascii", time_step=1e-6))
    assert len(trajectory) == 2
    position, species = trajectory.frame(0)
    assert len(position) == len(species) == 550
    assert (np.abs(position) <= trajectory.vertices.max(axis=0)).all()
    np.testing.assert_allclose(trajectory.vertices.max(axis=0), 0.2, rtol=0.05)


def damaged(tmp_path: Path, kind: str, change: Change) -> Path:
    path = tmp_path / f"scene.{kind}.000.dat"
    path.write_bytes(change((DATA / "viz" / kind / f"scene.{kind}.000.dat").read_bytes()))
    return path


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("ascii", lambda data: data[:-10], "line 550: the last line does not end"),
        ("ascii", lambda data: data[:-10] + b"\n", "line 550: . words instead of 8"),
        ("ascii", lambda data: data.replace(b"Ca 0 0.11", b"Ca 0 what", 1), "line 1: could not convert"),
        ("ascii", lambda data: data.replace(b"Ca 0 0.116721232", b"Ca 0 nan", 1), "line 1: .* not all finite"),
        ("cellbin", lambda data: data[:-10], "the file is cut off, 10 bytes are missing"),
        ("cellbin", lambda data: b"\x02" + data[1:], "has version 2"),
        ("cellbin", lambda data: data[:7] + b"\x05" + data[8:], "has type 5"),
        ("cellbin", lambda data: data[:4] + b"\x02\xff\xff" + data[7:], "there is no species name here"),
    ],
)
def test_a_damaged_frame_is_refused_with_its_place(tmp_path: Path, kind: str, change: Change, message: str) -> None:
    with pytest.raises(ResultsError, match=message):
        read_frame(damaged(tmp_path, kind, change))


def test_a_directory_without_frames_or_with_both_kinds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"holds no <name>\.ascii"):
        read_viz(tmp_path)
    for kind in ("ascii", "cellbin"):
        damaged(tmp_path, kind, lambda data: data)
    with pytest.raises(ResultsError, match="both ASCII and CELLBLENDER"):
        read_viz(tmp_path)
    with pytest.raises(ResultsError, match="is not called"):
        read_frame(tmp_path / "scene.dat")
