"""The Typer application: global options and the commands it offers."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from . import bench, compare, formats, mesh, scenarios, scene, verify
from .command import Command

app = typer.Typer(
    name="nanospine",
    help="Calcium and plasticity in dendritic spines, from single ions to learning rules.",
    epilog="Start with: nanospine list",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list", cls=Command)(scenarios.list_scenarios)
app.command("show", cls=Command)(scenarios.show)
app.command("run", cls=Command)(scenarios.run)
app.command("view", cls=Command)(scene.view)
app.command("movie", cls=Command)(scene.movie)
app.command("formats", cls=Command)(formats.list_formats)
app.command("import", cls=Command)(formats.import_model)
app.command("export", cls=Command)(formats.export_model)
app.add_typer(mesh.app, name="mesh")
app.command("compare", cls=Command)(compare.compare)
app.command("bench", cls=Command)(bench.bench)
app.command("verify", cls=Command)(verify.verify)


def print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"nanospine {version('nanospine')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the full traceback of an error.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Calcium and plasticity in dendritic spines, from single ions to learning rules."""


def main() -> None:
    """Run the command line."""
    app()
