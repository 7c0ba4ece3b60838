from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call, needs_graphics
from numpy.typing import NDArray
from synthetic import NAMES, spine_head

from nanospine.model.errors import ParameterError, ResultsError
from nanospine.results import Trajectory
from nanospine.viz import display
from nanospine.viz.frames import check_frame, frame_at, load_trajectory
from nanospine.viz.look import LOOKS, Look, Mark
from nanospine.viz.movie import frames_in, save_movie

SIZE = (320, 240)


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    return spine_head(frames=6)


@pytest.fixture(scope="module")
def run(trajectory: Trajectory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("run")
    trajectory.save(directory / "trajectory.zarr")
    return directory


def picture(trajectory: Trajectory, path: Path, **options: object) -> NDArray[np.uint8]:
    """Take a screenshot; return its pixels."""
    import imageio.v3 as iio

    from nanospine.viz.scene import save_screenshot

    save_screenshot(trajectory, path, size=SIZE, **options)
    return iio.imread(path)[..., :3].astype(int)


def pixels_like(pixels: NDArray[np.uint8], color: str) -> int:
    """Count pixels of the hue of ``color`` in the part of the picture without legend."""
    wanted = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    stage = pixels[:, : int(0.74 * SIZE[0])]
    return int((np.abs(stage - wanted).max(axis=-1) < 40).sum())


@needs_graphics
def test_screenshot_has_the_size_asked_for_and_is_not_blank(trajectory: Trajectory, tmp_path: Path) -> None:
    pixels = picture(trajectory, tmp_path / "new" / "head.png", frame=3)
    assert pixels.shape == (240, 320, 3)
    assert (pixels[0, 0] == 255).all(), "the background is white"
    assert (pixels < 250).any(axis=-1).mean() > 0.3, "the head fills the frame"


@needs_graphics
def test_an_open_channel_is_seen(trajectory: Trajectory, tmp_path: Path) -> None:
    orange = LOOKS["L-type channel"].of("LO", 0).color or ""
    only_channel = [group for group in dict.fromkeys(trajectory.species_groups) if group != "L-type channel"]
    closed = picture(trajectory, tmp_path / "closed.png", frame=0, hidden=only_channel)
    opened = picture(trajectory, tmp_path / "open.png", frame=2, hidden=only_channel)
    assert pixels_like(closed, orange) == 0
    assert pixels_like(opened, orange) > 20


@needs_graphics
def test_hidden_groups_leave_scene_and_legend(trajectory: Trajectory, tmp_path: Path) -> None:
    from nanospine.viz.scene import Scene

    with display.off_screen_plotter(SIZE) as plotter:
        assert "PMCA" in Scene(trajectory, plotter).legend.places
    with display.off_screen_plotter(SIZE) as plotter:
        assert "PMCA" not in Scene(trajectory, plotter, hidden=["PMCA"]).legend.places
    green = LOOKS["PMCA"].of("PMCA_Ca", 1).color or ""
    everything = picture(trajectory, tmp_path / "all.png")
    without = picture(trajectory, tmp_path / "some.png", hidden=["PMCA"])
    assert pixels_like(without, green) < pixels_like(everything, green)


@needs_graphics
def test_unknown_groups_are_drawn_and_can_be_given_a_look(trajectory: Trajectory, tmp_path: Path) -> None:
    names = {"calbindin": "fura", "GluN": "ATPase"}
    groups = tuple(names.get(group, group) for group in trajectory.species_groups)
    theirs = dataclasses.replace(trajectory, species_groups=groups)
    yellow = "#FFFF00"
    plain = picture(theirs, tmp_path / "plain.png")
    styled = picture(theirs, tmp_path / "styled.png", looks={"ATPase": Look(Mark("disc", 0.2, yellow))})
    assert pixels_like(styled, yellow) > pixels_like(plain, yellow)


@needs_graphics
@pytest.mark.parametrize("size", [(480, 360), (480, 640), (1600, 400)])
def test_the_legend_stays_inside_the_window(trajectory: Trajectory, size: tuple[int, int]) -> None:
    from nanospine.viz.scene import Scene

    with display.off_screen_plotter(size) as plotter:
        scene = Scene(trajectory, plotter)
        scene.show(0)
        plotter.screenshot()
        texts = [actor for actor in plotter.actors.values() if actor.IsA("vtkTextActor")]
        boxes = [box_of(actor, plotter) for actor in texts]
    assert len(boxes) > len(scene.groups)
    for left, right, low, high in boxes:
        assert 0 <= left < right <= size[0]
        assert 0 <= low < high <= size[1]


def box_of(actor: Any, plotter: Any) -> tuple[float, float, float, float]:
    """Return left, right, low and high pixel of a text."""
    box = [0.0] * 4
    actor.GetBoundingBox(plotter.renderer, box)
    x, y = actor.GetPosition()
    return x + box[0], x + box[1], y + box[2], y + box[3]


@needs_graphics
def test_a_frame_without_molecules_is_drawn(trajectory: Trajectory, tmp_path: Path) -> None:
    empty = dataclasses.replace(trajectory, start=np.zeros(len(trajectory) + 1, dtype=np.int64))
    assert (picture(empty, tmp_path / "empty.png") < 250).any()


@needs_graphics
@pytest.mark.parametrize(("edge", "label"), [(0.37, "100 nm"), (4.0, "1 µm"), (0.05, "10 nm")])
def test_scale_bar_is_as_long_as_it_says(edge: float, label: str) -> None:
    from nanospine.viz.overlay import ScaleBar
    from nanospine.viz.scene import Scene

    with display.off_screen_plotter(SIZE) as plotter:
        scene = Scene(spine_head(edge, frames=1), plotter)
        bar = ScaleBar(plotter, right=0.9, unit=10)
        scene.show(0)
        bar.fit()
        left, right = bar.span
        corner = np.array(plotter.camera.focal_point)
        sideways = np.cross(plotter.camera.direction, plotter.camera.up)
        ends = corner, corner + sideways / np.linalg.norm(sideways) * bar.length_um
        pixels = [project(plotter, end) for end in ends]
    assert bar.label == label
    # The window's own rounding to whole pixels at both ends.
    assert right - left == pytest.approx(pixels[1] - pixels[0], abs=1.0)


def project(plotter: Any, point: NDArray[np.float64]) -> float:
    """Return the horizontal pixel at which VTK draws a point."""
    renderer = plotter.renderer
    renderer.SetWorldPoint(*point, 1.0)
    renderer.WorldToDisplay()
    return float(renderer.GetDisplayPoint()[0])


@needs_graphics
def test_controls_move_through_time_and_switch_groups(trajectory: Trajectory) -> None:
    from nanospine.viz.controls import add_controls
    from nanospine.viz.scene import Scene

    with display.off_screen_plotter(SIZE) as plotter:
        scene = Scene(trajectory, plotter)
        scene.show(0)
        slider, switches = add_controls(scene)
        slider.GetRepresentation().SetValue(0.21)
        slider.InvokeEvent("InteractionEvent")
        assert scene.frame == 2
        assert set(switches) == set(trajectory.species_groups)
        switch = switches["calmodulin"].GetRepresentation()
        switch.SetState(0)
        switches["calmodulin"].InvokeEvent("StateChangedEvent")
        assert not scene.visible["calmodulin"]


@needs_graphics
@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_film_has_one_picture_for_each_frame(trajectory: Trajectory, tmp_path: Path, suffix: str) -> None:
    import imageio.v3 as iio

    film = tmp_path / f"film{suffix}"
    save_movie(trajectory, film, span=(1e-4, 3e-4), size=(201, 151))
    frames = list(iio.imiter(film))
    assert len(frames) == 3
    assert frames[0].shape == (150, 200, 3)
    assert [path.name for path in tmp_path.iterdir()] == [film.name], "nothing half-written stays"


@needs_graphics
def test_view_and_movie_from_the_command_line(run: Path, tmp_path: Path) -> None:
    shot, film = tmp_path / "head.png", tmp_path / "film.gif"
    viewed = call("view", run, "--time", "0.3", "--screenshot", shot, "--size", "160x120")
    filmed = call(
        "movie",
        run / "trajectory.zarr",
        "--start",
        "0.3",
        "--stop",
        "0.4",
        "--out",
        film,
        "--size",
        "160x120",
    )
    assert (viewed.exit_code, filmed.exit_code) == (0, 0)
    assert shot.read_bytes().startswith(b"\x89PNG")
    assert film.read_bytes().startswith(b"GIF8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--frame", "6"], "no frame 6; the trajectory has 6, 0 to 5"),
        (["--frame", "-7"], "no frame -7"),
        (["--time", "0.6"], "no frame at 0.6 ms; the trajectory goes from 0 to 0.5 ms"),
        (["--time", "0.1", "--frame", "1"], "both choose a frame"),
        (["--hide", "calbindn"], "no group 'calbindn'"),
        (["--size", "huge"], "give WIDTHxHEIGHT"),
        (["--size", "10x10"], "each 64 to 8192"),
    ],
)
@needs_graphics
def test_bad_views_are_one_sentence_and_write_nothing(
    run: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    result = call("view", run, "--screenshot", tmp_path / "a.png", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert not list(tmp_path.iterdir())


def test_screenshots_are_png_and_films_mp4_or_gif(run: Path, tmp_path: Path) -> None:
    assert "must end in .png" in call("view", run, "--screenshot", tmp_path / "a.jpg").stderr
    assert "must end in .mp4 or .gif" in call("movie", run, "--out", tmp_path / "a.avi").stderr


def test_a_directory_without_trajectory_is_named(tmp_path: Path) -> None:
    assert "holds no trajectory.zarr" in call("view", tmp_path).stderr
    with pytest.raises(ResultsError, match="There is no directory"):
        load_trajectory(tmp_path / "nowhere")


def test_a_trajectory_without_frames_is_refused(trajectory: Trajectory, tmp_path: Path) -> None:
    none = dataclasses.replace(trajectory, time=np.empty(0), start=np.zeros(1, dtype=np.int64))
    none.save(tmp_path / "trajectory.zarr")
    with pytest.raises(ResultsError, match="has no frames"):
        load_trajectory(tmp_path)


def test_frames_are_found_by_index_and_by_the_nearest_time(trajectory: Trajectory) -> None:
    assert check_frame(trajectory, -1) == 5
    assert frame_at(trajectory, 2.4e-4) == 2
    assert frame_at(trajectory, trajectory.time[-1]) == 5
    assert list(frames_in(trajectory, (1e-4, None))) == [1, 2, 3, 4, 5]
    with pytest.raises(ParameterError, match=r"No frame lies between 0\.21 and 0.29 ms"):
        frames_in(trajectory, (2.1e-4, 2.9e-4))


def test_a_machine_that_cannot_draw_is_told_the_remedy(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(display, "OFF_SCREEN_LIBRARIES", ("libNoSuchLibrary.so.1",))
    shot = call("view", run, "--screenshot", tmp_path / "a.png")
    assert "apt-get install libegl1 libgl1" in shot.stderr
    window = call("view", run)
    assert "use --screenshot FILE instead" in window.stderr
    assert shot.exit_code == window.exit_code == 2


def test_synthetic_trajectory_survives_storage(trajectory: Trajectory, run: Path) -> None:
    stored = load_trajectory(run)
    assert stored.species_names == NAMES
    for frame in range(len(trajectory)):
        for mine, theirs in zip(trajectory.frame(frame), stored.frame(frame), strict=True):
            np.testing.assert_array_equal(mine, theirs)
