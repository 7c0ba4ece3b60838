"""The one list of scenarios: a new one is a module and a row here."""

from __future__ import annotations

import difflib
from importlib import import_module

from ..model.errors import ParameterError
from .base import Scenario

# name -> module that defines SCENARIO
MODULES: dict[str, str] = {
    "odonnell2011.fig1": "odonnell2011.fig1",
    "odonnell2011.fig2": "odonnell2011.fig2",
    "odonnell2011.fig3": "odonnell2011.fig3",
    "odonnell2011.fig4": "odonnell2011.fig4",
    "odonnell2011.fig5": "odonnell2011.fig5",
    "odonnell2011.fig6": "odonnell2011.fig6",
    "odonnell2011.fig7": "odonnell2011.fig7",
    "theory.weight_dynamics": "theory.weight_dynamics",
    "theory.hebbian": "theory.hebbian",
    "theory.stdp": "theory.stdp",
    "theory.bcm": "theory.bcm",
    "theory.short_term": "theory.short_term",
    "theory.scaling": "theory.scaling",
    "theory.cooperativity": "theory.cooperativity",
    "maki2020.hfs": "maki2020.hfs",
    "maki2020.lfs": "maki2020.lfs",
    "maki2020.stdp": "maki2020.stdp",
    "maki2020.blocked": "maki2020.blocked",
}


def find(name: str) -> Scenario:
    """Return the scenario called ``name``.

    Raises
    ------
    ParameterError
        If there is none; the message names the nearest.
    """
    if name not in MODULES:
        near = difflib.get_close_matches(name, MODULES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see `nanospine list`."
        raise ParameterError(f"There is no scenario {name!r}; {hint}")
    scenario: Scenario = import_module(f".{MODULES[name]}", __package__).SCENARIO
    return scenario


def load_all() -> list[Scenario]:
    """Return every scenario, in the order of the list."""
    return [find(name) for name in MODULES]
