"""The one list of mutants: what is wrong with each, and the checks that must see it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ..model.errors import ParameterError
from .mutants_of_kernels import KERNEL_MUTANTS
from .mutation import Mutant

LOWERING = "particles/lowering"

MUTANTS = (
    Mutant(
        "returns-at-walls",
        "Walls send nobody back: pairs next to them are expected to meet again as seldom as in free space.",
        f"{LOWERING}/cells.py",
        "images=images(plan)",
        "images=np.ones_like(images(plan))",
        ("reactions_vs_theory.between_near_walls",),
    ),
    Mutant(
        "returns",
        "No pair is expected to meet again.",
        f"{LOWERING}/pairs.py",
        "returns=0.0 if plan.on_surface[a] else return_sum(plan.voxels.size, plan.way(a, b), plan.dt)",
        "returns=0.0",
        ("transients_vs_theory.rate_in_parts", "reactions_vs_theory.between_near_walls"),
    ),
    Mutant(
        "own-channel",
        "Repeated meetings are made up for by each channel of a pair alone.",
        f"{LOWERING}/pairs.py",
        "competing = channels(rows)",
        "competing = [[number] for number in range(len(rows))]",
        ("transients_vs_theory.rate_in_parts", "transients_vs_theory.equilibrium_in_parts"),
    ),
    Mutant(
        "way-back-beside-a-catalyst",
        "Pairs that a catalyst turned into others are forgotten.",
        f"{LOWERING}/pairs.py",
        "sorted(ending + back)",
        "sorted(ending)",
        ("transients_vs_theory.round_a_catalyst",),
    ),
    Mutant(
        "rate-of-pairs",
        "Pairs react 10 % too fast.",
        f"{LOWERING}/pairs.py",
        "per_pair(plan.model, step, rate.peak) * plan.dt",
        "1.1 * per_pair(plan.model, step, rate.peak) * plan.dt",
        (
            "reactions_vs_theory.fastest_binding",
            "reactions_vs_theory.diffusion_limited",
            "reactions_vs_theory.dissociation_constants",
            "reactions_vs_theory.between_near_walls",
            "membrane_binding_vs_theory.binding_in_a_membrane",
            "surface_vs_theory.at_equilibrium",
        ),
    ),
    Mutant(
        "pairs-of-a-kind",
        "The constant of two of a kind lacks the factor 2.",
        f"{LOWERING}/pairs.py",
        "2.0 * kdt if a == b else kdt",
        "kdt",
        ("reactions_vs_theory.two_of_a_kind", "surface_vs_theory.that_vanish"),
    ),
    Mutant(
        "cut-cells",
        "Cells that walls cut count as whole voxels.",
        f"{LOWERING}/cells.py",
        "inverse_volume=1.0 / voxels.volume",
        "inverse_volume=np.diff(voxels.voxel_start) ** -1.0 / np.prod(voxels.size)",
        ("reactions_vs_theory.fastest_binding",),
    ),
    Mutant(
        "rate-of-single-molecules",
        "Events of single molecules are 20 % too frequent.",
        f"{LOWERING}/singles.py",
        "rate=np.array([rate.peak for",
        "rate=np.array([1.2 * rate.peak for",
        (
            "membrane_vs_theory.emission",
            "membrane_vs_theory.pump_turnover",
            "scatter_vs_theory.pairs_that_fall_apart",
            "channels_vs_theory.ghk_ramp",
            "random_models.engines_agree",
            "engines_agree.well_mixed",
        ),
    ),
    Mutant(
        "rates-of-others",
        "Reactions of single molecules have the rates of others.",
        f"{LOWERING}/singles.py",
        "rates = [plan.rates[event] for event, _ in steps]",
        "rates = [plan.rates[event] for event, _ in reversed(steps)]",
        ("membrane_vs_theory.open_probability",),
    ),
    Mutant(
        "concentration-of-a-clamp",
        "The reservoir behind a clamp sends in a tenth too much.",
        f"{LOWERING}/clamps.py",
        "molecules(boundary.concentration or 0.0,",
        "molecules(1.1 * (boundary.concentration or 0.0),",
        (
            "boundaries_vs_theory.flux_through_a_slab",
            "boundaries_vs_theory.content_at_equilibrium",
            "boundaries_vs_theory.density_at_a_clamp",
            "compartments_vs_theory.clamp_on_both_sides",
        ),
    ),
    Mutant(
        "volume-of-a-sampler",
        "Walls take nothing of the volume of a ball or shell.",
        f"{LOWERING}/zones.py",
        "return share * place.volume",
        "return place.volume",
        ("observables_vs_theory.shell_concentration",),
    ),
    Mutant(
        "speed",
        "All species diffuse 10 % too fast.",
        f"{LOWERING}/species.py",
        "D=plan.D,",
        "D=1.1 * plan.D,",
        (
            "diffusion_vs_theory.mean_squared_displacement",
            "diffusion_vs_theory.slab_absorber",
            "diffusion_vs_theory.slab_absorber_at_long_steps",
            "diffusion_vs_theory.small_absorbing_patch",
            "observables_vs_theory.exit_from_the_centre",
            "slow_species_vs_theory.displacements_in_snapshots",
            "slow_species_vs_theory.slab_absorber",
            "surface_vs_theory.on_a_plane",
            "surface_vs_theory.on_a_sphere",
        ),
    ),
    Mutant(
        "slow-species-at-walls",
        "Slow molecules move at their period next to boundaries, too.",
        f"{LOWERING}/stays.py",
        "table[row] = 2 ** np.floor(np.log2(np.clip(steps, 1, plan.period[species])))",
        "table[row] = plan.period[species]",
        ("slow_species_vs_theory.slab_absorber", "slow_species_vs_theory.slab_uptake"),
    ),
    Mutant(
        "one-way-wall",
        "Transparent walls pass only what leaves.",
        f"{LOWERING}/boundaries.py",
        "return np.array(rows, dtype=np.int32).reshape(-1, 2)",
        "return np.array(rows, dtype=np.int32).reshape(-1, 2) * np.array([0, 1], dtype=np.int32)",
        (
            "diffusion_vs_theory.transparent_cube",
            "slow_species_vs_theory.transparent_cube",
            "compartments_vs_theory.exchange",
        ),
    ),
    Mutant(
        "velocity-of-uptake",
        "Partial absorbers take up 20 % faster.",
        f"{LOWERING}/walls.py",
        "velocity=velocities(plan.model)",
        "velocity=1.2 * velocities(plan.model)",
        ("boundaries_vs_theory.uptake_slab", "slow_species_vs_theory.slab_uptake"),
    ),
    Mutant(
        "largest-velocity-of-uptake",
        "Partial absorbers take up no faster than with 10,000 um/s.",
        f"{LOWERING}/boundaries.py",
        "return np.inf if boundary.velocity is None else boundary.velocity",
        "return np.inf if boundary.velocity is None else min(boundary.velocity, 1e4)",
        ("boundaries_vs_theory.extreme_uptake",),
    ),
    Mutant(
        "ways-through-a-wall",
        "A permeable wall lets everybody pass that it takes, and keeps nobody on the way back.",
        f"{LOWERING}/boundaries.py",
        "inwards / (outwards + inwards), outwards / (outwards + inwards)",
        "1.0, 1.0",
        ("permeable_walls_vs_theory.flat_wall", "permeable_walls_vs_theory.sphere_in_a_sphere"),
    ),
    Mutant(
        "permeability-of-one-way",
        "Of the two ways through a permeable wall only the one out counts.",
        f"{LOWERING}/boundaries.py",
        "return sum(boundary.ways)",
        "return boundary.ways[0]",
        ("permeable_walls_vs_theory.flat_wall", "permeable_walls_vs_theory.sphere_in_a_sphere"),
    ),
    Mutant(
        "births-beyond-walls",
        "Births in cells that walls cut are not looked at.",
        f"{LOWERING}/cells.py",
        "cut=voxels.cut.astype(np.int32)",
        "cut=0 * voxels.cut.astype(np.int32)",
        ("rates_in_time_vs_theory.birth_places",),
    ),
    Mutant(
        "pairs-in-time",
        "Pairs react with their highest rate all the time.",
        f"{LOWERING}/pairs.py",
        "schedule = np.array([row.schedule for row in rows], dtype=np.int32)",
        "schedule = np.array([-1 for row in rows], dtype=np.int32)",
        (
            "rates_in_time_vs_theory.scheduled_binding",
            "transients_vs_theory.pairs_feel_the_mean_rate_of_a_step",
        ),
    ),
    Mutant(
        "single-molecules-in-time",
        "Single molecules react with their highest rate all the time.",
        f"{LOWERING}/singles.py",
        "schedule=np.array([rate.schedule for rate in rates], dtype=np.int32)",
        "schedule=np.array([-1 for rate in rates], dtype=np.int32)",
        ("rates_in_time_vs_theory.stimulus_shorter_than_a_step", "rates_in_time_vs_theory.changes_inside_a_step"),
    ),
    Mutant(
        "sources-in-time",
        "Sources have their highest rate all the time.",
        f"{LOWERING}/sources.py",
        "schedule=np.array([rate.schedule for rate in rates], dtype=np.int32)",
        "schedule=np.array([-1 for rate in rates], dtype=np.int32)",
        ("rates_in_time_vs_theory.scheduled_source",),
    ),
    Mutant(
        "bookkeeping-of-crossings",
        "Crossings in and out are taken for each other.",
        "particles/output.py",
        "record.passage[:rows, :, [OUT, IN]]",
        "record.passage[:rows, :, [IN, OUT]]",
        (
            "random_models.nothing_is_lost",
            "diffusion_vs_theory.transparent_cube",
            "compartments_vs_theory.exchange",
            "boundaries_vs_theory.flux_through_a_slab",
        ),
    ),
    Mutant(
        "hits-on-either-side",
        "Hits from inside and outside are taken for each other.",
        "particles/output.py",
        "record.passage[:rows, :, [HIT_INSIDE, HIT_OUTSIDE]]",
        "record.passage[:rows, :, [HIT_OUTSIDE, HIT_INSIDE]]",
        ("compartments_vs_theory.hits",),
    ),
    Mutant(
        "length-of-visits",
        "Visits are a step too long.",
        "particles/visits.py",
        '"visit_duration": ("visit", steps * dt,',
        '"visit_duration": ("visit", (steps + 1) * dt,',
        ("observables_vs_theory.residence_in_equilibrium",),
    ),
    Mutant(
        "amounts-that-are-not-whole",
        "Fractional amounts are rounded down.",
        "model/model.py",
        "return int(expected) + int(rng.random() < expected % 1)",
        "return int(expected)",
        ("scatter_vs_theory.amounts_that_are_not_whole",),
    ),
    Mutant(
        "looks",
        "Snapshots find slow molecules where they moved last.",
        "particles/simulation.py",
        "            if stop in calls or stop == self._end:\n                self._catch_up()\n",
        "",
        ("slow_species_vs_theory.displacements_in_snapshots",),
    ),
    Mutant(
        "jump-process-of-pairs-of-a-kind",
        "A + A has n n pairs instead of n (n - 1).",
        "bulk/gillespie.py",
        "number[channels.other[q]] - channels.other_less[q]",
        "number[channels.other[q]]",
        ("bulk_vs_theory.few_molecules",),
    ),
    Mutant(
        "choice-of-a-reaction",
        "The next reaction is drawn from too small a part of the total.",
        "bulk/gillespie.py",
        "choose(channels, state, rng.random() * total)",
        "choose(channels, state, 0.9 * rng.random() * total)",
        ("bulk_vs_theory.many_molecules",),
    ),
    Mutant(
        "numbers-in-a-leap",
        "A leap has the mean number of events instead of a Poisson number.",
        "bulk/tau_leaping.py",
        "rng.poisson(propensity[r] * tau)",
        "np.int64(propensity[r] * tau + 0.5)",
        ("bulk_vs_theory.decay",),
    ),
    Mutant(
        "rosenbrock-coefficient",
        "One of the coefficients of RODAS is off by 2 %.",
        "bulk/rosenbrock.py",
        "-5.6688",
        "-5.5688",
        ("bulk_vs_theory.rate_equations",),
    ),
    Mutant(
        "rate-equation-of-pairs-of-a-kind",
        "A + A takes one A at a time.",
        "bulk/kinetics.py",
        "slope[kinetics.change_species[c]] += kinetics.change[c] * v",
        "slope[kinetics.change_species[c]] += max(kinetics.change[c], -1) * v",
        ("bulk_vs_theory.rate_equations",),
    ),
    Mutant(
        "volume-of-a-compartment",
        "Well-mixed reactions go by the volume of the first compartment everywhere.",
        "bulk/pools.py",
        "self.volume[pool % len(self.compartments)]",
        "self.volume[0]",
        ("assemblies_agree.steps",),
    ),
    Mutant(
        "side-of-a-wall",
        "What passes a wall in a well-mixed assembly goes by the volume on its inside.",
        "bulk/walls.py",
        "velocity * area / float(pools.volume[home])",
        "velocity * area / float(pools.volume[sides[0]])",
        ("assemblies_agree.steps",),
    ),
    *KERNEL_MUTANTS,
)


LONG = "In the full tier alone; a shorter check of the same has a mutant."
#: Checks that no mutant names, and why.
WITHOUT: dict[str, str] = {
    "diffusion_vs_theory.nothing_escapes_in_many_hits": LONG,
    "diffusion_vs_theory.transparent_patch": LONG,
    "boundaries_vs_theory.uptake_ball": LONG,
    "reactions_vs_theory.each_binding_of_fig_7": LONG,
    "reactions_vs_theory.repeated_meetings": LONG,
    "reactions_vs_theory.dissociation_error_of_the_step": LONG,
    "reactions_vs_theory.slow_partners": LONG,
    "membrane_vs_theory.two_closed_states": LONG,
    "sources_vs_theory.saturating_buffer_profile": LONG,
    "sources_vs_theory.binding_error_of_the_step": LONG,
    "rates_in_time_vs_theory.scheduled_equilibria": LONG,
    "compartments_vs_theory.binding_rate_outside": LONG,
    "transients_vs_theory.error_of_the_step_in_a_transient": LONG,
    "boundaries_vs_theory.filling_of_an_empty_slab": "Fast cases see large errors; the flux through a slab sees less.",
    "diffusion_vs_theory.absorbing_patch": "Compares two steps of one code; small_absorbing_patch has a theory.",
    "reactions_vs_theory.two_ligands_compete": "Few want the same partner in a step; two_want_one sees who gets it.",
    "sources_vs_theory.excess_buffer_profile": "The fast case sees large errors; rates of binding see less.",
}


def select_mutants(names: Sequence[str]) -> list[Mutant]:
    """Return the mutants with some names, all if none are given.

    Raises
    ------
    ParameterError
        If a name is unknown; the message names the nearest.
    """
    known = {mutant.name: mutant for mutant in MUTANTS}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "see `nanospine verify --mutants --list`."
            raise ParameterError(f"There is no mutant {name!r}; {hint}")
    return [mutant for mutant in MUTANTS if not names or mutant.name in names]
