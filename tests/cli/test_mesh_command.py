"""Mesh files at the command line: what is in them, what is wrong where, and mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trimesh
from commands import call, needs_graphics

from nanospine import load_mesh, save_mesh, sphere
from nanospine.geometry.regions import Height

MESH = sphere(0.5, 2).with_region("psd", Height(low=0.4))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    save_mesh(MESH.scaled(1000.0), tmp_path / "nm.stl")
    return tmp_path / "nm.stl"


@pytest.fixture
def holed(tmp_path: Path) -> Path:
    trimesh.Trimesh(MESH.vertices, MESH.faces[2:], process=False).export(tmp_path / "holed.ply")
    return tmp_path / "holed.ply"


@pytest.fixture
def open_neck(tmp_path: Path) -> Path:
    faces = MESH.faces[MESH.centroids[:, 2] > -0.3]
    trimesh.Trimesh(MESH.vertices, faces, process=False).export(tmp_path / "open.ply")
    return tmp_path / "open.ply"


def test_info_says_what_is_there(sound: Path, tmp_path: Path) -> None:
    result = call("mesh", "info", sound, "--scale-to-um", "0.001", "--json", tmp_path / "info.json")
    assert result.exit_code == 0
    assert "area_um2 of psd" in result.output
    found = json.loads((tmp_path / "info.json").read_text())
    assert found["triangles"] == len(MESH.faces)
    assert found["volume_um3"] == pytest.approx(MESH.volume, rel=1e-5)
    assert found["area_um2"]["psd"] == pytest.approx(MESH.area("psd"), rel=1e-5)


def test_a_unit_that_is_doubted_is_said_with_the_remedy(sound: Path) -> None:
    result = call("mesh", "info", sound)
    assert result.exit_code == 0
    assert "check the file's unit; if it is in nm, give scale_to_um=0.001, for 1 um." in result.output


def test_check_of_a_sound_mesh_succeeds(sound: Path, tmp_path: Path) -> None:
    result = call("mesh", "check", sound, "--scale-to-um", "0.001", "--json", tmp_path / "check.json")
    assert result.exit_code == 0
    assert "closed and sound" in result.output
    assert json.loads((tmp_path / "check.json").read_text())["sound"] is True


def test_check_of_an_unsound_mesh_fails_with_the_places(open_neck: Path, tmp_path: Path) -> None:
    result = call("mesh", "check", open_neck, "--json", tmp_path / "check.json")
    assert result.exit_code == 1
    assert "1 faults" in result.output
    assert "a hole of" in result.output
    assert "Traceback" not in result.output
    found = json.loads((tmp_path / "check.json").read_text())
    [fault] = found["faults"]
    assert (found["sound"], fault["kind"]) == (False, "hole")
    assert fault["place_um"] == pytest.approx([0.0, 0.0, -0.3], abs=0.05)


def test_repair_writes_the_mesh_and_says_the_steps(holed: Path, tmp_path: Path) -> None:
    out = tmp_path / "mended.ply"
    result = call("mesh", "repair", holed, out, "--json", tmp_path / "repair.json")
    assert result.exit_code == 0
    assert "closed a hole of" in result.output
    assert "volume (um^3): " in result.output
    assert load_mesh(out, scale_to_um=1.0).volume == pytest.approx(MESH.volume, rel=1e-2)
    found = json.loads((tmp_path / "repair.json").read_text())
    assert found["sound"]
    assert len(found["steps"]) >= 1
    again = call("mesh", "repair", holed, out)
    assert again.exit_code == 2
    assert "mended.ply exists already" in again.output


def test_what_cannot_be_repaired_is_not_written(open_neck: Path, tmp_path: Path) -> None:
    result = call("mesh", "repair", open_neck, tmp_path / "mended.ply")
    assert result.exit_code == 1
    assert "a hole of" in result.output
    assert not (tmp_path / "mended.ply").exists()


@needs_graphics
def test_a_picture_shows_the_places(open_neck: Path, tmp_path: Path) -> None:
    import imageio.v3 as iio

    result = call("mesh", "check", open_neck, "--screenshot", tmp_path / "faults.png")
    assert result.exit_code == 1
    pixels = iio.imread(tmp_path / "faults.png")[..., :3].astype(int)
    assert (pixels[..., 0] > pixels[..., 2] + 60)[200:].sum() > 200, "a ball in the colour of holes, below the legend"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("info", "absent.stl"), "There is no mesh file 'absent.stl'; check the path."),
        (("check", "mesh.txt"), "is of no known kind"),
        (("check", "nm.stl", "--scale-to-um", "0"), "scale_to_um is 0.0"),
        (("check", "nm.stl", "--screenshot", "faults.jpg"), "must end in .png"),
        (("repair", "nm.stl", "out.ply", "--merge-um", "-1"), "merge_um is -1.0"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: tuple[str, ...], says: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sound.parent)
    result = call("mesh", *arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output
