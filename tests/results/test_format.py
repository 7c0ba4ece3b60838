"""Stores say of what kind and version they are, and whatever is not as it was written is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from nanospine import Model, Reaction, Release, Result, Schedule, Species, cube, simulate, sphere
from nanospine.model import ResultsError
from nanospine.results import Kind
from nanospine.results.format import VERSIONS


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Return the directory of a saved result."""
    rate = Schedule([0.0, 0.5], [1.0, 2.0])
    model = Model(
        cube(0.05), species=[Species("A")], reactions=[Reaction("A -> 0", rate)], releases=[Release("A", number=9)]
    )
    simulate(model, 1.0, engine="ssa", seed=3, every=0.1).save(tmp_path)
    return tmp_path


def change(store: Path, **attributes: object) -> None:
    """Change what a store says of itself."""
    path = store / "zarr.json"
    content = json.loads(path.read_text())
    content["attributes"].update(attributes)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"format_version": 1}, r"results.zarr is a nanospine result of format version 1; this nanospine reads "
                                r"version 3: make it again, or read it with the nanospine that made it"),
        ({"format_version": 2}, "of format version 2; this nanospine reads version 3"),
        ({"format_version": None}, "of format version None"),
        ({"kind": "nanospine trial"}, "results.zarr is a nanospine trial; wanted is a nanospine result"),
        ({"kind": "x"}, "is a x; wanted is a nanospine result"),
        ({"kind": None}, "results.zarr does not say what it is; wanted is a nanospine result"),
    ],
)  # fmt: skip
def test_stores_of_another_kind_or_version_are_refused_by_name(
    saved: Path, attributes: dict[str, object], message: str
) -> None:
    change(saved / "results.zarr", **attributes)
    with pytest.raises(ResultsError, match=message):
        Result.load(saved)


def test_results_whose_document_is_missing_or_damaged_are_refused(saved: Path) -> None:
    store = saved / "results.zarr"
    group: Any = zarr.open_group(store / "document", mode="r+")
    text = group["json"][...].tobytes()
    group["json"][...] = np.frombuffer(text.replace(b'"seed":3', b'"seed":4'), dtype=np.uint8)
    with pytest.raises(ResultsError, match=r"results\.zarr is damaged: 'document' differ"):
        Result.load(saved)
    group["json"][...] = np.frombuffer(text, dtype=np.uint8)
    Result.load(saved)
    shutil.rmtree(store / "document" / next(name for name, _ in group.arrays() if name != "json"))
    with pytest.raises(ResultsError, match="is not whole: 1 of 5 chunks of 'document' are missing; copy it again"):
        Result.load(saved)
    shutil.rmtree(store / "document")
    with pytest.raises(ResultsError, match="is not whole: 5 of 5 chunks of 'document' are missing"):
        Result.load(saved)


def test_a_fine_mesh_is_packed(tmp_path: Path) -> None:
    fine = Model(sphere(0.5, subdivisions=5), species=[Species("A")], releases=[Release("A", number=1)])
    simulate(fine, 1e-3, engine="ode", every=1e-3).save(tmp_path)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    arrays = fine.to_document().arrays.values()
    assert size < 0.7 * sum(array.nbytes for array in arrays)


def test_every_kind_has_a_version() -> None:
    assert set(VERSIONS) == set(Kind)
