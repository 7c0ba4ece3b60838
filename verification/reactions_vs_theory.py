"""Bimolecular reactions against mass action, detailed balance and Smoluchowski's rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import TriangleMesh, cube, sphere
from ..model import Model, Reaction, Release, Species, units
from ..model.proteins import CALBINDIN_HIGH, CALBINDIN_MEDIUM, CALMODULIN_C, CALMODULIN_N
from ..particles import Particles, Simulation
from ..results.estimates import Estimate
from .evidence import Judge
from .models import numbers_at_the_end
from .registry import check

D_CA, D_CB = 220.0, 28.0
HEADS = {"0.01 um^3 cube": cube(0.01), "0.05 um^3 cube": cube(0.05), "0.01 um^3 sphere": sphere(volume=0.01)}


@dataclass(frozen=True)
class Binding:
    """A binding reaction of the Fig. 7 model: 1/(uM s), and the D (um^2/s) of calcium's partner."""

    name: str
    rate: float
    D: float = 0.0


FASTEST = Binding("immobile buffer", 247.0)
BINDINGS = (
    FASTEST,
    Binding("calmodulin N 1", CALMODULIN_N.on_first),
    Binding("calmodulin N 2", CALMODULIN_N.on_second),
    Binding("calmodulin C 1", CALMODULIN_C.on_first),
    Binding("calmodulin C 2", CALMODULIN_C.on_second),
    Binding("calbindin high 1", CALBINDIN_HIGH.on_first, D_CB),
    Binding("calbindin high 2", CALBINDIN_HIGH.on_second, D_CB),
    Binding("calbindin medium 1", CALBINDIN_MEDIUM.on_first, D_CB),
    Binding("calbindin medium 2", CALBINDIN_MEDIUM.on_second, D_CB),
)
NAMED = {binding.name: binding for binding in BINDINGS}


