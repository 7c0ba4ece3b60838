"""SBML's events at given times: what they add to species, and to what they set parameters."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

import libsbml
import numpy as np

from .document import MESSAGE_LENGTH, SbmlFile
from .laws import LawReader, NotPolynomialError

ALLOWED = (
    "allowed are amounts >= 0 that are added to a species, Ca + 500, and numbers for parameters, at times that are "
    "known beforehand"
)
#: Of a factor that is one but for rounding.
ONE = 1e-12
#: Amounts that are added to a species, and the times of each.
Additions = Mapping[float, Sequence[float]]


@dataclass(frozen=True)
class Change:
    """What an event does to one variable at one time.

    Parameters
    ----------
    event : libsbml.Event
        The event.
    time : float
        When it is executed.
    variable : str
        A species or a parameter.
    value : float
        What is added to the species, or the value of the parameter from then on.
    """

    event: libsbml.Event
    time: float
    variable: str
    value: float


def read_events(file: SbmlFile, laws: LawReader) -> Mapping[str, Additions]:
    """Read the events of a model; laws take over what these do to parameters.

    Returns
    -------
    mapping
        What is added to which species, in the file's units.

    Raises
    ------
    SbmlError
        If an event waits for more than time, does something else, or is at odds with another.
    """
    changes = [change for event in file.model.getListOfEvents() for change in _changes(file, laws, event)]
    changes.sort(key=lambda change: (change.variable, change.time))
    added: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    steps: dict[str, dict[float, float]] = {}
    for (variable, time), group in itertools.groupby(changes, lambda change: (change.variable, change.time)):
        parameter = file.model.getParameter(variable)
        if parameter is None:
            added[variable][_sum(file, list(group))].append(time)
        else:
            before = parameter.getValue() if parameter.isSetValue() else np.nan
            steps.setdefault(variable, {0.0: before})[time] = _last(file, laws, list(group))
    laws.let_step({name: (np.array([*values]), np.array([*values.values()])) for name, values in steps.items()})
    return added


def _changes(file: SbmlFile, laws: LawReader, event: libsbml.Event) -> Iterator[Change]:
    try:
        times = _times(file, laws, event)
    except NotPolynomialError as error:
        raise file.error(event, f"does not wait for a time alone: {error}; out of scope: {ALLOWED}.") from None
    for assignment in event.getListOfEventAssignments():
        try:
            value = _value(file, laws, event, assignment)
        except NotPolynomialError as error:
            raise file.error(event, f"{error}; out of scope: {ALLOWED}.") from None
        yield from (Change(event, time, assignment.getVariable(), value) for time in times)


def _times(file: SbmlFile, laws: LawReader, event: libsbml.Event) -> Sequence[float]:
    """Return the times at which an event is executed, a delay after its trigger becomes true."""
    trigger, delay = event.getTrigger(), _delay(laws, event)
    if trigger is None or trigger.getMath() is None:
        raise file.error(event, "has no trigger; give one.")
    edges = laws.edges(trigger.getMath())
    # At each edge, and halfway to the next.
    moments = np.column_stack([edges, np.append((edges[:-1] + edges[1:]) / 2, edges[-1] + 1.0)]).ravel()
    true = laws.truth(trigger.getMath(), moments)
    rises = np.flatnonzero(true & ~np.append(trigger.getInitialValue(), true[:-1]))
    found = []
    for k in rises:
        time = edges[k // 2] + delay
        waits = np.append(moments[k:][moments[k:] < time], time)
        if delay == 0.0 or trigger.getPersistent() or laws.truth(trigger.getMath(), waits).all():
            found.append(float(time))
    return found


def _delay(laws: LawReader, event: libsbml.Event) -> float:
    if event.getDelay() is None or event.getDelay().getMath() is None:
        return 0.0
    delay = laws.constant(event.getDelay().getMath())
    if delay is None or delay < 0.0:
        raise NotPolynomialError("its delay is no number >= 0")
    return delay


def _value(file: SbmlFile, laws: LawReader, event: libsbml.Event, assignment: libsbml.EventAssignment) -> float:
    """Return what an event adds to a species, or the value that it gives a parameter."""
    variable, formula = assignment.getVariable(), assignment.getMath()
    if formula is None:
        raise NotPolynomialError(f"has no formula for {variable}")
    text = f"sets {variable} to {shorten(libsbml.formulaToL3String(formula), MESSAGE_LENGTH)!r}"
    if file.model.getParameter(variable) is not None:
        value = laws.constant(formula)
        if value is None:
            raise NotPolynomialError(f"{text}, which is no number")
        return value
    if file.model.getSpecies(variable) is None:
        raise NotPolynomialError(f"{text}, which is no species and no parameter")
    try:
        amounts = {(term.species, term.subtracted): term.coefficient for term in laws.terms(formula)}
    except NotPolynomialError as error:
        raise NotPolynomialError(f"{text}: {error}") from None
    kept, added = amounts.pop(((variable,), False), 0.0), amounts.pop(((), False), 0.0)
    if amounts or not isinstance(kept, float) or not isinstance(added, float) or abs(kept - 1.0) > ONE:
        raise NotPolynomialError(f"{text}, which is not what there is and an amount; write what removes as a reaction")
    if _delay(laws, event) and event.getUseValuesFromTriggerTime():
        raise NotPolynomialError(
            f"{text} of the time before its delay; give useValuesFromTriggerTime='false' if it adds to what there is"
        )
    return added


def _sum(file: SbmlFile, changes: Sequence[Change]) -> float:
    """Return what events at one time add to a species together."""
    own_values = [change for change in changes if change.event.getUseValuesFromTriggerTime()]
    if len(changes) > 1 and own_values:
        others = [change.event.getIdAttribute() for change in changes if change is not own_values[0]]
        raise file.error(
            own_values[0].event,
            f"changes {changes[0].variable} at the time {changes[0].time:g} from its value before, and the change of "
            f"{', '.join(map(repr, others))} is lost or not: out of scope; give useValuesFromTriggerTime='false' to "
            "all of them, or one event that adds their sum.",
        )
    return sum(change.value for change in changes)


def _last(file: SbmlFile, laws: LawReader, changes: Sequence[Change]) -> float:
    """Return the value of a parameter that events at one time set: that of the one of lowest priority."""
    if len({change.value for change in changes}) == 1:
        return changes[0].value
    priorities = [_priority(laws, change.event) for change in changes]
    lowest = {change.value for change, p in zip(changes, priorities, strict=True) if p == min(priorities)}
    if np.isnan(priorities).any() or len(lowest) > 1:
        names = ", ".join(repr(change.event.getIdAttribute()) for change in changes[:-1])
        raise file.error(
            changes[-1].event,
            f"sets {changes[0].variable} at the time {changes[0].time:g} to another value than {names}, and nothing "
            "says which is the last; give each another priority that is a number.",
        )
    return lowest.pop()


def _priority(laws: LawReader, event: libsbml.Event) -> float:
    given = event.getPriority()
    value = None if given is None or given.getMath() is None else laws.constant(given.getMath())
    return np.nan if value is None else value
