"""MCell's model description language: reading, running and writing it."""

from .model import MdlModel, read_mdl, run_mdl
from .writer import write_mdl

__all__ = ["MdlModel", "read_mdl", "run_mdl", "write_mdl"]
