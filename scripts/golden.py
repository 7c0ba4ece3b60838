"""Digests of the numbers that the package makes: what a change that should change no number is held against.

Writes one digest per array of every scenario (quick), one number per check of `nanospine verify` and per count of the
particle workloads of `nanospine bench`; given two such files, says what differs:

    python scripts/golden.py before.json
    python scripts/golden.py before.json after.json
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

#: Steps of each particle workload, as many molecules as it has.
STEPS = 500


def scenarios(folder: Path) -> dict[str, Any]:
    """Return the claims, and a digest of each array, of the quick version of every scenario."""
    from nanospine.scenarios.registry import load_all

    found: dict[str, Any] = {}
    for name in (scenario.name for scenario in load_all()):
        out = folder / name
        nanospine("run", name, "--quick", "--jobs", "2", "--seed", "1", "--out", str(out), "--json", f"{out}.json")
        for claim in json.loads(Path(f"{out}.json").read_text())["claims"]:
            found[f"{name}: {claim['name']}"] = [claim["value"], claim["standard_error"], claim["holds"]]
        for store in sorted(out.rglob("*.zarr")):
            for variable, array in xr.open_zarr(store, consolidated=False).load().variables.items():
                found[f"{name}: {store.relative_to(out)}: {variable}"] = digest(array.values)
    return found


def checks(folder: Path) -> dict[str, Any]:
    """Return the measured number of every check of the fast tier."""
    nanospine("verify", "--jobs", "2", "--json", str(folder / "verify.json"))
    rows = json.loads((folder / "verify.json").read_text())["checks"]
    return {f"verify: {row['name']}": [row["value"], row["expected"]] for row in rows}


def workloads() -> dict[str, Any]:
    """Return a digest of all counts of some steps of the particle workloads."""
    from nanospine import cube, sphere, spine
    from nanospine.benchmarks.workloads import DT, binding, head, walkers
    from nanospine.particles import Particles, Simulation

    models = {
        "W1": binding(cube(0.05)), "W2": walkers(cube(0.05), 10_000), "W3": binding(sphere(volume=0.05)),
        "W4": head(()), "W4s": head((0.02, 0.1)), "W6": walkers(spine(), 2_000),
    }  # fmt: skip
    found = {}
    for name, model in models.items():
        frames = [STEPS * DT]
        result = Simulation(model, Particles(dt=DT)).run(STEPS * DT, every=10 * DT, frames=frames)
        assert result.trajectory is not None
        for variable, array in {**result.dataset.variables, "position": result.trajectory.position}.items():
            found[f"{name}: {variable}"] = digest(np.asarray(array))
    return found


def digest(values: np.ndarray) -> str:
    """Return a digest of an array's shape and contents; strings count as text, whatever their width."""
    data = (
        json.dumps(values.tolist()).encode() if values.dtype.kind in "USO" else np.ascontiguousarray(values).tobytes()
    )
    return hashlib.sha256(f"{values.shape}".encode() + data).hexdigest()[:16]


def nanospine(*words: str) -> None:
    """Run the command line; failing claims and checks are numbers like others."""
    subprocess.run(
        [sys.executable, "-c", "from nanospine.cli import main; main()", *words], check=False, stdout=subprocess.DEVNULL
    )


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what differs between two sets of digests, a line each."""
    return [
        f"{key}: {before.get(key, 'absent')} -> {after.get(key, 'absent')}"
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def main(paths: list[str]) -> int:
    """Write digests, or compare two files of them."""
    if len(paths) == 2:
        lines = differences(*(json.loads(Path(path).read_text()) for path in paths))
        print("\n".join(lines) or "no difference")
        return bool(lines)
    with tempfile.TemporaryDirectory() as folder:
        found = {**workloads(), **scenarios(Path(folder)), **checks(Path(folder))}
    Path(paths[0]).write_text(json.dumps(found, indent=1, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
