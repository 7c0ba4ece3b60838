"""The cortical plasticity model against independent integrations, within 1 % everywhere, and its jump process."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from maki_reference import largest_difference, read_full, read_small

from nanospine import Model, Result, Schedule, simulate
from nanospine.model import Reaction
from nanospine.scenarios.maki2020 import blocked, hfs, lfs
from nanospine.scenarios.maki2020.induction import rest
from nanospine.scenarios.maki2020.pathways import REST, VOLUME, observe, pathways
from nanospine.scenarios.maki2020.stimulation import concentration_rate
from nanospine.verification import Estimate

pytestmark = pytest.mark.verification
ONE_PERCENT = 0.01


@pytest.fixture(scope="module")
def resting() -> Result:
    return rest()


def step_of_calcium(flux: float, ligands: float) -> Model:
    """Constant influx for 300 s from the end of the rest (molecules/ms)."""
    flows = {"Ca": flux, "L": ligands, "Glu": ligands, "ACh": ligands}
    sources = [
        Reaction(f"0 -> {species}", Schedule.pulses([REST], 300.0, concentration_rate(value, VOLUME)))
        for species, value in flows.items()
    ]
    base = pathways()
    return Model(base.mesh, species=base.species, reactions=[*base.reactions, *sources], releases=base.releases)


class TestMakiCoursesVsReference:
    @pytest.mark.parametrize(("name", "protocol"), [("hfs", hfs.Parameters()), ("lfs", lfs.Parameters())])
    def test_every_second(self, name: str, protocol: hfs.Parameters, resting: Result) -> None:
        reference = read_full(f"ode_{name}.csv")
        reference = reference[reference["t_s"] >= REST]
        run = simulate(protocol.model, 960.0, "ode", every=1.0, start=resting)
        difference, column = largest_difference(run, reference, reference["t_s"].to_numpy())
        assert difference < ONE_PERCENT, column

    def test_every_millisecond_of_the_onset(self, resting: Result) -> None:
        reference = read_full("ode_hfs_onset_1ms.csv.gz").iloc[100:]  # its times are rounded; row 100 is 4040 s
        times = REST + 1e-3 * np.arange(len(reference))
        run = simulate(hfs.Parameters().model, round(times[-1] - REST, 3), "ode", every=1e-3, start=resting)
        difference, column = largest_difference(run, reference, times)
        assert difference < ONE_PERCENT, column

    def test_the_rest(self) -> None:
        reference = read_full("ode_no_input.csv")
        reference = reference[reference["t_s"] > 0]
        run = simulate(pathways(), float(reference["t_s"].max()), "ode", every=1.0)
        difference, column = largest_difference(run, reference, reference["t_s"].to_numpy())
        assert difference < ONE_PERCENT, column

    def test_all_species_at_some_times(self, resting: Result) -> None:
        table = read_full("ode_hfs_snapshots.csv")
        names = table["species"].replace({"2AG": "twoAG"})
        times = np.array([float(column[2:].removesuffix("s_nM")) for column in table.columns[1:]])
        reference = pd.DataFrame(table.iloc[:, 1:].to_numpy().T, columns=[f"{name}_nM" for name in names])
        run = simulate(hfs.Parameters().model, 960.0, "ode", every=1.0, start=resting)
        assert len(names) == 204
        difference, column = largest_difference(run, reference, times)
        assert difference < ONE_PERCENT, column

    @pytest.mark.parametrize("row", range(0, 45, 4))
    def test_steady_calcium(self, row: int, resting: Result) -> None:
        reference = read_small("ode_steady_ca_sweep.csv").iloc[row]
        run = simulate(step_of_calcium(reference["Ca_flux_per_ms"], reference["ligand_flux_per_ms"]), 900.0, "ode",
                    every=1.0, start=resting)  # fmt: skip
        conductance = observe(run.dataset["number"])["conductance"]
        expected = reference[["gmax_4340s", "gmax_4930s", "gmax_4940s"]].to_numpy(dtype=float)
        found = conductance.sel(time=[4340.0, 4930.0, 4940.0], method="nearest").values
        assert found == pytest.approx(expected, rel=ONE_PERCENT)
        assert 1e3 * run.concentration("Ca")[300] == pytest.approx(reference["Ca_4340s_nM"], rel=ONE_PERCENT)

    CONDITIONS = (
        ("no_calcium", "noCa", "HFS"), ("no_beta_adrenergic", "noL", "HFS"), ("no_camkii", "CK_x0", "HFS"),
        ("no_glutamate_acetylcholine", "noGlu_noACh", "HFS"), ("no_glutamate", "noGlu", "LFS"),
        ("no_glutamate_acetylcholine", "noGlu_noACh", "LFS"), ("no_pkc", "PKC_x0", "LFS"),
        ("glur2_only", "GluR1x0.0 GluR2x2.0 (Fig3.1)", "HFS"),
    )  # fmt: skip

    @pytest.mark.parametrize(("variant", "label", "protocol"), CONDITIONS)
    def test_variants(self, variant: str, label: str, protocol: str) -> None:
        rows = read_small("ode_conditions_gmax.csv")
        row = rows[(rows["label"] == label) & (rows["protocol"] == protocol)].iloc[0]
        expected = [row["gmax_4040s"], row["gmax_4300s"], row["gmax_5000s"]]
        assert blocked.run_variant((variant, protocol.lower())) == pytest.approx(expected, rel=ONE_PERCENT)


class TestMakiJumpProcess:
    TRIALS = 8
    SECONDS = 2.0

    def test_means_are_those_of_the_rate_equations_where_numbers_are_large(self, resting: Result) -> None:
        """Within 4 standard errors for all species above 1000 molecules, during the first train."""
        model = hfs.Parameters().model
        course = simulate(model, self.SECONDS, "ode", every=self.SECONDS, start=resting)
        trials = [
            simulate(model, self.SECONDS, "ssa", trial=trial, every=self.SECONDS, start=resting)
            for trial in range(self.TRIALS)
        ]
        final = np.array([run.dataset["number"].values[-1] for run in trials])
        expected = course.dataset["number"].values[-1]
        large = (expected > 1000) & (final.std(axis=0) > 0)
        assert large.sum() >= 10
        for s in np.flatnonzero(large):
            assert abs(Estimate.of(final[:, s]).z(float(expected[s]))) < 4, course.dataset["species"].values[s]
