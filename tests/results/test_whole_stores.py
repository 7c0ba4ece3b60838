"""A store is read as it was written, or refused: whatever was lost, cut, changed or put in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanospine import Model, Particles, Release, Result, Species, cube, simulate
from nanospine.model import ResultsError
from nanospine.results import Kind, Population, Trajectory, read_dataset, write_dataset

Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a saved run with frames and molecules; cases work on copies."""
    species = [Species("A", 10.0), Species("B")]
    model = Model(cube(0.05), species=species, releases=[Release("A", number=50), Release("B", number=5)])
    home = tmp_path_factory.mktemp("kept")
    simulate(model, 1e-4, Particles(dt=1e-5), frames=[0.0, 1e-4]).save(home)
    return home


@pytest.fixture
def saved(kept: Path, tmp_path: Path) -> Path:
    shutil.copytree(kept, tmp_path / "run")
    return tmp_path / "run"


def chunks(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*") if path.is_file() and path.name != "zarr.json")


def remove_chunks(name: str) -> Damage:
    return lambda store: [chunk.unlink() for chunk in chunks(store / name)]


def cut(name: str, share: float) -> Damage:
    def damage(store: Path) -> None:
        chunk = chunks(store / name)[0]
        content = chunk.read_bytes()
        chunk.write_bytes(content[: int(share * len(content))])

    return damage


def flip(name: str) -> Damage:
    def damage(store: Path) -> None:
        chunk = chunks(store / name)[-1]
        content = bytearray(chunk.read_bytes())
        content[len(content) // 2] ^= 1
        chunk.write_bytes(content)

    return damage


def edit(name: str, **entries: object) -> Damage:
    def damage(store: Path) -> None:
        path = store / name / "zarr.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | entries))

    return damage


def attribute(**entries: object) -> Damage:
    def damage(store: Path) -> None:
        path = store / "zarr.json"
        content = json.loads(path.read_text())
        content["attributes"] |= entries
        path.write_text(json.dumps(content))

    return damage


def overwrite(name: str, content: bytes) -> Damage:
    return lambda store: (store / name).write_bytes(content)


def refill(name: str, value: float) -> Damage:
    def damage(store: Path) -> None:
        array = zarr.open_array(store / name, mode="r+")
        array[...] = np.full(array.shape, value, array.dtype)

    return damage


def replaced_by_foreign(store: Path) -> None:
    shutil.rmtree(store)
    xr.Dataset({"number": ("time", [1.0, 2.0])}).to_zarr(store, consolidated=False)


def replaced_by_another(store: Path) -> None:
    shutil.rmtree(store)
    write_dataset(xr.Dataset({"x": ("n", [1.0])}), store, Kind.TRIAL)


#: What may happen to a store, and how it is named.
DAMAGES: dict[str, tuple[str, Damage, str]] = {
    "all chunks of a variable lost": (
        "results", remove_chunks("number"), r"results.zarr is not whole: 1 of 1 chunks of 'number' are missing; copy"),
    "chunks of a coordinate lost": ("results", remove_chunks("time"), "1 of 1 chunks of 'time' are missing"),
    "a variable lost": ("results", lambda s: shutil.rmtree(s / "number"), "1 of 1 chunks of 'number' are missing"),
    "metadata of a variable lost": ("results", lambda s: (s / "number/zarr.json").unlink(), "'number' differ"),
    "positions lost": ("trajectory", remove_chunks("position"), "chunks of 'position' are missing"),
    "frames lost": ("trajectory", remove_chunks("start"), "1 of 1 chunks of 'start' are missing"),
    "molecules lost": ("population", remove_chunks("species"), "1 of 1 chunks of 'species' are missing"),
    "a document lost": ("results", lambda s: shutil.rmtree(s / "document"), "chunks of 'document' are missing"),
    "a chunk cut to nothing": ("results", cut("number", 0.0), "results.zarr is damaged: 'number' differ from what"),
    "a chunk cut in half": ("results", cut("number", 0.5), "'number' differ"),
    "a chunk cut by a byte": ("results", cut("time", 0.99), "'time' differ"),
    "positions cut": ("trajectory", cut("position", 0.5), "trajectory.zarr is damaged: 'position' differ"),
    "triangles cut": ("trajectory", cut("faces", 0.5), "'faces' differ"),
    "molecules cut": ("population", cut("position", 0.5), "population.zarr is damaged: 'position' differ"),
    "a bit of a number": ("results", flip("number"), "'number' differ"),
    "a bit of a position": ("trajectory", flip("position"), "'position' differ"),
    "a bit of a species": ("population", flip("species"), "'species' differ"),
    "a bit of a document": ("results", flip("document"), "'document' differ"),
    "another shape": ("results", edit("number", shape=[1, 2]), "'number' differ"),
    "a huge shape": ("results", edit("number", shape=[10**12, 2]), "'number' differ"),
    "another type": ("results", edit("number", data_type="float64"), "'number' differ"),
    "an unknown type": ("results", edit("number", data_type="quaternion"), "'number' differ"),
    "another fill": ("results", edit("number", fill_value=7), "'number' differ"),
    "unknown codecs": ("results", edit("number", codecs=[{"name": "none"}]), "'number' differ"),
    "positions that are no numbers": ("trajectory", refill("position", np.nan), "chunks of 'position' are missing"),
    "positions that are infinite": ("trajectory", refill("position", np.inf), "'position' differ"),
    "positions moved": ("trajectory", refill("position", 0.1), "'position' differ"),
    "species out of range": ("trajectory", refill("species_index", 99), "'species_index' differ"),
    "corners out of range": ("trajectory", refill("faces", 10**9), "'faces' differ"),
    "molecules of no species": ("population", refill("species", 99), "'species' differ"),
    "triangles out of range": ("population", refill("face", 10**6), "'face' differ"),
    "another volume": ("results", attribute(volume_um3=1.0), "damaged: its attributes differ"),
    "an attribute more": ("results", attribute(remark="mine"), "damaged: its attributes differ"),
    "no seal": ("results", attribute(contents=None), "is not whole: it does not say what belongs to it"),
    "a seal that is a list": ("results", attribute(contents=[]), "is not whole: it does not say what belongs to it"),
    "a seal of nothing": ("results", attribute(contents={}), "damaged: '.*' was not written with it; remove it"),
    "a seal of numbers": ("results", attribute(contents={"number": 3}), "damaged: 'number' differ"),
    "a variable more": ("results", lambda s: shutil.copytree(s / "time", s / "x"), "'x' was not written with it"),
    "no root": ("results", lambda s: (s / "zarr.json").unlink(), "There is no file .*results.zarr/zarr.json"),
    "an empty root": ("results", overwrite("zarr.json", b""), "zarr.json cannot be read: .*; restore it"),
    "half a root": ("results", overwrite("zarr.json", b'{"attributes": {'), "cannot be read"),
    "a root of a list": ("results", overwrite("zarr.json", b"[]"), "zarr.json holds a list; wanted is an object"),
    "a root without attributes": ("results", overwrite("zarr.json", b"{}"), "zarr.json has no attributes"),
    "a root of numbers": ("results", overwrite("zarr.json", b'{"attributes": 1}'), "zarr.json has no attributes"),
    "a root in no Unicode": ("results", overwrite("zarr.json", b"\xff\xfe{}"), "zarr.json cannot be read"),
    "a root nested deep": ("results", overwrite("zarr.json", b'{"a":' * 100_000), "nested too deep"),
    "a file in its place": ("results", lambda s: (shutil.rmtree(s), s.write_text("x")), "There are no results at"),
    "an empty directory": ("results", lambda s: (shutil.rmtree(s), s.mkdir()), "There is no file .*zarr.json"),
    "a foreign store": ("results", replaced_by_foreign, "does not say what it is; wanted is a nanospine result"),
    "a store of another kind": ("results", replaced_by_another, "is a nanospine trial; wanted is a nanospine result"),
    "foreign frames": ("trajectory", replaced_by_foreign, "does not say what it is; wanted is a nanospine trajectory"),
    "foreign molecules": ("population", replaced_by_foreign, "wanted is a nanospine population"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGES)
def test_a_store_that_is_not_as_it_was_written_is_refused(case: str, saved: Path) -> None:
    name, damage, message = DAMAGES[case]
    damage(saved / f"{name}.zarr")
    with pytest.raises(ResultsError, match=message):
        Result.load(saved)


def test_the_same_is_true_of_parts_that_are_read_by_themselves(saved: Path) -> None:
    remove_chunks("position")(saved / "trajectory.zarr")
    remove_chunks("position")(saved / "population.zarr")
    for part, name in ((Trajectory, "trajectory"), (Population, "population")):
        with pytest.raises(ResultsError, match="chunks of 'position' are missing"):
            part.load(saved / f"{name}.zarr")


def test_a_chunk_of_many_is_counted(tmp_path: Path) -> None:
    data = xr.Dataset({"x": ("n", np.arange(100.0))})
    data["x"].encoding["chunks"] = (10,)
    write_dataset(data, tmp_path / "a.zarr", Kind.TRIAL)
    for chunk in chunks(tmp_path / "a.zarr" / "x")[3:6]:
        chunk.unlink()
    with pytest.raises(ResultsError, match="3 of 10 chunks of 'x' are missing"):
        read_dataset(tmp_path / "a.zarr", Kind.TRIAL)


def test_zeros_have_no_chunks_and_are_whole(tmp_path: Path) -> None:
    data = xr.Dataset({"x": ("n", np.zeros(100, int))})
    write_dataset(data, tmp_path / "a.zarr", Kind.TRIAL)
    assert chunks(tmp_path / "a.zarr" / "x") == []
    assert read_dataset(tmp_path / "a.zarr", Kind.TRIAL).identical(data)


@pytest.mark.verification
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_bytes_in_any_file_of_a_store_are_refused(
    kept: Path, tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    home = tmp_path_factory.mktemp("fuzz") / "run"
    shutil.copytree(kept, home)
    file = home / data.draw(st.sampled_from(sorted(p.relative_to(kept) for p in kept.rglob("*") if p.is_file())))
    whole = file.read_bytes()
    at, less, more = (
        data.draw(st.integers(0, len(whole))),
        data.draw(st.integers(0, 30)),
        data.draw(st.binary(max_size=9)),
    )
    file.write_bytes(whole[:at] + more + whole[at + less :])
    if file.read_bytes() == whole:
        return
    # Blanks between the words of a JSON file say nothing.
    same = file.name == "zarr.json" and is_same_json(file.read_bytes(), whole) and file.parent.suffix == ".zarr"
    if same:
        Result.load(home)
    else:
        with pytest.raises(ResultsError):
            Result.load(home)
    shutil.rmtree(home)


def is_same_json(a: bytes, b: bytes) -> bool:
    try:
        return json.loads(a) == json.loads(b)
    except ValueError:
        return False


def test_files_that_a_desktop_leaves_do_not_matter(saved: Path) -> None:
    for home in (saved / "results.zarr", saved / "results.zarr" / "number"):
        (home / ".DS_Store").write_bytes(b"x")
    assert Result.load(saved).complete


def test_a_save_that_was_killed_leaves_no_result(saved: Path) -> None:
    """What says that there is one is written last, so that the same can be saved again."""
    result = Result.load(saved)
    shutil.rmtree(saved / "results.zarr")
    (saved / "results.zarr.0123abcd.partial").mkdir()
    result.save(saved)
    assert Result.load(saved).dataset.identical(result.dataset)
    assert sorted(path.name for path in saved.iterdir()) == ["population.zarr", "results.zarr", "trajectory.zarr"]
