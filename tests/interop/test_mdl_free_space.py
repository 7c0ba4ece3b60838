"""MDL models without walls: a box so large that its sides do not matter, around all objects or around none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import erf, erfc

from nanospine import Assembly, Box, Particles, Result
from nanospine.interop import MdlModel, read_counts, read_mdl, run_mdl
from nanospine.interop.mdl import MdlError
from nanospine.interop.mdl.free_space import LEAST_MARGIN, MOST_VOXELS, REACHED, margin, most_molecules
from nanospine.model import NanospineWarning
from nanospine.particles import Snapshot

HEAD = """ITERATIONS = %d
TIME_STEP = 1e-6
DEFINE_MOLECULES {
 A { DIFFUSION_CONSTANT_3D = 2e-6 } B { DIFFUSION_CONSTANT_3D = 1e-6 } C { DIFFUSION_CONSTANT_3D = 0 }
 P { DIFFUSION_CONSTANT_2D = 0 } Q { DIFFUSION_CONSTANT_2D = 0 } }
"""
CELL = "cell BOX { CORNERS = [-0.1,-0.1,-0.1],[0.1,0.1,0.1] }\n"
LOSS = "DEFINE_REACTIONS { A -> B [1e4] : loss }\n"
COUNT = 'REACTION_DATA_OUTPUT { STEP = 1e-5 { COUNT[A,%s] } => "a.dat" }\n'


def drop(number: int, more: str = "", *, molecule: str = "A", diameter: float = 0.0, at: str = "[0,0,0]") -> str:
    return (
        f"drop_{molecule} RELEASE_SITE {{ SHAPE = SPHERICAL LOCATION = {at} SITE_DIAMETER = {diameter} "
        f"MOLECULE = {molecule} NUMBER_TO_RELEASE = {number} {more} }}\n"
    )


def text(*things: str, before: str = "", after: str = "", iterations: int = 100) -> str:
    return HEAD % iterations + before + "INSTANTIATE w OBJECT { " + "".join(things) + "}\n" + after


def read(tmp_path: Path, *things: str, **parts: object) -> MdlModel:
    path = tmp_path / "free.mdl"
    path.write_text(text(*things, **parts))
    return read_mdl(path)


def looked_at(mdl: MdlModel, seed: int = 1) -> tuple[Result, Snapshot]:
    """Run a model, and return its result and where its molecules are at the end."""
    seen: list[Snapshot] = []
    result = mdl.engine.run(
        mdl.model, mdl.duration, every=mdl.duration, seed=seed, observer=seen.append, observe_every=mdl.duration
    )
    return result, seen[-1]


class TestTheBox:
    def test_fewer_molecules_than_stated_reach_its_sides(self, tmp_path: Path) -> None:
        """Of N molecules, 6 N erfc(m / sqrt(4 D t)) touch planes at a distance m."""
        mdl = read(tmp_path, drop(5000))
        farther = margin(mdl.model, mdl.duration)
        assert 6 * 5000 * erfc(farther / np.sqrt(4 * 200 * 1e-4)) == pytest.approx(REACHED)
        assert mdl.model.mesh.bounds[1] == pytest.approx(np.full(3, farther + LEAST_MARGIN))
        assert mdl.is_open
        assert mdl.notes["space"].startswith("free; run in a box of 2.")

    def test_it_holds_what_is_released_anywhere(self, tmp_path: Path) -> None:
        site = "list RELEASE_SITE { SHAPE = LIST MOLECULE_POSITIONS { A [9,0,0] A [0,-7,0] } }\n"
        low, high = read(tmp_path, site, drop(1, diameter=2.0)).model.mesh.bounds
        assert (low < [-1, -7.5, -1]).all()
        assert (high > [9.5, 1, 1]).all()

    def test_it_grows_with_all_releases_and_with_what_reactions_make(self, tmp_path: Path) -> None:
        """A -> A + A makes e^(k t) of one, C -> A + B two of one, and a train as many as it has releases."""
        train = "DEFINE_RELEASE_PATTERN p { RELEASE_INTERVAL = 1e-5 TRAIN_DURATION = 4e-5 }\n"
        again = "DEFINE_REACTIONS { A -> A + A [2e4] }\n"
        mdl = read(tmp_path, drop(100, "RELEASE_PATTERN = p"), before=train + again)
        assert most_molecules(mdl.model, mdl.duration) == pytest.approx(400 * np.exp(2))
        mdl = read(
            tmp_path, drop(100, molecule="C"), iterations=50, before="DEFINE_REACTIONS { C <-> A + B [>1e9, <1e9] }\n"
        )
        assert most_molecules(mdl.model, mdl.duration) == pytest.approx(200)
        endless = read(tmp_path, drop(1), before="DEFINE_REACTIONS { A -> A + A [1e9] }\n")
        assert np.isfinite(endless.model.mesh.bounds).all()

    def test_nothing_that_moves_needs_no_more_room_than_it_takes(self, tmp_path: Path) -> None:
        mdl = read(tmp_path, drop(3, molecule="C"), before="")
        assert margin(mdl.model, 0.0) == 0.0
        assert mdl.model.mesh.volume > 0

    def test_its_voxels_fit_into_memory_and_say_so(self, tmp_path: Path) -> None:
        """In 1 s molecules get 100 um away, which voxels of 20 nm would fill 1e12 of."""
        meet = "DEFINE_REACTIONS { A + B -> C [1e8] }\n"
        with pytest.warns(NanospineWarning, match=r"voxels are 1.8 um instead of 0.02"):
            mdl = read(tmp_path, drop(10), drop(10, molecule="B"), before=meet, iterations=1_000_000)
        assert np.ptp(mdl.model.mesh.bounds, axis=0).prod() / mdl.voxel**3 == pytest.approx(MOST_VOXELS)
        assert mdl.engine == Particles(dt=1e-6, voxel=mdl.voxel)
        far = drop(1, at="[1,0,0]")
        with pytest.raises(MdlError, match="too large for 'cell'; put an object around all, or run for a shorter time"):
            read(tmp_path, "cell OBJECT cell {} ", far, before=CELL, iterations=1_000_000)


class TestWithoutObjects:
    def test_molecules_decay_as_in_mcell(self, tmp_path: Path) -> None:
        """10000 e^-1 = 3679 +- 48 are left after 100 us."""
        path = tmp_path / "free.mdl"
        path.write_text(text(drop(10_000, diameter=0.1), before=LOSS, after=COUNT % "WORLD"))
        (file,) = run_mdl(path, [1], tmp_path / "out")
        assert read_counts(file)[-1, 0] == pytest.approx(10_000 * np.exp(-1), abs=4 * 48)

    def test_they_diffuse_as_if_there_were_no_walls(self, tmp_path: Path) -> None:
        """<r^2> = 6 D t with a relative standard error of sqrt(2/3n), and as many are within r as Maxwell says."""
        n, spread = 20_000, np.sqrt(2 * 200 * 1e-4)
        _, last = looked_at(read(tmp_path, drop(n)))
        r = np.linalg.norm(last.position, axis=1) / spread
        assert (r**2).mean() == pytest.approx(3, abs=3 * 4 * np.sqrt(2 / 3 / n))
        for x in (0.5, 1.5, 3.0):
            share = erf(x / np.sqrt(2)) - np.sqrt(2 / np.pi) * x * np.exp(-x * x / 2)
            assert (r < x).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))

    def test_what_is_counted_in_a_box_lies_in_it(self, tmp_path: Path) -> None:
        """A box that all molecules pass counts, and bounds nothing."""
        classes = "DEFINE_SURFACE_CLASS through { TRANSPARENT = ALL_VOLUME_MOLECULES }\n"
        passed = CELL + "MODIFY_SURFACE_REGIONS { cell[ALL] { SURFACE_CLASS = through } }\n"
        mdl = read(tmp_path, "cell OBJECT cell {} ", drop(2000, at="[0.3,0,0]"), before=classes + passed,
                   after=COUNT % "w.cell")  # fmt: skip
        assert not isinstance(mdl.model.mesh, Assembly)
        result = mdl.run()
        assert mdl.model.samplers[0].within == Box((0.0, 0.0, 0.0), (0.2, 0.2, 0.2))
        counted = mdl.columns(result, mdl.outputs[0]).values[:, 0]
        assert counted[0] == 0
        assert counted[-1] > 0

    @pytest.mark.parametrize(
        ("things", "parts", "message"),
        [
            ("", {}, "no object is instantiated; INSTANTIATE a closed box or polygon list, or release molecules"),
            (drop(1), {"after": COUNT % "w.cell"}, "'w.cell' is no object in which molecules are counted; .* WORLD"),
            (drop(1) + "r RELEASE_SITE { SHAPE = w.cell MOLECULE = A CONCENTRATION = 1e-6 }", {},
             "'w.cell' is no object that bounds a compartment; there are none"),
            (drop(1) + "r RELEASE_SITE { SHAPE = LIST MOLECULE_POSITIONS { P' [0,0,0] } }", {},
             "P is a surface molecule, and there is no object; INSTANTIATE one"),
            (drop(1).replace("NUMBER_TO_RELEASE = 1", "CONCENTRATION = 1e-6"), {},
             "releases at a point; give it NUMBER_TO_RELEASE"),
        ],
        ids=["nothing at all", "count in no object", "release into no object", "surface molecule", "amount of a point"],
    )  # fmt: skip
    def test_what_needs_an_object_is_refused(
        self, tmp_path: Path, things: str, parts: dict[str, str], message: str
    ) -> None:
        with pytest.raises(MdlError, match=message):
            read(tmp_path, things, **parts)

    def test_an_open_sheet_is_refused_by_name(self, tmp_path: Path) -> None:
        sheet = "s POLYGON_LIST { VERTEX_LIST { [0,0,0] [1,0,0] [0,1,0] } ELEMENT_CONNECTIONS { [0,1,2] } }\n"
        with pytest.raises(MdlError, match="'s' is not watertight"):
            read(tmp_path, "s OBJECT s {} ", drop(1), before=sheet)


class TestAroundObjects:
    FAR = drop(2000, at="[0.2,0,0]", diameter=0.1)

    def test_molecules_stay_outside_of_what_reflects_them(self, tmp_path: Path) -> None:
        inside = drop(500, molecule="B")
        mdl = read(tmp_path, "cell OBJECT cell {} ", self.FAR, inside, before=CELL, after=COUNT % "w.cell",
                   iterations=20)  # fmt: skip
        assert mdl.model.mesh.compartment_names == ("cell", "space")
        result, last = looked_at(mdl)
        within = result.dataset["within"][-1]
        assert within.sel(species="A").values.tolist() == [0, 2000]
        assert within.sel(species="B").values.tolist() == [500, 0]
        assert mdl.columns(mdl.run(), mdl.outputs[0]).values[-1, 0] == 0
        assert np.abs(last.position).max() < mdl.model.mesh.bounds.max()

    def test_they_react_from_outside(self, tmp_path: Path) -> None:
        """A binds with marks for the outside, and those for the inside say that it never does."""
        rule = "DEFINE_REACTIONS { A%s + P' -> Q' [2e8] }\n"
        after = "MODIFY_SURFACE_REGIONS { cell[ALL] { MOLECULE_NUMBER { P' = 300 } } }\n"
        bound = []
        for mark in ("'", ","):
            mdl = read(tmp_path, "cell OBJECT cell {} ", self.FAR, before=rule % mark + CELL + after, iterations=20)
            bound.append(int(looked_at(mdl)[0].dataset["number"][-1].sel(species="Q")))
        assert bound[0] > 5
        assert bound[1] == 0

    def test_they_enter_through_walls_that_let_them(self, tmp_path: Path) -> None:
        """In the end as many are in the cell as its volume holds of the 2000 that are spread by then."""
        after = "MODIFY_SURFACE_REGIONS { cell[ALL] { SURFACE_CLASS = through } }\n"
        through = "DEFINE_SURFACE_CLASS through { TRANSPARENT = A; }\n"
        mdl = read(tmp_path, "cell OBJECT cell {} ", drop(2000, at="[0.15,0,0]"), before=through + CELL + after,
                   iterations=20)  # fmt: skip
        within = looked_at(mdl)[0].dataset["within"][-1].sel(species="A").values
        # What is transparent is as if it were not there: a Gaussian cloud around [0.15, 0, 0].
        spread = np.sqrt(2 * 2 * 200 * 20e-6)
        share = 0.5 * (erf(0.25 / spread) - erf(0.05 / spread)) * erf(0.1 / spread) ** 2
        assert within.sum() == 2000
        assert within[0] == pytest.approx(2000 * share, abs=4 * np.sqrt(2000 * share))

    def test_an_object_called_space_keeps_its_name(self, tmp_path: Path) -> None:
        mdl = read(tmp_path, "space OBJECT cell {} ", self.FAR, before=CELL)
        assert mdl.model.mesh.compartment_names == ("space", "space_")

    def test_there_is_none_where_nothing_is_released_outside(self, tmp_path: Path) -> None:
        mdl = read(tmp_path, "cell OBJECT cell {} ", drop(5), before=CELL)
        assert not mdl.is_open
        assert mdl.engine == Particles(dt=1e-6)
        assert mdl.model.mesh.volume == pytest.approx(0.008)

    def test_a_release_across_a_wall_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(MdlError, match="releases into several compartments"):
            read(tmp_path, "cell OBJECT cell {} ", drop(5, at="[0.11,0,0]", diameter=0.1), before=CELL)
