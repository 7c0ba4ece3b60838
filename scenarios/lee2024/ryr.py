"""Ryanodine receptors in the neck, in the head, or everywhere on the apparatus: what they add to calcium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base import ModelRun, Outcome, RunOptions, Scenario, Untested
from .parameters import QUICK, Parameters

if TYPE_CHECKING:
    import xarray as xr

    from ..claims import Claim

DATA = "SpineApparatus 2025, data"
#: When the 3D picture is taken (s), and what would hide ions and receptors.
SHOWN_AT = 15e-3
CROWD = ("PMCA", "NCX", "fixed buffer", "SERCA")


def claims(p: Parameters, data: xr.Dataset) -> list[Claim]:
    """Hold what the archived trials say against ours."""
    from ..claims import above, below, claim, compatible, confidence
    from .analysis import LENGTH_MS, departures, difference, estimate
    from .geometry import SITES

    sure = confidence(0.95, p.trials)
    found = []
    if p.duration >= LENGTH_MS * 1e-3:
        others = {site: difference(data, "area", "head", site) for site in ("neck", "everywhere")}
        more = {site: difference(data, "open_ryr", "head", site) for site in ("neck", "everywhere")}
        found += [
            claim(
                "head-prolongs", "RyRs in the head prolong the transient: more ions in time than with those elsewhere",
                others, above(0.0, by=sure), what="head less other", unit="ions s", where=DATA,
            ),
            claim(
                "head-opens-most", "More RyRs are open, on average in time, in the head than elsewhere", more,
                above(0.0, by=sure), what="head less other", where=DATA,
            ),
        ]  # fmt: skip
    gaps = {name: gap for name, gap in departures(data).items() if gap.se > 0}
    channels = {
        "vscc": ("The number of open VSCCs at 13.6 ms is the archived one", "neck: vscc at 13.6 ms"),
        "nmdar": ("The number of open NMDARs at 13.8 ms is the archived one", "neck: nmdar at 13.8 ms"),
    }
    found += [
        claim(
            "head-peaks-alike", "RyRs in the head do not raise the peak beyond noise",
            difference(data, "peak", "head", "neck"), compatible(0.0, within=2.0), what="head less neck", unit="ions",
            where=DATA,
        ),
        claim(
            "most-open-none", "In most trials no RyR opens", {s: estimate(data, s, "any_ryr") for s in SITES},
            below(0.5, by=sure), what="share of trials in which one opens", where=DATA,
        ),
        *(
            claim(
                f"as-archived-{name}", sentence, gaps[gap], compatible(0.0, within=4.0), what="ours less theirs",
                where=DATA,
            )
            for name, (sentence, gap) in channels.items()
            if gap in gaps
        ),
    ]  # fmt: skip
    if gaps:
        found.append(claim(
            "as-archived", "Ions, decay and open RyRs are those of the archived trials", gaps,
            compatible(0.0, within=4.0), what="ours less theirs", where=DATA,
        ))  # fmt: skip
    return found


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Run all trials, continue where an interrupted run stopped, and compare."""
    from ...studies.pool import Case, read_cases, store_cases
    from ..scenes import draw_moment
    from .analysis import case_name, combine, rows
    from .figure import draw
    from .geometry import SITES
    from .trial import new_simulation, run_trial

    cases = [
        Case(case_name(site, trial), 1.0, (p, site, options.seed, trial)) for trial in range(p.trials) for site in SITES
    ]
    directory = options.out / "trials"
    complete = store_cases(
        run_trial, cases, directory, jobs=options.jobs, progress=options.progress,
        prepare=lambda: new_simulation(p, SITES[0], options.seed, 0).compile(),
    )  # fmt: skip
    data = combine(read_cases(cases, directory), p.trials)
    if data is None or not complete:
        import xarray as xr

        return Outcome([], xr.Dataset() if data is None else data, {}, complete=False)
    tables = {"Ours and archived trials (mean ± SE)": rows(data)}
    simulation = new_simulation(p, SITES[0], options.seed, 0)
    picture = draw_moment(simulation, min(SHOWN_AT, p.duration), options.out / "spine.png", hidden=CROWD)
    return Outcome(claims(p, data), data, {"calcium": draw(data)}, tables, picture)


def models(p: Parameters) -> dict[str, ModelRun]:
    """Return the model with receptors at each place."""
    from .geometry import SITES, ideal
    from .spine import ryr_model
    from .trial import EVERY

    return {site: ModelRun(ryr_model(p, ideal(site)), p.dt, p.duration, EVERY) for site in SITES}


def check(p: Parameters) -> None:
    """Prepare a trial, so that a bad value is an error before any work."""
    from ...particles.times import whole_steps
    from .geometry import SITES
    from .trial import EVERY, KEPT, new_simulation

    whole_steps("The interval of the output", EVERY, p.dt)
    whole_steps("duration", p.duration, KEPT * EVERY)
    new_simulation(p, SITES[0], 0, 0)


SCENARIO = Scenario(
    name="lee2024.ryr",
    title="Ryanodine receptors in the neck, the head, or everywhere on the apparatus of a mushroom spine",
    figure="SpineApparatus 2025, ideal mushroom on a dendrite",
    engine="particles",
    expected="hours with one job, --quick some minutes (not timed alone)",
    parameters=Parameters,
    run=run,
    quick=QUICK,
    models=models,
    check=check,
    untested=(
        Untested("A laminar apparatus lowers the peak, a real one, too", DATA, "no such shape is made here"),
        Untested("What the text says", "SpineApparatus 2025", "it could not be read here"),
    ),
)
