"""Two modes in which errors of kernels are found: as plain Python, and with all indices checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import every_kernel
import numpy as np
import pytest

STEPS = 20
#: um; polynomials round products and sums together where they are compiled, in displacements of single precision.
ROUNDING = 1e-6
#: Steps beside a rim are as long as it is far, so that such differences grow there without end: of so many molecules.
BESIDE_RIMS = 0.02
READ = """
import numpy as np
from nanospine.compiled.decorators import inline, kernel, shared, unsigned

@inline
def read(values, i):
    return values[unsigned(i)]

@shared
def read_by(values, i):
    return read(values, i)

@kernel
def read_at(values, i):
    return read_by(values, i)

read_at(np.zeros(3), {index})
"""


def python(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with other environment variables."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def results(path: Path, scale: int, steps: int, **environment: str) -> dict[str, Any]:
    """Return what runs of all models end with in another interpreter."""
    run = python(every_kernel.__file__, path, scale, steps, **environment)
    assert run.returncode == 0, run.stderr
    with np.load(path) as file:
        return dict(file)


@pytest.mark.verification
def test_kernels_as_plain_python_do_the_same(tmp_path: Path) -> None:
    """A minute or so."""
    compiled = every_kernel.results(1, STEPS)
    plain = results(tmp_path / "plain.npz", 1, STEPS, NUMBA_DISABLE_JIT="1")
    assert plain.keys() == compiled.keys()
    for name, values in compiled.items():
        if name.endswith("position"):
            most = 1 - BESIDE_RIMS if name.startswith("in_two_boxes") else 1.0
            assert np.quantile(np.abs(plain[name] - values).max(axis=1), most) < ROUNDING, name
        else:
            assert np.array_equal(plain[name], values), name


@pytest.mark.parametrize("index", [3, -1])
def test_a_kernel_that_reads_beyond_an_array_is_an_index_error(index: int) -> None:
    checked = python("-c", READ.format(index=index), NUMBA_BOUNDSCHECK="1")
    assert checked.returncode == 1
    assert checked.stderr.endswith("IndexError: index is out of bounds\n")


def test_a_kernel_that_reads_within_an_array_passes_the_check() -> None:
    assert python("-c", READ.format(index=2), NUMBA_BOUNDSCHECK="1").returncode == 0


@pytest.mark.verification
def test_no_kernel_reads_or_writes_beyond_an_array(tmp_path: Path) -> None:
    """With checks, all kernels are compiled anew: a minute or two."""
    checked = results(tmp_path / "checked.npz", 8, 200, NUMBA_BOUNDSCHECK="1")
    for name, values in every_kernel.results(8, 200).items():
        assert np.array_equal(checked[name], values), name
