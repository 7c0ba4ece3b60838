"""MCell's model description language: reading, running and writing it."""

from .model import MdlModel, read_mdl, run_mdl
from .syntax import MdlError
from .writer import write_mdl

__all__ = ["MdlError", "MdlModel", "read_mdl", "run_mdl", "write_mdl"]
