"""The commands on mesh files: ``mesh info``, ``mesh check`` and ``mesh repair``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..model.errors import ResultsError
from .command import Command
from .console import rows_table, stdout
from .files import check_writable, write_json
from .scenarios import JsonFile

if TYPE_CHECKING:
    from ..geometry.faults import Fault
    from ..geometry.surface import Surface

UNSOUND = 1
#: Faults that are printed; all are in the JSON and the picture.
SHOWN = 20

MeshFile = Annotated[Path, typer.Argument(metavar="FILE", help="A mesh file.", show_default=False)]
Scale = Annotated[
    float,
    typer.Option("--scale-to-um", metavar="X", help="Length of the file's unit in um: 0.001 for nm."),
]
Merge = Annotated[
    float | None,
    typer.Option(
        "--merge-um",
        metavar="X",
        help="Vertices nearer than this (um) become one.",
        show_default="a thousandth of the median edge",
    ),
]
Screenshot = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write a PNG of the places that are at fault.", show_default=False),
]

app = typer.Typer(no_args_is_help=True, help="Look at mesh files, check them, and mend them.")


@app.command("info", cls=Command)
def info(file: MeshFile, scale: Scale = 1.0, json_file: JsonFile = None) -> None:
    """Say what is in a mesh file: triangles, size, regions. It need not be sound.

    For example:
    nanospine mesh info spine.stl --scale-to-um 0.001
    """
    _check_files(json_file)
    surface = _read(file, scale)
    found = _figures(surface)
    _print_figures(file, found)
    write_json(json_file, found)


@app.command("check", cls=Command)
def check(file: MeshFile, scale: Scale = 1.0, screenshot: Screenshot = None, json_file: JsonFile = None) -> None:
    """Say whether a mesh is closed and sound, and what is wrong where; exit status 1 if it is not.

    For example:
    nanospine mesh check spine.stl --scale-to-um 0.001 --screenshot faults.png
    """
    from ..geometry.faults import find_faults

    _check_files(json_file, screenshot)
    surface = _read(file, scale)
    faults = find_faults(surface)
    _print_figures(file, _figures(surface))
    _finish(surface, faults, screenshot, json_file, _figures(surface))


@app.command("repair", cls=Command)
def repair(
    file: MeshFile,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where to write the mesh, in um.", show_default=False)],
    scale: Scale = 1.0,
    merge_um: Merge = None,
    unite: Annotated[bool, typer.Option("--unite", help="Unite closed parts that overlap.")] = False,
    screenshot: Screenshot = None,
    json_file: JsonFile = None,
) -> None:
    """Mend a mesh, say each step, and write it; exit status 1, and no mesh, if something remains.

    For example:
    nanospine mesh repair spine.stl mended.ply --scale-to-um 0.001
    """
    from ..geometry.files import repair_mesh, save_mesh

    _check_files(json_file, screenshot, OUT=out)
    if out.exists():
        raise ResultsError(f"{out} exists already; choose another OUT or remove it.")
    done = repair_mesh(file, scale_to_um=scale, merge_um=merge_um, unite=unite)
    stdout().print(rows_table(f"Repair of {file}", done.rows()))
    document = {
        "steps": [{"says": step.says, "place_um": step.place} for step in done.steps],
        "volume_um3": done.volume,
        "area_um2": done.area,
    }
    if not done.faults:
        save_mesh(done.mesh(), out)
        stdout().print(f"Written: {out} (um)", soft_wrap=True)
    _finish(done.surface, done.faults, screenshot, json_file, document)


def _check_files(json_file: Path | None, screenshot: Path | None = None, **others: Path) -> None:
    from ..viz.display import check_suffix

    for option, path in {"--json": json_file, "--screenshot": screenshot, **others}.items():
        if path is not None:
            check_writable(path, option)
    if screenshot is not None:
        check_suffix(screenshot, (".png",))


def _read(file: Path, scale: float) -> Surface:
    from ..geometry.files import read_surface

    return read_surface(file, scale_to_um=scale, regions=None, merge_um=None)


def _figures(surface: Surface) -> dict[str, Any]:
    """Return the figures of a surface; its volume means something only if it is closed."""
    import numpy as np

    from ..geometry.checks import components

    return {
        "triangles": len(surface.faces),
        "vertices": len(surface.vertices),
        "parts": len(np.unique(components(surface.faces, len(surface.vertices)))),
        "extent_um": np.ptp(surface.vertices, axis=0).tolist(),
        "volume_um3": surface.volume,
        "area_um2": {
            name: surface.only(surface.face_region == number).area for number, name in enumerate(surface.region_names)
        },
    }


def _print_figures(file: Path, figures: dict[str, Any]) -> None:
    rows = [(name, value) for name, value in figures.items() if name not in ("extent_um", "area_um2")]
    rows.insert(3, ("extent_um", " x ".join(f"{length:.4g}" for length in figures["extent_um"])))
    rows += [(f"area_um2 of {region}", area) for region, area in figures["area_um2"].items()]
    stdout().print(rows_table(str(file), [{"What": what, "Value": value} for what, value in rows]))


def _finish(
    surface: Surface,
    faults: Sequence[Fault],
    screenshot: Path | None,
    json_file: Path | None,
    document: dict[str, Any],
) -> None:
    """Print and write what is wrong; leave with the exit status that says so."""
    from ..geometry.faults import place_text

    places = [{"kind": fault.kind, "says": fault.says, "place_um": fault.place} for fault in faults]
    write_json(json_file, {**document, "sound": not faults, "faults": places})
    if screenshot is not None:
        from ..viz.faults import plot_faults

        plot_faults(surface, faults, screenshot)
        stdout().print(f"Written: {screenshot}", soft_wrap=True)
    if not faults:
        stdout().print("The mesh is closed and sound.")
        return
    more = "" if len(faults) <= SHOWN else f", the first {SHOWN}"
    rows = [{"What": fault.says, "Near (um)": place_text(fault.place)} for fault in faults[:SHOWN]]
    stdout().print(rows_table(f"{len(faults)} faults{more}", rows))
    raise typer.Exit(UNSOUND)
