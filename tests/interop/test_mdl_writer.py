"""Models as MDL: reading what was written gives the same model; what MDL cannot say is refused."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from nanospine import (
    Assembly,
    Boundary,
    Box,
    Ellipsoid,
    Model,
    NanospineWarning,
    Reaction,
    Release,
    Sampler,
    Schedule,
    Species,
    TriangleMesh,
    box,
    cube,
    proteins,
    simulate,
    sphere,
    train_times,
)
from nanospine.interop import MdlModel, read_mdl, write_mdl
from nanospine.model import NotExportableError, ResultsError
from nanospine.scenarios.odonnell2011.fig7.head import spine_head
from nanospine.scenarios.odonnell2011.fig7.parameters import Parameters

#: Conversion of a unit and back, and adding up a mixture of nine states, cost a few roundings.
ROUNDINGS = 1e-14


def there_and_back(model: Model, tmp_path: Path, **options: object) -> MdlModel:
    """Write a model and read it."""
    absorber = str(options.pop("absorber", "absorbing-segment"))
    return read_mdl(write_mdl(model, tmp_path / "mdl" / "model.mdl", **options), absorber=absorber)


def assert_same(a: Model, b: Model) -> None:
    """Compare two models part by part, floats up to rounding."""
    assert b.mesh.sha256 == a.mesh.sha256
    assert [(s.name, s.where, s.group, s.content) for s in b.species] == [
        (s.name, s.where, s.group, s.content) for s in a.species
    ]
    close([s.D for s in a.species], [s.D for s in b.species])
    for step, other in zip(a.steps, b.steps, strict=True):
        assert (other.name, other.reactants, other.products, other.reverse_of) == (
            step.name, step.reactants, step.products, step.reverse_of,
        )  # fmt: skip
        if isinstance(step.rate, Schedule):
            assert isinstance(other.rate, Schedule)
            assert other.rate.times == step.rate.times
            close(step.rate.values, other.rate.values)
        else:
            close(step.rate, other.rate)
    assert b.boundaries == a.boundaries
    for sampler, found in zip(a.samplers, b.samplers, strict=True):
        assert (found.name, found.species, found.while_present) == (
            sampler.name,
            sampler.species,
            sampler.while_present,
        )
        close(*(np.array(s.within.bounds if s.within else ()) for s in (sampler, found)), 1e-15)
    for release, back in zip(a.releases, b.releases, strict=True):
        assert list(back.fractions) == list(release.fractions)
        assert set(back.regions) == set(release.regions)
        assert (back.within, back.number_sd) == (release.within, release.number_sd)
        assert back.probability == release.probability
        close(release.times, back.times)
        close(list(release.fractions.values()), list(back.fractions.values()))
        for name in ("number", "concentration", "density"):
            assert (getattr(back, name) is None) == (getattr(release, name) is None)
            close(getattr(release, name) or 0.0, getattr(back, name) or 0.0)
        assert np.array_equal(back.point_array(), release.point_array(), equal_nan=True)


def close(a: object, b: object, absolute: float = 0.0) -> None:
    np.testing.assert_allclose(b, a, rtol=ROUNDINGS, atol=absolute)


@pytest.mark.parametrize("neck", ["transparent", "absorbing-segment"])
@pytest.mark.parametrize("start", ["rest", "free"])
@pytest.mark.parametrize("volume", [0.01, 0.3])
def test_the_spine_head_of_fig_7_is_the_same_when_read_back(
    tmp_path: Path, neck: str, start: str, volume: float
) -> None:
    model = spine_head(Parameters(neck=neck, start=start), volume)
    assert_same(model, there_and_back(model, tmp_path).model)


def test_a_changed_rate_is_not_the_same(tmp_path: Path) -> None:
    """The wrong variant: the comparison above must see one changed number in the file."""
    model = spine_head(Parameters(), 0.05)
    path = write_mdl(model, tmp_path / "model.mdl")
    path.write_text(path.read_text().replace("[>247000000,", "[>247000001,"))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_same(model, read_mdl(path).model)


def everything() -> Model:
    """Return a model with each kind of part that MDL can say."""
    return Model(
        box((0.3, 0.4, 0.5), {"top": "z+", "door": "x-"}),
        species=[
            Species("A", 3.3, content={"Ca": 1}),
            Species("B", 0.7, group="buffer"),
            Species("P", where="surface"),
            Species("Q", where="surface", group="pump"),
        ],
        reactions=[
            Reaction("A + B <-> B", 0.1, 7.0),
            Reaction("2 A -> 0", 0.3),
            Reaction("A -> 3 B", 1e3, name="burst"),
            Reaction("A[inside] + P <-> Q", 12.3, 4.56, name="bind"),
            Reaction("Q -> P + A[outside]", 100.0),
            Reaction("A[outside] + Q -> P", 1.0),
            Reaction("B -> A", Schedule([0.0, 1.3e-3], [0.0, 0.1])),
            Reaction("2 B <-> A", Schedule([0.0, 0.1, 0.2], [12.0, 4.5, 0.0]), Schedule([0.0, 5e-324], [7.0, 0.3])),
        ],
        releases=[
            Release("A", number=7),
            Release("B", concentration=0.123456789),
            Release({"P": 0.25, "Q": 0.75}, density=33.3, region=("top", "door")),
            Release("P", points=[[0.0, 0.1, 0.25], [0.01, 0.1, 0.25]]),
            Release("A", points=[[0.01, 0.02, 0.03]]),
            Release("A", number=9, number_sd=1.5, within=Ellipsoid((0.01, 0.0, 0.0), (0.05, 0.05, 0.1))),
            Release("B", concentration=3.0, within=Box((0.0, 0.0, 0.1), (0.1, 0.1, 0.2))),
            Release("A", number=5, at=1.7e-4),
            Release("A", number=5, at=(0.0, 1.7e-4, 2.3e-4, 9.0), probability=0.3),
            Release({"P": 0.5, "Q": 0.5}, density=3.0, at=(1e-4, 2e-4, 5e-4)),
            Release("B", concentration=0.5, at=train_times(0.01, 30)),
            Release("B", points=[[0.01, 0.02, 0.03]], at=train_times(0.01, 4, delay=0.1, trains=3, train_interval=0.2)),
        ],
        boundaries=[
            Boundary("top", "A", "transparent"),
            Boundary("top", "B", "clamp", concentration=0.7),
            Boundary("door", "A", "absorbing-segment"),
            Boundary("door", "B", "reflecting"),
        ],
        samplers=[
            Sampler("all A", "A", while_present="Q"),
            Sampler("left", "A", Box((-0.05, 0.0, 0.0), (0.1, 0.1, 0.1))),
            Sampler("right", "A", Box((0.05, 0.0, 0.0), (0.1, 0.1, 0.1))),
        ],
    )


def test_every_part_is_the_same_when_read_back(tmp_path: Path) -> None:
    back = there_and_back(everything(), tmp_path, time_step=2e-6, duration=1e-3, every=2e-4)
    assert_same(everything(), back.model)
    assert (back.time_step, back.iterations, back.interval) == (2e-6, 500, pytest.approx(2e-4))
    names = [name for name, _ in back.outputs[0].columns]
    assert names == ["A", "B", "P", "Q", "burst", "bind", "all_A", "left", "right"]


def test_writing_what_was_read_gives_the_same_file(tmp_path: Path) -> None:
    first = write_mdl(everything(), tmp_path / "one" / "model.mdl")
    second = write_mdl(read_mdl(first).model, tmp_path / "two" / "model.mdl")
    files = sorted(path.name for path in first.parent.iterdir())
    assert files == ["model.mdl", "rate_10.txt", "rate_11.txt", "rate_9.txt"]
    for name in files:
        assert (second.parent / name).read_text() == (first.parent / name).read_text()


def test_a_curved_mesh_is_the_same_when_read_back(tmp_path: Path) -> None:
    model = Model(sphere(volume=0.05), schemes=[proteins.calcium(), proteins.pump("P", "pump", proteins.NCX, 500.0)])
    assert_same(model, there_and_back(model, tmp_path).model)


def test_the_read_back_model_runs_to_the_same_counts(tmp_path: Path) -> None:
    model = spine_head(Parameters(start="free"), 0.01)
    back = there_and_back(model, tmp_path, duration=2e-4)
    ours, theirs = (simulate(m, 2e-4, seed=3).dataset for m in (model, back.model))
    np.testing.assert_array_equal(ours["number"].values, theirs["number"].values)


def test_a_rate_in_time_is_a_file_in_the_units_of_mdl(tmp_path: Path) -> None:
    path = write_mdl(everything(), tmp_path / "model.mdl")
    assert 'B -> A ["rate_9.txt"] /* in time, 1/s */' in path.read_text()
    assert 'B + B <-> A [>"rate_10.txt", <"rate_11.txt"] /* in time, 1/(uM s), in time, 1/s */' in path.read_text()
    assert (tmp_path / "rate_10.txt").read_text() == "0 24000000\n0.1 9000000\n0.2 0\n"


def test_regular_trains_are_patterns_and_irregular_times_are_sites_of_their_own(tmp_path: Path) -> None:
    text = write_mdl(everything(), tmp_path / "model.mdl").read_text()
    assert "DEFINE_RELEASE_PATTERN times_8 { DELAY = 0.00017 }" in text
    assert "times_9_4 { DELAY = 9 }" in text
    assert "RELEASE_PATTERN = times_9_2 RELEASE_PROBABILITY = 0.3 } /* nanospine" in text
    assert "times_11 { DELAY = 0 RELEASE_INTERVAL = 0.01 TRAIN_DURATION = 0.295 }" in text
    trains = "RELEASE_INTERVAL = 0.01 TRAIN_DURATION = 0.035 TRAIN_INTERVAL = 0.2 NUMBER_OF_TRAINS = 3"
    assert f"times_12 {{ DELAY = 0.1 {trains} }}" in text


def corners(path: Path) -> dict[str, np.ndarray]:
    """Return the corners (um) of each counting box in a file."""
    found = re.findall(r"(counting_box_\d+) BOX \{ CORNERS = (.*?) \}", path.read_text())
    return {name: np.array(json.loads(f"[{text}]")) for name, text in found}


def test_counting_boxes_share_no_plane_where_they_overlap_and_are_not_written_twice(tmp_path: Path) -> None:
    """MCell refuses walls that are overlapped: faces in one plane, of boxes side by side or within each other."""
    boxes = {
        "left": Box((-0.05, 0.0, 0.0), (0.1, 0.1, 0.1)),
        "right": Box((0.05, 0.0, 0.0), (0.1, 0.1, 0.1)),
        "wide": Box((0.0, 0.0, 0.0), (0.3, 0.3, 0.1)),
        "again": Box((0.05, 0.0, 0.0), (0.1, 0.1, 0.1)),
        "flush": Box((0.0, 0.0, 0.15), (0.1, 0.1, 0.1)),
    }
    samplers = [Sampler(name, "A", place) for name, place in boxes.items()] + [Sampler("P near", "P", boxes["wide"])]
    path = write_mdl(small(mesh=cube(0.064), samplers=samplers), tmp_path / "model.mdl")
    found = corners(path)
    assert len(found) == 4
    faces = sorted(float(x) for box in found.values() for x in box[:, 2])
    assert min(np.diff(faces)[np.diff(faces) > 0]) > 1e-7
    assert len(set(faces)) == len(faces) - 2  # left and right do not overlap
    for name, place in zip(found, (boxes["left"], boxes["right"], boxes["wide"], boxes["flush"]), strict=True):
        np.testing.assert_allclose(np.diff(found[name], axis=0)[0], place.edges, rtol=1e-3)
    text = path.read_text()
    assert 'COUNT[A, world.counting_box_2]:"again"' in text
    # Surface molecules lie on the mesh: a box counts them only with all that it encloses.
    assert 'COUNT[P, world.counting_box_3, ALL_ENCLOSED]:"P_near"' in text
    for found_sampler, sampler in zip(read_mdl(path).model.samplers, samplers, strict=True):
        assert found_sampler.name == sampler.name
        assert isinstance(found_sampler.within, Box)
        assert isinstance(sampler.within, Box)
        np.testing.assert_allclose(found_sampler.within.edges, sampler.within.edges, rtol=1e-12)


def test_a_release_around_other_compartments_names_regions_on_both_sides_of_the_minus(tmp_path: Path) -> None:
    mesh = Assembly({"cell": box((0.5, 0.5, 0.5)), "er": box((0.25, 0.25, 0.25))})
    model = small(mesh=mesh, releases=[Release("A", number=60), Release("A", number=6, compartment="er")])
    text = write_mdl(model, tmp_path / "model.mdl").read_text()
    assert "SHAPE = world.cell[ALL] - world.er[ALL] MOLECULE = A" in text
    assert "SHAPE = world.er[ALL] MOLECULE = A" in text
    assert [r.compartment for r in read_mdl(tmp_path / "model.mdl").model.releases] == [None, "er"]


def test_units_are_those_of_mdl_with_our_own_beside_them(tmp_path: Path) -> None:
    text = write_mdl(spine_head(Parameters(), 0.05), tmp_path / "model.mdl").read_text()
    assert "Ca { DIFFUSION_CONSTANT_3D = 2.2e-06 }" in text
    assert "/* 220 um^2/s */" in text
    assert "Ca + IB <-> IB_Ca [>247000000, <524] /* 247 1/(uM s), 524 1/s */" in text
    assert "Ca, + P0' -> P1' [150000000] : pmca_bind /* 150 1/(uM s) */" in text
    assert "neck_class { TRANSPARENT = Ca; }" in text
    text = write_mdl(everything(), tmp_path / "other" / "model.mdl").read_text()
    assert "top_class { TRANSPARENT = A; CLAMP_CONCENTRATION B, = 7e-07 }" in text


def test_an_exact_absorber_is_refused_or_approximated_with_a_warning(tmp_path: Path) -> None:
    model = spine_head(Parameters(neck="absorbing"), 0.05)
    with pytest.raises(NotExportableError, match=r"Boundary neck/Ca is absorbing and ends every path .* --approximate"):
        write_mdl(model, tmp_path / "model.mdl")
    with pytest.warns(NanospineWarning, match="only straight steps that cross"):
        back = there_and_back(model, tmp_path, approximate=True, absorber="absorbing")
    assert_same(model, back.model)


def small(**parts: object) -> Model:
    species = [Species("A", 1.0), Species("P", where="surface"), Species("Q", where="surface")]
    return Model(parts.pop("mesh", cube(0.01)), species=species, **parts)


def test_a_number_divided_among_states_is_refused_or_rounded(tmp_path: Path) -> None:
    model = small(releases=[Release({"P": 0.3, "Q": 0.7}, number=11)])
    with pytest.raises(NotExportableError, match="Release of P/Q divides 11 molecules at random"):
        write_mdl(model, tmp_path / "model.mdl")
    with pytest.warns(NanospineWarning, match="is rounded"):
        back = there_and_back(model, tmp_path, approximate=True)
    assert back.model.releases[0].number == 11


def test_a_mixture_that_may_not_come_is_refused_or_decided_state_by_state(tmp_path: Path) -> None:
    model = small(releases=[Release({"P": 0.3, "Q": 0.7}, density=100.0, probability=0.5)])
    with pytest.raises(NotExportableError, match=r"Release of P/Q happens with probability 0\.5"):
        write_mdl(model, tmp_path / "model.mdl")
    with pytest.warns(NanospineWarning, match="for each state by itself"):
        back = there_and_back(model, tmp_path, approximate=True)
    assert back.model.releases[0].probability == 0.5


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            small(reactions=[Reaction("P + Q -> P", 1.0)]),
            "'P . Q -> P' is between two surface molecules that do not move",
        ),
        (small(reactions=[Reaction("A -> 0", 1.0, name="a b")]), "Reaction 'a b' is no name of MDL"),
        (
            small(reactions=[Reaction("0 -> A", 1.0)]),
            "'0 -> A' makes molecules from nothing, and MDL takes no such reaction",
        ),
        (small(reactions=[Reaction("A -> 0", 1.0, name="P")]), "Reaction 'P' is called like a species"),
        (small(reactions=[Reaction("A -> 0", 1.0, name="STEP")]), "Reaction 'STEP' is called like a word of MDL"),
        (small(samplers=[Sampler("A", "A")]), "Sampler 'A' is called like another column of the output"),
        (small(samplers=[Sampler("a b", "A"), Sampler("a_b", "A")]), "Sampler 'a_b' is called like another column"),
        (small(samplers=[Sampler('a"b', "A")]), "has marks that MDL cannot write; rename it"),
        (
            small(
                mesh=TriangleMesh.from_arrays(cube(0.01).vertices, cube(0.01).faces, {"post synapse": [0, 1]}),
            ),
            "Region 'post synapse' is no name of MDL",
        ),
    ],
)
def test_what_mdl_cannot_say_is_named(tmp_path: Path, model: Model, message: str) -> None:
    with pytest.raises(NotExportableError, match=message):
        write_mdl(model, tmp_path / "model.mdl", approximate=True)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_mdl(small(), tmp_path / "model.mdl")
    with pytest.raises(ResultsError, match="exists already"):
        write_mdl(small(), tmp_path / "model.mdl")
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="Cannot write"):
        write_mdl(small(), tmp_path / "file" / "model.mdl")


def test_surface_molecules_that_move_meet_and_keep_to_fences_are_the_same_when_read_back(tmp_path: Path) -> None:
    """MCell's rate of A + A is that of a pair, in um^2/s: twice ours."""
    model = Model(
        box((0.3, 0.4, 0.5), {"top": "z+", "door": "x-"}),
        species=[Species(name, D, where="surface") for name, D in (("A", 0.3), ("B", 0.02), ("C", 0.0))],
        reactions=[
            Reaction("A + B <-> C", 0.123, 4.5),
            Reaction("A + A -> B", 0.07),
            Reaction("B + B -> A", Schedule([0.0, 0.1], [0.0, 0.3])),
        ],
        releases=[Release("A", number=100), Release("B", number=100)],
        boundaries=[
            Boundary("top", "A", "reflecting"), Boundary("top", "B", "absorbing-segment"),
            Boundary("door", "B", "reflecting"),
        ],
    )  # fmt: skip
    assert_same(model, there_and_back(model, tmp_path).model)
    text = write_mdl(model, tmp_path / "text" / "model.mdl").read_text()
    assert "A { DIFFUSION_CONSTANT_2D = 3e-09 } /* 0.3 um^2/s */" in text
    assert "A' + B' <-> C' [>0.123, <4.5] /* 0.123 um^2/s, 4.5 1/s */" in text
    assert "A' + A' -> B' [0.14] /* 0.07 um^2/s */" in text
    assert (tmp_path / "text" / "rate_4.txt").read_text() == "0 0\n0.1 0.6\n"
