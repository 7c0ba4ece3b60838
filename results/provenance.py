"""What made a result: versions, machine kind and the time it was made."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("nanospine", "numba", "numpy", "scipy", "trimesh", "xarray", "zarr")


def environment() -> dict[str, str]:
    """Return package versions, Python version, processor architecture and the time (UTC)."""
    found = {"python": platform.python_version(), "architecture": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    found["created"] = datetime.now(UTC).isoformat(timespec="seconds")
    return found
