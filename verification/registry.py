"""The one list of checks: a new check is a function with the decorator, a new module a row here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any, Literal, TypeVar

from ..model.errors import ParameterError, VerificationError
from .evidence import Check, Judge

MODULES = (
    "diffusion_vs_theory",
    "boundaries_vs_theory",
    "reactions_vs_theory",
    "membrane_vs_theory",
    "membrane_binding_vs_theory",
    "surface_vs_theory",
    "sources_vs_theory",
    "rates_in_time_vs_theory",
    "compartments_vs_theory",
    "permeable_walls_vs_theory",
    "channels_vs_theory",
    "observables_vs_theory",
    "slow_species_vs_theory",
    "transients_vs_theory",
    "scatter_vs_theory",
    "bulk_vs_theory",
    "random_models",
    "engines_agree",
    "assemblies_agree",
)

Parameters = Mapping[str, Any]
Measure = TypeVar("Measure", bound=Callable[..., None])


@dataclass(frozen=True)
class Findings:
    """What one case found.

    Parameters
    ----------
    case : str
        The case and its parameters.
    checks : tuple of Check
        Lines of the results table.
    broken : str
        Why the case broke off, empty if it did not.
    refuted : bool
        Whether it broke off since something that it requires does not hold, and by no other error.
    """

    case: str
    checks: tuple[Check, ...]
    broken: str = ""
    refuted: bool = False

    @property
    def passed(self) -> bool:
        """Whether the case came to its end and all its lines passed."""
        return not self.broken and all(check.passed for check in self.checks)


@dataclass(frozen=True)
class Case:
    """A check with the parameters of one run.

    Parameters
    ----------
    name : str
        Module and function, such as ``diffusion_vs_theory.slab_absorber``.
    section : str
        Section of the results table.
    tier : {"fast", "full"}
        Whether it is run always or only when everything is asked for.
    measure : callable
        Takes a `Judge` and the parameters.
    parameters : mapping
        Keyword arguments of ``measure``.
    """

    name: str
    section: str
    tier: Literal["fast", "full"]
    measure: Callable[..., None]
    parameters: Parameters = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name with the parameters."""
        return f"{self.name}({self.settings})"

    @property
    def settings(self) -> str:
        """The parameters as text."""
        texts = {key: f"{value:g}" if isinstance(value, float) else value for key, value in self.parameters.items()}
        return ", ".join(f"{key}={text}" for key, text in texts.items())

    @property
    def sentence(self) -> str:
        """What is checked: the first line of the docstring."""
        return (self.measure.__doc__ or "").strip().split("\n")[0]

    def run(self) -> Findings:
        """Measure and judge; a case that breaks off has failed, and does not stop the others."""
        judge = Judge(self.section)
        broken, refuted = "", False
        try:
            self.measure(judge, **self.parameters)
        except VerificationError as error:
            broken, refuted = str(error), True
        except Exception as error:
            broken = f"{type(error).__name__}: {error}"
        return Findings(self.label, tuple(judge.checks), broken, refuted)


_CASES: list[Case] = []


def check(
    section: str, *, fast: Iterable[Parameters] = (), full: Iterable[Parameters] = ()
) -> Callable[[Measure], Measure]:
    """Register a function as a check.

    Parameters
    ----------
    section : str
        Section of the results table.
    fast, full : iterable of mapping
        Parameters of the cases of either tier, an empty mapping for a function without any.
    """

    def register(measure: Measure) -> Measure:
        name = f"{measure.__module__.rpartition('.')[2]}.{measure.__name__}"
        _CASES.extend(Case(name, section, "fast", measure, parameters) for parameters in fast)
        _CASES.extend(Case(name, section, "full", measure, parameters) for parameters in full)
        return measure

    return register


def load_all() -> Sequence[Case]:
    """Return every case, in the order of the list."""
    for module in MODULES:
        import_module(f".{module}", __package__)
    return tuple(_CASES)


def select(names: Sequence[str], *, full: bool = False) -> list[Case]:
    """Return the cases of checks or whole modules, all if no names are given.

    Parameters
    ----------
    names : sequence of str
        Modules (``diffusion_vs_theory``) or checks (``diffusion_vs_theory.slab_absorber``).
    full : bool
        Both tiers instead of the fast one.

    Raises
    ------
    ParameterError
        If a name is unknown (the message names the nearest), or has only cases of the full tier and these were not
        asked for.
    """
    cases = load_all()
    chosen = [case for case in cases if full or case.tier == "fast"]
    for name in names:
        if not any(belongs(case, name) for case in cases):
            known = {part for case in cases for part in (case.name, case.name.partition(".")[0])}
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean {near[0]!r}?" if near else "see `nanospine verify --list`."
            raise ParameterError(f"There is no check {name!r}; {hint}")
        if not any(belongs(case, name) for case in chosen):
            raise ParameterError(f"The check {name!r} is only in the full tier; add --full.")
    return [case for case in chosen if not names or any(belongs(case, name) for name in names)]


def of_models(models: int, names: Sequence[str]) -> list[Case]:
    """Return the checks of models at random, or those of them with some names, with so many models.

    Raises
    ------
    ParameterError
        If a name is of no check, or of one that has no models at random.
    """
    chosen = select(names, full=True)
    if names and not all("models" in case.parameters for case in chosen):
        raise ParameterError("--models is for checks of random_models; name these, or none.")
    return [
        replace(case, parameters={"models": models})
        for case in chosen
        if case.tier == "fast" and "models" in case.parameters
    ]


def belongs(case: Case, name: str) -> bool:
    """Whether a case is of the check or module called ``name``."""
    return name in (case.name, case.name.partition(".")[0])
