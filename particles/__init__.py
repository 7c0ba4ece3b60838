"""The particle engine: Brownian dynamics of individual molecules in a meshed compartment."""

from .escape import escape_rate
from .lowering import Tables, lower
from .output import Observer, Snapshot
from .preflight import Preflight
from .simulation import Particles, Simulation

__all__ = ["Observer", "Particles", "Preflight", "Simulation", "Snapshot", "Tables", "escape_rate", "lower"]
