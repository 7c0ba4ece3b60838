"""Tables are made of a model once, hold what the kernels need, and can be run with other values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nanospine import Boundary, Box, Model, Reaction, Release, Sampler, Schedule, Simulation, Species, box, cube, sphere
from nanospine.geometry import Patch
from nanospine.model import ModelError, ParameterError
from nanospine.particles import Particles, lower
from nanospine.particles.lowering import plan as planning
from nanospine.particles.lowering.plan import Plan


def buffered() -> Model:
    return Model(
        cube(0.01),
        species=[Species("Ca", 220.0), Species("B"), Species("CaB")],
        reactions=[Reaction("Ca + B <-> CaB", 200.0, 1000.0)],
        releases=[Release("Ca", number=50), Release("B", number=50)],
    )


def scheduled(*order: str) -> Model:
    """Return a source, a decay and a binding whose rates change in time, in some order."""
    reactions = {
        "source": Reaction("0 -> A", Schedule((0.0, 1.0), (5.0, 10.0)), name="source"),
        "decay": Reaction("A -> 0", Schedule((0.0, 2.0), (40.0, 20.0)), name="decay"),
        "binding": Reaction("A + B <-> C", Schedule((0.0, 3.0), (8.0, 2.0)), 6.0, name="binding"),
    }
    species = [Species("A", 100.0), Species("B"), Species("C")]
    return Model(cube(0.01), species=species, reactions=[reactions[name] for name in order])


class TestPlan:
    @pytest.mark.parametrize("step", ["periods", "reaction_voxels", "boundary_codes", "face_sides"])
    def test_what_several_tables_need_is_worked_out_once(self, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[object] = []
        make: Callable[..., object] = getattr(planning, step)
        monkeypatch.setattr(planning, step, lambda *arguments: made.append(make(*arguments)) or made[-1])
        lower(replace(buffered(), boundaries=[Boundary("membrane", "Ca", "absorbing")]))
        assert len(made) == 1

    def test_the_faster_of_two_reactants_looks_for_the_other_and_a_volume_one_for_one_in_the_membrane(self) -> None:
        names = {"slow": 1.0, "fast": 10.0}
        species = [*(Species(name, D) for name, D in names.items()), Species("P", 20.0, where="surface")]
        reactions = [Reaction("slow + fast -> 0", 1.0), Reaction("P + slow[inside] -> P", 1.0)]
        model = Model(cube(0.01), species=species, reactions=reactions)
        plan = Plan(model, Particles())
        found = [[term.species for term in plan.partners(step)] for step in model.steps]
        assert found == [["fast", "slow"], ["slow", "P"]]


class TestTables:
    @pytest.mark.parametrize("order", [("source", "decay", "binding"), ("binding", "decay", "source")])
    def test_every_rate_that_changes_in_time_has_its_own_schedule(self, order: tuple[str, ...]) -> None:
        """Whatever the order: sources, single molecules, pairs and what undoes them number schedules alike."""
        tables = lower(scheduled(*order))
        _, singles, pairs, schedules = tables.chemistry
        decay = int(np.flatnonzero(singles.schedule >= 0)[0])
        for schedule, shares, change in (
            (tables.sources.schedule[0], [0.5, 1.0], 1.0),
            (singles.schedule[decay], [1.0, 0.5], 2.0),
            (pairs.schedule[0], [1.0, 0.25], 3.0),
        ):
            rows = slice(schedules.start[schedule], schedules.start[schedule + 1])
            assert schedules.share[rows].tolist() == shares
            assert schedules.time[rows].tolist() == [0.0, change]

    def test_a_dissociation_knows_the_association_that_it_undoes(self) -> None:
        for reactions in (
            [Reaction("A + B <-> C", 10.0, 1.0)],
            [Reaction("C -> B + A", 1.0), Reaction("A + B -> C", 10.0)],
        ):
            singles = lower(replace(scheduled(), reactions=reactions)).chemistry.singles
            assert singles.undoes.tolist() == [0]
        for other in (Reaction("A + B -> C", 0.0), Reaction("A + C -> B", 10.0)):
            reactions = [Reaction("C -> A + B", 1.0), other]
            assert lower(replace(scheduled(), reactions=reactions)).chemistry.singles.undoes.tolist() == [-1]

    def test_walls_return_a_pair_by_its_own_way_to_move(self) -> None:
        """Another, faster pair does not change what the walls do to a slow one."""
        slow = [Reaction("A + B -> B", 50.0)]
        species = [Species("A", 7.0), Species("B", 7.0), Species("Ca", 220.0), Species("X", 30.0)]
        models = [Model(cube(0.01), species=species, reactions=[*slow, *others]) for others in (
            [], [Reaction("Ca + X -> X", 10.0)],
        )]  # fmt: skip
        alone, beside = (lower(model) for model in models)
        rows = [int(np.flatnonzero(tables.chemistry.pairs.event == 0)[0]) for tables in (alone, beside)]
        images = [t.cells.images[t.chemistry.pairs.way[row]] for t, row in zip((alone, beside), rows, strict=True)]
        assert np.array_equal(*images)
        assert len(beside.cells.images) == 2

    def test_pairs_of_the_membrane_alone_have_a_row_of_images_too(self) -> None:
        """What undoes them reads it; without it a rate would be what stands in memory there."""
        species = [Species(name, 1.0, where="surface") for name in ("R", "RR")]
        tables = lower(Model(cube(0.01), species=species, reactions=[Reaction("R + R <-> RR", 1.0, 10.0)]))
        assert tables.cells.images.shape == (1, tables.cells.inverse_volume.size)
        assert tables.chemistry.pairs.way.max() == 0

    def test_two_absorbers_side_by_side_have_a_rim_between_them(self) -> None:
        """The path from one to the other is then of short steps, each of which may end at either."""
        mesh = box((0.2, 0.2, 0.2), {"one": Patch("z-", (0.1, 0.1))})
        boundaries = [
            Boundary(name, "A", "partially-absorbing", velocity=500.0) for name in ("one", "membrane")
        ]  # fmt: skip
        rims = lower(Model(mesh, species=[Species("A", 100.0)], boundaries=boundaries)).windows.segment
        around_the_patch = (rims.reshape(-1, 2, 3)[:, :, 2] == -0.1).all(axis=1) & (np.abs(rims) <= 0.1).all(axis=1)
        inner = np.abs(rims.reshape(-1, 2, 3)[around_the_patch][:, :, :2]).max(axis=(1, 2)) < 0.06
        assert inner.sum() == 4

    def test_what_a_model_does_not_have_is_empty(self) -> None:
        tables = lower(Model(sphere(volume=0.01), species=[Species("A", 100.0)]))
        empty = (
            tables.chemistry.singles.rate, tables.chemistry.pairs.kdt, tables.chemistry.schedules.time,
            tables.sources.rate, tables.clamps.species, tables.membrane.twin, tables.windows.triangle,
            tables.samplers.species, tables.residences.species,
        )  # fmt: skip
        assert not any(array.size for array in empty)

    def test_reactions_that_do_not_happen_in_space_are_refused(self) -> None:
        model = Model(cube(0.01), species=[Species("A", 1.0)], reactions=[Reaction("3 A -> A", 1.0, name="three")])
        with pytest.raises(ModelError, match=r"'three' does not happen when its one or two reactants meet"):
            lower(model)


class TestRunsOfTables:
    def test_a_run_of_the_tables_of_a_model_is_a_run_of_the_model(self) -> None:
        """Also a second one of the same tables: no run changes them."""
        tables = lower(buffered())
        runs = [Simulation(buffered(), seed=3, tables=given).run(2e-4).dataset for given in (None, tables, tables)]
        assert runs[0].equals(runs[1])
        assert runs[0].equals(runs[2])
        assert int(runs[0]["event"][-1].sum()) > 0

    def test_other_values_make_another_engine(self) -> None:
        """Verification runs engines with a known fault; here one in which nothing binds."""
        tables = lower(buffered())
        pairs = tables.chemistry.pairs
        chemistry = tables.chemistry._replace(pairs=pairs._replace(kdt=0 * pairs.kdt))
        result = Simulation(buffered(), tables=tables._replace(chemistry=chemistry)).run(2e-4)
        assert not result.dataset["event"].any()

    def test_tables_of_another_model_are_refused(self) -> None:
        somewhere = Sampler("middle", "Ca", Box((0.0, 0.0, 0.0), (0.1, 0.1, 0.1)))
        for other in (
            replace(buffered(), species=[*buffered().species, Species("D")]),
            replace(buffered(), mesh=box((0.2, 0.2, 0.2), {"top": "z+"}), samplers=[somewhere]),
        ):
            with pytest.raises(ParameterError, match=r"Tables .* do not fit the model.*lower\(model, engine\)"):
                Simulation(buffered(), tables=lower(other))
