"""One model, three engines."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, overload

from ..bulk import ODE, SSA
from ..model import Model, ParameterError, checks
from ..model.arguments import checked
from ..particles import Observer, Particles
from ..results import Population, Progress, Result, Start


class Engine(Protocol):
    """What runs models: an object that says how, such as with which time step, and holds nothing of a run.

    Attributes
    ----------
    name : str
        What results and messages call it.
    """

    name: ClassVar[str]

    def run(self, model: Model, duration: float, *args: Any, **options: Any) -> Result:
        """Run a model for some time (s), with options of the engine's own."""
        ...


#: The engines by name; each is there with its defaults by its name alone.
ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Particles, SSA, ODE)}


@overload
def simulate(
    model: Model,
    duration: float,
    engine: Particles | Literal["particles"] = "particles",
    *,
    seed: int = 1,
    trial: int = 0,
    start: Result | Population | None = None,
    every: float = 1e-4,
    frames: Sequence[float] = (),
    observer: Observer | None = None,
    observe_every: float = 1e-4,
    progress: Progress | bool | None = None,
    checkpoint: Path | str | None = None,
    checkpoint_every: float = 30.0,
) -> Result: ...


@overload
def simulate(
    model: Model,
    duration: float,
    engine: SSA | Literal["ssa"],
    *,
    seed: int = 1,
    trial: int = 0,
    every: float | None = None,
    start: Result | Start | None = None,
    progress: Progress | bool | None = None,
) -> Result: ...


@overload
def simulate(
    model: Model,
    duration: float,
    engine: ODE | Literal["ode"],
    *,
    every: float | None = None,
    start: Result | Start | None = None,
    progress: Progress | bool | None = None,
) -> Result: ...


@checked
def simulate(model: Model, duration: float, engine: Engine | str = "particles", **options: Any) -> Result:
    """Run a model.

    Parameters
    ----------
    model : Model
        What to simulate.
    duration : float
        Simulated time (s).
    engine : Particles, SSA or ODE
        Brownian dynamics in the mesh; the same reactions well mixed, event by event; or as rate equations. The names
        ``"particles"``, ``"ssa"`` and ``"ode"`` stand for the engines with their defaults.
    seed, trial : int
        Particles and SSA: seed (1) and number of the trial (0); trials of one seed are independent.
    start : Result, optional
        An earlier run, at whose end, and time, this one goes on instead of with the releases at t = 0. Particles need
        a result of theirs, or a :class:`Population`; SSA and ODE that of any engine, or a
        :class:`~nanospine.results.Start`.
    every : float, optional
        Interval of the output (s): 1e-4 s by default of Particles, else a thousandth of the duration.
    frames : sequence of float
        Particles: times (s) at which all positions are kept.
    observer, observe_every : callable, float
        Particles: called with a :class:`~nanospine.particles.Snapshot` at this interval (s).
    checkpoint, checkpoint_every : pathlib.Path or str, float
        Particles: a file that keeps the state, written at this interval (s of real time), from which the same call
        goes on after a kill.
    progress : Progress or bool, optional
        Receives the finished fraction; True shows a bar with the time left.

    Returns
    -------
    Result
        Incomplete if interrupted with Ctrl-C.

    Raises
    ------
    ParameterError
        If there is no such engine, or it has no such option.
    NanospineError
        If the engine cannot run the model; see :meth:`Particles.run`, :meth:`SSA.run` and :meth:`ODE.run`.
    """
    chosen = as_engine(engine)
    _check_options(chosen, options)
    return chosen.run(model, duration, **options)


@checked
def rerun(result: Result, *, progress: Progress | bool | None = None) -> Result:
    """Make a result again, of what it holds itself: the same to the last bit.

    That takes the same version of nanospine and the same kind of machine; ``result.dataset.attrs["environment"]`` says
    which. A run that was interrupted is run to its end.

    Parameters
    ----------
    result : Result
        As an engine returned it, or loaded.
    progress : Progress or bool, optional
        Receives the finished fraction; True shows a bar with the time left.

    Returns
    -------
    Result
        Incomplete if interrupted with Ctrl-C.

    Raises
    ------
    ModelError
        If its model cannot be read.
    ParameterError
        If its engine, or a setting of it, is unknown.
    """
    run = result.run
    checks.one_of("Engine", run.engine, ENGINES, error=ParameterError)
    try:
        engine = ENGINES[run.engine](**run.settings)
    except TypeError as error:
        raise ParameterError(f"Settings of the engine {run.engine!r} cannot be read: {error}.") from error
    options = {name: getattr(run, name) for name in ("seed", "trial", "every", "frames", "start")}
    given = {name: value for name, value in options.items() if name in options_of(type(engine))}
    return engine.run(run.model, run.duration, progress=progress, **given)


def as_engine(engine: Engine | str) -> Engine:
    """Return an engine, of a name that with its defaults.

    Raises
    ------
    ParameterError
        If there is no such engine.
    """
    if isinstance(engine, str):
        checks.one_of("Engine", engine, ENGINES, error=ParameterError)
        return ENGINES[engine]()
    if not isinstance(engine, tuple(ENGINES.values())):
        raise ParameterError(
            f"engine is {engine!r}; give one of {', '.join(f'{kind.__name__}(...)' for kind in ENGINES.values())}, "
            f"or of their names {', '.join(map(repr, ENGINES))}."
        )
    return engine


def options_of(engine: type[Engine]) -> tuple[str, ...]:
    """Return the names of an engine's options: what its ``run`` takes besides a model and a duration."""
    _self, _model, _duration, *options = inspect.signature(engine.run).parameters
    return tuple(options)


def _check_options(engine: Engine, given: Iterable[str]) -> None:
    own = options_of(type(engine))
    for option in given:
        if option not in own:
            others = ", ".join(name for name, kind in ENGINES.items() if option in options_of(kind))
            raise ParameterError(
                f"Engine {engine.name!r} has no option {option!r} (engines that have it: {others or 'none'}); "
                f"its own are: {', '.join(own)}."
            )
