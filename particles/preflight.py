"""What a run will be like, said before it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from ..geometry.triangles import mean_curvature_product
from ..model import Model, ParameterError, Schedule, Step, TimeStepError, warn
from ..model.units import um3_per_s
from ..results.memory import check_memory
from .kernels.tables import Cells, Membrane, SpeciesTable, Tables
from .lowering.windows import LONGEST_STEP, smallest_extent
from .placement import Placed
from .whereabouts import cells_beside, reachable_faces

#: Smallest extents of the mesh in a step per axis beyond which paths meet more walls than kernels follow: of three
#: normals none is above 6.6, so that one in a box as narrow along all axes meets 198 of `MOST_HITS` = 200.
MOST_EXTENTS = 10
#: Probability per pair and step above which the linear treatment of reactions is doubtful, and impossible.
DOUBTFUL, IMPOSSIBLE = 0.2, 0.5
#: Part of a rate lost to repeated meetings above which the correction for it is doubtful; at 1 there is none.
DOUBTFUL_LOSS = 0.5
#: Depletion around a partner on the surface, which is not made up for, above which a rate is called doubtful.
DOUBTFUL_DEPLETION = 0.1
#: k/(4 pi D h) in a slab of thickness h below a voxel above which its partners react a few per cent too slowly.
DOUBTFUL_FLATNESS = 0.03
#: Voxels along an axis from which on a layer of them is wide.
WIDE = 4
#: D x time between moves x Gaussian curvature above which surface diffusion is called doubtful: an error of 1 %.
DOUBTFUL_BEND = 0.03

#: Reactions of a single molecule in a step above which the step is taken not to end.
MOST_PER_STEP = 1000
#: Births of a source in a step that no run of many steps has the time for.
MOST_BIRTHS = 1e6
#: What a molecule takes of memory (bytes): its row of the store, a copy for steps that are tried again, and scratch.
BYTES_PER_MOLECULE = 320
#: The same for one that a frame shows, twice since all frames become one array, and for a frame or call of an observer.
BYTES_PER_POSITION, BYTES_PER_LOOK = 28, 500


def check_amounts(model: Model) -> None:
    """Refuse releases of more molecules than the machine has memory for.

    Raises
    ------
    ParameterError
        With the memory that they would take.
    """
    remedy = "release fewer, or take a smaller mesh or a well-mixed engine"
    at_start = 0.0
    for release in model.releases:
        number = model.expected_number(release) + 6 * release.number_sd
        what = f"Release of {'/'.join(release.fractions)}: {number:.4g} molecules"
        check_memory(what, number * BYTES_PER_MOLECULE, remedy)
        at_start += number * (release.times[0] == 0)
    check_memory(f"All {at_start:.4g} molecules at the start", at_start * BYTES_PER_MOLECULE, remedy)


def check_rates(model: Model, tables: Tables, dt: float) -> None:
    """Refuse rates with which a step would not end, and clamps that hold more molecules than the memory.

    Raises
    ------
    ParameterError
        For a clamp, with the memory that its molecules would take.
    TimeStepError
        If a source makes too many molecules in a step, or single molecules react again and again.
    """
    sources, clamps = tables.sources, tables.clamps
    for event, rate in zip(sources.event.tolist(), sources.rate.tolist(), strict=True):
        born = rate * dt * len(model.steps[event].products)
        what = f"Reaction {model.steps[event].name!r}: {born:.4g} molecules born in a step of {dt:g} s"
        if born > MOST_BIRTHS:
            raise TimeStepError(f"{what}; at most {MOST_BIRTHS:g} are made: lower the rate, or take a shorter step.")
    for code, near in zip(clamps.boundary.tolist(), clamps.ghosts.tolist(), strict=True):
        boundary = model.boundaries[code]
        what = f"Clamp {boundary.region}/{boundary.species} at {boundary.concentration:g} uM: {near:.4g} molecules near"
        check_memory(f"{what} it", near * BYTES_PER_MOLECULE, "lower the concentration, or take a shorter step")
    turns: dict[str, set[str]] = {}
    for step in model.steps:
        if step.order == 1 and peak(step) * dt > MOST_PER_STEP:
            turns.setdefault(step.reactants[0].species, set()).update(term.species for term in step.products)
    try:
        TopologicalSorter(turns).prepare()
    except CycleError as error:
        raise TimeStepError(
            f"Time step {dt:g} s: a molecule reacts {' -> '.join(reversed(error.args[1]))} more than {MOST_PER_STEP} "
            "times per step; use lower rates, a shorter step, or a well-mixed engine."
        ) from None


def check_looks(frames: int, molecules: int, calls: int) -> None:
    """Refuse more frames of so many molecules, or more calls of an observer, than the machine has memory for.

    Raises
    ------
    ParameterError
        With the memory that they would take.
    """
    size = frames * (BYTES_PER_LOOK + molecules * BYTES_PER_POSITION)
    check_memory(f"{frames} frames of {molecules} molecules", size, "take fewer")
    check_memory(f"{calls} calls of the observer", calls * BYTES_PER_LOOK, "take a longer observe_every")


def peak(step: Step) -> float:
    """Return the highest value of a rate."""
    return max(step.rate.values) if isinstance(step.rate, Schedule) else step.rate


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
        Smallest extent of a compartment (um).
    is_box : bool
        Whether the mesh is a box along the axes, in which reflected steps of any length are exact.
    bent_extent : float
        Smallest extent of a compartment that is not convex, and so may have narrow parts (um).
    segments : tuple of str
        Mobile species that regions take only where straight steps cross them.
    association : dict of str to float
        Per pair the probability that it reacts in a step in a full voxel, by the names of its reactions.
    returns : dict of str to float
        Per pair the part of its rate that repeated meetings would lose uncorrected, in the voxel most enclosed by
        walls.
    dissociation : dict of str to float
        Per dissociation the probability per step.
    depletion : dict of str to float
        Per association on the surface k ln(A/a)/(4 pi D): by what share the concentration in patches of area a around a
        partner lacks to the mean of a membrane of area A, at most.
    flatness : dict of str to float
        Per pair in a mesh of a single layer of voxels, h thick, k/(4 pi D h): partners deplete each other as in two
        dimensions, which is made up for in part.
    bend : dict of str to float
        Per mobile surface species the square of its step against the radius of curvature, D t |K|.
    """

    dt: float
    voxel: np.ndarray
    triangles: int
    cells: int
    volume: float
    step: dict[str, float]
    extent: float
    is_box: bool
    bent_extent: float
    segments: tuple[str, ...]
    association: dict[str, float]
    returns: dict[str, float]
    dissociation: dict[str, float]
    depletion: dict[str, float]
    flatness: dict[str, float]
    bend: dict[str, float]

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
            note = f"per axis; {step / self.extent:.2g} of the smallest extent"
            rows.append({"quantity": f"rms step of {name}", "value": f"{step * 1e3:.3g} nm", "note": note})
        for name, p in self.association.items():
            note = f"returns corrected: up to {100 * self.returns[name]:.2g} %"
            if name in self.depletion:
                note = f"on the surface; up to {100 * self.depletion[name]:.2g} % too slow"
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
        self._check_steps()
        for kind, remedy, probabilities in (
            ("reacts", "or larger voxels", self.association),
            ("dissociates", "", self.dissociation),
        ):
            for name, p, others in worst(probabilities, DOUBTFUL):
                what = f"Time step {self.dt:g} s: {name!r} {kind} with probability {p:.3g} per step"
                if p > IMPOSSIBLE:
                    raise TimeStepError(f"{what}, more than {IMPOSSIBLE}; use a shorter step {remedy}".rstrip() + ".")
                warn(f"{what}{others}; rates above {DOUBTFUL} are inaccurate.")
        for name, loss, others in worst(self.returns, DOUBTFUL_LOSS):
            what = f"Voxel of {self.voxel.max():.2g} um: {name!r} is {loss:.2g} times as fast as its partners diffuse"
            if loss >= 1.0:
                raise ParameterError(f"{what}; use larger voxels, a lower rate or a larger D.")
            warn(f"{what}{others}; above {DOUBTFUL_LOSS} is inaccurate.")
        for name, lack, others in worst(self.depletion, DOUBTFUL_DEPLETION):
            warn(
                f"{name!r} is up to {lack:.2g} times as fast as its partners diffuse over the surface, which is "
                f"not made up for{others}; above {DOUBTFUL_DEPLETION} its rate is that of partners in the same patch."
            )
        for name, flatness, others in worst(self.flatness, DOUBTFUL_FLATNESS):
            warn(
                f"{name!r} is {flatness:.2g} times as fast as its partners diffuse in a slab of {self.extent:.3g} um"
                f"{others}; above {DOUBTFUL_FLATNESS} they deplete each other, and its rate is too low by "
                "up to twice that share."
            )
        for name, bend, others in worst(self.bend, DOUBTFUL_BEND):
            warn(
                f"Time step {self.dt:g} s: the steps of {name} are long against the curvature of the membrane "
                f"(D t |K| = {bend:.2g}){others}; above {DOUBTFUL_BEND} its diffusion is more than 1 % off."
            )

    def _check_steps(self) -> None:
        """Raise or warn of steps that are long against the mesh."""
        allowed = min(MOST_EXTENTS * self.extent, LONGEST_STEP * self.bent_extent)
        for name, _, others in worst(self.step, allowed):
            is_bent = allowed < MOST_EXTENTS * self.extent
            what = "leaps over narrow parts" if is_bent else "meets more walls than are followed"
            raise TimeStepError(
                f"{self._length_of_step(name)}{others} and {what}; use at most {self._longest_dt(name, allowed):.2g} s."
            )
        crude = {name: step for name, step in self.step.items() if not self.is_box or name in self.bend}
        fine = LONGEST_STEP * self.extent
        for name, _, others in worst(crude, fine):
            warn(
                f"{self._length_of_step(name)}{others}. Even densities stay even, but steps are straight: how soon "
                f"they are is right only in boxes, or below {self._longest_dt(name, fine):.2g} s."
            )
        for name, _, others in worst({name: self.step[name] for name in self.segments}, fine):
            warn(
                f"{self._length_of_step(name)}{others}, and 'absorbing-segment' takes it only where straight steps "
                "cross: far too few (after a step as long as a slab is thick 61 % are left instead of 24 %); use "
                "'absorbing', which is right at any step."
            )

    def _length_of_step(self, name: str) -> str:
        """Return in words how long the steps of a species are."""
        step = self.step[name]
        return (
            f"Time step {self.dt:g} s: the rms step of {name} is {step:.3g} um per axis, {step / self.extent:.2g} "
            f"times the mesh's smallest extent of {self.extent:.3g} um"
        )

    def _longest_dt(self, name: str, allowed: float) -> float:
        """Return the time step (s) at which the rms step of a species is as long as allowed (um)."""
        return self.dt * (allowed / self.step[name]) ** 2


