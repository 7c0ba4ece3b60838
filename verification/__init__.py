"""The verification suite: what the engines measure, against theory and each other, with automatic verdicts."""

from ..results.estimates import Estimate
from .evidence import Check, Judge, as_markdown
from .registry import Case, Findings, check, load_all, select

__all__ = ["Case", "Check", "Estimate", "Findings", "Judge", "as_markdown", "check", "load_all", "select"]
