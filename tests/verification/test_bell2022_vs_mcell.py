"""The thin spine of Bell et al. (2022) against the same model in MCell 3.5.1, whose data stand beside a checkout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from places import REFERENCE

from nanospine import Particles, Simulation, load_mesh
from nanospine.particles import lower
from nanospine.scenarios.bell2022.parameters import Parameters
from nanospine.scenarios.bell2022.spines import spine_model

MESH, MCELL = REFERENCE / "lee2024" / "meshes" / "bell2022_thin", REFERENCE / "mcell_bell2022" / "thin_mean_se.csv"
pytestmark = [
    pytest.mark.verification,
    pytest.mark.skipif(not MCELL.exists(), reason="needs ../shared/reference/mcell_bell2022"),
]
#: Our species, and their columns.
COLUMNS = {"Ca": "Ca2", "Bf_Ca": "CaBf", "Bm_Ca": "CaBm", "P1": "PMCA", "N1": "NCX", "VSCC_O": "VSCC"}
SEEDS = 32


def test_molecules_agree_at_all_times() -> None:
    """At each of ten times in 20 ms."""
    regions = json.loads(MESH.with_suffix(".regions.json").read_text())["regions"]
    model = spine_model(Parameters(), load_mesh(MESH.with_suffix(".ply"), scale_to_um=1.0, regions=regions))
    tables, theirs = lower(model, Particles()), pd.read_csv(MCELL)
    runs = [Simulation(model, seed=3, trial=k, tables=tables).run(20e-3, every=1e-4) for k in range(SEEDS)]
    rows = np.arange(20, 201, 20)
    for species, column in COLUMNS.items():
        ours = np.array([run.number(species)[rows] for run in runs], dtype=float)
        error = np.hypot(ours.std(axis=0, ddof=1) / np.sqrt(SEEDS), theirs[f"{column}_se"].to_numpy()[rows])
        known = error > 0
        z = (ours.mean(axis=0) - theirs[f"{column}_mean"].to_numpy()[rows])[known] / error[known]
        assert np.abs(z).max() < 4, species
