"""The declarative model: species, reactions, boundaries, placement, observables."""

from .boundaries import Boundary, BoundaryRule
from .document import Document
from .equation import Term
from .errors import (
    ArgumentError,
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
from .formula import Formula
from .laws import MassAction, Polynomial
from .mesh import Mesh, Space
from .model import Model, Scheme
from .necks import neck_rate
from .observables import Residence, Sampler
from .placement import Release, train_times
from .places import Ball, Box, Ellipsoid, Place, Shell
from .potentials import published_voltage
from .reactions import Reaction, Step
from .schedule import Schedule
from .species import Species
from .voltage import Voltage

__all__ = [
    "ArgumentError",
    "Ball",
    "Boundary",
    "BoundaryRule",
    "Box",
    "Document",
    "Ellipsoid",
    "FormatError",
    "Formula",
    "GeometryError",
    "MassAction",
    "Mesh",
    "Model",
    "ModelError",
    "NanospineError",
    "NanospineWarning",
    "NotExportableError",
    "ParameterError",
    "Place",
    "Polynomial",
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
    "neck_rate",
    "published_voltage",
    "train_times",
    "warn",
]
