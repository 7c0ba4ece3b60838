"""What a scenario is: parameters, a run, and the paper's statements as claims."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..model.errors import ParameterError
from ..model.numerals import read_number, read_whole
from .claims import Claim

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from ..model import Model
    from ..results.progress import Progress


#: A parameter is at most so many times its default, or so many times smaller.
REACH = 1e6


def param(default: Any, unit: str, doc: str, source: str, *, usual: float | None = None) -> Any:
    """Declare a scenario parameter with its unit, meaning and source.

    Use in a frozen dataclass: ``D_Ca: float = param(220.0, "um^2/s", "diffusion of Ca2+", "Allbritton 1992")``.
    Where the default is None, for a number that is derived from others, ``usual`` is about what it then is.
    """
    metadata = {"unit": unit, "doc": doc, "source": source, "usual": default if usual is None else usual}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class RunOptions:
    """How to run a scenario: the part that does not change what is modelled.

    Parameters
    ----------
    seed : int
        Seed of every random stream.
    jobs : int
        Worker processes.
    quick : bool
        A shorter run with wider error bars.
    out : pathlib.Path
        Directory for everything that is written.
    progress : Progress
        Receives ``advance`` calls; never None.
    """

    seed: int
    jobs: int
    quick: bool
    out: Path
    progress: Progress


@dataclass
class Outcome:
    """What a scenario returns.

    Parameters
    ----------
    claims : list of Claim
        In the order of the paper.
    dataset : xarray.Dataset
        All plotted numbers, with units in the attributes.
    figures : mapping of str to matplotlib Figure
        File stem to figure; each is written as PNG and SVG.
    tables : mapping of str to list of dict
        Further tables to print, title to rows.
    outputs : list of pathlib.Path
        Files that the scenario wrote itself.
    complete : bool
        False after Ctrl-C: what is finished is here, the rest is missing.
    """

    claims: list[Claim]
    dataset: xr.Dataset
    figures: Mapping[str, Figure]
    tables: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)
    complete: bool = True


@dataclass(frozen=True)
class Untested:
    """A statement of the paper that no claim of the scenario tests.

    Parameters
    ----------
    sentence : str
        The statement, in words.
    where : str
        Where the paper says so.
    reason : str
        Why there is no claim.
    """

    sentence: str
    where: str
    reason: str


@dataclass(frozen=True)
class ModelRun:
    """A model as a scenario runs it.

    Parameters
    ----------
    model : Model
        What is simulated.
    time_step : float or None
        Of the particle engine (s); None for models of the well-mixed engines.
    duration, every : float
        Length of a trial and interval of the output (s).
    """

    model: Model
    time_step: float | None
    duration: float
    every: float


@dataclass(frozen=True)
class Scenario:
    """A published figure or study that runs with one command.

    Parameters
    ----------
    name : str
        As typed on the command line, e.g. ``"odonnell2011.fig7"``.
    title : str
        One line.
    figure : str
        The figure of the paper that it reproduces.
    engine : str
        ``"particles"``, ``"ode"``, ``"ssa"``, ``"network"`` ...
    expected : str
        Expected run time in words, full and quick.
    parameters : type
        Frozen dataclass whose fields are declared with :func:`param` and checked in ``__post_init__``.
    run : callable
        ``run(parameters, options) -> Outcome``.
    quick : mapping
        Parameters that ``--quick`` changes; explicit settings win.
    models : callable, optional
        ``models(parameters) -> {name: ModelRun}`` for scenarios that run reactions.
    check : callable
        ``check(parameters)`` raises if they cannot run; called before anything is written.
    untested : sequence of Untested
        What the paper says beside the claims.
    """

    name: str
    title: str
    figure: str
    engine: str
    expected: str
    parameters: type
    run: Callable[[Any, RunOptions], Outcome]
    quick: Mapping[str, Any] = field(default_factory=dict)
    models: Callable[[Any], Mapping[str, ModelRun]] | None = None
    check: Callable[[Any], None] = lambda parameters: None
    untested: Sequence[Untested] = ()

    def make_parameters(self, settings: Mapping[str, str], quick: bool = False) -> Any:
        """Build the parameters from ``key=value`` strings.

        Raises
        ------
        ParameterError
            On an unknown key or a value of the wrong kind or range.
        """
        known = {f.name: f for f in dataclasses.fields(self.parameters)}
        values: dict[str, Any] = dict(self.quick) if quick else {}
        for key, text in settings.items():
            if key not in known:
                raise ParameterError(f"{self.name} has no parameter {key!r}; it has {', '.join(known)}.")
            what, field = f"{self.name}: {key}", known[key]
            values[key] = parse_value(what, text, field.default)
            check_reach(what, values[key], field.metadata.get("usual"), field.metadata.get("unit", ""))
        return self.parameters(**values)


def check_positive(owner: Any, *names: str) -> None:
    """Refuse parameters that are not finite numbers > 0.

    Raises
    ------
    ParameterError
        Naming the first bad one.
    """
    for name in names:
        value = getattr(owner, name)
        if not (np.all(np.isfinite(value)) and np.all(np.asarray(value) > 0) and np.size(value) > 0):
            kind = "numbers" if isinstance(value, tuple) else "a number"
            raise ParameterError(f"{name} is {value!r}; give {kind} > 0.")


def check_reach(what: str, value: Any, usual: Any, unit: str) -> None:
    """Refuse numbers that are not finite, or so far from what is usual that nothing is computed with them.

    Raises
    ------
    ParameterError
        Naming the first bad one, and what is allowed.
    """
    if isinstance(value, bool | str):
        return
    sizes = [abs(number) for number in _numbers(usual or 0.0) if number] or [1.0]
    low, high = min(sizes) / REACH, max(sizes) * REACH
    for number in _numbers(value):
        if not math.isfinite(number):
            raise ParameterError(f"{what} is {number}; give a finite number.")
        if abs(number) > high or 0 < number < low:
            raise ParameterError(
                f"{what} is {number:g} {unit}".rstrip()
                + f"; give a number from {low:g} to {high:g}, within a factor of "
                f"{REACH:g} of what is usual, or 0."
            )


def _numbers(value: Any) -> list[float]:
    """Return one number or several as a list; whole ones that no float holds are infinite."""
    several = value if isinstance(value, tuple) else (value,)
    return [math.inf if abs(number) > sys.float_info.max else float(number) for number in several]


KINDS: Mapping[type, str] = {
    bool: "yes or no",
    int: "a whole number",
    float: "a number",
    type(None): "a number",
    tuple: "a list of numbers, e.g. 0.1,0.2",
}


def parse_value(what: str, text: str, default: Any) -> Any:
    """Parse ``text`` as the kind of value that ``default`` is (bool, int, float, str, tuple of floats)."""
    try:
        if isinstance(default, bool):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
        if default is None or isinstance(default, float):
            return read_number(text)
        if isinstance(default, int):
            return read_whole(text)
        if isinstance(default, tuple):
            return tuple(read_number(part) for part in (text.split(",") if "," in text else text.split()))
        return text
    except (ValueError, KeyError):
        raise ParameterError(f"{what} is {text!r}; give {KINDS[type(default)]}.") from None
