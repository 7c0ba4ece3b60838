"""Exceptions and warnings of nanospine.

Every message says what is wrong, where, the offending value, what is allowed and how to mend it.
"""

from __future__ import annotations

import inspect
import warnings

HOUSE = __name__.partition(".")[0]


class NanospineError(Exception):
    """Base class of every error that nanospine raises on purpose."""


class ModelError(NanospineError, ValueError):
    """A model that cannot mean anything: unknown names, negative rates, impossible amounts."""


class ReactionSyntaxError(ModelError):
    """A reaction string that does not parse."""


class GeometryError(NanospineError, ValueError):
    """A mesh or shape that does not enclose a volume, or a place that lies outside it."""


class ParameterError(NanospineError, ValueError):
    """A parameter or option outside its allowed range."""


class ArgumentError(ParameterError, ModelError, GeometryError, TypeError):
    """An argument of a type that a constructor or function does not take.

    It is one of the errors that they raise for values out of range, too.
    """


class TimeStepError(NanospineError, ValueError):
    """A time step that is too long for the geometry or the reactions."""


class SimulationError(NanospineError, RuntimeError):
    """A run that could not go on."""


class ResultsError(NanospineError, OSError):
    """A results directory or file that cannot be read, written or continued."""


class FormatError(NanospineError, ValueError):
    """A file of a model that is not valid, or says what nanospine's models cannot; formats have classes of it."""


class NotExportableError(NanospineError, ValueError):
    """A part of a model that another program's format cannot say."""


class VerificationError(NanospineError):
    """A check of the verification suite that breaks off, because something does not hold that must."""


class NanospineWarning(UserWarning):
    """Something doubtful that does not stop a run; silence with ``warnings.simplefilter``."""


def warn(message: str) -> None:
    """Give a :class:`NanospineWarning` that names the line outside of the package which led to it."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == HOUSE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, NanospineWarning, stacklevel=level)
