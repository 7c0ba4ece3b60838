"""Models as MDL files that MCell 3.4 and 3.5 run."""

from __future__ import annotations

from pathlib import Path

from ....model import Model, ParameterError, ResultsError
from ....model.arguments import checked
from ....model.checks import positive
from ....results.files import write_text
from .. import trains
from ..expressions import plain
from . import chemistry, output, releases, space
from .checks import Checks

__all__ = ["mdl_text", "write_mdl"]


@checked
def write_mdl(
    model: Model,
    path: Path | str,
    *,
    time_step: float = 1e-6,
    duration: float = 1e-3,
    every: float = 1e-4,
    approximate: bool = False,
) -> Path:
    """Write a model as an MDL file, with a file ``rate_<n>.txt`` beside it for each rate that changes in time.

    MDL's units are um, s, cm^2/s, M and 1/(M s); comments give the model's own values. What MDL cannot say but a
    reader of the file may want back (groups, contents, gates of samplers) is in comments, too.

    Parameters
    ----------
    model : Model
        The model.
    path : pathlib.Path or str
        The file, e.g. ``"mdl/model.mdl"``; its directory is made if it does not exist.
    time_step, duration, every : float
        Time step, length of the run and interval of the output (s).
    approximate : bool
        Write the nearest thing, with a warning, for what MDL cannot say.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ParameterError
        If a time is not positive.
    NotExportableError
        If MDL cannot say a part of the model; the message names it.
    ResultsError
        If the file exists already, or cannot be written.
    """
    for what, value in (("time_step", time_step), ("duration", duration), ("every", every)):
        positive(f"To write MDL: {what} (s)", value, error=ParameterError)
    path = Path(path)
    text = mdl_text(model, time_step=time_step, duration=duration, every=every, approximate=approximate)
    texts = {path: text} | {path.with_name(name): content for name, content in chemistry.rate_files(model).items()}
    for target in texts:
        if target.exists():
            raise ResultsError(f"{target} exists already; choose another file or remove it.")
    for target, content in texts.items():
        write_text(target, content)
    return path


def mdl_text(model: Model, *, time_step: float, duration: float, every: float, approximate: bool = False) -> str:
    """Return the text of the MDL file that :func:`write_mdl` writes."""
    Checks(model, approximate).run()
    iterations = round(duration / time_step)
    blocks = [
        ["/* Written by nanospine. Units: um, s, cm^2/s, M, 1/(M s). */"],
        [f"ITERATIONS = {iterations}", f"TIME_STEP = {plain(time_step)} /* s */"],
        space.partitions(model),
        chemistry.molecules(model.species),
        space.surface_classes(model),
        chemistry.reactions(model),
        space.meshes(model),
        space.box_objects(model),
        trains.definitions(model.releases),
        releases.instances(model),
        output.counts(model, every),
        output.frames(iterations, every / time_step),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
