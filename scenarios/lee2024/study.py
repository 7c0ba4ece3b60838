"""What the studies of ryanodine receptors have in common: trials of each place, the pictures, what was archived."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..base import ModelRun, Outcome, RunOptions, Scenario, Untested
from .parameters import QUICK, Parameters

if TYPE_CHECKING:
    import xarray as xr

    from ...results.estimates import Estimate
    from ..claims import Claim
    from .geometry import Place

PlacesOf = Callable[[Any], "Sequence[Place]"]
ClaimsOf = Callable[[Any, "xr.Dataset"], "list[Claim]"]
DATA = "SpineApparatus 2025, data"
#: When the 3D picture is taken (s), and what would hide ions and receptors.
SHOWN_AT = 15e-3
CROWD = ("PMCA", "NCX", "fixed buffer", "SERCA")


def as_archived(gaps: Mapping[str, Estimate]) -> list[Claim]:
    """Claim that everything that was archived is as in our trials, if anything is comparable."""
    from ..claims import claim, compatible

    if not gaps:
        return []
    return [
        claim(
            "as-archived", "Ions, decay and open RyRs are those of the archived trials", gaps,
            compatible(0.0, within=4.0), what="ours less theirs", where=DATA,
        )
    ]  # fmt: skip


def run(p: Parameters, options: RunOptions, places_of: PlacesOf, claims: ClaimsOf) -> Outcome:
    """Run all trials, continue where an interrupted run stopped, and compare."""
    from ...studies.pool import Case, read_cases, store_cases
    from ..scenes import draw_moment
    from .analysis import case_name, combine, rows
    from .figure import draw
    from .trial import new_simulation, run_trial

    places = places_of(p)
    cases = [
        Case(case_name(place.name, trial), 1.0, (p, place, options.seed, trial))
        for trial in range(p.trials)
        for place in places
    ]
    directory = options.out / "trials"
    complete = store_cases(
        run_trial, cases, directory, jobs=options.jobs, progress=options.progress,
        prepare=lambda: new_simulation(p, places[0], options.seed, 0).compile(),
    )  # fmt: skip
    data = combine(read_cases(cases, directory), [place.name for place in places], p.trials)
    if data is None or not complete:
        import xarray as xr

        return Outcome([], xr.Dataset() if data is None else data, {}, complete=False)
    tables = {"Ours and archived trials (mean ± SE)": rows(data)}
    simulation = new_simulation(p, places[0], options.seed, 0)
    picture = draw_moment(simulation, min(SHOWN_AT, p.duration), options.out / "spine.png", hidden=CROWD)
    return Outcome(claims(p, data), data, {"calcium": draw(data)}, tables, picture)


def models(p: Parameters, places_of: PlacesOf) -> dict[str, ModelRun]:
    """Return the model with receptors at each place."""
    from .spine import ryr_model
    from .trial import EVERY

    return {place.name: ModelRun(ryr_model(p, place.anatomy), p.dt, p.duration, EVERY) for place in places_of(p)}


def check(p: Parameters, places_of: PlacesOf) -> None:
    """Prepare a trial, so that a bad value is an error before any work."""
    from ...particles.times import whole_steps
    from .trial import EVERY, KEPT, new_simulation

    whole_steps("The interval of the output", EVERY, p.dt)
    whole_steps("duration", p.duration, KEPT * EVERY)
    new_simulation(p, places_of(p)[0], 0, 0)


def scenario(
    name: str,
    title: str,
    figure: str,
    places_of: PlacesOf,
    claims: ClaimsOf,
    untested: Sequence[Untested] = (),
    *,
    parameters: type[Parameters] = Parameters,
) -> Scenario:
    """Return the study of some places, which may depend on the parameters."""
    return Scenario(
        name=f"lee2024.{name}",
        title=title,
        figure=figure,
        engine="particles",
        expected="hours with one job, --quick some minutes (not timed alone)",
        parameters=parameters,
        run=partial(run, places_of=places_of, claims=claims),
        quick=QUICK,
        models=partial(models, places_of=places_of),
        check=partial(check, places_of=places_of),
        untested=untested,
    )
