"""Lowering of species and reactions to the tables that the kernels read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...compiled.csr import pointers
from ...model import Model, ModelError, Step, Term
from ...model.units import um3_per_s
from ..kernels.tables import INSIDE, OUTSIDE, Chemistry, Pairs, Singles, SpeciesTable
from .encounters import return_sum
from .plan import waits
from .schedules import ScheduleTable

_SIDES = {"inside": INSIDE, "outside": OUTSIDE, None: INSIDE}


@dataclass
class Table:
    """Rows of a reaction table under construction, grouped by reactant."""

    groups: int
    rows: list[list[tuple[float, ...]]] = field(init=False)
    extras: list[list[list[tuple[int, int]]]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [[] for _ in range(self.groups)]
        self.extras = [[] for _ in range(self.groups)]

    def add(self, group: int, row: tuple[float, ...], extras: list[tuple[int, int]]) -> None:
        """Append a row and its further products (species, side) to a group."""
        self.rows[group].append(row)
        self.extras[group].append(extras)

    def start(self) -> np.ndarray:
        """Return the row pointers of the groups."""
        return pointers(len(rows) for rows in self.rows)

    def column(self, index: int, dtype: type) -> np.ndarray:
        """Return one column over all groups."""
        return np.array([row[index] for rows in self.rows for row in rows], dtype=dtype)

    def extra_columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return row pointers, species and sides of the further products."""
        lists = [extras for group in self.extras for extras in group]
        flat = np.array([pair for extras in lists for pair in extras], dtype=np.int32).reshape(-1, 2)
        return pointers(map(len, lists)), flat[:, 0].copy(), flat[:, 1].copy()


@dataclass(frozen=True)
class Association:
    """What a dissociation needs to know of the association that it undoes: as in :class:`Chemistry`."""

    kdt: float = 0.0
    returns: float = 0.0
    schedule: int = -1
    outside: bool = False


def lower_chemistry(model: Model, dt: float, size: np.ndarray, schedules: ScheduleTable) -> Chemistry:
    """Lower species and reactions, but for sources.

    Parameters
    ----------
    model : Model
        The model.
    dt : float
        Time step (s).
    size : ndarray, shape (3,)
        Edges of a reaction voxel (um).
    schedules : ScheduleTable
        Takes up the rates that change in time.

    Raises
    ------
    ModelError
        If a reaction is of a kind that this engine does not have.
    """
    n = len(model.species)
    D = np.array([species.D for species in model.species])
    surface = np.array([species.is_on_surface for species in model.species])
    model.check_taken_by("particles")
    every = waits(model, dt, float(size.min()))
    pairs, singles = Table(2 * n * n), Table(n)
    initiates, listed, listed_outside = np.zeros((3, n), np.int32)
    associations: dict[str, Association] = {}
    for event, step in enumerate(model.steps):
        if step.order == 2:
            peak, schedule = schedules.add(step.rate)
            associations[step.name] = _lower_pair(
                model,
                step,
                event,
                pairs,
                initiates,
                listed,
                listed_outside,
                D,
                every,
                surface,
                per_pair(model, step, peak) * dt,
                schedule,
                dt,
                size,
            )
    undone = _undone(model)
    for event, step in enumerate(model.steps):
        if step.order == 1:
            undoes = associations.get(undone[step.name], Association())
            _lower_single(model, step, event, singles, schedules.add(step.rate), undoes, D, surface)
    active = np.append(0, initiates).astype(np.int32)
    for sampler in model.samplers:
        if sampler.is_local:
            active[1 + model.index(sampler.species)] = 1
    for step in model.steps:
        if model.is_on_surface(step):
            active[[1 + model.index(term.species) for term in step.reactants]] = 1
    reacts = (initiates | listed | listed_outside == 1) | (np.diff(singles.start()) > 0)
    uni_extra_start, uni_extra, uni_extra_side = singles.extra_columns()
    pair_extra_start, pair_extra, pair_extra_side = pairs.extra_columns()
    pair_kdt, pair_schedule = pairs.column(0, np.float64), pairs.column(5, np.int32)
    return Chemistry(
        SpeciesTable(
            D=D, on_surface=surface.astype(np.int32), every=every,
            pause=(np.where(surface, 0, every) - 1).astype(np.int64), reacts=reacts.astype(np.int32),
            initiates=initiates, listed=listed, listed_outside=listed_outside, active=active,
        ),
        Singles(
            start=singles.start(), event=singles.column(1, np.int32), rate=singles.column(0, np.float64),
            schedule=singles.column(5, np.int32), stays=singles.column(2, np.int32), extra_start=uni_extra_start,
            extra=uni_extra, extra_side=uni_extra_side, undoes=singles.column(3, np.float64),
            undoes_schedule=singles.column(6, np.int32), returns=singles.column(4, np.float64),
            outside=singles.column(7, np.int32),
        ),
        Pairs(
            start=pairs.start(), event=pairs.column(2, np.int32), kdt=pair_kdt, peak=pair_kdt.copy(),
            schedule=pair_schedule, scheduled=np.flatnonzero(pair_schedule >= 0).astype(np.int32),
            returns=pairs.column(1, np.float64), initiator=pairs.column(3, np.int32),
            partner=pairs.column(4, np.int32), extra_start=pair_extra_start, extra=pair_extra,
            extra_side=pair_extra_side,
        ),
        schedules.table(),
    )  # fmt: skip


