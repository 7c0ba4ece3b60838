"""What a run will be like, said before it starts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from ..model import Model, NanospineWarning, ParameterError, TimeStepError
from .kernels.tables import Cells, Chemistry

#: A step per axis longer than this fraction of the smallest extent of the mesh makes no sense.
LONGEST_STEP = 0.25
#: Probability per pair and step above which the linear treatment of reactions is doubtful, and impossible.
DOUBTFUL, IMPOSSIBLE = 0.2, 0.5
#: Part of a rate lost to repeated meetings above which the correction for it is doubtful; at 1 there is none.
DOUBTFUL_LOSS = 0.5


@dataclass(frozen=True)
class Preflight:
    """The report on a model before it runs.

    Parameters
    ----------
    dt : float
        Time step (s).
    voxel : ndarray, shape (3,)
        Edges of a reaction voxel (um).
    triangles, cells : int
        Size of the mesh and number of reaction cells.
    volume : float
        um^3.
    step : dict of str to float
        Per mobile species the rms step per axis (um).
    extent : float
        Smallest extent of the mesh (um).
    association : dict of str to float
        Per association the probability per pair and step in a full voxel.
    returns : dict of str to float
        Per association the part of the rate that repeated meetings would lose uncorrected, in the voxel most
        enclosed by walls.
    dissociation : dict of str to float
        Per dissociation the probability per step.
    """

    dt: float
    voxel: np.ndarray
    triangles: int
    cells: int
    volume: float
    step: dict[str, float]
    extent: float
    association: dict[str, float]
    returns: dict[str, float]
    dissociation: dict[str, float]

    def rows(self) -> list[dict[str, object]]:
        """Return the report as table rows: quantity, value, note."""
        rows: list[dict[str, object]] = [
            {"quantity": "time step", "value": f"{self.dt:g} s", "note": ""},
            {
                "quantity": "mesh",
                "value": f"{self.triangles} triangles, {self.volume:.4g} um^3",
                "note": "closed",
            },
            {
                "quantity": "reaction voxels",
                "value": f"{self.cells} of {self.voxel.max() * 1e3:.3g} nm",
                "note": "",
            },
        ]
        for name, step in self.step.items():
            rows.append({"quantity": f"rms step of {name}", "value": f"{step * 1e3:.3g} nm", "note": "per axis"})
        for name, p in self.association.items():
            note = f"returns corrected: up to {100 * self.returns[name]:.2g} %"
            rows.append({"quantity": name, "value": f"p = {p:.3g} per pair and step", "note": note})
        return rows

    def raise_if_impossible(self) -> None:
        """Raise or warn on what cannot or should not be run.

        Raises
        ------
        TimeStepError
            If a step is too long for the mesh, or a reaction too fast for the step.
        ParameterError
            If a reaction is faster than partners diffuse into each other's voxel.
        """
        for name, step in self.step.items():
            if step > LONGEST_STEP * self.extent:
                largest = self.dt * (LONGEST_STEP * self.extent / step) ** 2
                raise TimeStepError(
                    f"Time step {self.dt:g} s: the rms step of {name} is {step:.3g} um per axis, more than a quarter "
                    f"of the mesh's smallest extent of {self.extent:.3g} um; use at most {largest:.2g} s."
                )
        for kind, remedy, probabilities in (
            ("reacts", "or larger voxels", self.association),
            ("dissociates", "", self.dissociation),
        ):
            for name, p in probabilities.items():
                what = f"Time step {self.dt:g} s: {name!r} {kind} with probability {p:.3g} per step"
                if p > IMPOSSIBLE:
                    raise TimeStepError(f"{what}, more than {IMPOSSIBLE}; use a shorter step {remedy}".rstrip() + ".")
                if p > DOUBTFUL:
                    warnings.warn(f"{what}; rates above {DOUBTFUL} are inaccurate.", NanospineWarning, stacklevel=4)
        for name, loss in self.returns.items():
            what = f"Voxel of {self.voxel.max():.2g} um: {name!r} is {loss:.2g} times as fast as its partners diffuse"
            if loss >= 1.0:
                raise ParameterError(f"{what}; use larger voxels, a lower rate or a larger D.")
            if loss > DOUBTFUL_LOSS:
                warnings.warn(f"{what}; above {DOUBTFUL_LOSS} is inaccurate.", NanospineWarning, stacklevel=4)


def preflight(model: Model, dt: float, cells: Cells, chemistry: Chemistry) -> Preflight:
    """Report on a lowered model."""
    extents = np.stack([np.diff(space.bounds, axis=0) for space in model.mesh.compartments])
    full = float(np.prod(cells.size))
    step_names = [step.name for step in model.steps]
    association = {step_names[e]: k / full for e, k in zip(chemistry.pair_event, chemistry.pair_kdt, strict=True)}
    enclosed = full * float((cells.inverse_volume * cells.images).max())
    returns = dict(zip((step_names[e] for e in chemistry.pair_event), chemistry.pair_returns * enclosed, strict=True))
    dissociation = {
        step_names[e]: rate * dt
        for e, rate, undoes in zip(chemistry.uni_event, chemistry.uni_rate, chemistry.uni_undoes, strict=True)
        if undoes > 0
    }
    return Preflight(
        dt=dt,
        voxel=cells.size,
        triangles=len(model.mesh.faces),
        cells=cells.first.size,
        volume=model.mesh.volume,
        step={s.name: float(np.sqrt(2 * s.D * dt)) for s in model.species if s.D > 0},
        extent=float(extents.min()),
        association=association,
        returns={name: association[name] * returns[name] for name in association},
        dissociation=dissociation,
    )
