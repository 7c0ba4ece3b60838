"""The one list of scenarios: a new one is a module and its name here."""

from __future__ import annotations

import difflib
from importlib import import_module

from ..model.errors import ParameterError
from .base import Scenario

#: The names, which are those of the modules that define SCENARIO.
NAMES = (
    "odonnell2011.fig1",
    "odonnell2011.fig2",
    "odonnell2011.fig3",
    "odonnell2011.fig4",
    "odonnell2011.fig5",
    "odonnell2011.fig6",
    "odonnell2011.fig7",
    "theory.weight_dynamics",
    "theory.hebbian",
    "theory.stdp",
    "theory.bcm",
    "theory.short_term",
    "theory.scaling",
    "theory.cooperativity",
    "bell2022.shapes",
    "bell2022.necks",
    "bell2022.apparatus",
    "bell2022.channels",
    "bell2022.mesh",
    "lee2024.ryr",
    "lee2024.mesh",
    "maki2020.hfs",
    "maki2020.lfs",
    "maki2020.stdp",
    "maki2020.blocked",
)


def find(name: str) -> Scenario:
    """Return the scenario called ``name``.

    Raises
    ------
    ParameterError
        If there is none; the message names the nearest.
    """
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see `nanospine list`."
        raise ParameterError(f"There is no scenario {name!r}; {hint}")
    scenario: Scenario = import_module(f".{name}", __package__).SCENARIO
    return scenario


def load_all() -> list[Scenario]:
    """Return every scenario, in the order of the list."""
    return [find(name) for name in NAMES]
