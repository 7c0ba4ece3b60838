"""The declarative model: species, reactions, boundaries, placement, observables."""

from .boundaries import Boundary, BoundaryRule
from .document import Document
from .errors import (
    FormatError,
    GeometryError,
    ModelError,
    NanospineError,
    NanospineWarning,
    NotExportableError,
    ParameterError,
    ReactionSyntaxError,
    ResultsError,
    SimulationError,
    TimeStepError,
    warn,
)
from .laws import MassAction, Term
from .mesh import Mesh, Space
from .model import Model, Scheme
from .observables import Residence, Sampler
from .placement import Release, train_times
from .places import Shell, Zone
from .reactions import Reaction, Step
from .schedule import Schedule
from .species import Species
from .voltage import Voltage

__all__ = [
    "Boundary",
    "BoundaryRule",
    "Document",
    "FormatError",
    "GeometryError",
    "MassAction",
    "Mesh",
    "Model",
    "ModelError",
    "NanospineError",
    "NanospineWarning",
    "NotExportableError",
    "ParameterError",
    "Reaction",
    "ReactionSyntaxError",
    "Release",
    "Residence",
    "ResultsError",
    "Sampler",
    "Schedule",
    "Scheme",
    "Shell",
    "SimulationError",
    "Space",
    "Species",
    "Step",
    "Term",
    "TimeStepError",
    "Voltage",
    "Zone",
    "train_times",
    "warn",
]
