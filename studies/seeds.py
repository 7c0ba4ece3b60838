"""Seeds by identity: what a run is, and not its place in a list, decides its random numbers."""

from __future__ import annotations

import hashlib
import json

BITS = 63
"""All random number generators here take seeds of this length."""


def seed_of(seed: int, *identity: str | float) -> int:
    """Return the seed of one part of a study: a run, a trial, or one of several uses of chance.

    Parts that are added to a study leave the seeds of the others as they are.

    Parameters
    ----------
    seed : int
        Of the study.
    identity : str or float
        What tells this part from all others, for example study, condition, rate and trial; 10 and 10.0 are the same.

    Returns
    -------
    int
        The first 63 bits of the SHA-256 of the JSON text ``[seed,...identity]`` with numbers as floats: the same on
        every machine and with every version of Python.
    """
    parts = [part if isinstance(part, str) else float(part) for part in identity]
    text = json.dumps([int(seed), *parts], separators=(",", ":"), allow_nan=False)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> (64 - BITS)
