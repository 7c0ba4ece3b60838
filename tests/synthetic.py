"""A made-up trajectory that looks like a run of the cubic spine head, for tests of pictures."""

from __future__ import annotations

import numpy as np

from nanospine.results import Trajectory

SPECIES = (  # name, group, Ca2+ carried
    ("Ca", "Ca", 1),
    *((f"CB_{high}{medium}", "calbindin", high + medium) for high in range(3) for medium in range(3)),
    *((f"CaM_{n}{c}", "calmodulin", n + c) for n in range(3) for c in range(3)),
    ("B", "immobile buffer", 0),
    ("BCa", "immobile buffer", 1),
    ("PMCA", "PMCA", 0),
    ("PMCA_Ca", "PMCA", 1),
    ("NCX", "NCX", 0),
    ("NCX_Ca", "NCX", 1),
    ("GluN", "GluN", 0),
    ("LC", "L-type channel", 0),
    ("LO", "L-type channel", 0),
)
NAMES = tuple(name for name, _, _ in SPECIES)


def cube(edge: float, neck: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices, 20 faces and their regions (membrane, PSD, neck): a cube with a patch in its floor."""
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=float)
    floor = np.c_[corners * edge, np.zeros(4)]
    patch = np.c_[(corners - 0.5) * neck + edge / 2, np.zeros(4)]
    vertices = np.r_[floor, floor + np.array([0, 0, edge]), patch]
    sides = [t for i in range(4) for j in [(i + 1) % 4] for t in ((i, j, j + 4), (i, j + 4, i + 4))]
    top = [(4, 5, 6), (4, 6, 7)]
    rim = [t for i in range(4) for j in [(i + 1) % 4] for t in ((j, i, i + 8), (j, i + 8, j + 8))]
    hole = [(10, 9, 8), (11, 10, 8)]
    faces = np.array(sides + rim + top + hole)
    region = np.repeat([0, 1, 2], [16, 2, 2])
    return vertices, faces, region


def spine_head(edge: float = 0.37, frames: int = 12, seed: int = 1) -> Trajectory:
    """Make a head of 1355 calbindin, 301 calmodulin, 900 pumps and a channel open in the middle third."""
    rng = np.random.default_rng(seed)
    vertices, faces, region = cube(edge, 0.15)
    code = {name: index for index, name in enumerate(NAMES)}
    pore = np.array([edge / 2, edge / 2, edge])
    walls = rng.random((900, 3)) * edge
    side, at = rng.integers(0, 3, 900), rng.integers(0, 2, 900)
    walls[np.arange(900), side] = at * edge
    glun = np.c_[rng.random((20, 2)) * edge, np.full(20, edge)]
    fixed = rng.random((150, 3)) * edge
    position, species, start = [], [], [0]
    for frame in range(frames):
        opened = frames // 3 <= frame < 2 * frames // 3
        mobile = rng.random((1355 + 301, 3)) * edge
        near = np.exp(-np.linalg.norm(mobile - pore, axis=1) / 0.12) if opened else np.zeros(1656)
        bound = rng.binomial(4, 0.12 + 0.85 * near)
        first, second = (bound + 1) // 2, bound // 2
        ions = rng.random((90, 3)) * edge
        cloud = pore + rng.normal(scale=0.045, size=(90 if opened else 4, 3))
        ions = np.r_[ions, np.clip(cloud, 0, edge)]
        position += [ions, mobile, fixed, walls, glun, pore[None]]
        states = np.where(np.arange(1656) < 1355, code["CB_00"], code["CaM_00"]) + 3 * first + second
        pump = np.where(np.arange(900) < 700, code["PMCA"], code["NCX"]) + (rng.random(900) < 0.3)
        buffer = code["B"] + (rng.random(150) < 0.2)
        gate = code["LO"] if opened else code["LC"]
        species += [np.full(len(ions), code["Ca"]), states, buffer, pump, np.full(20, code["GluN"]), [gate]]
        start.append(start[-1] + len(ions) + 1656 + 150 + 900 + 20 + 1)
    return Trajectory(
        time=np.arange(frames) * 1e-4,
        start=np.array(start),
        position=np.concatenate(position).astype(np.float32),
        species=np.concatenate(species).astype(np.int16),
        species_names=NAMES,
        species_groups=tuple(group for _, group, _ in SPECIES),
        species_calcium=tuple(calcium for _, _, calcium in SPECIES),
        vertices=vertices,
        faces=faces,
        face_region=region,
        region_names=("membrane", "PSD", "neck"),
    )
