"""Arguments of every selector of `nanospine.regions`, and of what kind they are."""

from __future__ import annotations

from typing import Any

from nanospine import Ball, cube

SELECTORS: dict[str, tuple[dict[str, Any], str]] = {
    "Within": ({"place": Ball((0.0, 0.0, 0.0), 1.0)}, "part: place"),
    "HalfSpace": ({"point": (0.0, 0.0, 0.0), "normal": (0.0, 0.0, 1.0)}, "numbers: point normal"),
    "Height": ({"low": 0.0, "high": 1.0, "axis": "z"}, "number: low high"),
    "Facing": ({"direction": (0.0, 0.0, 1.0)}, "numbers: direction; number: within_deg"),
    "Nearest": ({"point": (0.0, 0.0, 0.0)}, "numbers: point; count: number"),
    "Grown": ({"seed": (0.0, 0.0, 0.0), "area": 0.1}, "numbers: seed; number: area"),
    "Triangles": ({"numbers": [0, 1]}, "counts: numbers"),
    "Region": ({"name": "membrane"}, "text: name"),
    "RegionOf": ({"mesh": cube(0.05), "name": "membrane"}, "part: mesh; text: name"),
}
