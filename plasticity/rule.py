"""What every rule of plasticity can be asked: how much a readout changes a synapse."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, TypeVar

from ..model import ParameterError

Readout = TypeVar("Readout", contravariant=True)


class Rule(Protocol[Readout]):
    """A rule of plasticity, of those that leave a synapse changed.

    It reads one kind of readout: :class:`~nanospine.results.CaReadout`, or a
    :class:`~nanospine.plasticity.SpikeReadout` or :class:`~nanospine.plasticity.RateReadout` of both sides.
    """

    def change(self, readout: Readout, weight: float, /) -> float:
        """Return the change of a synapse's weight over a readout.

        Parameters
        ----------
        readout
            What happened.
        weight : float
            The weight at its begin, in the rule's unit; many rules change all weights alike.

        Raises
        ------
        ParameterError
            If the readout is of another kind, or the rule has no such weight.
        """
        ...


class RuleRow(NamedTuple):
    """A row of :data:`~nanospine.plasticity.RULES`.

    Parameters
    ----------
    name : str
        Of the rule.
    rule : type
        Its class; without arguments it has the numbers of the source.
    reads : type
        The kind of readout.
    unit : str
        Of the weight and its change.
    source : str
        Where the rule comes from.
    """

    name: str
    rule: type[Rule[Any]]
    reads: type
    unit: str
    source: str


def check_readout(rule: object, readout: object, kind: type) -> None:
    """Refuse a readout of another kind than a rule reads.

    Raises
    ------
    ParameterError
        If it is one.
    """
    if not isinstance(readout, kind):
        raise ParameterError(
            f"{type(rule).__name__} reads a {kind.__name__}, and is given a {type(readout).__name__}; "
            "choose a rule that reads it (see nanospine.plasticity.RULES)."
        )
