"""Kernels are compiled once: no model and no kind of number leads to another version."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

from nanospine import (
    Boundary,
    Box,
    Model,
    Particles,
    Reaction,
    Release,
    Sampler,
    Simulation,
    Species,
    box,
    cube,
    sphere,
)
from nanospine.model import ParameterError
from nanospine.particles import kernels
from nanospine.particles.kernels.advance import advance, start_clocks
from nanospine.scenarios.odonnell2011.fig7.head import spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters


def dispatchers() -> dict[str, Dispatcher]:
    modules = [importlib.import_module(f"{kernels.__name__}.{m.name}") for m in pkgutil.iter_modules(kernels.__path__)]
    return {
        f"{value.py_func.__module__}.{value.py_func.__name__}": value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Dispatcher)
    }


A = Species("A", 100.0)
MODELS = {
    "the spine head": spine_head(Parameters(), 0.01),
    "one species and nothing else": Model(sphere(volume=0.05), species=[A]),
    "a membrane only": Model(
        cube(0.05),
        species=[Species("P", where="surface"), Species("Q", where="surface")],
        reactions=[Reaction("P <-> Q", 100.0, 50.0)],
        releases=[Release("P", density=100.0)],
    ),
    "absorbing walls, a bimolecular reaction and a sampler": Model(
        box((0.2, 0.3, 0.4), regions={"low": "x-", "high": "x+"}),
        species=[A],
        reactions=[Reaction("A + A -> 0", 50.0)],
        releases=[Release("A", number=100)],
        boundaries=[Boundary("low", "A", "absorbing"), Boundary("high", "A", "absorbing-segment")],
        samplers=[Sampler("middle", "A", Box((0.0, 0.0, 0.0), (0.1, 0.1, 0.1)))],
    ),
}


def signatures() -> dict[str, int]:
    return {name: len(dispatcher.signatures) for name, dispatcher in dispatchers().items()}


def test_whatever_the_model_nothing_is_compiled_after_the_first() -> None:
    """Kernels that other kernels call may have one version per literal or type of table; those are there at once."""
    spine, *others = MODELS.values()
    Simulation(spine, seed=1).run(1e-4)
    first = signatures()
    assert len(first) > 20
    for model in others:
        Simulation(model, seed=1).run(1e-4)
    numpy_numbers = Particles(dt=np.float32(1e-6), voxel=np.float64(0.05))
    simulation = Simulation(others[0], numpy_numbers, seed=np.int32(2), trial=np.int64(1))
    simulation.run(np.float64(1e-4), frames=np.array([0.0, 1e-4]))
    assert signatures() == first
    assert len(advance.signatures) == 1
    assert len(start_clocks.signatures) == 1


def test_numbers_of_numpy_are_kept_as_plain_numbers() -> None:
    engine = Particles(dt=np.float32(1e-6))
    assert type(engine.dt) is float
    simulation = Simulation(MODELS["a membrane only"], seed=np.int64(7))
    assert type(simulation.seed) is int


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None])
def test_a_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(ParameterError, match=r"seed is .*; give a whole number"):
        Simulation(MODELS["a membrane only"], seed=seed)
