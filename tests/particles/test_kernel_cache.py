"""Where compiled kernels cannot be kept they are compiled anew, and the run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALL = """
import resource
import numpy as np
{limit}
from nanospine.compiled.sigmoids import sum_of_sigmoids
print(sum_of_sigmoids(1.0, np.array([[2.0, 1.0, 1.0]]))[0])
"""
#: No file may grow beyond so many bytes, as on a disk that is full.
FULL = "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))"


def call(cache: Path | str, limit: str = "") -> str:
    """Call a compiled function in a process of its own; return what it says of its cache."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", CALL.format(limit=limit)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1.0\n"
    return done.stderr


def files(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.suffix in (".nbi", ".nbc")]


def test_kernels_are_kept(tmp_path: Path) -> None:
    assert call(tmp_path) == ""
    before = {path: path.stat().st_mtime_ns for path in files(tmp_path)}
    assert len(before) == 2
    assert call(tmp_path) == ""
    assert {path: path.stat().st_mtime_ns for path in files(tmp_path)} == before


def test_a_directory_that_cannot_be_made() -> None:
    assert "cannot be kept in /dev/null/below" in call("/dev/null/below")


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    said = call(tmp_path, FULL)
    assert "File too large" in said
    assert "set NUMBA_CACHE_DIR to another directory" in said
    assert call(tmp_path) == "", "what was cut off is written anew"


@pytest.mark.parametrize("content", [b"nanospine" * 100])
def test_files_that_are_damaged(tmp_path: Path, content: bytes) -> None:
    call(tmp_path)
    for path in files(tmp_path):
        path.write_bytes(content)
    call(tmp_path)
