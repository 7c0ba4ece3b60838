"""How fast molecules find a way out of a mesh, by simulation: a rate for models without space."""

from __future__ import annotations

import numpy as np

from ..geometry import Assembly, TriangleMesh
from ..model import Boundary, Model, ParameterError, Release, SimulationError, Species, checks
from ..model.arguments import checked
from ..results import Result
from ..results.estimates import Estimate
from .lowering import lower
from .simulation import Particles, Simulation

#: Share of the molecules that need not be followed to the exit.
LEFT = 0.05
#: Rows of output, and rounds, of a mean time that a disc of the exit's size would take to be found.
ROWS, ROUNDS = 50, 40
#: Per row.
MOST_STEPS = 1e6


@checked
def escape_rate(
    mesh: TriangleMesh | Assembly,
    region: str,
    D: float,
    *,
    molecules: int = 1000,
    dt: float | None = None,
    seed: int = 1,
) -> Estimate:
    """Estimate the rate (1/s) at which molecules escape through a region, by following them until nearly all have.

    They begin evenly spread in the compartment inside of the region's mesh and escape where they touch the region: at
    the mouth of a neck, or at its far end if the mesh has it. The rate is the number of escapes over the time spent by
    all, the reciprocal of the mean time to the exit. The mesh alone is looked at: nothing stops or binds a molecule.

    Parameters
    ----------
    mesh : TriangleMesh or Assembly
        The mesh.
    region : str
        The exit.
    D : float
        Diffusion coefficient (um^2/s).
    molecules : int
        How many are followed; the standard error is about the rate over the root of this number.
    dt : float, optional
        Time step (s); by default its rms step (per axis) is a quarter of the radius of a disc of the exit's area, and
        at most an eighth of the smallest extent of a compartment.
    seed : int
        Seed of the random streams.

    Returns
    -------
    Estimate
        ``mean`` and ``se`` (1/s). As a boundary it is ``"partially-absorbing"`` with ``velocity`` = rate x V / A.

    Raises
    ------
    GeometryError
        If there is no such region.
    ParameterError
        If a number is out of range.
    TimeStepError
        If the time step is too long for the mesh.
    SimulationError
        If the way out is so long or narrow that most molecules do not find it.
    """
    checks.positive("Escape: D (um^2/s)", D, error=ParameterError)
    checks.whole("Escape: molecules", molecules, minimum=10, error=ParameterError)
    home = mesh.face_compartments[mesh.region_faces(region)[0], 0]
    radius = float(np.sqrt(mesh.area(region) / np.pi))
    if dt is None:
        extent = min(float(np.ptp(space.bounds, axis=0).min()) for space in mesh.compartments)
        dt = (min(radius, extent / 2) / 4) ** 2 / (2 * D)
    checks.positive("Escape: dt (s)", dt, error=ParameterError)
    model = Model(
        mesh,
        species=[Species("A", D)],
        releases=[Release("A", number=molecules, compartment=mesh.compartment_names[home])],
        boundaries=[Boundary(region, "A", "absorbing")],
    )
    # The mean time to a small disc in a wall is V / (4 D a): Berg & Purcell 1977, Biophys J 20:193.
    steps = np.ceil(mesh.compartments[home].volume / (4 * D * radius) / ROWS / dt)
    if not steps <= MOST_STEPS:
        raise ParameterError(
            f"Escape: the mean time to the exit is of the order of {steps * ROWS:.3g} steps of {dt:g} s; give "
            f"a dt with at most {MOST_STEPS * ROWS:g}."
        )
    times, numbers = _followed(model, Particles(dt=dt), int(steps) * dt, seed)
    return rate_of(times, numbers)


def _followed(model: Model, engine: Particles, interval: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return times (s) and the molecules left then, until nearly all have escaped."""
    times, numbers = [np.zeros(1)], [np.array([model.expected_number(model.releases[0])])]
    result: Result | None = None
    tables = lower(model, engine)
    for _ in range(ROUNDS):
        result = Simulation(model, engine, seed=seed, start=result, tables=tables).run(ROWS * interval, every=interval)
        times.append(result.time[1:])
        numbers.append(result.number("A")[1:])
        if numbers[-1][-1] <= LEFT * numbers[0][0]:
            return np.concatenate(times), np.concatenate(numbers)
    raise SimulationError(
        f"Escape: {numbers[-1][-1]:g} of {numbers[0][0]:g} molecules are still in {model.mesh.name!r} after "
        f"{times[-1][-1]:.3g} s; the way to region {model.boundaries[0].region!r} is too long or narrow to be found by "
        "simulation: take the mouth of the neck as the exit, and neck_rate for the neck."
    )


def rate_of(times: np.ndarray, numbers: np.ndarray) -> Estimate:
    """Return the rate of escape: escapes over the time spent by all, those that are left included.

    The standard error of the ratio is that of independent molecules, whatever the distribution of their times.

    Parameters
    ----------
    times : ndarray, shape (rows,)
        From the start (s).
    numbers : ndarray, shape (rows,)
        Molecules left.
    """
    escaped, when = -np.diff(numbers), (times[1:] + times[:-1]) / 2
    spent = float(escaped @ when + numbers[-1] * times[-1])
    rate = float(escaped.sum()) / spent
    squares = escaped @ (1 - rate * when) ** 2 + numbers[-1] * (rate * times[-1]) ** 2
    return Estimate(rate, float(np.sqrt(squares)) / spent)
