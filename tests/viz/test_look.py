from __future__ import annotations

import pytest

from nanospine.viz.look import LOOKS, MEMBRANE, fallback, occupancy_colors, region_look


def lightness(color: str) -> float:
    """Relative luminance of sRGB (IEC 61966-2-1)."""
    levels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


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
    assert region_look("PSD") == region_look("psd") != MEMBRANE
