"""How each kind of molecule and region is drawn: one table, with fallbacks for models of any user.

Colours are those of Okabe & Ito or a light-to-dark scale, so that they survive any colour vision and grey
printing; what matters most (is the channel open?) also has a shape of its own. Sizes are fractions of the
largest extent of the mesh: symbols, not molecular radii.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .style import BLACK, GREEN, ORANGE, PURPLE, RED, SKY, YELLOW

# 0, 1, 2 ... Ca2+ bound: lightness falls in even steps from pale grey to navy.
PALE, NAVY = "#D3DBE3", "#08245C"
# Buffers without Ca2+ are drawn smaller, so that those with it stand out in a crowd.
EMPTY_SIZE = 0.65


@dataclass(frozen=True)
class Mark:
    """A symbol.

    Parameters
    ----------
    shape : str
        ``"sphere"``, ``"cube"``, ``"octahedron"``, or one that stands on the membrane: ``"dome"``,
        ``"block"``, ``"disc"``, ``"ring"``, ``"cone"``, ``"cup"`` (a cone with the wide end outside), ``"triangle"``,
        ``"square"``, ``"hexagon"``, and ``"open triangle"`` and so on, with a hole.
    size : float
        Width, as a fraction of the extent of the mesh.
    color : str or None
        ``"#rrggbb"``; None colours by the number of Ca2+ carried.
    """

    shape: str
    size: float
    color: str | None = None


@dataclass(frozen=True)
class Look:
    """How a group of species is drawn.

    Parameters
    ----------
    mark : Mark
        For every state that has no entry of its own.
    bound : Mark or None
        For states that carry Ca2+, if they look different.
    states : mapping of str to Mark
        For single species, by name.
    words : mapping of Mark to str
        What each mark means, if a group has several.
    label : str or None
        Name in the legend; None for the name of the group.
    """

    mark: Mark
    bound: Mark | None = None
    states: Mapping[str, Mark] = field(default_factory=dict)
    words: Mapping[Mark, str] = field(default_factory=dict)
    label: str | None = None

    def of(self, species: str, calcium: int) -> Mark:
        """Return the mark of a species that carries ``calcium`` ions."""
        if species in self.states:
            return self.states[species]
        return self.bound if self.bound is not None and calcium > 0 else self.mark


def pump(shape: str, free: str, bound: str) -> Look:
    """Look of a pump: pale when free, dark with Ca2+."""
    marks = Mark(shape, 0.020, free), Mark(shape, 0.020, bound)
    return Look(marks[0], bound=marks[1], words=dict(zip(marks, ("free", "Ca²⁺ bound"), strict=True)))


def channel(states: Mapping[str, tuple[str, Mark]], otherwise: Mark, label: str | None = None) -> Look:
    """Look of a channel: a word and a mark for states by their names, and a mark of those that are closed."""
    marks = {name: mark for name, (_, mark) in states.items()}
    words = {otherwise: "closed"} | {mark: word for word, mark in states.values()}
    return Look(otherwise, states=marks, words=words, label=label)


def serca_look() -> Look:
    """Look of SERCA: wide where its sites are, in the cytosol (outside of its mesh) or in the lumen; dark with Ca2+."""
    free, bound = "#CFE8F7", "#005A8C"
    facing = (("cup", "x", "cytosol"), ("cone", "y", "lumen"))
    marks = {(shape, color): Mark(shape, 0.018, color) for shape, _, _ in facing for color in (free, bound)}
    states = {
        f"SERCA_{side}{ions}": marks[shape, bound if ions else free] for shape, side, _ in facing for ions in range(3)
    }
    words = {
        marks[shape, color]: f"{word}, {side}"
        for shape, _, side in facing
        for color, word in ((free, "free"), (bound, "Ca²⁺ bound"))
    }
    return Look(marks["cup", free], states=states, words=words)


CLOSED = Mark("disc", 0.070, BLACK)
OPEN = Mark("ring", 0.110, ORANGE)
#: Open channels are orange and have a hole; the outline says which channel it is.
NMDA_CLOSED, NMDA_DESENSITIZED = Mark("hexagon", 0.034, PURPLE), Mark("hexagon", 0.034, "#F3DCE8")
NMDA_OPEN, NMDA_BLOCKED = Mark("open hexagon", 0.044, ORANGE), Mark("open hexagon", 0.044, "#7A2E5A")
RYR_CLOSED, RYR_INACTIVE = Mark("square", 0.042, "#3F4B57"), Mark("square", 0.042, "#C6CDD4")
RYR_OPEN, RYR_SHUT = Mark("open square", 0.055, ORANGE), Mark("open square", 0.055, "#C6CDD4")
VSCC_CLOSED, VSCC_OPEN = Mark("triangle", 0.050, GREEN), Mark("open triangle", 0.064, ORANGE)

LOOKS: dict[str, Look] = {
    "Ca": Look(Mark("sphere", 0.017, RED), label="Ca²⁺"),
    "Ca_ER": Look(Mark("sphere", 0.013, "#7F2704"), label="Ca²⁺ in the store"),
    "calbindin": Look(Mark("sphere", 0.013)),
    "calmodulin": Look(Mark("octahedron", 0.022)),
    "immobile buffer": Look(Mark("cube", 0.012)),
    "PMCA": pump("dome", "#B9DFD3", GREEN),
    "NCX": pump("block", "#F4F0A8", "#6E6100"),
    "GluN": Look(Mark("disc", 0.035, PURPLE)),
    "L-type channel": channel({"LO": ("open", OPEN)}, CLOSED),
    "NMDA receptor": channel(
        {
            **dict.fromkeys(("NRD", "NMDAR_D", "NMDAR_DB"), ("desensitised", NMDA_DESENSITIZED)),
            **dict.fromkeys(("NRO", "NMDAR_O"), ("open", NMDA_OPEN)),
            "NMDAR_OB": ("open, with Mg²⁺", NMDA_BLOCKED),
        },
        NMDA_CLOSED,
    ),
    "VSCC": channel({"VSCC_O": ("open", VSCC_OPEN)}, VSCC_CLOSED),
    "RyR": channel(
        {
            f"RyR_{gate}_a{a}_i{i}": look
            for gate, look in (
                ("O", ("open", RYR_OPEN)),
                ("CI", ("inactivated", RYR_INACTIVE)),
                ("OI", ("inactivated, gate open", RYR_SHUT)),
            )
            for a in range(5)
            for i in range(5)
        },
        RYR_CLOSED,
    ),
    "SERCA": serca_look(),
    "leak": Look(Mark("ring", 0.016, SKY)),
}


# For groups without a look: not the red of Ca2+ nor the blues of occupancy.
FALLBACK_CYCLE = (PURPLE, GREEN, ORANGE, "#6E6100", BLACK, YELLOW)


def fallback(order: int, carries_calcium: bool) -> Look:
    """Return the look of a group that the table lacks, the ``order``-th of them.

    Spheres: by occupancy if a state of the group carries Ca2+, in a colour of its own if not.
    """
    return Look(Mark("sphere", 0.013, None if carries_calcium else FALLBACK_CYCLE[order % len(FALLBACK_CYCLE)]))


def occupancy_colors(largest: int) -> list[str]:
    """Return the colours of 0 to ``largest`` Ca2+ bound, pale to dark."""
    ends = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in (PALE, "#5B9BD5", NAVY)])
    places = np.linspace(0, 1, largest + 1)
    channels = [np.interp(places, [0, 0.45, 1], column).round().astype(int) for column in ends.T]
    return [f"#{r:02X}{g:02X}{b:02X}" for r, g, b in zip(*channels, strict=True)]


@dataclass(frozen=True)
class RegionLook:
    """How a region of the mesh is drawn."""

    color: str
    opacity: float
    outline: str | None = None
    label: str | None = None


MEMBRANE = RegionLook("#AEBBC8", 0.10)
REGIONS: dict[str, RegionLook] = {
    "psd": RegionLook("#E9C9A0", 0.45, outline="#A87B3F", label="PSD"),
    "neck": RegionLook("#56B4E9", 0.35, outline="#005A8C"),
    "er": RegionLook("#CC79A7", 0.30, label="ER"),
    **dict.fromkeys(("sa", "apparatus"), RegionLook("#CC79A7", 0.30, label="spine apparatus")),
}


def region_kind(name: str) -> str:
    """Return the name of a region without that of its part and the number of one of several: ``psd`` of ``a.PSD2``."""
    return name.lower().rpartition(".")[-1].rstrip("0123456789")


def region_look(name: str) -> RegionLook:
    """Return the look of a region by its own name or that of its part; every other region is plain membrane."""
    part = name.lower().rpartition(".")[0]
    return REGIONS.get(region_kind(name), REGIONS.get(part, MEMBRANE))


def legend_regions(names: Iterable[str]) -> dict[str, RegionLook]:
    """Return what a legend calls the regions that are no plain membrane, and their looks; those alike stand once."""
    looks = {name: region_look(name) for name in names}
    return {look.label or name.split(".")[-1]: look for name, look in looks.items() if look != MEMBRANE}
