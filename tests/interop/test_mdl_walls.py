"""Reactions of molecules with surface classes, in MDL: permeable walls, and walls that take up."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from nanospine import Assembly, Boundary, Model, Species, cube
from nanospine.interop import read_mdl, write_mdl
from nanospine.interop.mdl import MdlError

#: um/s for 1 /(M s): 1e4 tiles per um^2 / (6.02214076e23 /mol) x 1e15 um^3 per litre.
UNIT = 1e4 * 1e15 / 6.02214076e23

FILE = """ITERATIONS = 100
TIME_STEP = 1e-6
{before}
DEFINE_MOLECULES {{ A {{ DIFFUSION_CONSTANT_3D = 1e-6 }} B {{ DIFFUSION_CONSTANT_3D = 1e-6 }}
 R {{ DIFFUSION_CONSTANT_2D = 0 }} }}
DEFINE_SURFACE_CLASSES {{ wall {{ }} }}
DEFINE_REACTIONS {{ {reactions} }}
cell BOX {{ CORNERS = [-0.2,-0.2,-0.2],[0.2,0.2,0.2] }}
store BOX {{ CORNERS = [-0.1,-0.1,-0.1],[0.1,0.1,0.1] }}
INSTANTIATE w OBJECT {{ cell OBJECT cell {{}} store OBJECT store {{}} }}
MODIFY_SURFACE_REGIONS {{ w.{object}[ALL] {{ SURFACE_CLASS = wall }} }}
"""


def rules(tmp_path: Path, reactions: str, *, at: str = "store", before: str = "") -> tuple[Boundary, ...]:
    path = tmp_path / "model.mdl"
    path.write_text(FILE.format(reactions=reactions, object=at, before=before))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return tuple(read_mdl(path).model.boundaries)


@pytest.mark.parametrize(
    ("reactions", "out", "inward"),
    [
        ("A, @ wall' -> A' [1e5]", 1e5, 0.0),
        ("A' @ wall, -> A, [1e5]", 1e5, 0.0),
        ("A' @ wall' -> A, [1e5]", 0.0, 1e5),
        ("A, @ wall' <-> A' [>1e5, <3e5]", 1e5, 3e5),
        ("A, @ wall' -> A' [1e5] A' @ wall' -> A, [3e5]", 1e5, 3e5),
    ],
)
def test_molecules_pass_each_way_with_a_permeability(tmp_path: Path, reactions: str, out: float, inward: float) -> None:
    (rule,) = rules(tmp_path, reactions)
    assert (rule.rule, rule.species) == ("permeable", "A")
    assert rule.ways == pytest.approx((UNIT * out, UNIT * inward), rel=1e-14)


def test_the_density_of_the_grid_acts(tmp_path: Path) -> None:
    """It is what MCell makes a rate with a surface of; elsewhere it is read with a warning."""
    (rule,) = rules(tmp_path, "A, @ wall' <-> A' [>1e5, <1e5]", before="SURFACE_GRID_DENSITY = 2500")
    assert rule.permeability == pytest.approx(UNIT * 1e5 / 4, rel=1e-14)


def test_walls_take_up(tmp_path: Path) -> None:
    """From the inside where nothing is outside, from both sides of a wall between compartments."""
    (outer,) = rules(tmp_path, "A, @ wall' -> NULL [2e5]", at="cell")
    assert (outer.rule, outer.velocity) == ("partially-absorbing", pytest.approx(UNIT * 2e5))
    (inner,) = rules(tmp_path, "A; @ wall; -> NULL [2e5]")
    assert inner.velocity == pytest.approx(UNIT * 1e5)


@pytest.mark.parametrize(
    ("reactions", "message"),
    [
        ("A' @ door' -> A, [1]", "there is no surface class 'door'; defined are: wall"),
        ("A' @ wall' -> B, [1]", "a volume molecule passes or vanishes, at a constant rate"),
        ("A' + B' @ wall' -> A' [1]", "a volume molecule passes or vanishes"),
        ("R' @ wall' -> NULL [1]", "a volume molecule passes or vanishes"),
        ("A' @ wall' -> A' [1]", "to come from one side and to go on at the other"),
        ("A @ wall -> A [1]", "to come from one side and to go on at the other"),
        ("A, @ wall' -> NULL [1]", "from one side only, .* write it for both sides"),
        ("A, @ wall' -> A' [1] A' @ wall' -> NULL [1]", "A both passes wall and is taken up there"),
    ],
)
def test_what_a_wall_cannot_do_is_refused_with_its_line(tmp_path: Path, reactions: str, message: str) -> None:
    with pytest.raises(MdlError, match=message) as caught:
        rules(tmp_path, reactions)
    assert "model.mdl, line " in str(caught.value)


@pytest.mark.parametrize(
    "boundary",
    [
        Boundary("store.membrane", "A", "permeable", permeability=2.5),
        Boundary("store.membrane", "A", "permeable", permeability=(0.0, 7.1)),
        Boundary("store.membrane", "A", "partially-absorbing", velocity=1e3),
    ],
)
def test_walls_are_written_and_read_as_they_are(tmp_path: Path, boundary: Boundary) -> None:
    mesh = Assembly({"cell": cube(1.0), "store": cube(0.01)})
    model = Model(mesh, species=[Species("A", 100.0)], boundaries=[boundary])
    path = write_mdl(model, tmp_path / "model.mdl")
    assert tuple(read_mdl(path).model.boundaries) == (boundary,)
    assert "um/s */" in path.read_text()
