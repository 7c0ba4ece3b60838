"""Reactions between surface molecules.

A pair in the same patch of membrane associates with probability k dt / (area of the patch), the constant of partners
that are well mixed over the patch. Repeated meetings are not made up for: in two dimensions their expected number grows
with the logarithm of the time, so that no constant exists for partners that are far from well mixed.
"""

from ...compiled.decorators import inline, shared
from ...compiled.random import REACT, open_stream, uniform
from .bind import react_pair
from .state import LACKING
from .surface import patch_at
from .tables import NO_ROLE, SEEKS


@inline
def gather(particles, walls, membrane, scratch, found, step):
    """List the molecules that may react on the surface, in all and by patch; returns how many there are."""
    listed = 0
    for k in range(found):
        i = scratch.active[k]
        if particles.species[i] < 0 or membrane.role[particles.species[i]] == NO_ROLE or particles.changed[i] == step:
            continue
        position = particles.position[i]
        patch = patch_at(membrane, walls, particles.face[i], position[0], position[1], position[2])
        if patch < 0:
            continue
        scratch.meeting[listed] = i
        listed += 1
        scratch.patch[i] = patch
        scratch.next_in_patch[i] = membrane.first[patch]
        membrane.first[patch] = i
    return listed


@inline
def partner_on_surface(particles, chemistry, membrane, scratch, tally, i, step, u):
    """Return the partner that a surface molecule reacts with in this step and the row of the reaction, or (-1, -1)."""
    species, n_species = particles.species[i], chemistry.species.D.size
    per_area = membrane.inverse_area[scratch.patch[i]]
    cumulated = 0.0
    chosen, chosen_row = -1, -1
    partner = membrane.first[scratch.patch[i]]
    while partner >= 0:
        # Two of a kind meet once, not once from each side.
        counted = particles.species[partner] == species and particles.serial[partner] <= particles.serial[i]
        if particles.species[partner] >= 0 and particles.changed[partner] != step and not counted:
            pair = species * n_species + particles.species[partner]
            for row in range(chemistry.pairs.start[pair], chemistry.pairs.start[pair + 1]):
                cumulated += chemistry.pairs.kdt[row] * per_area
                if u < cumulated and chosen < 0:
                    chosen, chosen_row = partner, row
        partner = scratch.next_in_patch[partner]
    if cumulated > 1.0:
        tally.saturated[0] += 1
    return chosen, chosen_row


@shared
def react_on_surface(particles, chemistry, cells, walls, membrane, tally, scratch, found, key, step, dt):
    """Carry out the associations of surface molecules in one step, each molecule at most once."""
    listed = gather(particles, walls, membrane, scratch, found, step)
    for k in range(listed):
        i = scratch.meeting[k]
        species = particles.species[i]
        if species < 0 or membrane.role[species] != SEEKS or particles.changed[i] == step:
            continue
        state = open_stream(key, particles.serial[i], step, REACT)
        state, u = uniform(state)
        partner, row = partner_on_surface(particles, chemistry, membrane, scratch, tally, i, step, u)
        if partner >= 0:
            react_pair(particles, chemistry, cells, walls, tally, i, partner, row, step, dt, state)
            if particles.counters[LACKING] == 1:
                break
    for k in range(listed):
        membrane.first[scratch.patch[scratch.meeting[k]]] = -1
