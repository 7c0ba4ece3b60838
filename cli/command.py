"""How every command fails: one sentence on stderr and an exit status that says why."""

from __future__ import annotations

import warnings
from typing import Any

import typer
from typer.core import TyperCommand

from ..model.errors import NanospineError, NanospineWarning
from .console import stderr

BAD_INPUT = 2
UNEXPECTED = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells report it


class Command(TyperCommand):
    """A command whose errors are one sentence, unless ``--debug`` asks for the traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn errors into messages and exit statuses."""
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            try:
                return super().invoke(ctx)
            except (typer.Exit, typer.Abort):
                raise
            except KeyboardInterrupt:
                stderr().print("Interrupted.")
                raise typer.Exit(INTERRUPTED) from None
            except Exception as error:
                if ctx.find_root().params["debug"]:
                    raise
                raise typer.Exit(report(error)) from None


def report(error: Exception) -> int:
    """Print an error in one sentence; return the exit status."""
    sentence = " ".join([str(error), *getattr(error, "__notes__", ())])
    if isinstance(error, NanospineError):
        stderr().print(f"Error: {sentence}")
        return BAD_INPUT
    kind = type(error).__name__
    stderr().print(f"Unexpected error: {kind}: {sentence} (for the traceback: nanospine --debug ...)")
    return UNEXPECTED


def show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """Print our own warnings in one line; users cannot act on those of libraries."""
    if issubclass(category, NanospineWarning):
        stderr().print(f"Warning: {message}")
