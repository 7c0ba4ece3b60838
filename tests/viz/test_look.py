"""Looks of molecules and regions: told apart with any colour vision, and not needed to be drawn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from nanospine import Voltage, proteins
from nanospine.viz.look import (
    FALLBACK_CYCLE,
    LOOKS,
    MEMBRANE,
    fallback,
    legend_regions,
    occupancy_colors,
    region_look,
)

#: Linear sRGB as seen without one kind of cone: Machado, Oliveira & Fernandes (2009), IEEE TVCG 15:1291, severity 1.
VISIONS = {
    "trichromat": np.eye(3),
    "protanope": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranope": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanope": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip
#: sRGB to XYZ relative to white (D65, IEC 61966-2-1).
XYZ = np.array([[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1095, 0.8728]])
#: Colour difference (CIE 1976) that is plain in small symbols; 2.3 is just noticeable.
PLAIN = 15.0


def linear(color: str) -> np.ndarray:
    """Linear sRGB (IEC 61966-2-1)."""
    levels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def lightness(color: str) -> float:
    """Relative luminance of sRGB."""
    return float(XYZ[1] @ linear(color))


def difference(a: str, b: str, vision: str) -> float:
    """Distance of two colours in CIELAB, as seen."""
    places = []
    for color in (a, b):
        x, y, z = XYZ @ np.clip(VISIONS[vision] @ linear(color), 0.0, 1.0)
        f = [np.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z)]
        places.append((116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])))
    return float(np.linalg.norm(np.subtract(*places)))


@pytest.mark.parametrize("vision", VISIONS)
def test_groups_of_one_shape_have_colours_that_everyone_tells_apart(vision: str) -> None:
    seen: dict[str, set[tuple[str, str]]] = {}
    for group, look in LOOKS.items():
        for mark in {look.mark, look.bound or look.mark, *look.states.values()}:
            for color in [mark.color] if mark.color else occupancy_colors(4):
                seen.setdefault(mark.shape, set()).add((group, color))
    for colors in seen.values():
        for (group, a), (other, b) in combinations(sorted(colors), 2):
            assert group == other or difference(a, b, vision) > PLAIN, (group, other)
    for a, b in combinations(FALLBACK_CYCLE, 2):
        assert difference(a, b, vision) > PLAIN


def test_the_difference_sees_what_a_deuteranope_does_not() -> None:
    """The wrong variant: a red and a green of one lightness."""
    assert difference("#C04040", "#807830", "trichromat") > 3 * PLAIN
    assert difference("#C04040", "#807830", "deuteranope") < PLAIN


@pytest.mark.parametrize("largest", [1, 2, 4, 8])
def test_more_calcium_is_darker_without_any_colour_vision(largest: int) -> None:
    values = [lightness(color) for color in occupancy_colors(largest)]
    assert len(values) == largest + 1
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_an_open_channel_differs_from_a_closed_one_in_shape_and_size() -> None:
    channel = LOOKS["L-type channel"]
    closed, opened = channel.of("LC", 0), channel.of("LO", 0)
    assert closed.shape != opened.shape
    assert closed.size < opened.size


CHANNELS = {
    "NMDA receptor": ("NMDAR_O", ("NMDAR_C0", "NMDAR_D", "NMDAR_OB", "NMDAR_C1B", "NRC1")),
    "VSCC": ("VSCC_O", ("VSCC_C0", "VSCC_C3")),
    "RyR": ("RyR_O_a4_i0", ("RyR_C_a4_i0", "RyR_CI_a2_i1", "RyR_OI_a4_i1")),
    "L-type channel": ("LO", ("LC",)),
}


@pytest.mark.parametrize("group", CHANNELS)
def test_open_channels_are_told_from_all_others_by_shape_or_colour(group: str) -> None:
    opened, others = CHANNELS[group]
    mark = LOOKS[group].of(opened, 0)
    assert LOOKS[group].words[mark] == "open"
    for name in others:
        other = LOOKS[group].of(name, 0)
        assert LOOKS[group].words[other] != "open"
        assert other.shape != mark.shape or all(
            difference(other.color or "", mark.color or "", vision) > PLAIN for vision in VISIONS
        )


def test_every_ready_made_protein_has_a_look_and_its_states_have_words() -> None:
    voltage = Voltage.constant(-65.0)
    schemes = [
        proteins.calcium(), proteins.calbindin(), proteins.calmodulin(), proteins.immobile_buffer(), proteins.pmca(),
        proteins.ncx(), proteins.nmda_receptor(1.0, voltage, number=1),
        proteins.nmda_receptor_jahr(1.0, voltage, number=1), proteins.vscc(voltage, number=1), proteins.serca(),
        proteins.ryr(number=1), proteins.leak(),
    ]  # fmt: skip
    for species in (one for scheme in schemes for one in scheme.species):
        look = LOOKS[species.group]
        mark = look.of(species.name, species.content.get("Ca", 0))
        assert not look.words or mark in look.words, species.name
    assert {state for group in ("RyR", "VSCC", "SERCA") for state in LOOKS[group].states} <= {
        one.name for scheme in schemes for one in scheme.species
    }


def test_serca_shows_where_its_sites_are_and_what_they_hold() -> None:
    marks = {state: LOOKS["SERCA"].of(f"SERCA_{state}", 0) for state in ("x0", "x1", "x2", "y2", "y1", "y0")}
    assert len(set(marks.values())) == 4
    assert {marks["x0"].shape, marks["x2"].shape} == {"cup"}
    assert {marks["y0"].shape, marks["y2"].shape} == {"cone"}
    assert lightness(marks["x2"].color or "") < lightness(marks["x0"].color or "")


@pytest.mark.parametrize("pump", ["PMCA", "NCX"])
def test_a_bound_pump_is_darker_than_a_free_one(pump: str) -> None:
    free, bound = LOOKS[pump].of("any", 0), LOOKS[pump].of("any", 1)
    assert lightness(bound.color or "") < lightness(free.color or "")


def test_unknown_groups_go_by_occupancy_or_get_colours_of_their_own() -> None:
    assert fallback(0, carries_calcium=True).of("fura_Ca", 1).color is None
    colors = [fallback(order, carries_calcium=False).mark.color for order in range(6)]
    assert len(set(colors)) == 6
    assert LOOKS["Ca"].mark.color not in colors


def test_unknown_regions_are_plain_membrane() -> None:
    assert region_look("apposed dendrite") == MEMBRANE
    assert region_look("PSD") == region_look("psd") == region_look("cytosol.psd2") != MEMBRANE


def test_regions_that_look_alike_stand_once_in_the_legend() -> None:
    assert list(legend_regions(["cytosol.psd1", "cytosol.psd2", "sa.membrane", "sa.ryr", "head"])) == [
        "PSD",
        "spine apparatus",
    ]
