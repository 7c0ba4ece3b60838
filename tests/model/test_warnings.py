"""Warnings name the user's line, however deep in the package they arise, and one speaks for all of a kind."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from nanospine import (
    Model,
    NanospineWarning,
    Particles,
    Reaction,
    Release,
    Simulation,
    Species,
    box,
    cube,
    load_mesh,
    read_sbml,
    save_mesh,
    simulate,
    sphere,
    write_mdl,
    write_sbml,
)
from nanospine.particles import Snapshot

DATA = Path(__file__).parent.parent / "data"
#: Its molecules of the membrane take steps that are long against the curvature.
BENT = Model(
    sphere(0.05, 2),
    species=[Species("R", 1.0, where="surface"), Species("S", where="surface")],
    releases=[Release({"R": 0.3, "S": 0.7}, number=11)],
)
LONG = Particles(dt=1e-4)


def odd_mesh(folder: Path) -> object:
    save_mesh(box((1.0, 1.0, 1.0)), folder / "box.stl")
    return load_mesh(folder / "box.stl", scale_to_um=1e3)


CALLS: dict[str, Callable[[Path], object]] = {
    "Simulation": lambda _: Simulation(BENT, LONG),
    "simulate": lambda _: simulate(BENT, 1e-4, LONG),
    "an engine": lambda _: LONG.run(BENT, 1e-4),
    "load_mesh": odd_mesh,
    "read_sbml": lambda _: read_sbml(DATA / "sbml" / "antimony.xml"),
    "write_sbml": lambda folder: write_sbml(BENT, folder / "model.xml", approximate=True),
    "write_mdl": lambda folder: write_mdl(BENT, folder / "model.mdl", approximate=True),
}


def test_one_warning_speaks_for_all_reactions_and_names_the_worst() -> None:
    rates = {"A": 3e5, "B": 4e5, "C": 1e3, "D": 2.5e5}
    species = [Species(name, 1.0) for name in [*rates, "AB", "BB", "CB", "DB"]]
    reactions = [Reaction(f"{name} + B <-> {name}B", 1.0, off) for name, off in rates.items()]
    with pytest.warns(NanospineWarning) as found:
        Simulation(Model(cube(0.05), species=species, reactions=reactions))
    assert [str(warning.message) for warning in found] == [
        "Time step 1e-06 s: 'BB -> B + B' dissociates with probability 0.4 per step (2 more like it); rates above 0.2 "
        "are inaccurate."
    ]


@pytest.mark.parametrize("name", CALLS)
def test_a_warning_names_the_file_that_calls(name: str, tmp_path: Path) -> None:
    with pytest.warns(NanospineWarning) as found:
        CALLS[name](tmp_path)
    assert {warning.filename for warning in found} == {__file__}


def test_a_warning_names_the_very_line(tmp_path: Path) -> None:
    with pytest.warns(NanospineWarning) as found:
        simulate(BENT, 1e-4, LONG)
    assert found[0].lineno == test_a_warning_names_the_very_line.__code__.co_firstlineno + 2


def test_a_filter_by_module_silences_ones_own_lines() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=NanospineWarning, module=__name__.rpartition(".")[2])
        Simulation(BENT, LONG)


def test_an_observer_that_calls_the_package_is_named_itself() -> None:
    def look(_: Snapshot) -> None:
        Simulation(BENT, LONG)

    with pytest.warns(NanospineWarning) as found:
        simulate(BENT, 1e-6, Particles(dt=1e-6, voxel=0.01), every=1e-6, observer=look, observe_every=1e-6)
    assert {warning.lineno for warning in found} == {look.__code__.co_firstlineno + 1}
