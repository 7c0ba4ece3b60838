"""SBML, the Systems Biology Markup Language: reading and writing it."""

from .document import SbmlError
from .reader import read_sbml
from .writer import write_sbml

__all__ = ["SbmlError", "read_sbml", "write_sbml"]
