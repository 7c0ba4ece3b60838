"""Which products of a kinetic law are the rate of the reaction, and which that of its reverse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import prod

from ...model.laws import Product, falling, same, scaled

Side = Sequence[str]


def directions(
    law: Sequence[Product], left: Side, right: Side, *, reversible: bool, molecules_per_uM: float
) -> tuple[list[Product], list[Product]]:
    """Split a law into the rates of the two directions; those of an irreversible reaction are all of the first.

    What a reversible reaction subtracts is the rate of its reverse if it vanishes where something that the reverse
    takes is missing, but not where something that the reaction takes is; or if it is mass action of what the reverse
    takes. Anything else belongs to what it is subtracted from, such as k B in k B (B - 1), of different molecules.

    Parameters
    ----------
    law : sequence of Product
        In uM and s.
    left, right : sequence of str
        Names of what the reaction takes and makes.
    reversible : bool
        Whether the file says so.
    molecules_per_uM : float
        Molecules in the volume at 1 uM.

    Returns
    -------
    list of Product
        The rate of the reaction.
    list of Product
        The rate of its reverse.
    """
    ahead: list[Product] = []
    back: list[Product] = []
    for lead, *rest in _of_different_molecules(law, molecules_per_uM):
        if reversible and lead.subtracted and _is_reverse(lead, left, right):
            back += [replace(product, subtracted=not product.subtracted) for product in (lead, *rest)]
        else:
            ahead += [lead, *rest]
    return ahead, back


def _is_reverse(product: Product, left: Side, right: Side) -> bool:
    factors = Counter(term.species for term in product.terms)
    if not set(right) <= factors.keys():
        return False
    if not left or not set(left) <= factors.keys():
        return True
    return {name: factors[name] for name in (*left, *right)} == Counter(right)


def _of_different_molecules(law: Sequence[Product], molecules_per_uM: float) -> list[list[Product]]:
    """Group the products that together count different molecules, as n (n - 1), the one of most factors first."""
    left = {(product.powers, product.subtracted): product for product in law}
    groups = []
    for lead in sorted(law, key=lambda product: -len(product.terms)):
        if (lead.powers, lead.subtracted) in left:
            group = _falling_from(lead, left, molecules_per_uM)
            for product in group:
                del left[product.powers, product.subtracted]
            groups.append(group)
    return groups


def _falling_from(
    lead: Product, others: dict[tuple[frozenset[tuple[str, int]], bool], Product], molecules_per_uM: float
) -> list[Product]:
    """Return the products that make ``lead`` one of different molecules, itself only if they are not all there."""
    if prod(n for _, n in lead.powers) > len(others):
        return [lead]
    group = [lead]
    for powers, number in falling(lead.powers).items():
        found = others.get((powers, lead.subtracted != (number < 0)))
        if found is None:
            return [lead]
        factor = abs(number) * molecules_per_uM ** (len(found.terms) - len(lead.terms))
        if not same(found.coefficient, scaled(lead.coefficient, factor)):
            return [lead]
        if found is not lead:
            group.append(found)
    return group
