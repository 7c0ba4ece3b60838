"""Published scenarios, each runnable with ``nanospine run NAME``."""

from .base import ModelRun, Outcome, RunOptions, Scenario, param
from .claims import Claim
from .registry import find, load_all

__all__ = ["Claim", "ModelRun", "Outcome", "RunOptions", "Scenario", "find", "load_all", "param"]
