"""nanospine: calcium and plasticity in dendritic spines, ion by ion and well mixed.

Everything that a model needs is here; the kinetic schemes of real proteins are in `nanospine.model.proteins`.
Names are loaded when they are first used, so that ``import nanospine`` and the command line start at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bulk.ode import OdeSettings
    from .bulk.ssa import SsaSettings
    from .geometry import (
        Assembly,
        TriangleMesh,
        box,
        capsule,
        cube,
        cubic_head,
        cylinder,
        ellipsoid,
        load_mesh,
        save_mesh,
        sphere,
        spine,
    )
    from .interop import compare, load_results, read_mdl, read_tables, write_mdl
    from .interop.sbml import read_sbml, write_sbml
    from .model import (
        Boundary,
        Model,
        NanospineError,
        NanospineWarning,
        Reaction,
        Release,
        Residence,
        Sampler,
        Schedule,
        Scheme,
        Shell,
        Species,
        Voltage,
        Zone,
        proteins,
        train_times,
    )
    from .particles import Settings, Simulation
    from .plasticity import CalciumRule
    from .results import CaReadout, Result, Trajectory, budget
    from .studies.engines import simulate

_HOMES = {
    "bulk.ode": ("OdeSettings",),
    "bulk.ssa": ("SsaSettings",),
    "studies.engines": ("simulate",),
    "geometry": (
        "Assembly", "TriangleMesh", "box", "capsule", "cube", "cubic_head", "cylinder", "ellipsoid", "load_mesh", "save_mesh", "sphere",
        "spine",
    ),
    "interop": ("compare", "load_results", "read_mdl", "read_tables", "write_mdl"),
    "interop.sbml": ("read_sbml", "write_sbml"),
    "model": (
        "Boundary", "Model", "NanospineError", "NanospineWarning", "Reaction", "Release", "Residence", "Sampler", "Schedule", "Scheme",
        "Shell", "Species",
        "Voltage", "Zone", "train_times",
    ),
    "particles": ("Settings", "Simulation"),
    "plasticity": ("CalciumRule",),
    "results": ("CaReadout", "Result", "Trajectory", "budget"),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Assembly",
    "Boundary",
    "CaReadout",
    "CalciumRule",
    "Model",
    "NanospineError",
    "NanospineWarning",
    "OdeSettings",
    "Reaction",
    "Release",
    "Residence",
    "Result",
    "Sampler",
    "Schedule",
    "Scheme",
    "Settings",
    "Shell",
    "Simulation",
    "Species",
    "SsaSettings",
    "Trajectory",
    "TriangleMesh",
    "Voltage",
    "Zone",
    "box",
    "budget",
    "capsule",
    "compare",
    "cube",
    "cubic_head",
    "cylinder",
    "ellipsoid",
    "load_mesh",
    "load_results",
    "proteins",
    "read_mdl",
    "read_sbml",
    "read_tables",
    "save_mesh",
    "simulate",
    "sphere",
    "spine",
    "train_times",
    "write_mdl",
    "write_sbml",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its package on first use."""
    if name == "proteins":
        return import_module(".model.proteins", __name__)
    if name not in _HOME:
        raise AttributeError(f"module 'nanospine' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
