"""What made a result: versions, machine kind and the time it was made."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("nanospine", "numba", "numpy", "scipy", "trimesh", "xarray", "zarr")


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
