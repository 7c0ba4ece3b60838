"""One model, three engines."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

from ..model import Model, ParameterError, checks
from ..results import Progress, Result

if TYPE_CHECKING:
    from ..bulk.ode import OdeSettings
    from ..bulk.ssa import SsaSettings
    from ..particles import Settings

Engine = Literal["particles", "ssa", "ode"]
#: Engine -> module, function, class of its settings.
ENGINES = {
    "particles": ("particles", "simulate", "Settings"),
    "ssa": ("bulk.ssa", "sample", "SsaSettings"),
    "ode": ("bulk.ode", "solve", "OdeSettings"),
}


def simulate(
    model: Model,
    duration: float,
    *,
    engine: Engine = "particles",
    settings: Settings | SsaSettings | OdeSettings | None = None,
    seed: int | None = None,
    trial: int | None = None,
    every: float | None = None,
    frames: Sequence[float] | None = None,
    start: Result | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run a model.

    Parameters
    ----------
    model : Model
        What to simulate.
    duration : float
        Simulated time (s).
    engine : {"particles", "ssa", "ode"}
        Brownian dynamics in the mesh; the same reactions well mixed, event by event; or as rate equations.
    settings : Settings, SsaSettings or OdeSettings, optional
        Of the engine chosen.
    seed, trial : int, optional
        Seed (1) and number of the trial (0) of the stochastic engines; trials of one seed are independent.
    every : float, optional
        Interval of the output (s): 1e-4 s by default in the particle engine, else a thousandth of the duration.
    frames : sequence of float, optional
        Times (s) at which the particle engine keeps all positions.
    start : Result, optional
        Earlier run that a well-mixed engine goes on from: its last state, and its time.
    progress : Progress, optional
        Receives the finished fraction.

    Returns
    -------
    Result
        Incomplete if interrupted with Ctrl-C.

    Raises
    ------
    ParameterError
        If there is no such engine, or it has no such option or settings.
    NanospineError
        If the engine cannot run the model; see the modules of the engines.
    """
    checks.one_of("engine", engine, ENGINES, error=ParameterError)
    home, function, settings_class = ENGINES[engine]
    module = import_module(f"..{home}", __package__)
    run = cast("Callable[..., Result]", getattr(module, function))
    if settings is not None and not isinstance(settings, getattr(module, settings_class)):
        raise ParameterError(
            f"engine {engine!r} is given {type(settings).__name__}; its settings are {settings_class}."
        )
    options = {
        "settings": settings, "seed": seed, "trial": trial, "every": every, "frames": frames, "start": start,
        "progress": progress,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value is not None}
    known = inspect.signature(run).parameters
    for name in given:
        if name not in known:
            raise ParameterError(f"engine {engine!r} has no option {name!r}; leave it out, or choose another engine.")
    return run(model, duration, **given)
