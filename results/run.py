"""How a result came about: all that it takes to make it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..model import Document, Model, ParameterError
from ..model.document import BESIDE
from .population import Population

#: Of output, of any engine.
MOST_ROWS = 1e7


@dataclass(frozen=True)
class Start:
    """What a well-mixed run goes on from: numbers of molecules at one time.

    Parameters
    ----------
    time : float
        s.
    species : tuple of str
        Names.
    number : sequence of float
        Molecules of each species; fractional in rate equations. With compartments, in each of these, one species after
        the other.
    compartments : tuple of str
        Names of the compartments, if there are several.
    """

    time: float
    species: tuple[str, ...]
    number: Sequence[float] = field(metadata=BESIDE)
    compartments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", tuple(map(float, self.number)))


@dataclass(frozen=True)
class Run:
    """All that determines the result of a run, but for nanospine itself and the machine.

    Parameters
    ----------
    document : Document
        That of the model.
    engine : str
        Name of the engine.
    settings : mapping
        Settings of the engine, by name.
    duration, every : float
        Simulated time and interval of the output (s).
    seed, trial : int or None
        Of a stochastic engine.
    frames : sequence of float
        Times (s) at which all positions are kept.
    start : Start, Population or None
        What the run went on from.

    Raises
    ------
    ParameterError
        If there would be more rows of output than anybody can look at.
    """

    document: Document
    engine: str
    settings: Mapping[str, float | str]
    duration: float
    every: float
    seed: int | None = None
    trial: int | None = None
    frames: Sequence[float] = field(default=(), metadata=BESIDE)
    start: Start | Population | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", tuple(map(float, self.frames)))
        rows = self.duration / self.every
        if not rows <= MOST_ROWS:
            raise ParameterError(
                f"A run of {self.duration:g} s with output every {self.every:g} s has {rows:.3g} rows; at most "
                f"{MOST_ROWS:g} are kept: give a longer interval."
            )

    @cached_property
    def model(self) -> Model:
        """The model, made of its document.

        Raises
        ------
        ModelError
            If the document cannot be read; see :meth:`~nanospine.model.Model.from_document`.
        """
        return Model.from_document(self.document)
