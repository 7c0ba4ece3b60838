"""Results that every engine shares: labelled arrays, provenance, storage, trials and sweeps."""

from .progress import Progress, Silent
from .provenance import environment
from .result import Result, Visits, budget
from .store import read_dataset, write_dataset
from .trajectory import Trajectory

__all__ = [
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
