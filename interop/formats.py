"""The formats of models: a new one is a folder (or file) beside this one, and a row of :data:`FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

from ..model import Mesh, Model, ParameterError, checks
from ..model.arguments import checked

Task = Literal["read", "write", "run"]


@dataclass(frozen=True)
class Format:
    """A format of files that hold a model.

    What it can do are names of functions in its ``home``, which is loaded when one is needed. ``read(path, **options)``
    returns a `Model`, or a :class:`ModelFile`. ``write(model, path, **options)`` returns the path.
    ``run(path, seeds, directory, *, progress, **options)``, for files that say how they are run, does so as their own
    program would, and returns the files that it wrote; ``read`` takes ``seed`` then.

    Parameters
    ----------
    name : str
        As ``--format`` takes it.
    title : str
        What it is.
    suffixes : tuple of str
        By which its files are known, in lower case.
    home : str
        Module, relative to this package.
    read, write, run : str, optional
        Functions there; None for what nanospine does not do.
    read_options, write_options : mapping of str to str
        What these functions can be told besides, each with a sentence. Of one meaning in every format are, in reading,
        ``mesh`` (for files that do not say the shape) and ``seed``, and in writing ``time_step``, ``duration`` and
        ``every`` (s, for files that say how they are run) and ``approximate``.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    home: str
    read: str | None = None
    write: str | None = None
    run: str | None = None
    read_options: Mapping[str, str] = field(default_factory=dict)
    write_options: Mapping[str, str] = field(default_factory=dict)

    def function(self, task: Task) -> Callable[..., Any]:
        """Return the function for a task.

        Raises
        ------
        ParameterError
            If the format has none.
        """
        name: str | None = getattr(self, task)
        if name is None:
            able = ", ".join(row.name for row in FORMATS if getattr(row, task))
            raise ParameterError(f"nanospine does not {task} {self.title}; formats that it can {task}: {able}.")
        function: Callable[..., Any] = getattr(import_module(self.home, __package__), name)
        return function


class ModelFile(Protocol):
    """What a reader returns of a file that says more than a model."""

    @property
    def model(self) -> Model:
        """The model."""
        ...

    @property
    def notes(self) -> Mapping[str, str]:
        """What the file says besides, for a summary."""
        ...


MESH = {"mesh": "the compartment, a closed mesh"}
APPROXIMATE = {"approximate": "write the nearest thing, with a warning, for what the format cannot say"}

FORMATS = (
    Format(
        "mdl",
        "MDL, the model description language of MCell 3.4 and 3.5",
        (".mdl",),
        ".mdl",
        read="read_mdl",
        write="write_mdl",
        run="run_mdl",
        read_options={
            "seed": "value of the variable SEED",
            "absorber": "what ABSORPTIVE means: absorbing-segment, as in MCell, or absorbing, which is exact",
            "allow_path": "folders in which files that the file names may lie, besides its own",
        },
        write_options={
            "time_step": "of MCell (s)",
            "duration": "length of the run (s)",
            "every": "interval of the output (s)",
            **APPROXIMATE,
        },
    ),
    Format(
        "sbml",
        "SBML, the Systems Biology Markup Language: Level 2 and 3, written as Level 3 Version 2",
        (".xml", ".sbml"),
        ".sbml",
        read="read_sbml",
        write="write_sbml",
        read_options=MESH,
        write_options=APPROXIMATE,
    ),
    Format(
        "tables",
        "tables: a file of species, with reactions.csv and perhaps pools.csv beside it",
        (".csv",),
        ".tables",
        read="read_tables_beside",
        read_options=MESH,
    ),
)


def find_format(path: Path | str, name: str | None = None) -> Format:
    """Return the format called ``name``, or that of the path's suffix.

    Raises
    ------
    ParameterError
        If there is none.
    """
    by_name = {row.name: row for row in FORMATS}
    if name is not None:
        checks.one_of("Format", name, by_name, error=ParameterError)
        return by_name[name]
    suffix = Path(path).suffix.lower()
    for row in FORMATS:
        if suffix in row.suffixes:
            return row
    known = ", ".join(f"{suffix} ({row.name})" for row in FORMATS for suffix in row.suffixes)
    raise ParameterError(
        f"{path} ends with {suffix!r}, which no format does: {known}; rename it, or give the name of its format."
    )


def read_file(path: Path | str, row: Format, **options: Any) -> tuple[Model, Mapping[str, str]]:
    """Return the model of a file, and what the file says besides; arguments and errors are as for `read_model`."""
    read = row.function("read")
    _check(row, "read", options)
    found: Model | ModelFile = read(Path(path), **options)
    return (found, {}) if isinstance(found, Model) else (found.model, found.notes)


@checked
def read_model(path: Path | str, *, format: str | None = None, mesh: Mesh | None = None, **options: Any) -> Model:
    """Read the model of a file of any format.

    Parameters
    ----------
    path : path
        The file.
    format : str, optional
        Name of a row of :data:`FORMATS`; by default the one with the path's suffix.
    mesh : Mesh, optional
        The compartment, for formats that do not say its shape.
    **options
        Of the format: see its row.

    Raises
    ------
    ParameterError
        If there is no such format, or it has no such option.
    FormatError
        If the file is not valid, or says what nanospine's models cannot. Each format has a class of its own.
    """
    given = options if mesh is None else {**options, "mesh": mesh}
    return read_file(path, find_format(path, format), **given)[0]


@checked
def write_model(model: Model, path: Path | str, *, format: str | None = None, **options: Any) -> Path:
    """Write a model as a file of any format.

    Parameters
    ----------
    model : Model
        The model.
    path : path
        The file.
    format : str, optional
        Name of a row of :data:`FORMATS`; by default the one with the path's suffix.
    **options
        Of the format: see its row.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ParameterError
        If there is no such format, it is only read, or it has no such option.
    NotExportableError
        If the format cannot say a part of the model.
    ResultsError
        If the file exists already, or cannot be written.
    """
    row = find_format(path, format)
    write = row.function("write")
    _check(row, "write", options)
    written: Path = write(model, Path(path), **options)
    return written


def _check(row: Format, task: Literal["read", "write"], options: Mapping[str, Any]) -> None:
    known = row.read_options if task == "read" else row.write_options
    for name in options:
        checks.one_of(f"To {task} {row.name}, option", name, known, error=ParameterError)
