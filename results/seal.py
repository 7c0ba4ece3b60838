"""What a store consists of, written into it last: by it a store is known to be whole, and as it was written.

A Zarr store has no file for a chunk of zeros, so that one that lost its chunks would be read as zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..model.errors import ResultsError
from .files import read_json

#: The file of a Zarr store that holds its attributes, and the attribute that says what belongs to it.
ROOT, SEAL = "zarr.json", "contents"
#: Bytes of a chunk, which Zarr packs as one.
LARGEST_FILE = 1 << 31


def seal(store: Path) -> None:
    """Write into a store what it consists of."""
    said = read_json(store / ROOT)
    said["attributes"][SEAL] = {ROOT: _digest_of(said), **_parts(store)}
    (store / ROOT).write_text(json.dumps(said))


def check_seal(store: Path, said: Mapping[str, Any]) -> None:
    """Refuse a store that is not as :func:`seal` left it.

    Parameters
    ----------
    store : pathlib.Path
        The store.
    said : mapping
        What its root says.

    Raises
    ------
    ResultsError
        Naming the variable that lacks chunks, or differs.
    """
    sealed = said["attributes"].get(SEAL)
    if not isinstance(sealed, dict):
        raise ResultsError(f"{store} is not whole: it does not say what belongs to it; make it again.")
    found = {ROOT: _digest_of(said), **_parts(store)}
    for name, wanted in sealed.items():
        if found.get(name) == wanted:
            continue
        of_name = "its attributes" if name == ROOT else f"{name!r}"
        wanted_chunks, chunks = (_chunks(part) for part in (wanted, found.get(name)))
        if chunks < wanted_chunks:
            raise ResultsError(
                f"{store} is not whole: {wanted_chunks - chunks} of {wanted_chunks} chunks of {of_name} are missing; "
                "copy it again, or make it again."
            )
        raise ResultsError(f"{store} is damaged: {of_name} differ from what was written; copy it or make it again.")
    for name in found.keys() - sealed.keys():
        raise ResultsError(f"{store} is damaged: {name!r} was not written with it; remove it.")


def _parts(store: Path) -> dict[str, dict[str, Any]]:
    """Return, for each variable and group of a store, how many chunks it has and the digest of its files."""
    parts = {}
    for home in sorted(path for path in store.iterdir() if path.is_dir() and not path.name.startswith(".")):
        found, chunks = hashlib.sha256(), 0
        for file in sorted(path for path in home.rglob("*") if path.is_file() and not path.name.startswith(".")):
            size = file.stat().st_size
            if size > LARGEST_FILE:
                raise ResultsError(f"{file} has {size} bytes; none has more than {LARGEST_FILE}: copy it again.")
            chunks += file.name != ROOT
            found.update(f"{file.relative_to(home).as_posix()} {size} ".encode())
            found.update(file.read_bytes())
        parts[home.name] = {"chunks": chunks, "sha256": found.hexdigest()}
    return parts


def _chunks(part: Any) -> int:
    number = part.get("chunks", 0) if isinstance(part, dict) else 0
    return number if isinstance(number, int) else 0


def _digest_of(said: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of what a root says, besides the seal."""
    attributes = {name: value for name, value in said["attributes"].items() if name != SEAL}
    text = json.dumps({**said, "attributes": attributes}, sort_keys=True)
    return {"sha256": hashlib.sha256(text.encode()).hexdigest()}
