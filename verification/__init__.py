"""The verification suite: what the engines measure, against theory and each other, with automatic verdicts."""

from ..results.estimates import Estimate
from .evidence import Check, Judge
from .mutants import MUTANTS, select_mutants
from .mutation import Catch, Mutant, workshop
from .page import as_markdown
from .registry import Case, Findings, check, load_all, of_models, select

__all__ = [
    "MUTANTS",
    "Case",
    "Catch",
    "Check",
    "Estimate",
    "Findings",
    "Judge",
    "Mutant",
    "as_markdown",
    "check",
    "load_all",
    "of_models",
    "select",
    "select_mutants",
    "workshop",
]
