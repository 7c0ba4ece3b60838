"""Words of MDL that are read without effect, and those that are refused; all others act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from ...model import warn
from .syntax import Place

SPACE = "how MCell divides space"
OUTPUT = "what MCell prints, shows and buffers"
APPROXIMATION = "how MCell approximates reactions and placement"
STEPS = "all molecules move with TIME_STEP"

#: Words that are read without effect, with the reason.
WITHOUT_EFFECT: Mapping[str, str] = {
    **dict.fromkeys((f"{word}_{axis}" for word in ("PARTITION", "MEMORY_PARTITION") for axis in "XYZ"), SPACE),
    "ASPECT_RATIO": SPACE,
    **dict.fromkeys(
        (
            "NOTIFICATIONS", "WARNINGS", "VIZ_OUTPUT", "VIZ_VALUE", "VOLUME_DATA_OUTPUT", "OUTPUT_BUFFER_SIZE",
            "SHOW_EXACT_TIME", "printf", "fprintf", "fclose",
        ),
        OUTPUT,
    ),
    **dict.fromkeys(
        (
            "INTERACTION_RADIUS", "ACCURATE_3D_REACTIONS", "MICROSCOPIC_REVERSIBILITY", "TARGET_ONLY",
            "SURFACE_GRID_DENSITY", "EFFECTOR_GRID_DENSITY", "VACANCY_SEARCH_DISTANCE", "CENTER_MOLECULES_ON_GRID",
            "RADIAL_DIRECTIONS", "RADIAL_SUBDIVISIONS",
        ),
        APPROXIMATION,
    ),
    **dict.fromkeys(
        ("SPACE_STEP", "TIME_STEP_MAX", "CUSTOM_TIME_STEP", "CUSTOM_SPACE_STEP", "MAXIMUM_STEP_LENGTH"), STEPS
    ),
    # Not words by themselves, but in places where they say nothing.
    "SITE_DIAMETER of a LIST": "surface molecules are put on the nearest triangle",
    "orientation of volume molecules": "only at a surface there are sides",
}  # fmt: skip

#: Words that are refused, with what to do instead.
REFUSED: Mapping[str, str] = {
    "CLAMP_FLUX": "clamp a concentration",
    "REMOVE_ELEMENTS": "it opens the surface, and a model's mesh must be closed",
    **dict.fromkeys(("INCLUDE_PATCH", "EXCLUDE_PATCH"), "list the triangles of a POLYGON_LIST"),
    **dict.fromkeys(("SPHERICAL_SHELL", "SPHERICAL_SHELL_SITE"), "use SPHERICAL, or a LIST of positions"),
    **dict.fromkeys(("VOLUME_DEPENDENT_RELEASE_NUMBER", "MEAN_DIAMETER"), "give NUMBER_TO_RELEASE"),
    "TRIGGER": "it writes single events, which are not recorded; use COUNT",
    "ESTIMATE_CONCENTRATION": "it is not recorded; divide a COUNT by the volume",
    **dict.fromkeys(("RAND_UNIFORM", "RAND_GAUSSIAN"), "it makes a model random; give a number"),
}


def refusal(word: str, place: Place) -> Exception:
    """Return the error about a word that is refused."""
    return place.error(f"{word} cannot be expressed: {REFUSED[word]}")


def warn_of(ignored: Iterable[tuple[str, Place]]) -> None:
    """Warn once of all words that were read without effect."""
    reasons: dict[str, dict[str, Place]] = {}
    for word, place in ignored:
        reasons.setdefault(WITHOUT_EFFECT[word], {}).setdefault(word, place)
    if not reasons:
        return
    parts = [
        f"{', '.join(f'{word} ({place.where})' for word, place in words.items())}: {reason}"
        for reason, words in reasons.items()
    ]
    warn(f"Read without effect in nanospine: {'; '.join(parts)}.")


#: Words that stand where names do, and so cannot be names.
RESERVED = frozenset(
    (
        "ALL", "ALL_ELEMENTS", "ALL_MOLECULES", "ALL_SURFACE_MOLECULES", "ALL_VOLUME_MOLECULES", "CUBIC", "ELLIPTIC",
        "FALSE", "LIST", "NO", "NONE", "OFF", "ON", "PI", "RAND_GAUSSIAN", "RAND_UNIFORM", "RECTANGULAR", "SEED",
        "SPHERICAL", "SPHERICAL_SHELL", "TRUE", "UNLIMITED", "WORLD", "YES",
    )
)  # fmt: skip


#: Terminals whose patterns hold no words.
FREE = ("COMMENT", "NAME", "NUMBER", "STRING", "SYMBOL")


@cache
def grammar_words() -> frozenset[str]:
    """Return the words that the grammar knows: those in quotation marks and in the patterns of its terminals."""
    text = files("nanospine.interop.mdl").joinpath("mdl.lark").read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith(("//", *FREE)))
    quoted = re.findall(r'"([^"\n]*)"', code) + re.findall(r"/(.*?)/", code)
    return frozenset(re.findall(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[A-Za-z]{2,}\w*", " ".join(quoted)))


def new_name(name: object, place: Place) -> str:
    """Return the name that a statement gives to something.

    Raises
    ------
    MdlError
        If it is a word of MDL, or looks like a path of objects.
    """
    text = str(name)
    if text in RESERVED or "." in text:
        raise place.error(f"{text!r} cannot be a name: it is a word of MDL, or has a dot; choose another")
    return text