def worst(values: Mapping[str, float], doubtful: float) -> Iterator[tuple[str, float, str]]:
    """Yield the highest of the values above a limit, if any: its name, itself, and in words how many more there are."""
    above = [name for name, value in values.items() if value > doubtful]
    if above:
        name = max(above, key=values.__getitem__)
        yield name, values[name], f" ({len(above) - 1} more like it)" if len(above) > 1 else ""


def preflight(model: Model, dt: float, tables: Tables, placed: Placed | None = None) -> Preflight:
    """Report on a lowered model, and on the molecules of an earlier run with which it starts."""
    cells, membrane, (species, singles, pairs, _) = tables.cells, tables.membrane, tables.chemistry
    full = float(np.prod(cells.size))
    step_names = [step.name for step in model.steps]
    pair = np.repeat(np.arange(pairs.start.size - 1), np.diff(pairs.start))
    on_surface = species.on_surface[pair // species.D.size % species.D.size] == 1
    room = np.full(pair.size, full)
    room[on_surface] = float(1 / membrane.inverse_area.max()) if on_surface.any() else full
    channels = [[step_names[event] for event in pairs.event[pair == one]] for one in np.unique(pair)]
    associations = [" / ".join(names) for names in channels]
    first = np.unique(pair, return_index=True)[1]
    of_pair = np.bincount(pair, pairs.kdt)[pair[first]] / room[first]
    dissociation = {
        step_names[e]: rate * dt
        for e, rate, undoes in zip(singles.event, singles.rate, singles.undoes, strict=True)
        if undoes >= 0
    }
    return Preflight(
        dt=dt,
        voxel=cells.size,
        triangles=len(model.mesh.faces),
        cells=cells.inverse_volume.size,
        volume=model.mesh.volume,
        step={s.name: float(np.sqrt(2 * s.D * dt)) for s in model.species if s.D > 0},
        extent=smallest_extent(model.mesh.compartments),
        is_box=bool(tables.walls.box),
        bent_extent=smallest_extent(space for space in model.mesh.compartments if not space.is_convex),
        segments=segments(model),
        association=dict(zip(associations, of_pair.tolist(), strict=True)),
        returns=dict(zip(associations, returns(model, tables, first, pair[first], placed), strict=True)),
        dissociation=dissociation,
        depletion=depletion(model, membrane),
        flatness=flatness(model, cells),
        bend=bend(model, species, dt),
    )


def returns(
    model: Model, tables: Tables, rows: NDArray[np.int64], pair: NDArray[np.int64], placed: Placed | None
) -> list[float]:
    """Return the share of the rate of some pairs that repeated meetings would lose, in the cell where it is largest.

    Where that is doubtful, only cells are looked at in which the partners may be.
    """
    cells, (species, _, pairs, _) = tables.cells, tables.chemistry
    n, found = species.D.size, []
    faces = cache(lambda: reachable_faces(model, placed))
    for row, (side, partner) in zip(rows, zip(pair // n**2, pair % n, strict=True), strict=True):
        lost = pairs.lost[row] * cells.inverse_volume * cells.images[pairs.way[row]]
        if lost.max() > DOUBTFUL_LOSS and species.on_surface[partner]:
            where = cells_beside(model.mesh, faces()[model.species[partner].name], bool(side), cells)
            lost = lost[where]
        found.append(float(lost.max(initial=0.0)))
    return found


def segments(model: Model) -> tuple[str, ...]:
    """Return the mobile volume species that regions take only where straight steps cross them."""
    taken = {b.species for b in model.boundaries if b.behaviour.takes and not b.behaviour.between_steps}
    return tuple(s.name for s in model.species if s.name in taken and s.D > 0 and not s.is_on_surface)


def depletion(model: Model, membrane: Membrane) -> dict[str, float]:
    """Return k ln(A/a)/(4 pi D) of each association on the surface, a being the mean area of a patch."""
    pairs = [step for step in model.steps if model.is_on_surface(step)]
    D = {species.name: species.D for species in model.species}
    return {
        step.name: peak(step)
        * float(np.log(membrane.inverse_area.size))
        / (4 * np.pi * sum(D[term.species] for term in step.law.terms))
        for step in pairs
    }


def flatness(model: Model, cells: Cells) -> dict[str, float]:
    """Return k/(4 pi D h) of each association in a volume that is one layer of voxels, h thick, and wider than that."""
    if cells.dims.min() > 1 or cells.dims.max() < WIDE:
        return {}
    D = {species.name: species.D for species in model.species}
    pairs = [step for step in model.steps if step.order == 2 and not model.is_on_surface(step)]
    return {
        step.name: um3_per_s(peak(step))
        / (4 * np.pi * sum(D[term.species] for term in step.law.terms) * float(cells.size.min()))
        for step in pairs
    }


def bend(model: Model, species: SpeciesTable, dt: float) -> dict[str, float]:
    """Return D t |K| of each mobile surface species, t being the time between two moves."""
    mobile = np.flatnonzero((species.on_surface == 1) & (species.period > 0)).tolist()
    curvature = mean_curvature_product(model.mesh) if mobile else 0.0
    return {model.species[code].name: float(species.D[code] * dt * species.period[code] * curvature) for code in mobile}
