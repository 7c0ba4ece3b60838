"""Proteins with equal, independent sites beside a gate: states are counted, not told apart site by site."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import NamedTuple, Unpack

from .. import checks
from ..arguments import checked
from ..equation import parse, parse_side
from ..errors import ModelError
from ..model import Scheme
from ..reactions import Reaction
from ..schedule import Schedule
from ..voltage import Voltage
from .markov_channel import Placement, Rate, Transition, markov_channel, multiple, rate_under

State = tuple[str, tuple[int, ...]]
"""A gate, and how many sites of each kind are filled."""

#: States of one protein.
MOST_STATES = 10_000


@checked
@dataclass(frozen=True)
class Sites:
    """Equal sites of a protein, which fill and empty independently of one another and of other sites.

    Parameters
    ----------
    name : str
        A letter: a state with two of them filled is named ``..._a2``.
    number : int
        How many there are.
    on, off : Rate, or mapping of str to Rate
        Rates of each site, the same in all states of the gate or one for each: filling in 1/(uM s), or 1/s without
        ligand, and emptying in 1/s.
    ligand : str
        What binds, such as ``"Ca"`` or ``"Ca[outside]"``, inside of the membrane unless a side is written; nothing for
        sites that only change, or whose ligand is a schedule in ``on``.

    Raises
    ------
    ModelError
        If there is no site, or the ligand is not one molecule.
    """

    name: str
    number: int
    on: Rate | Mapping[str, Rate]
    off: Rate | Mapping[str, Rate]
    ligand: str = ""

    def __post_init__(self) -> None:
        checks.whole(f"Sites {self.name}: number", self.number, minimum=1)
        if self.ligand and len(parse_side(self.ligand)) != 1:
            raise ModelError(f"Sites {self.name}: ligand is {self.ligand!r}; give one molecule, such as 'Ca[outside]'.")

    def rates(self, gate: str) -> tuple[Rate, Rate]:
        """Return the rates of a site, filling and emptying, in a state of the gate."""
        found = []
        for which, rate in (("on", self.on), ("off", self.off)):
            if isinstance(rate, Mapping):
                if gate not in rate:
                    known = ", ".join(map(str, rate)) or "none"
                    raise ModelError(
                        f"Sites {self.name}: {which} has no rate for gate {gate!r}; it has those of {known}."
                    )
                rate = rate[gate]
            found.append(rate)
        return found[0], found[1]


@checked
@dataclass(frozen=True)
class GateStep:
    """A step between two states of the gate.

    Parameters
    ----------
    equation : str
        Such as ``"C <-> O"``.
    forward, backward : Rate
        1/s: numbers, schedules or functions of mV.
    filled : mapping of str to sequence of int
        With how many filled sites of a name the step happens, both ways; with any number unless stated.
    gain : mapping of str to int
        How many sites of a name the step itself fills, or empties if negative, without a ligand: none in a scheme
        that obeys detailed balance.
    """

    equation: str
    forward: Rate
    backward: Rate | None = None
    filled: Mapping[str, Sequence[int]] = field(default_factory=dict)
    gain: Mapping[str, int] = field(default_factory=dict)


@checked
def multisite_protein(
    name: str,
    group: str,
    gates: Sequence[str],
    sites: Sequence[Sites],
    steps: Sequence[GateStep] = (),
    *,
    conducting: Mapping[str, Rate] | None = None,
    passage: Mapping[str, float] | None = None,
    voltage: Voltage | None = None,
    start: str | Mapping[str, float] | None = None,
    ion: str = "Ca",
    lumen: str | None = None,
    **placement: Unpack[Placement],
) -> Scheme:
    """Build surface molecules of a gate and equal sites, such as ion channels of four subunits.

    Of ``k`` sites only the number filled is followed, ``k + 1`` states with rates times the number that can fill or
    empty: exact, as the sites are equal. Species are ``<name>_<gate>_a2_i0``, with 2 filled sites ``a`` and none ``i``;
    those that cannot be reached from the start are left out. Each filled site carries its ligand in the content.

    Parameters
    ----------
    name, group : str
        Prefix of the states, and the group that they are shown under.
    gates : sequence of str
        States of the gate.
    sites : sequence of Sites
        Kinds of sites.
    steps : sequence of GateStep
        Steps of the gate.
    conducting : mapping of str to Rate, optional
        Ions per second that come in at states of the gate; events ``<name>_in_<state>``.
    passage : mapping of str to float, optional
        Rate (1/(uM s)) at which ions on either side pass to the other one, at states of the gate: events
        ``<name>_out_<state>``, from the inside to the outside, and their reverse.
    voltage : Voltage, optional
        The membrane potential; wanted if a rate depends on it.
    start : str or mapping of str to float, optional
        State at t = 0, such as ``"C_a0_i0"``, or fractions; the first gate without filled sites by default.
    ion : str
        The species that comes in or passes.
    lumen : str, optional
        What it is on the inside where it passes; the same unless given.
    **placement
        ``number``, ``density`` (1/um^2) or ``points``, and ``region``.

    Raises
    ------
    ModelError
        If the parts do not make a scheme; the message names the part.
    """
    conducting, passage = conducting or {}, passage or {}
    for gate in (*conducting, *passage):
        checks.one_of(f"Protein {name}: conducting gate", gate, gates)
    table = _states(name, gates, sites)
    first = _label(gates[0], [0] * len(sites), sites)
    begin = {start or first: 1.0} if not isinstance(start, Mapping) else start
    for state in begin:
        checks.one_of(f"Protein {name}: start state", state, table)
    edges = [*_filling(name, table, sites, voltage), *_gating(name, table, sites, steps, voltage)]
    states = [state for state in table if state in _reached(begin, edges)]
    scheme = markov_channel(
        f"{name}_", group, states, [edge.transition for edge in edges if edge.left in states], conducting={},
        start=begin, **placement,
    )  # fmt: skip
    species = [
        replace(species, content=_content(table[state], sites))
        for species, state in zip(scheme.species, states, strict=True)
    ]
    reactions = [*scheme.reactions]
    for state in states:
        gate, molecule = table[state][0], f"{name}_{state}"
        if gate in conducting:
            flux = rate_under(f"Protein {name}: flux in {gate}", conducting[gate], voltage)
            reactions.append(Reaction(f"{molecule} -> {molecule} + {ion}[inside]", flux, name=f"{name}_in_{state}"))
        if passage.get(gate):
            equation = f"{lumen or ion}[inside] + {molecule} <-> {molecule} + {ion}[outside]"
            reactions.append(Reaction(equation, passage[gate], passage[gate], name=f"{name}_out_{state}"))
    return Scheme(tuple(species), tuple(reactions), scheme.releases)


class _Edge(NamedTuple):
    """A step between two states; ``both`` if it goes back, too."""

    left: str
    right: str
    transition: Transition
    both: bool


def _label(gate: str, counts: Sequence[int], sites: Sequence[Sites]) -> str:
    return "_".join([gate, *(f"{kind.name}{n}" for kind, n in zip(sites, counts, strict=True))])


def _states(name: str, gates: Sequence[str], sites: Sequence[Sites]) -> dict[str, State]:
    """Return all states by their names."""
    number = len(gates) * prod(kind.number + 1 for kind in sites)
    if not 1 <= number <= MOST_STATES:
        raise ModelError(f"Protein {name} has {number} states; give gates and sites with 1 to {MOST_STATES}.")
    table = {
        _label(gate, counts, sites): (gate, counts)
        for gate in gates
        for counts in product(*(range(kind.number + 1) for kind in sites))
    }
    if len(table) < number:
        raise ModelError(f"Protein {name}: two states have one name; give gates and sites different names.")
    return table


def _edge(left: str, right: str, ligand: str, ahead: float | Schedule, back: float | Schedule) -> Iterator[_Edge]:
    """Return the step between two states, one way where the other never happens."""
    apart = f"{ligand} + {left}" if ligand else left
    if _happens(ahead) and _happens(back):
        yield _Edge(left, right, Transition(f"{apart} <-> {right}", ahead, back), both=True)
    elif _happens(ahead):
        yield _Edge(left, right, Transition(f"{apart} -> {right}", ahead), both=False)
    elif _happens(back):
        yield _Edge(right, left, Transition(f"{right} -> {apart}", back), both=False)


def _happens(rate: float | Schedule) -> bool:
    return any(rate.values) if isinstance(rate, Schedule) else rate != 0


def _filling(name: str, table: Mapping[str, State], sites: Sequence[Sites], voltage: Voltage | None) -> Iterator[_Edge]:
    """Return the steps in which a site fills or empties."""
    for state, (gate, counts) in table.items():
        for k, kind in enumerate(sites):
            if counts[k] == kind.number:
                continue
            after = (*counts[:k], counts[k] + 1, *counts[k + 1 :])
            on, off = (rate_under(f"Sites {kind.name} of {name}", rate, voltage) for rate in kind.rates(gate))
            yield from _edge(state, _label(gate, after, sites), kind.ligand,
                             multiple(kind.number - counts[k], on), multiple(after[k], off))  # fmt: skip


def _gating(
    name: str, table: Mapping[str, State], sites: Sequence[Sites], steps: Sequence[GateStep], voltage: Voltage | None
) -> Iterator[_Edge]:
    """Return the steps of the gate, at all numbers of filled sites with which they happen."""
    gates = {gate for gate, _ in table.values()}
    for step in steps:
        what = f"Protein {name}: step {step.equation!r}"
        before, after = _ends(what, step, gates)
        allowed = [_allowed(what, kind, step.filled) for kind in sites]
        for site in (*step.filled, *step.gain):
            checks.one_of(f"{what}: sites", site, [kind.name for kind in sites])
        ahead, back = (
            rate_under(what, 0.0 if rate is None else rate, voltage) for rate in (step.forward, step.backward)
        )
        for state, (gate, counts) in table.items():
            if gate == before and all(n in may for n, may in zip(counts, allowed, strict=True)):
                then = [n + step.gain.get(kind.name, 0) for n, kind in zip(counts, sites, strict=True)]
                reached = _label(after, then, sites)
                if reached not in table:
                    raise ModelError(
                        f"{what}: there are not so many sites to go from {state} to {reached}; give filled."
                    )
                yield from _edge(state, reached, "", ahead, back)


def _ends(what: str, step: GateStep, gates: Collection[str]) -> tuple[str, str]:
    left, reversible, right = parse(step.equation)
    if reversible != (step.backward is not None):
        raise ModelError(f"{what}: write '<->' and give both rates, or '->' and one.")
    ends = [[str(term) for term in side] for side in (left, right)]
    if any(len(end) != 1 or end[0] not in gates for end in ends):
        raise ModelError(f"{what} must lead from one state of the gate to one; these are {', '.join(sorted(gates))}.")
    return ends[0][0], ends[1][0]


def _allowed(what: str, kind: Sites, filled: Mapping[str, Sequence[int]]) -> Collection[int]:
    allowed = filled.get(kind.name, range(kind.number + 1))
    for n in allowed:
        if not 0 <= n <= kind.number:
            raise ModelError(f"{what}: {n} filled sites {kind.name}; give numbers from 0 to {kind.number}.")
    return allowed


def _reached(begin: Iterable[str], edges: Sequence[_Edge]) -> set[str]:
    """Return the states that can be reached from those at the begin."""
    ways: dict[str, list[str]] = {}
    for edge in edges:
        ways.setdefault(edge.left, []).append(edge.right)
        if edge.both:
            ways.setdefault(edge.right, []).append(edge.left)
    found, new = set(begin), list(begin)
    while new:
        fresh = set(ways.get(new.pop(), ())) - found
        found |= fresh
        new.extend(fresh)
    return found


def _content(state: State, sites: Sequence[Sites]) -> dict[str, int]:
    """Return the molecules that a state has bound."""
    content: dict[str, int] = {}
    for kind, n in zip(sites, state[1], strict=True):
        if kind.ligand and n:
            ligand = parse_side(kind.ligand)[0].species
            content[ligand] = content.get(ligand, 0) + n
    return content
