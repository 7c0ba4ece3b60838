"""A scenario that takes no time, to test what surrounds scenarios."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from nanospine.model.errors import ParameterError
from nanospine.scenarios import Claim, Outcome, RunOptions, Scenario, param


@dataclass(frozen=True)
class Parameters:
    trials: int = param(4, "", "repetitions", "chosen here")
    volumes: tuple[float, ...] = param((0.01, 0.3), "um^3", "head volumes", "O'Donnell 2011, Fig. 7")
    failure: str = param("", "", "how to fail", "chosen here")

    def __post_init__(self) -> None:
        if min(self.volumes) <= 0:
            raise ParameterError(f"volumes has {min(self.volumes)} um^3; give volumes > 0.")


def run(parameters: Parameters, options: RunOptions) -> Outcome:
    if parameters.failure == "crash":
        raise RuntimeError("the toy broke")
    if parameters.failure == "interrupt":
        raise KeyboardInterrupt
    options.progress.start(parameters.trials, "trials [Ca]")
    for _ in range(parameters.trials):
        options.progress.advance(1)
    trajectory = options.out / "trajectory.zarr"
    return Outcome(
        claims=[
            Claim("falls", "local [Ca] falls with volume", 12.345, 0.678, True, "> 0 by 2 SE", "uM"),
            Claim("flat", "bulk [Ca] is flat", 3.0, None, False, "< 1"),
        ],
        dataset=xr.Dataset({"calcium": ("trial", [float(options.seed)] * parameters.trials)}),
        figures={},
        tables={"Budget [ions]": [{"flux": "GluN", "ions": 10.0, "closed": True}]},
        outputs=[trajectory],
        complete=parameters.failure != "incomplete",
    )


SCENARIO = Scenario(
    name="toy",
    title="A toy",
    figure="Fig. 0",
    engine="none",
    expected="no time",
    parameters=Parameters,
    run=run,
    quick={"trials": 2},
)
