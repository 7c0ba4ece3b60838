"""Results that every engine shares: labelled arrays, estimates, the calcium readout, provenance, storage."""

from .format import Kind
from .population import Population
from .progress import Part, Progress, Silent, listening
from .provenance import attributes, environment
from .readout import CaReadout
from .result import Result, Visits, budget
from .run import Run, Start
from .store import read_dataset, write_dataset
from .trajectory import Trajectory

__all__ = [
    "CaReadout",
    "Kind",
    "Part",
    "Population",
    "Progress",
    "Result",
    "Run",
    "Silent",
    "Start",
    "Trajectory",
    "Visits",
    "attributes",
    "budget",
    "environment",
    "listening",
    "read_dataset",
    "write_dataset",
]
