"""A spine with its apparatus and every protein that scenes have a look for, in states at random: protein_looks.png."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nanospine import Schedule, Trajectory, proteins, published_voltage, revolved_spine
from nanospine.viz.scene import save_screenshot

RNG = np.random.default_rng(3)
SPINE = revolved_spine("mushroom", apparatus="medium")
VOLTAGE, GLUTAMATE = published_voltage("bell2022"), Schedule.decays([0.0], 0.135e-3, 200.0)
SPECIES = [
    species
    for scheme in (
        proteins.calcium(), proteins.calbindin(), proteins.pmca(), proteins.ncx(), proteins.vscc(VOLTAGE, number=1),
        proteins.nmda_receptor_jahr(GLUTAMATE, VOLTAGE, number=1), proteins.serca(), proteins.ryr(number=1),
        proteins.leak(),
    )
    for species in scheme.species
]  # fmt: skip
MEMBRANE, APPARATUS = ("cytosol.head", "cytosol.neck"), ("sa.membrane",)
RYR = ("RyR_C_a0_i0", "RyR_O_a4_i0", "RyR_CI_a0_i1", "RyR_OI_a4_i1")
#: Group, number, where (regions or a compartment), and the states if not all of the group.
SHOWN: tuple[tuple[str, int, tuple[str, ...] | int, tuple[str, ...]], ...] = (
    ("Ca", 150, 0, ()), ("Ca", 200, 1, ()), ("calbindin", 300, 0, ()),
    ("PMCA", 120, MEMBRANE, ()), ("NCX", 40, MEMBRANE, ()), ("VSCC", 18, MEMBRANE, ("VSCC_C0", "VSCC_O")),
    ("NMDA receptor", 35, ("cytosol.psd",), ("NMDAR_C0", "NMDAR_D", "NMDAR_O", "NMDAR_OB")),
    ("SERCA", 250, APPARATUS, ()), ("RyR", 24, APPARATUS, RYR), ("leak", 60, APPARATUS, ()),
)  # fmt: skip


def places(where: tuple[str, ...] | int, number: int) -> NDArray[np.float64]:
    """Return points (um), uniform on regions or in a compartment."""
    if isinstance(where, int):
        low, high = SPINE.bounds
        points = RNG.uniform(low, high, (100 * number, 3))
        return points[SPINE.compartment_at(points) == where][:number]
    faces = SPINE.region_faces(*where)
    share = SPINE.face_areas[faces] / SPINE.face_areas[faces].sum()
    corners = SPINE.vertices[SPINE.faces[RNG.choice(faces, number, p=share)]]
    return np.einsum("nk,nkx->nx", RNG.dirichlet((1.0, 1.0, 1.0), number), corners)


def main() -> None:
    """Write the picture."""
    names = [species.name for species in SPECIES]
    position, states = [], []
    for group, number, where, chosen in SHOWN:
        points = places(where, number)
        among = chosen or [species.name for species in SPECIES if species.group == group or species.name == group]
        position.append(points)
        states.append(RNG.choice([names.index(name) for name in among], len(points)))
    points = np.concatenate(position).astype(np.float32)
    trajectory = Trajectory(
        time=np.array([0.0]),
        start=np.array([0, len(points)]),
        position=points,
        species=np.concatenate(states),
        vertices=SPINE.vertices,
        faces=SPINE.faces,
        face_region=SPINE.face_region,
        species_names=tuple(names),
        species_groups=tuple(species.group or species.name for species in SPECIES),
        species_calcium=tuple(species.content.get("Ca", 0) for species in SPECIES),
        region_names=SPINE.region_names,
    )
    save_screenshot(trajectory, Path("protein_looks.png"), size=(1280, 960))


if __name__ == "__main__":
    main()
