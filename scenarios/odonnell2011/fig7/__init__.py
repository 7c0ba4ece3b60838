"""Fig. 7: a cubic spine head full of calcium, ion by ion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....model import ParameterError, units
from ...base import ModelRun, Outcome, RunOptions, Scenario
from .. import untested
from .parameters import Parameters

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from ....results import Trajectory

TRAJECTORY = "trajectory.zarr"
QUICK = {"volumes": (0.01, 0.05, 0.2), "trials": 2, "duration": 0.04, "settle": 0.01}


def run(p: Parameters, options: RunOptions) -> Outcome:
    """Run all trials, continue where an interrupted run stopped, and measure the paper's statements."""
    from ....studies.pool import Case, read_cases, store_cases
    from .analysis import claims, combine, plasticity, trial_name, with_averages
    from .figure import draw_budget, draw_panels
    from .trial import new_simulation, run_trial

    directory = options.out / "trials"
    # Largest heads first, so that no worker is left with a long trial at the end.
    cases = [
        Case(trial_name(volume, trial), work(p, volume), (p, volume, options.seed, trial))
        for volume in sorted(p.volumes, reverse=True)
        for trial in range(p.trials)
    ]
    complete = store_cases(
        run_trial, cases, directory, jobs=options.jobs, progress=options.progress,
        prepare=lambda: new_simulation(p, min(p.volumes), options.seed, 0).compile(),
    )  # fmt: skip
    trials = read_cases(cases, directory)
    data = combine(trials, p.volumes, p.trials) if trials else None
    if data is None or not complete:
        return Outcome([], data if data is not None else empty(), {}, complete=False)
    outputs = make_film(p, data, options) if p.film else []
    return Outcome(
        claims(p, data),
        with_averages(p, data),
        {"fig7": draw_panels(p, data), "fig7_budget": draw_budget(p, data)},
        {
            "Mean Ca2+ fluxes (ions/s)": flux_rows(p, data),
            "What each signal would do to the synapse": plasticity(p, data),
        },
        outputs,
    )


def models(p: Parameters) -> dict[str, ModelRun]:
    """Return the model of every volume."""
    from .head import spine_head
    from .trial import OUTPUT_INTERVAL

    return {
        f"volume={volume:g}": ModelRun(spine_head(p, volume), p.dt, p.duration, OUTPUT_INTERVAL) for volume in p.volumes
    }


def check_models(p: Parameters) -> None:
    """Prepare a trial of every volume, so that a bad value is an error before any work."""
    from ....particles.times import whole_steps
    from .trial import OUTPUT_INTERVAL, new_simulation

    for volume in p.volumes:
        new_simulation(p, volume, 0, 0)
    whole_steps("The output interval", OUTPUT_INTERVAL, p.dt)
    intervals = p.duration / OUTPUT_INTERVAL
    if abs(intervals - round(intervals)) > 1e-6:
        raise ParameterError(
            f"duration is {p.duration:g} s, {intervals:g} intervals of output of {OUTPUT_INTERVAL:g} s; "
            "give a whole multiple."
        )


def work(p: Parameters, volume: float) -> float:
    """Return the expected work of a trial: steps times molecules, with a constant for each step."""
    molecules = units.molecules(p.calbindin + p.calmodulin + p.immobile_buffer, volume)
    return p.duration / p.dt * (1000 + molecules)


def empty() -> xr.Dataset:
    """Return what is known when no trial has finished."""
    import xarray as xr

    return xr.Dataset()


def flux_rows(p: Parameters, data: xr.Dataset) -> list[dict[str, Any]]:
    """Return mean flux and its standard error per volume as table rows."""
    from ....results.estimates import mean_over_trials
    from .analysis import fluxes, with_error

    mean, error = mean_over_trials(fluxes(p, data))
    rows: list[dict[str, Any]] = []
    for volume in data["volume"].values:
        row: dict[str, Any] = {"volume (um^3)": float(volume)}
        for flux in map(str, mean["flux"].values):
            at = {"volume": volume, "flux": flux}
            row[flux] = with_error(float(mean.sel(at)), float(error.sel(at)))
        rows.append(row)
    return rows


def make_film(p: Parameters, data: xr.Dataset, options: RunOptions) -> list[Path]:
    """Keep the positions around the first channel opening after the settling time, and draw the open channel."""
    from ....results import Part
    from ...scenes import draw_scene
    from .figure import shown_volume
    from .trial import film, first_opening

    volume = shown_volume(p.volumes)
    settled = data.sel(volume=volume, time=data["time"] >= p.settle)
    for trial in range(p.trials):
        opening = first_opening(settled.sel(trial=trial))
        if opening is not None:
            options.progress.start(1.0, "film")
            trajectory = film(p, volume, options.seed, trial, opening, Part(options.progress))
            trajectory.save(options.out / TRAJECTORY)
            picture = draw_scene(trajectory, options.out / "fig7_scene.png", frame=mid_opening(trajectory))
            return [options.out / TRAJECTORY, *picture]
    return []


def mid_opening(trajectory: Trajectory) -> int:
    """Return the frame in the middle of the opening, the first if the channel is open in none."""
    from .head import OPEN

    channel = trajectory.species_names.index(OPEN)
    open_frames = [k for k in range(len(trajectory)) if channel in trajectory.frame(k)[1]]
    return open_frames[len(open_frames) // 2] if open_frames else 0


SCENARIO = Scenario(
    name="odonnell2011.fig7",
    title="Ca2+ nanodomain of an L-type channel in a cubic spine head",
    figure="O'Donnell et al. 2011, Fig. 7",
    engine="particles",
    expected="10 min with --jobs 2, quick 1 min",
    parameters=Parameters,
    run=run,
    untested=untested.FIG7,
    quick=QUICK,
    models=models,
    check=check_models,
)
