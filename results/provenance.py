"""What made a result: versions, kind of machine and time."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("nanospine", "numba", "numpy", "scipy", "trimesh", "xarray", "zarr")


def attributes(volume: float, seconds: float) -> dict[str, float | str]:
    """Return the attributes of a result of a volume (um^3) that took some seconds of real time."""
    return {"volume_um3": volume, "wall_seconds": seconds, "environment": json.dumps(environment())}


def environment() -> dict[str, str]:
    """Return package versions, Python version, processor architecture and the time (UTC)."""
    return {
        "python": platform.python_version(),
        "architecture": platform.machine(),
        **{package: _version(package) for package in PACKAGES},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