def per_pair(model: Model, step: Step, rate: float) -> float:
    """Return the rate constant of an association per pair of molecules: um^3/s, or um^2/s on the surface."""
    return rate if model.is_on_surface(step) else um3_per_s(rate)


def _undone(model: Model) -> dict[str, str]:
    """Name of the association that each step undoes, whether written with '<->' or as two reactions."""
    by_sides = {(_key(step.reactants), _key(step.products)): step.name for step in model.steps if step.order == 2}
    return {step.name: by_sides.get((_key(step.products), _key(step.reactants)), "") for step in model.steps}


def _key(terms: tuple[Term, ...]) -> tuple[str, ...]:
    return tuple(sorted(map(str, terms)))


def _lower_pair(
    model: Model, step: Step, event: int, pairs: Table, initiates: np.ndarray, listed: np.ndarray,
    listed_outside: np.ndarray, D: np.ndarray, every: np.ndarray, surface: np.ndarray, kdt: float, schedule: int,
    dt: float, size: np.ndarray,
) -> Association:  # fmt: skip
    first, second = sorted(step.reactants, key=lambda t: (surface[model.index(t.species)], -D[model.index(t.species)]))
    a, b = model.index(first.species), model.index(second.species)
    outside = first.side == "outside"
    if outside and len(model.mesh.compartment_names) == 1:
        raise ModelError(
            f"Reaction {step.name!r} happens outside {model.mesh.name!r}, where there is no compartment; "
            "put a mesh around it, Assembly({'cytosol': ..., 'outside': ...})."
        )
    if D[a] + D[b] == 0:
        raise ModelError(
            f"Reaction {step.name!r}: neither {first.species} nor {second.species} moves; give one of them D > 0."
        )
    if a == b:
        kdt *= 2.0  # v = k [A]^2, hence 2 k per pair of A
    returns = 0.0 if surface[a] else return_sum(size, [(D[i], every[i]) for i in (a, b)], dt)
    partner, rest = _take_place(model, list(step.products), second.side, surface[b], surface, D)
    initiator, rest = _take_place(model, rest, first.side, surface[a], surface, D)
    n = len(D)
    pairs.add((outside * n + a) * n + b, (kdt, returns, event, initiator, partner, schedule), _sides(model, rest))
    if not surface[a]:
        initiates[a] = 1
        (listed_outside if outside else listed)[b] = 1
    return Association(kdt, returns, schedule, outside)


def _lower_single(
    model: Model,
    step: Step,
    event: int,
    singles: Table,
    rate: tuple[float, int],
    undoes: Association,
    D: np.ndarray,
    surface: np.ndarray,
) -> None:
    a = model.index(step.reactants[0].species)
    stays, rest = _take_place(model, list(step.products), None, surface[a], surface, D)
    peak, schedule = rate
    row = (peak, event, stays, undoes.kdt, undoes.returns, schedule, undoes.schedule, undoes.outside)
    singles.add(a, row, _sides(model, rest))


def _take_place(
    model: Model, products: list[Term], side: str | None, wants_surface: bool, surface: np.ndarray, D: np.ndarray
) -> tuple[int, list[Term]]:
    """Choose the product that takes a reactant's place: in a membrane a surface species, else the slowest beside it."""
    fitting = [t for t in products if surface[model.index(t.species)] == wants_surface and t.side == side]
    if not fitting:
        return -1, products
    chosen = min(fitting, key=lambda t: D[model.index(t.species)])
    rest = list(products)
    rest.remove(chosen)
    return model.index(chosen.species), rest


def _sides(model: Model, terms: list[Term]) -> list[tuple[int, int]]:
    return [(model.index(term.species), _SIDES[term.side]) for term in terms]
