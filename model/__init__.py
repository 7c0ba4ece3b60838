"""The declarative model: species, reactions, boundaries, placement, observables."""

from .boundaries import Boundary, BoundaryRule
from .errors import (
    GeometryError,
    ModelError,
    NanospineError,
    NanospineWarning,
    ParameterError,
    ReactionSyntaxError,
    ResultsError,
    SimulationError,
    TimeStepError,
)
from .mesh import Mesh
from .model import Model, Scheme
from .observables import Sampler
from .placement import Release
from .reactions import Reaction, Step, Term
from .species import Species

__all__ = [
    "Boundary",
    "BoundaryRule",
    "GeometryError",
    "Mesh",
    "Model",
    "ModelError",
    "NanospineError",
    "NanospineWarning",
    "ParameterError",
    "Reaction",
    "ReactionSyntaxError",
    "Release",
    "ResultsError",
    "Sampler",
    "Scheme",
    "SimulationError",
    "Species",
    "Step",
    "Term",
    "TimeStepError",
]
