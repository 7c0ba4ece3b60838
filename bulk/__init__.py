"""The well-mixed engines: rate equations and the jump process."""

from .ode import ODE
from .ssa import SSA

__all__ = ["ODE", "SSA"]
