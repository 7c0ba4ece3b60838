"""What all studies of spines have in common: trials of each, the regressions, the pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..base import ModelRun, Outcome, RunOptions, Scenario, Untested
from .parameters import QUICK, Parameters
from .spines import AnySpine

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

SpinesOf = Callable[[Any], "Sequence[AnySpine]"]
ClaimsOf = Callable[[Any, "xr.Dataset"], "list[Claim]"]
#: The spine of the 3D picture, if it is among them, soon after the peak of the action potential (s), without what
#: would hide ions and channels.
SHOWN, SHOWN_AT = "mushroom", 14e-3
CROWD = ("PMCA", "NCX", "fixed buffer")
#: Expected work of a trial (steps times molecules), with a constant for each step.
PER_STEP = 3000.0


def run(p: Parameters, options: RunOptions, spines_of: SpinesOf, claims: ClaimsOf, by_size: bool = True) -> Outcome:
    """Run all trials, continue where an interrupted run stopped, and measure."""
    from ...studies.pool import Case, read_cases, store_cases
    from ..scenes import draw_moment
    from . import figure
    from .analysis import combine, regression_rows, rows
    from .trial import new_simulation, run_trial

    spines = spines_of(p)
    cases = [
        Case(f"{spine.name}_trial={trial:03d}", work(p, spine), (p, spine, options.seed, trial))
        for spine in sorted(spines, key=lambda spine: -spine.membrane.area())
        for trial in range(p.trials)
    ]
    directory = options.out / "trials"
    complete = store_cases(
        run_trial, cases, directory, jobs=options.jobs, progress=options.progress,
        prepare=lambda: new_simulation(p, spines[0], options.seed, 0).compile(),
    )  # fmt: skip
    data = combine(spines, read_cases(cases, directory), p.trials)
    if data is None or not complete:
        import xarray as xr

        return Outcome([], xr.Dataset() if data is None else data, {}, complete=False)
    tables: dict[str, list[dict[str, Any]]] = {"Spines (mean ± SE over trials)": rows(data)}
    if by_size:
        tables["Ordinary least squares over single trials (slope ± SE, R^2)"] = regression_rows(data)
    shown = next((spine for spine in spines if spine.name == SHOWN), spines[0])
    simulation = new_simulation(p, shown, options.seed, 0)
    picture = draw_moment(simulation, min(SHOWN_AT, p.duration), options.out / "spine.png", hidden=CROWD)
    draw = figure.draw if by_size else figure.draw_by_name
    return Outcome(claims(p, data), data, {"calcium": draw(data)}, tables, picture)


def work(p: Parameters, spine: AnySpine) -> float:
    """Return the expected work of a trial."""
    return p.duration / p.dt * (PER_STEP + p.fixed_buffer * spine.membrane.area())


def models(p: Parameters, spines_of: SpinesOf) -> dict[str, ModelRun]:
    """Return the model of every spine."""
    from .spines import spine_model
    from .trial import EVERY

    return {
        spine.name: ModelRun(spine_model(p, spine.mesh, spine.regions), p.dt, p.duration, EVERY)
        for spine in spines_of(p)
    }


def check(p: Parameters, spines_of: SpinesOf) -> None:
    """Prepare a trial of every spine, so that a bad value is an error before any work."""
    from ...particles.times import whole_steps
    from .trial import EVERY, KEPT, new_simulation

    whole_steps("The interval of the output", EVERY, p.dt)
    whole_steps("duration", p.duration, KEPT * EVERY)
    for spine in spines_of(p):
        new_simulation(p, spine, 0, 0)


def scenario(
    name: str,
    title: str,
    spines_of: SpinesOf,
    claims: ClaimsOf,
    untested: Sequence[Untested] = (),
    *,
    parameters: type[Parameters] = Parameters,
    by_size: bool = True,
    figure: str = "Bell et al. 2022, ideal spines",
) -> Scenario:
    """Return the study of some spines, which may depend on the parameters; ``by_size`` if theirs differ."""
    return Scenario(
        name=f"bell2022.{name}",
        title=title,
        figure=figure,
        engine="particles",
        expected="hours with one job, --quick some minutes (not timed alone)",
        parameters=parameters,
        run=partial(run, spines_of=spines_of, claims=claims, by_size=by_size),
        quick=QUICK,
        models=partial(models, spines_of=spines_of),
        check=partial(check, spines_of=spines_of),
        untested=untested,
    )
