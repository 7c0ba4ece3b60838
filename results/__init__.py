"""Results that every engine shares: labelled arrays, estimates, the calcium readout, provenance, storage."""

from .progress import Progress, Silent
from .provenance import environment
from .readout import CaReadout
from .result import Result, Visits, budget
from .store import read_dataset, write_dataset
from .trajectory import Trajectory

__all__ = [
    "CaReadout",
    "Progress",
    "Result",
    "Silent",
    "Trajectory",
    "Visits",
    "budget",
    "environment",
    "read_dataset",
    "write_dataset",
]
