"""The particle engine: Brownian dynamics of individual molecules in a meshed compartment."""

from .output import Snapshot
from .preflight import Preflight
from .simulation import Settings, Simulation, simulate

__all__ = ["Preflight", "Settings", "Simulation", "Snapshot", "simulate"]
