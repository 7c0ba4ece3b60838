"""Channels with any Markov scheme, whose rates depend on time, on the membrane potential or on ligands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import checks
from ..arguments import checked
from ..equation import Term, arrow, parse
from ..errors import ModelError
from ..model import Scheme
from ..placement import Release
from ..reactions import Reaction
from ..schedule import Schedule
from ..species import Species
from ..voltage import Voltage

#: 1/s: a number, a rate that changes in time, or a function of the potential (mV).
Rate = float | Schedule | Callable[[float], float]

#: Of the largest rate: below it an eigenvalue of the rate matrix is zero.
SINGULAR = 1e-12


class Placement(TypedDict, total=False):
    """Where the channels are and how many: as in :class:`~nanospine.model.Release`, one of the first three."""

    number: int | None
    density: float | None
    points: ArrayLike | None
    region: str | tuple[str, ...] | None


@checked
@dataclass(frozen=True)
class Transition:
    """A step between two states of a channel.

    Parameters
    ----------
    equation : str
        ``"C <-> O"``, or with molecules that bind and leave, ``"Ca + C <-> C_Ca"``. These are on the inside of the
        membrane unless a side is written.
    forward, backward : Rate
        1/s, or 1/(uM s) where a molecule binds; a number, a :class:`~nanospine.model.Schedule` or a function of mV.
    name : str
        Under which events are counted, after the channel's name; the equation by default.
    """

    equation: str
    forward: Rate
    backward: Rate | None = None
    name: str = ""


@checked
def markov_channel(
    name: str,
    group: str,
    states: Sequence[str],
    transitions: Sequence[Transition],
    *,
    conducting: Mapping[str, Rate],
    voltage: Voltage | None = None,
    start: str | Mapping[str, float] | None = None,
    ion: str = "Ca",
    event: str = "",
    **placement: Unpack[Placement],
) -> Scheme:
    """Build channels of any scheme as surface molecules that emit ions in their conducting states.

    The species are ``<name><state>``. Gating is exact in continuous time, and given the open time the number of ions
    is Poisson. A function of the potential becomes a rate that is constant by pieces: see
    :meth:`~nanospine.model.Voltage.rate_of` for how its error is controlled.

    Parameters
    ----------
    name, group : str
        Prefix of the states, and the group that they are shown under.
    states : sequence of str
        Names of the states.
    transitions : sequence of Transition
        Steps between them.
    conducting : mapping of str to Rate
        Ions per second in each state that conducts: a number, a schedule, or a function of the potential such as
        :class:`OhmicFlux` and :class:`GHKFlux`. Only influx is simulated.
    voltage : Voltage, optional
        The membrane potential; wanted if a rate or flux depends on it.
    start : str or mapping of str to float, optional
        State at t = 0, or fractions of channels; by default the steady state of the rates at t = 0 without molecules
        that bind.
    ion : str
        The species that comes in.
    event : str
        Name under which ions are counted; by default ``<name>_in``, with ``_<state>`` if several states conduct.
    **placement
        ``number``, ``density`` (1/um^2) or ``points``, and ``region``.

    Raises
    ------
    ModelError
        If the scheme is not one, or a rate depends on a potential that is not given.
    """
    unknown = [state for state in conducting if state not in states]
    if unknown:
        checks.one_of(f"Channel {name}: conducting state", unknown[0], states)
    if event and len(conducting) > 1:
        raise ModelError(f"Channel {name}: {len(conducting)} states conduct; leave the event's name to be made.")
    gating = [_reaction(name, states, transition, voltage) for transition in transitions]
    emission = [
        Reaction(
            f"{name}{state} -> {name}{state} + {ion}[inside]",
            rate_under(f"Channel {name}: flux in {state}", flux, voltage),
            name=event or (f"{name}_in" if len(conducting) == 1 else f"{name}_in_{state}"),
        )
        for state, flux in conducting.items()
    ]
    species = tuple(Species(f"{name}{state}", where="surface", group=group) for state in states)
    if start is None:
        start = _steady_state(name, states, gating)
    fractions = {start: 1.0} if isinstance(start, str) else start
    for state in fractions:
        checks.one_of(f"Channel {name}: start state", state, states)
    release = Release({f"{name}{state}": fraction for state, fraction in fractions.items()}, **placement)
    return Scheme(species, (*gating, *emission), (release,))


@checked
@dataclass(frozen=True)
class Gate:
    """Equal gates of a Hodgkin-Huxley channel, which open and close independently.

    Parameters
    ----------
    name : str
        A letter, such as ``"m"``.
    number : int
        How many there are: the power in the open probability.
    opening, closing : Rate
        Rates of each (1/s): numbers, schedules or functions of mV.
    """

    name: str
    number: int
    opening: Rate
    closing: Rate

    def __post_init__(self) -> None:
        checks.whole(f"Gate {self.name}: number", self.number, minimum=1)


@checked
def hodgkin_huxley_channel(
    name: str,
    group: str,
    gates: Sequence[Gate],
    *,
    flux: Rate,
    voltage: Voltage | None = None,
    ion: str = "Ca",
    event: str = "",
    **placement: Unpack[Placement],
) -> Scheme:
    """Build channels that conduct when all their gates are open: a Markov scheme with one state per number open.

    States are named like ``m2h1``, with two gates m and one gate h open. They start in the steady state. Parameters and
    errors as in :func:`markov_channel`; ``flux`` is that of the open state.
    """
    rates = {
        gate.name: [rate_under(f"Gate {gate.name} of {name}", rate, voltage) for rate in (gate.opening, gate.closing)]
        for gate in gates
    }
    counts = list(product(*(range(gate.number + 1) for gate in gates)))

    def state(count: tuple[int, ...]) -> str:
        return "".join(f"{gate.name}{n}" for gate, n in zip(gates, count, strict=True))

    transitions = []
    for count in counts:
        for k, gate in enumerate(gates):
            if count[k] < gate.number:
                above = (*count[:k], count[k] + 1, *count[k + 1 :])
                opening, closing = rates[gate.name]
                transitions.append(Transition(
                    f"{state(count)} <-> {state(above)}",
                    multiple(gate.number - count[k], opening), multiple(above[k], closing),
                ))  # fmt: skip
    return markov_channel(
        name, group, [state(count) for count in counts], transitions, conducting={state(counts[-1]): flux},
        voltage=voltage, ion=ion, event=event, **placement,
    )  # fmt: skip


def multiple(factor: int, rate: float | Schedule) -> float | Schedule:
    """Return a rate taken several times."""
    return rate.scaled(factor) if isinstance(rate, Schedule) else factor * rate


def rate_under(what: str, rate: Rate, voltage: Voltage | None) -> float | Schedule:
    """Turn a function of the potential into one of time, a number if the potential is held."""
    if isinstance(rate, Schedule) or not callable(rate):
        return rate
    if voltage is None:
        raise ModelError(f"{what} depends on the potential; give voltage = Voltage(...).")
    schedule = voltage.rate_of(rate)
    return schedule if len(schedule.times) > 1 else schedule.values[0]


def _reaction(name: str, states: Sequence[str], transition: Transition, voltage: Voltage | None) -> Reaction:
    what = f"Channel {name}: transition {transition.equation!r}"
    left, reversible, right = parse(transition.equation)
    sides = []
    for terms in (left, right):
        if sum(term.species in states for term in terms) != 1:
            raise ModelError(f"{what} must have one state of the channel on each side; states are {', '.join(states)}.")
        sides.append(tuple(
            Term(f"{name}{term.species}") if term.species in states else Term(term.species, term.side or "inside")
            for term in terms
        ))  # fmt: skip
    equation = arrow(*sides)
    return Reaction(
        equation.replace("->", "<->") if reversible else equation,
        rate_under(what, transition.forward, voltage),
        None if transition.backward is None else rate_under(what, transition.backward, voltage),
        name=f"{name}_{transition.name}" if transition.name else "",
    )


def _steady_state(name: str, states: Sequence[str], gating: Sequence[Reaction]) -> Mapping[str, float]:
    """Return the fractions at which the rates at t = 0 balance, without molecules that bind."""
    index = {f"{name}{state}": k for k, state in enumerate(states)}
    rates = np.zeros((len(states), len(states)))
    for step in (step for reaction in gating for step in reaction.steps if len(step.reactants) == 1):
        begin, end = (
            next(index[t.species] for t in terms if t.species in index) for terms in (step.reactants, step.products)
        )
        rate = step.rate.values[0] if isinstance(step.rate, Schedule) else step.rate
        rates[end, begin] += rate
        rates[begin, begin] -= rate
    found = stationary(rates, f"Channel {name} has more than one steady state at t = 0; give its start.")
    return dict(zip(states, found, strict=True))


def stationary(rates: NDArray[np.float64], refusal: str) -> list[float]:
    """Return the fractions that rates (1/s, from the state of a column to that of a row) leave as they are.

    Raises
    ------
    ModelError
        If there are several such fractions; with the message ``refusal``.
    """
    _, size, modes = np.linalg.svd(rates)
    if len(rates) > 1 and size[-2] <= SINGULAR * size[0]:
        raise ModelError(refusal)
    found = np.abs(modes[-1])
    return [float(p) for p in found / found.sum()]
