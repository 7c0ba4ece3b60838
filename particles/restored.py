"""The state of a run as it was read, held against the run before kernels see it: they do not look at indices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..model import Model
from .checkpoint import Arrays, group
from .kernels.state import FREE, USED, Particles, Record, Tally
from .kernels.tables import Tables
from .state import FIXED, RINGS

#: um by which rounding may put a molecule beyond the box in which molecules are followed.
ROUNDING = 1e-6
#: um, beyond which nobody sees a molecule.
FARTHEST = 1e9


def check_state(
    state: Arrays, model: Model, tables: Tables, fresh: Particles, tally: Tally, record: Record, last: int
) -> None:
    """Refuse a state that a run cannot have.

    Parameters
    ----------
    state : mapping of str to ndarray
        All arrays of a checkpoint.
    model, tables : Model, Tables
        What is run.
    fresh, tally, record : Particles, Tally, Record
        The arrays with which the run begins.
    last : int
        Its last step.

    Raises
    ------
    ValueError
        Naming the array and what is wrong with it.
    """
    check_particles(state, fresh, tables)
    check_counts(state, tally, record)
    check_frames(state, len(model.species))
    slots, first = len(state["particles.species"]), int(record.first[0])
    check_rest(state, slots, len(model.residences), len(model.species), first, last)


def check_form(found: Arrays, wanted: Mapping[str, ArrayLike], what: str) -> None:
    """Refuse arrays that are missing, or of another type or shape.

    Parameters
    ----------
    found : mapping of str to ndarray
        What was read.
    wanted : mapping of str to array_like
        Arrays of the right type and shape.
    what : str
        What messages call them.

    Raises
    ------
    ValueError
        Naming the first.
    """
    for name, like in wanted.items():
        form = np.asarray(like)
        if name not in found:
            raise ValueError(f"{what}.{name} is missing")
        if found[name].dtype != form.dtype or found[name].shape != form.shape:
            raise ValueError(
                f"{what}.{name} is {found[name].dtype} {found[name].shape}, and not {form.dtype} {form.shape}"
            )


def check_range(array: NDArray[np.generic], low: float, high: float, what: str) -> None:
    """Refuse numbers out of range, and those that are none.

    Raises
    ------
    ValueError
        With the numbers.
    """
    if array.size and not (array.min() >= low and array.max() <= high):
        raise ValueError(f"{what} holds {array.min()} to {array.max()}, and not {low} to {high}")


def check_particles(state: Arrays, fresh: Particles, tables: Tables) -> None:
    """Refuse a store that a run with these tables cannot have.

    Parameters
    ----------
    state : mapping of str to ndarray
        All arrays of a checkpoint.
    fresh : Particles
        The store with which the run begins.
    tables : Tables
        Its tables.

    Raises
    ------
    ValueError
        Naming the array.
    """
    found = group(state, "particles")
    slots, before = len(found.get("species", ())), fresh.species.size
    rings = fresh.next.size - before
    sizes = {name: len(array) for name, array in fresh._asdict().items()}
    for name, size in sizes.items():
        if name in RINGS:
            sizes[name] = size if size < rings + before else rings + slots
        elif name not in FIXED:
            sizes[name] = slots
    form = {
        name: np.broadcast_to(array.dtype.type(0), (sizes[name], *array.shape[1:]))
        for name, array in fresh._asdict().items()
    }
    check_form(found, form, "particles")
    for name, (low, high) in _limits(found, fresh, tables, rings).items():
        check_range(found[name], low, high, f"particles.{name}")
    used = int(found["counters"][USED])
    for axis, (low, high) in enumerate(zip(*tables.walls.escape, strict=True)):
        check_range(found["position"][:used, axis], low - ROUNDING, high + ROUNDING, "particles.position")
    for name in ("clock", "due", "source_due"):
        if np.isnan(found[name]).any():
            raise ValueError(f"particles.{name} holds NaN")


def _limits(found: Arrays, fresh: Particles, tables: Tables, rings: int) -> dict[str, tuple[int, int]]:
    """Return the lowest and highest value of what kernels take for indices."""
    slots = len(found["species"])
    check_range(found["counters"][[USED, FREE]], 0, slots, "particles.counters")
    return {
        "species": (-1, tables.chemistry.species.D.size - 1),
        "compartment": (0, fresh.number.shape[1] - 1),
        "cell": (-1, rings - 1),
        "outer_cell": (-1, rings - 1),
        "face": (-1, len(tables.walls.sides) - 1),
        "due_entry": (-1, max(tables.chemistry.singles.rate.size - 1, 0)),
        "free": (0, max(slots - 1, 0)),
        **{name: (0, max(len(found[name]) - 1, 0)) for name in RINGS},
    }


def check_counts(state: Arrays, tally: Tally, record: Record) -> None:
    """Refuse counters and rows of output of another form.

    Raises
    ------
    ValueError
        Naming the array.
    """
    check_form(group(state, "tally"), tally._asdict(), "tally")
    check_form(group(state, "record"), record._asdict(), "record")
    for name in ("first", "interval"):
        wanted = int(getattr(record, name)[0])
        check_range(group(state, "record")[name], wanted, wanted, f"record.{name}")


def check_frames(state: Arrays, species: int) -> None:
    """Refuse frames that are cut, or of species that there are not.

    Raises
    ------
    ValueError
        Naming the array.
    """
    found = group(state, "camera")
    frames, rows = len(found.get("time", ())), len(found.get("species", ()))
    form: dict[str, ArrayLike] = {
        "time": np.zeros(frames),
        "length": np.zeros(frames, np.int64),
        "species": np.zeros(rows, np.int16),
        "position": np.zeros((rows, 3), np.float32),
    }
    check_form(found, form, "camera")
    check_range(found["species"], 0, species - 1, "camera.species")
    check_range(np.abs(found["position"]), 0.0, FARTHEST, "camera.position")
    check_range(found["length"], 0, rows, "camera.length")
    if found["length"].sum() != rows:
        raise ValueError(f"camera.length sums to {found['length'].sum()}, of {rows} positions")


def check_rest(state: Arrays, slots: int, residences: int, species: int, first: int, last: int) -> None:
    """Refuse visits, later releases and a step that the run cannot have.

    Raises
    ------
    ValueError
        Naming the array.
    """
    diary, later = group(state, "diary"), group(state, "released")
    width = diary["visitor"].shape[-1] if "visitor" in diary else 0
    visits = diary["visits"].shape[-1] if "visits" in diary else 0
    page = np.zeros((residences, width), np.int64)
    check_form(diary, {"visitor": page, "since": page, "visits": np.zeros((3, visits), np.int64)}, "diary")
    check_range(np.array(width), 0, slots, "the width of diary.visitor")
    check_range(diary["visits"][0], 0, residences - 1, "diary.visits")
    turns = len(later.get("step", ()))
    numbers = np.zeros((turns, species), np.int64 if turns else np.float64)
    check_form(later, {"step": np.zeros(turns, np.int64), "number": numbers}, "released")
    check_range(later["step"], 0, last - first, "released.step")
    check_form(group(state, "run"), {"step": np.int64(0)}, "run")
    check_range(group(state, "run")["step"], first, last, "run.step")
