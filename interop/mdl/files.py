"""Files that an MDL file names: which may be read, and where outputs may be written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from . import limits
from .syntax import MdlError, Place


class Readable:
    """The files that a model may read: in its folder and below, and in folders that are allowed besides.

    Parameters
    ----------
    model : pathlib.Path
        The MDL file.
    allowed : iterable of path
        Further folders.

    Raises
    ------
    MdlError
        If one of these is no folder.
    """

    def __init__(self, model: Path, allowed: Iterable[Path | str] = ()) -> None:
        folders = [Path(folder) for folder in allowed]
        for folder in folders:
            if not folder.is_dir():
                raise MdlError(f"The allowed path {folder} is no folder; give one that exists.")
        self._folders = [folder.resolve() for folder in (model.parent, *folders)]

    def find(self, name: str, beside: Path, place: Place) -> Path:
        """Return the path of a file that another names.

        Parameters
        ----------
        name : str
            As it stands there.
        beside : pathlib.Path
            The file that names it.
        place : Place
            Where.

        Raises
        ------
        MdlError
            If it lies elsewhere, or there is none.
        """
        path = beside.parent / name
        try:
            found = path.resolve()
            inside = any(found.is_relative_to(folder) for folder in self._folders)
            exists = inside and found.is_file()
        except (OSError, ValueError, RuntimeError):
            raise place.error(f"{name!r} is no name of a file") from None
        if not inside:
            raise place.error(
                f"{name!r} lies outside of the model's folder; move it there, or allow its folder with "
                "--allow-path DIR (allow_path in Python)"
            )
        if not exists:
            raise place.error(f"there is no file {path}")
        return path


def check_output(name: str, place: Place) -> None:
    """Refuse the name of an output that does not lie below the folder of all outputs.

    Raises
    ------
    MdlError
        With the name.
    """
    path = PurePosixPath(name)
    if not name.isprintable() or not path.name or name.endswith("/"):
        raise place.error(f"the output {name!r} is no name of a file; give one such as counts.dat")
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise place.error(f"the output {name!r} lies outside of the folder of the outputs; give a name below it")
    longest = max(len(part.encode()) for part in path.parts)
    if longest > limits.LONGEST_FILE_NAME:
        raise place.error(
            f"the name of an output has {longest} characters; at most {limits.LONGEST_FILE_NAME} are allowed"
        )