def measured_rate(
    mesh: TriangleMesh,
    binding: Binding,
    events: float,
    seed: int,
    per_step: float = 0.05,
    per_partner: float = 0.005,
    engine: Particles | None = None,
) -> tuple[Estimate, float]:
    """Measure a rate constant (1/(uM s)) in a steady state; return it and what is expected.

    Ions appear everywhere at a constant rate and vanish at the partners, which stay: ``Ca + B -> B``. The constant
    is the number of events over the time integral of the product of both numbers, and its error is Poisson's.
    Two small effects are expected: ions that live for 1/s only have k (1 + k sqrt(s/D)/(4 pi D)) (Smoluchowski
    1917, Z Phys Chem 92:129, Laplace transform of his rate), and a partner takes one ion at most in a step.
    """
    engine = engine or Particles()
    dt, V, k = engine.dt, mesh.volume, units.um3_per_s(binding.rate)
    n_partners, n_ions = round(per_step * V / (k * dt)), max(1, round(per_partner * V / (k * dt)))
    n_sources = 2_000
    model = Model(
        mesh,
        species=[Species("Ca", D_CA), Species("B", binding.D), Species("S")],
        reactions=[
            Reaction("Ca + B -> B", binding.rate, name="bind"),
            Reaction("S -> S + Ca", n_ions * per_step / dt / n_sources),
        ],
        releases=[Release("Ca", number=n_ions), Release("B", number=n_partners), Release("S", number=n_sources)],
    )
    settle = round(5 / per_step)
    steps = round(events / (n_ions * per_step) / 5) * 5
    data = Simulation(model, engine, seed=seed).run((steps + settle) * dt, every=5 * dt).dataset
    ions = data["number"].sel(species="Ca").values[settle // 5 + 1 :]
    happened = int(data["event"].sel(reaction="bind")[-1] - data["event"].sel(reaction="bind")[settle // 5])
    pairs_time = ions.mean() * n_partners * steps * dt / V * units.um3_per_s(1.0)
    D, s = D_CA + binding.D, per_step / dt
    once = 1 - k * dt / V * ions.mean() / 2
    return Estimate.of_count(happened) * (1 / pairs_time), binding.rate * (
        1 + k / (4 * np.pi * D) * np.sqrt(s / D)
    ) * once


@check("RateVsTheory", fast=[{"head": head} for head in HEADS if "0.01" in head], full=[{"head": "0.05 um^3 cube"}])
def fastest_binding(judge: Judge, head: str) -> None:
    """The fastest binding of Fig. 7 has its rate constant."""
    measured, expected = measured_rate(HEADS[head], FASTEST, 30_000, seed=41)
    judge.agrees(f"k (1/(uM s)) of {FASTEST.name}, {head}, 30,000 events", measured, expected, seed=41)


@check("RateVsTheory", full=[{"binding": name, "head": head} for name in NAMED for head in HEADS])
def each_binding_of_fig_7(judge: Judge, head: str, binding: str) -> None:
    """Each binding of Fig. 7 has its rate constant within 1 %."""
    measured, expected = measured_rate(HEADS[head], NAMED[binding], 270_000, seed=42)
    judge.agrees(f"k (1/(uM s)) of {binding}, {head}", measured, expected, seed=42)


@check("RateVsTheory", fast=[{"events": 1_000_000}])
def between_near_walls(judge: Judge, events: int) -> None:
    """In a box of five voxels to an edge, where walls send most pairs back, the rate constant is the same."""
    measured, expected = measured_rate(cube(0.001), FASTEST, events, seed=50)
    judge.agrees(f"k (1/(uM s)) of {FASTEST.name}, cube of 100 nm, {events:,} events", measured, expected, seed=50)


@check("RateVsTheory", full=[{}])
def repeated_meetings(judge: Judge) -> None:
    """Pairs that met in vain and meet again are allowed for."""
    head = HEADS["0.01 um^3 cube"]
    measured, expected = measured_rate(head, FASTEST, 420_000, seed=43)
    judge.agrees("k (1/(uM s)) of immobile buffer, 420,000 events", measured, expected, seed=43)


@check("RateVsTheory", fast=[{"events": 20_000}], full=[{"events": 120_000}])
def two_of_a_kind(judge: Judge, events: int) -> None:
    """Two of a kind react with v = k [A]^2.

    k n (n - 1)/V events per second, twice as many A.
    """
    measured = pair_of_a_kind(100.0, events, seed=44)
    judge.agrees(f"k (1/(uM s)) of A + A -> 0, {events:,} events", measured, 100.0, seed=44)


def pair_of_a_kind(rate: float, events: int, seed: int) -> Estimate:
    """Measure the constant of ``A + A -> 0`` (1/(uM s)) where sources make up for the loss."""
    mesh, dt, n, sources = cube(0.01), 1e-6, 240, 2_000
    speed = units.um3_per_s(rate) / mesh.volume
    model = Model(
        mesh,
        species=[Species("A", D_CA), Species("S")],
        reactions=[
            Reaction("A + A -> 0", rate, name="meet"),
            Reaction("S -> S + A", 2 * speed * n * n / sources),
        ],
        releases=[Release("A", number=n), Release("S", number=sources)],
    )
    steps = int(events / (speed * n * n * dt) / 100) * 100
    data = Simulation(model, seed=seed).run((steps + 500) * dt, every=5 * dt).dataset
    number = data["number"].sel(species="A").values[101:].astype(float)
    happened = int(data["event"].sel(reaction="meet")[-1] - data["event"].sel(reaction="meet")[100])
    return Estimate.of_count(happened) * (rate / (speed * (number * (number - 1)).mean() * steps * dt))


@check(
    "EquilibriumVsTheory",
    fast=[{"head": "0.01 um^3 cube", "binding": "immobile buffer", "duration": 6e-3}],
    full=[
        {"head": head, "binding": name, "duration": 0.6e-3 / HEADS[head].volume}
        for head in HEADS
        for name, binding in NAMED.items()
        if binding.rate >= 100
    ]
    + [
        {"head": "0.01 um^3 cube", "binding": name, "duration": 20e-3}
        for name, binding in NAMED.items()
        if binding.rate < 100
    ],
)
def dissociation_constants(judge: Judge, head: str, binding: str, duration: float) -> None:
    """<n_Ca n_B>/<n_CaB> = K_d V, whatever the numbers.

    Unbinding is made fast, so that there are many events; its probability per step is linear in the rate. A partner
    takes one ion at most in a step, so K_d is too large by k_on [Ca] dt/2: 0.25 % here for the fastest reaction.
    """
    reaction = NAMED[binding]
    calcium, off = 20.0, 4e4 if reaction.D == 0 or reaction.rate > 100 else 1e4
    measured = dissociation_constant(HEADS[head], reaction, off, calcium, duration, seed=45)
    expected = off / reaction.rate * (1 + reaction.rate * calcium * 1e-6 / 2)
    judge.agrees(f"K_d (uM) of {binding}, {head}, {duration * 1e3:.3g} ms", measured, expected, seed=45)


@check("EquilibriumVsTheory", full=[{"dt": 1e-6}, {"dt": 0.25e-6}])
def dissociation_error_of_the_step(judge: Judge, dt: float) -> None:
    """The error of a dissociation constant is of first order in the step.

    Four times as many ions as at 40 uM, where K_d is 0.5 % too large.
    """
    measured = dissociation_constant(cube(0.02), FASTEST, 4e4, 160.0, 15e-3, seed=48, dt=dt)
    exact = 4e4 / FASTEST.rate
    judge.agrees(
        f"K_d (uM) of immobile buffer at 160 uM, dt = {dt * 1e6:g} us",
        measured,
        exact * (1 + FASTEST.rate * 160.0 * dt / 2),
        seed=48,
    )


def dissociation_constant(
    mesh: TriangleMesh, binding: Binding, off: float, calcium: float, duration: float, seed: int, dt: float = 1e-6
) -> Estimate:
    """Measure a K_d (uM), started at equilibrium with a free [Ca2+] in uM and partners of about that K_d."""
    K = off / binding.rate
    bound = calcium / (calcium + K)
    model = Model(
        mesh,
        species=[Species("Ca", D_CA), Species("B", binding.D), Species("CaB", binding.D)],
        reactions=[Reaction("Ca + B <-> CaB", binding.rate, off)],
        releases=[
            Release("Ca", concentration=calcium),
            Release({"B": 1 - bound, "CaB": bound}, concentration=0.8 * K),
        ],
    )
    number = Simulation(model, Particles(dt=dt), seed=seed).run(duration, every=20 * dt).dataset["number"][10:]
    ions, free, complexes = (number.sel(species=name).values.astype(float) for name in ("Ca", "B", "CaB"))
    pairs = ions * free / units.molecules(1.0, mesh.volume)
    constant = pairs.mean() / complexes.mean()
    return Estimate(constant, Estimate.of_series(pairs - constant * complexes).se / complexes.mean())


@check("EquilibriumVsTheory", full=[{"D": 7.0}, {"D": 2.0}])
def slow_partners(judge: Judge, D: float) -> None:
    """Partners that both wait 8 or 32 steps between moves are in equilibrium.

    Both take one partner at most in a step, so K_d is too large by k_on ([A] + [B]) dt/2.
    """
    mesh, k_on, k_off, n = cube(0.02), 80.0 * D / 7, 1e4 * D / 7, 300
    model = Model(
        mesh,
        species=[Species(name, D) for name in "ABC"],
        reactions=[Reaction("A + B <-> C", k_on, k_off)],
        releases=[Release(name, number=n) for name in "ABC"],
    )
    number = Simulation(model, seed=49).run(0.4 * 7 / D, every=20e-6).dataset["number"][500:]
    a, b, c = (number.sel(species=name).values.astype(float) for name in "ABC")
    ratio = (a * b).mean() / c.mean()
    measured = Estimate(ratio, Estimate.of_series(a * b - ratio * c).se / c.mean())
    in_a_step = 1 + k_on * units.micromolar(a.mean() + b.mean(), mesh.volume) * 1e-6 / 2
    expected = k_off / k_on * units.molecules(1.0, mesh.volume) * in_a_step
    judge.agrees(f"K_d (molecules) of partners of D = {D:g}", measured, expected, seed=49)


@check(
    "Smoluchowski",
    fast=[{"a": 0.5e-3, "dt": 0.5e-6, "voxel": 0.02, "events": 20_000}],
    full=[
        {"a": 0.5e-3, "dt": 0.1e-6, "voxel": 0.02, "events": 120_000},
        {"a": 1.5e-3, "dt": 0.1e-6, "voxel": 0.03, "events": 120_000},
    ],
)
def diffusion_limited(judge: Judge, a: float, dt: float, voxel: float, events: int) -> None:
    """The constant is 4 pi D a, up to ten times what any buffer of calcium has (Smoluchowski 1917)."""
    k = 4 * np.pi * D_CA * a / units.um3_per_s(1.0)
    measured, expected = measured_rate(
        cube(0.064), Binding("", k), events, seed=46, per_step=dt / 50e-6, per_partner=0.002,
        engine=Particles(dt=dt, voxel=voxel),
    )  # fmt: skip
    judge.agrees(
        f"k (1/(uM s)) = 4 pi D a, a = {a * 1e3:g} nm, dt = {dt * 1e6:g} us, voxels of {voxel * 1e3:g} nm",
        measured,
        expected,
        seed=46,
    )


@check("CompetitionVsTheory", fast=[{"t": 5e-3}], full=[{"t": 60e-3}])
def two_buffers_compete(judge: Judge, t: float) -> None:
    """Two buffers share calcium as k n, whoever is first in the store."""
    counts = competing_events(
        [Reaction("Ca + A -> A + Y", 247.0, name="first"), Reaction("Ca + B -> B + Y", 100.0, name="second")],
        {"Ca": 100, "A": 200, "B": 400}, t,
    )  # fmt: skip
    judge.agrees(
        f"share of the first of two buffers, {t * 1e3:g} ms",
        Estimate.of_share(counts[0], sum(counts)),
        247 * 200 / (247 * 200 + 100 * 400),
        seed=47,
    )


@check("CompetitionVsTheory", fast=[{"t": 5e-3}], full=[{"t": 60e-3}])
def one_pair_has_two_fates(judge: Judge, t: float) -> None:
    """Two fates of one pair come in the ratio of their constants."""
    counts = competing_events(
        [Reaction("Ca + A -> A + Y", 150.0, name="first"), Reaction("Ca + A -> A + Z", 50.0, name="second")],
        {"Ca": 100, "A": 400}, t,
    )  # fmt: skip
    judge.agrees(
        f"share of the first of two fates of a pair, {t * 1e3:g} ms",
        Estimate.of_share(counts[0], sum(counts)),
        0.75,
        seed=47,
    )


@check("CompetitionVsTheory", fast=[{"t": 20e-3}], full=[{"t": 120e-3}])
def two_ligands_compete(judge: Judge, t: float) -> None:
    """Two ligands share a partner as k n, whoever is first in the store."""
    counts = competing_events(
        [Reaction("Ca + A -> Y + X", 200.0, name="first"), Reaction("Z + A -> W + X", 200.0, name="second")],
        {"Ca": 100, "Z": 100, "A": 300}, t,
    )  # fmt: skip
    judge.agrees(
        f"share of the first of two alike ligands of one partner, {t * 1e3:g} ms",
        Estimate.of_share(counts[0], sum(counts)),
        0.5,
        seed=47,
    )


@check("CompetitionVsTheory", fast=[{"trials": 200}], full=[{"trials": 2_000}])
def two_want_one(judge: Judge, trials: int) -> None:
    """Of several that want one partner in a step each gets it as often, whoever is first in the store."""
    dt = 1e-6
    model = Model(
        cube(0.02**3),
        species=[Species("Ca", 10.0), Species("Z", 10.0), *(Species(name) for name in "AXY")],
        reactions=[Reaction("Ca + A -> X", 16.0), Reaction("Z + A -> Y", 16.0)],
        releases=[Release("Ca", number=150), Release("Z", number=150), Release("A", number=100)],
    )
    counts = [sum(numbers_at_the_end(model, name, dt, trials, seed=54)) for name in "XY"]
    judge.agrees(
        f"share of the first of two ligands that are 3 for each partner, {trials} trials of a step",
        Estimate.of_share(counts[0], sum(counts)),
        0.5,
        seed=54,
    )


def competing_events(reactions: list[Reaction], numbers: dict[str, int], t: float) -> list[int]:
    """Count the events of reactions whose products turn back into reactants after about 50 us."""
    species = [Species(name, 0.0 if name in "ABX" else D_CA) for name in ("Ca", "A", "B", "W", "X", "Y", "Z")]
    back = {"Y": "Ca", "W": "Z", "X": "A"} if "Z" in numbers else {"Y": "Ca", "Z": "Ca"}
    model = Model(
        cube(0.01),
        species=species,
        reactions=reactions + [Reaction(f"{old} -> {new}", 2e4) for old, new in back.items()],
        releases=[Release(name, number=number) for name, number in numbers.items()],
    )
    events = Simulation(model, seed=47).run(t).dataset["event"]
    return [int(events.sel(reaction=name)[-1]) for name in ("first", "second")]
