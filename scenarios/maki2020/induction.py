"""Induction of plasticity by pulses: what the scenarios of high and low frequency share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ...bulk import ODE, SSA
from ...model import Model, ParameterError, checks
from ...studies.pool import Case, read_cases, store_cases
from ..base import ModelRun, RunOptions, param
from .pathways import PAPER, REST, VOLUME, observe, pathways
from .stimulation import LIGANDS, Protocol, sources

if TYPE_CHECKING:
    import xarray as xr

    from ...results import Progress, Result

METHODS = f"{PAPER}, Methods and ModelDB 260971"
#: Interval (s) at which the onset is shown, and for how long.
ONSET_EVERY, ONSET_SECONDS = 2e-3, 20.0


@dataclass(frozen=True)
class InductionParameters:
    """Stimulation and length of a run; fluxes are those during a pulse."""

    pulses: int = param(100, "", "pulses per train", METHODS)
    frequency: float = param(100.0, "Hz", "pulses per second in a train", METHODS)
    pulse_duration: float = param(0.003, "s", "length of a pulse", METHODS)
    trains: int = param(4, "", "number of trains", METHODS)
    train_interval: float = param(4.0, "s", "from the start of one train to the next", METHODS)
    calcium: float = param(1900.0, "ions/ms", "influx of Ca2+", METHODS)
    beta_adrenergic: float = param(10.0, "molecules/ms", "influx of the beta-adrenergic ligand", METHODS)
    glutamate: float = param(20.0, "molecules/ms", "influx of glutamate", METHODS)
    acetylcholine: float = param(20.0, "molecules/ms", "influx of acetylcholine", METHODS)
    duration: float = param(960.0, "s", "time followed from the first pulse", METHODS)
    trials: int = param(4, "", "trials of the jump process beside the rate equations", "resolution")
    trial_duration: float = param(100.0, "s", "length of a trial from the first pulse", METHODS)

    def __post_init__(self) -> None:
        for name in LIGANDS:
            checks.finite(name, getattr(self, name), minimum=0.0, error=ParameterError)
        for name in ("duration", "trial_duration"):
            checks.positive(name, getattr(self, name), error=ParameterError)
            if getattr(self, name) != int(getattr(self, name)):
                raise ParameterError(f"{name} is {getattr(self, name)} s; give whole seconds, as the output has.")
        checks.whole("trials", self.trials, error=ParameterError)
        if self.duration <= self.protocol.length:
            raise ParameterError(
                f"duration is {self.duration:g} s, but the last pulse comes after {self.protocol.length:g} s; "
                "follow the run for longer."
            )

    @cached_property
    def protocol(self) -> Protocol:
        """The pulses."""
        return Protocol(self.pulses, self.frequency, self.pulse_duration, self.trains, self.train_interval)

    @cached_property
    def model(self) -> Model:
        """The pathways with the stimulus, which begins after their rest."""
        flux = {species: getattr(self, name) for name, species in LIGANDS.items()}
        stimulus = sources(self.protocol, REST, flux, VOLUME)
        return replace(pathways(), reactions=[*pathways().reactions, *stimulus])


def models(p: InductionParameters) -> dict[str, ModelRun]:
    """Return the model with its stimulus, from the tables' initial state on."""
    return {"pathways": ModelRun(p.model, None, REST + p.duration, 1.0)}


def rest() -> Result:
    """Run to the state in which a stimulus begins."""
    return ODE().run(pathways(), REST, every=REST)


def run_induction(p: InductionParameters, options: RunOptions) -> xr.Dataset | None:
    """Solve the rate equations, run the trials, and return all that is shown; None after Ctrl-C.

    Returns
    -------
    xarray.Dataset
        :func:`observe` over ``time`` (s from the first pulse), the same at the onset over ``onset_time``, and over
        ``trial`` and ``trial_time``.
    """
    import xarray as xr

    from ...results import Part

    cases = [Case(f"trial{trial}", p.trial_duration, (p, options.seed, trial)) for trial in range(p.trials)]
    if cases and not store_cases(
        run_trial, cases, options.out / "trials", jobs=options.jobs, progress=options.progress
    ):
        return None
    options.progress.start(1.0, "rate equations")
    resting = rest()
    course = ODE().run(p.model, p.duration, every=1.0, start=resting, progress=Part(options.progress))
    onset = ODE().run(p.model, ONSET_SECONDS, every=ONSET_EVERY, start=resting)
    if not (course.complete and onset.complete):
        return None
    parts = [observed(course.dataset), prefixed("onset", observed(onset.dataset))]
    if cases:
        trials = read_cases(cases, options.out / "trials").values()
        parts.append(prefixed("trial", xr.concat([observed(trial) for trial in trials], "trial")))
    return xr.merge(parts)


def observed(dataset: xr.Dataset) -> xr.Dataset:
    """Read a run, with time from the first pulse (s)."""
    number = dataset["number"]
    return observe(number.assign_coords(time=("time", number["time"].values - REST, {"units": "s"})))


def prefixed(prefix: str, data: xr.Dataset) -> xr.Dataset:
    """Put a prefix before the names of the variables and of the time."""
    return data.rename({name: f"{prefix}_{name}" for name in (*map(str, data.data_vars), "time")})


def run_trial(p: InductionParameters, seed: int, trial: int, progress: Progress) -> xr.Dataset | None:
    """Run one trial of the jump process, from where the rate equations rest."""
    result = SSA().run(p.model, p.trial_duration, seed=seed, trial=trial, every=1.0, start=rest(), progress=progress)
    return result.dataset if result.complete else None
