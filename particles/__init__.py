"""The particle engine: Brownian dynamics of individual molecules in a meshed compartment."""

from .preflight import Preflight
from .simulation import Settings, Simulation, simulate

__all__ = ["Preflight", "Settings", "Simulation", "simulate"]
