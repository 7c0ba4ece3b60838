"""What kernels would index by is looked at before they do: a state that the run cannot have is refused by name."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanospine import Box, Model, Particles, Reaction, Release, Residence, Simulation, Species, box
from nanospine.model import NanospineError, ResultsError
from nanospine.particles.checkpoint import _digest_of

Arrays = dict[str, Any]
DURATION, STOP = 2e-4, 1e-4


def simulation(seed: int = 1) -> Simulation:
    """A small run with all that a state can have: partners, a membrane, residences, frames, later releases."""
    model = Model(
        box((0.2, 0.2, 0.2)),
        species=[Species("A", 50.0), Species("B", 5.0), Species("AB", 5.0), Species("P", where="surface")],
        reactions=[Reaction("A + B <-> AB", 50.0, 2000.0), Reaction("P -> P + A[inside]", 1e4)],
        releases=[Release("A", number=40), Release("B", number=60), Release("P", number=3),
                  Release("A", number=5, at=5e-5)],
        residences=[Residence("middle", "A", within=Box((0.0, 0.0, 0.0), (0.1, 0.1, 0.1)))],
    )  # fmt: skip
    return Simulation(model, Particles(dt=5e-6), seed=seed)


def run(path: Path, stop: float | None = None, seed: int = 1) -> bool:
    """Run with a checkpoint, and say whether to the end."""

    def interrupt(snapshot: object) -> None:
        if stop is not None and getattr(snapshot, "time", 0.0) >= stop:
            raise KeyboardInterrupt

    options = {"observer": interrupt, "observe_every": 5e-5, "checkpoint_every": 0.0, "frames": (0.0, 5e-5)}
    return simulation(seed).run(DURATION, every=5e-5, checkpoint=path, **options).complete


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Arrays:
    """Return the arrays of a run that was stopped in its middle."""
    path = tmp_path_factory.mktemp("kept") / "state.npz"
    assert not run(path, stop=STOP)
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def write(path: Path, arrays: Arrays) -> None:
    """Write a state with the digest that it should have, as only one who wants to can."""
    state = {name: array for name, array in arrays.items() if name not in ("run", "state")}
    np.savez(path, run=arrays["run"], state=_digest_of(state), **state)


def put(name: str, index: Any, value: float) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name][index] = value

    return change


def replace(name: str, make: Callable[[Any], Any]) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays[name] = make(arrays[name])

    return change


def drop(name: str) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.pop(name)


#: What may be in a state that somebody wrote with the right digest, and how it is named.
FORGED: dict[str, tuple[Callable[[Arrays], object], str]] = {
    "a species that is none": (put("particles.species", 0, 4), r"particles.species holds -1 to 4, and not -1 to 3"),
    "a species below none": (put("particles.species", 0, -2), "particles.species holds -2 to 3"),
    "a triangle that is none": (put("particles.face", 0, 12), "particles.face holds -1 to 12, and not -1 to 11"),
    "a triangle far away": (put("particles.face", 0, 2**31 - 1), "particles.face holds"),
    "a triangle below none": (put("particles.face", 0, -5), "particles.face holds -5"),
    "a compartment that is none": (put("particles.compartment", 0, 2), "particles.compartment holds"),
    "a compartment below none": (put("particles.compartment", 0, -1), "particles.compartment holds -1"),
    "a cell that is none": (put("particles.cell", 0, 10**6), "particles.cell holds"),
    "a cell below none": (put("particles.cell", 0, -2), "particles.cell holds -2"),
    "an outer cell that is none": (put("particles.outer_cell", 0, 10**6), "particles.outer_cell holds"),
    "a neighbour that is none": (put("particles.next", 0, 10**6), "particles.next holds"),
    "a neighbour below none": (put("particles.previous", 0, -1), "particles.previous holds -1"),
    "an event that is none": (put("particles.due_entry", 0, 10**6), "particles.due_entry holds"),
    "an event below none": (put("particles.due_entry", 0, -7), "particles.due_entry holds -7"),
    "an empty slot that is none": (put("particles.free", 0, 10**6), "particles.free holds"),
    "more slots used than there are": (put("particles.counters", 0, 10**6), "particles.counters holds"),
    "slots used below none": (put("particles.counters", 0, -1), "particles.counters holds -1"),
    "more slots free than there are": (put("particles.counters", 1, 10**6), "particles.counters holds"),
    "a position that is no number": (put("particles.position", (0, 0), np.nan), "particles.position holds nan"),
    "a position without end": (put("particles.position", (0, 2), np.inf), "particles.position holds .* inf"),
    "a position far away": (put("particles.position", (0, 1), 1e6), "particles.position holds .* 1000000.0"),
    "a clock that is no number": (put("particles.clock", 0, np.nan), "particles.clock holds NaN"),
    "an event at no time": (put("particles.due", 0, np.nan), "particles.due holds NaN"),
    "positions cut": (replace("particles.position", lambda a: a[:10]), r"particles.position is float64 \(10, 3\), and"),
    "positions of two axes": (
        replace("particles.position", lambda a: a[:, :2]),
        r"\(\d+, 2\), and not float64 \(\d+, 3",
    ),
    "positions of half accuracy": (replace("particles.position", np.float32), "particles.position is float32"),
    "no positions": (drop("particles.position"), "particles.position is missing"),
    "no species": (drop("particles.species"), "particles.species is missing"),
    "species cut": (replace("particles.species", lambda a: a[:50]), "particles.position is float64"),
    "species of fractions": (replace("particles.species", np.float64), "particles.species is float64"),
    "species in a square": (replace("particles.species", lambda a: a[:, None]), "particles.species is int32"),
    "rings cut": (replace("particles.next", lambda a: a[:5]), r"particles.next is int32 \(5,\)"),
    "numbers of other species": (replace("particles.number", lambda a: a[:2]), "particles.number is int64"),
    "no counters": (drop("particles.counters"), "counters"),
    "events cut": (replace("tally.event", lambda a: a[:1]), r"tally.event is int64 \(1,\), and not int64 \(3,\)"),
    "no events": (drop("tally.event"), "tally.event is missing"),
    "output cut": (replace("record.number", lambda a: a[:2]), "record.number is int64"),
    "output every other step": (put("record.interval", 0, 1), "record.interval holds 1 to 1, and not 10 to 10"),
    "output from another step": (put("record.first", 0, 7), "record.first holds 7"),
    "frames cut": (replace("camera.position", lambda a: a[:5]), "camera.position is float32"),
    "frames of no species": (put("camera.species", 0, 99), "camera.species holds"),
    "frames of no length": (put("camera.length", 0, -3), "camera.length holds -3"),
    "frames of other lengths": (put("camera.length", 0, 1), "camera.length sums to"),
    "a frame that is no number": (put("camera.position", (0, 0), np.nan), "camera.position holds nan"),
    "frames without times": (replace("camera.time", lambda a: a[:0]), "camera.length is"),
    "visitors of nobody": (replace("diary.visitor", lambda a: a[:0]), "diary.visitor is int64"),
    "more visitors than slots": (replace("diary.visitor", lambda a: np.zeros((1, 10**6), int)), "diary"),
    "visits to no place": (replace("diary.visits", lambda a: np.full((3, 1), 9)), "diary.visits holds 9"),
    "visits cut": (replace("diary.visits", lambda a: a[:2]), "diary.visits is"),
    "releases of other species": (replace("released.number", lambda a: a[:, :1]), "released.number is"),
    "a release after the end": (put("released.step", 0, 10**6), "released.step holds"),
    "a step after the end": (replace("run.step", lambda a: np.int64(10**6)), "run.step holds 1000000"),
    "a step before the start": (replace("run.step", lambda a: np.int64(-1)), "run.step holds -1"),
    "no step": (drop("run.step"), "run.step is missing"),
    "a step in between": (replace("run.step", lambda a: np.float64(3.5)), "run.step is float64"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_state_that_the_run_cannot_have_is_refused_by_name(case: str, kept: Arrays, tmp_path: Path) -> None:
    change, message = FORGED[case]
    arrays = dict(kept)
    change(arrays)
    write(tmp_path / "state.npz", arrays)
    with pytest.raises(ResultsError, match=rf"state\.npz has no state of this run: .*{message}.*; remove it"):
        run(tmp_path / "state.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [("particles.position", 0.01), ("particles.species", 1), ("particles.due", 1.0), ("tally.event", 10**6),
     ("record.number", 7), ("camera.position", 0.0), ("released.number", 1)],
)  # fmt: skip
def test_a_state_that_was_changed_is_refused(name: str, value: float, kept: Arrays, tmp_path: Path) -> None:
    """Molecules moved by a hair are none that the run cannot have, but not those that were written."""
    arrays = dict(kept)
    replace(name, lambda array: np.where(np.arange(array.size).reshape(array.shape) == 0, value, array))(arrays)
    arrays[name] = arrays[name].astype(kept[name].dtype)
    np.savez(tmp_path / "state.npz", **arrays)
    with pytest.raises(
        ResultsError, match=r"state\.npz is damaged: its numbers are not those that were written; remove"
    ):
        run(tmp_path / "state.npz")


def bomb(path: Path) -> None:
    """Write an array of many zeros in a few kB."""
    header = (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (12500000,), }".ljust(117)
        + b"\n"
    )
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("particles.position.npy", "w", force_zip64=True) as part,
    ):
        part.write(header)
        for _ in range(10):
            part.write(bytes(10**7))


FILES: dict[str, tuple[Callable[[Path, bytes], object], str]] = {
    "nothing": (lambda path, whole: path.write_bytes(b""), "no checkpoint that can be read"),
    "a text": (lambda path, whole: path.write_text("nanospine"), "no checkpoint that can be read"),
    "a directory": (lambda path, whole: path.mkdir(), "it is no file"),
    "a device": (lambda path, whole: path.symlink_to("/dev/zero"), "it is no file"),
    "half of it": (lambda path, whole: path.write_bytes(whole[: len(whole) // 2]), "no checkpoint that can be read"),
    "all but a byte": (lambda path, whole: path.write_bytes(whole[:-1]), "no checkpoint that can be read"),
    "its end": (lambda path, whole: path.write_bytes(whole[len(whole) // 2 :]), "no checkpoint that can be read"),
    "a bit changed": (lambda path, whole: path.write_bytes(flipped(whole, len(whole) // 3)), "no checkpoint|damaged"),
    "an array": (lambda path, whole: np.save(path.open("wb"), np.zeros(3)), "no checkpoint that can be read"),
    "other arrays": (lambda path, whole: np.savez(path, a=np.zeros(3)), "no checkpoint that can be read"),
    "objects": (lambda path, whole: np.savez(path, run=np.array([None])), "no checkpoint that can be read"),
    "an archive of texts": (lambda path, whole: archive(path, {"run.npy": b"x"}), "no checkpoint that can be read"),
    "a bomb": (lambda path, whole: bomb(path), "it unpacks to 100000128 bytes, more than its own"),
}


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def archive(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_checkpoint_is_refused(case: str, kept: Arrays, tmp_path: Path) -> None:
    make, message = FILES[case]
    write(tmp_path / "whole.npz", kept)
    make(tmp_path / "state.npz", (tmp_path / "whole.npz").read_bytes())
    with pytest.raises(ResultsError, match=rf"state\.npz .*({message})"):
        run(tmp_path / "state.npz")


@pytest.mark.verification
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_numbers_in_any_array_are_refused_or_run(
    kept: Arrays, tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    """With the right digest: nothing but an error of ours, or a run to its end."""
    arrays = dict(kept)
    name = data.draw(st.sampled_from(sorted(set(arrays) - {"run", "state"})))
    array = arrays[name] = np.array(arrays[name])
    odd = st.sampled_from([np.nan, np.inf, -np.inf, 1e300]) if array.dtype.kind == "f" else st.nothing()
    for _ in range(data.draw(st.integers(1, 4))):
        if array.size:
            value = data.draw(odd | st.integers(-5, 5) | st.integers(-(2**31), 2**31 - 1))
            with np.errstate(all="ignore"):
                array.flat[data.draw(st.integers(0, array.size - 1))] = np.asarray(value).astype(array.dtype)
    path = tmp_path_factory.getbasetemp() / "fuzz.npz"
    write(path, arrays)
    with contextlib.suppress(NanospineError):
        run(path)
    path.unlink()


def test_what_was_written_goes_on(kept: Arrays, tmp_path: Path) -> None:
    write(tmp_path / "state.npz", kept)
    assert run(tmp_path / "state.npz")
    with pytest.raises(ResultsError, match="is the checkpoint of another run"):
        run(tmp_path / "state.npz", seed=2)
