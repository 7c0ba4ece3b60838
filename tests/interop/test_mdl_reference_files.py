"""The MDL files of the reference runs, read as models and run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import places
import pytest

from nanospine import Boundary, Box, Sampler
from nanospine.interop import read_counts, read_mdl, run_mdl
from nanospine.interop.mdl import MdlError

DATA = places.DATA / "mcell"


@pytest.mark.parametrize(
    ("name", "volume", "species", "reactions", "samplers"),
    [
        ("binding_box", 0.064, 3, 2, 0),
        ("pump_box", 0.05, 5, 8, 0),
        ("slab_absorber_dt1us", 0.032, 1, 0, 0),
        ("source_halfspace_dt1us", 1.728, 2, 1, 7),
        ("spine_V0.01", 0.01, 28, 62, 7),
        ("viz", 0.064, 4, 2, 0),
    ],
)
def test_the_reference_files_are_read(name: str, volume: float, species: int, reactions: int, samplers: int) -> None:
    model = read_mdl(DATA / name / "model.mdl").model
    assert model.mesh.volume == pytest.approx(volume, rel=1e-6)
    assert (len(model.species), len(model.reactions), len(model.samplers)) == (species, reactions, samplers)


def test_units_are_converted_and_sides_follow_from_the_marks() -> None:
    mdl = read_mdl(DATA / "pump_box" / "model.mdl")
    np.testing.assert_allclose(mdl.model.species[0].D, 220)
    assert (mdl.time_step, mdl.iterations) == (1e-6, 10000)
    bind, unbind, out, leak = mdl.model.reactions[:4]
    assert (bind.equation, bind.forward) == ("Ca[inside] + P0 -> P1", 150.0)
    assert (unbind.equation, unbind.forward) == ("P1 -> Ca[inside] + P0", 15.0)
    assert (out.name, leak.equation) == ("pmca_out", "P0 -> P0 + Ca[inside]")
    assert [(r.states, r.number) for r in mdl.model.releases] == [("Ca", 2000), ("P0", 813), ("N0", 116)]


def test_overlapping_regions_are_cut_into_parts_that_do_not_overlap() -> None:
    model = read_mdl(DATA / "spine_V0.01" / "model.mdl").model
    assert model.mesh.region_names == ("neck", "psd&memb", "memb")
    regions = {str(r.states): r.region for r in model.releases}
    assert set(regions["P0"] or ()) == {"psd&memb", "memb"}
    assert regions["GN"] == "psd&memb"
    assert model.boundaries == (Boundary("neck", "Ca", "absorbing-segment"),)
    assert model.samplers[0] == Sampler("Ca_b020", "Ca", Box((0.0, 0.0, 0.0877217345), (0.0199, 0.0199, 0.0199)))


def test_absorbers_may_be_read_as_exact() -> None:
    mdl = read_mdl(DATA / "slab_absorber_dt1us" / "model.mdl", absorber="absorbing")
    assert mdl.model.boundaries[0].rule == "absorbing"
    with pytest.raises(MdlError, match="did you mean 'absorbing'"):
        read_mdl(DATA / "slab_absorber_dt1us" / "model.mdl", absorber="absorb")


def test_reaction_data_are_written_where_mcell_writes_them(tmp_path: Path) -> None:
    text = (DATA / "pump_box" / "model.mdl").read_text().replace("ITERATIONS = 10000", "ITERATIONS = 200")
    path = tmp_path / "model.mdl"
    path.write_text(text)
    written = run_mdl(path, [1, 7], tmp_path / "out")
    assert [str(p.relative_to(tmp_path)) for p in written] == [
        "out/seed_00001/counts.dat",
        "out/seed_00007/counts.dat",
    ]
    counts = read_counts(written[0])
    assert list(counts["column"].values) == ["Ca", "P0", "P1", "N0", "N1", "pmca_out", "ncx_out"]
    assert counts["time"].values.tolist() == [0, 1e-4, 2e-4]
    assert (counts.sel(column="P0") + counts.sel(column="P1") == 813).all()
    first = counts.isel(time=0)
    assert first.values.tolist() == [2000, 813, 0, 116, 0, 0, 0]
    by_workers = run_mdl(path, [1, 7], tmp_path / "again", jobs=2)
    assert [p.read_bytes() for p in by_workers] == [p.read_bytes() for p in written]
