"""The kinds of reactions: one row per kind, with the engines and formats that take it.

A reaction is of the first kind that it matches. What an engine or format is not listed for is refused by
:meth:`Kind.check_taken_by`; nothing else needs to know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field

from .errors import ModelError, NotExportableError
from .formula import Formula
from .laws import MassAction, Polynomial, rate_unit
from .reactions import Reaction, Step

ENGINES: Mapping[str, str] = {name: f'engine="{name}"' for name in ("particles", "ssa", "ode")}
FORMATS: Mapping[str, str] = {"mdl": "MDL", "sbml": "SBML", "tables": "a table"}
EVERYWHERE, WELL_MIXED = tuple(ENGINES), ("ssa", "ode")


@dataclass(frozen=True)
class Example:
    """Reactions in a volume of 0.05 um^3, fast enough to have gone half their way within 2 ms.

    Parameters
    ----------
    name : str
        What they are.
    reactions : tuple of Reaction
        The first is the one of interest.
    start : mapping
        Molecules of each species at the start.
    product : str
        What they make.
    membrane : frozenset of str
        Species of the membrane.
    D_membrane : float
        Their diffusion coefficient (um^2/s).
    """

    name: str
    reactions: tuple[Reaction, ...]
    start: Mapping[str, int]
    product: str
    membrane: frozenset[str] = frozenset()
    D_membrane: float = 0.0


@dataclass(frozen=True)
class Facts:
    """What kinds of reactions differ in.

    Parameters
    ----------
    reactants : int
        How many molecules it takes.
    order : int
        Kinetic order.
    on_surface : int
        How many of the concentrations that multiply are of surface molecules.
    elementary : bool
        Whether it happens when its one or two reactants meet: what molecules in space can do.
    outside : bool
        Whether it takes molecules from outside of a membrane.
    mass_action : bool
        Whether its law is one product.
    across : bool
        Whether it happens at a membrane without any molecule of it.
    confined : bool
        Whether it happens in one compartment only.
    formula : bool
        Whether its law is a `Formula`.
    """

    reactants: int
    order: int
    on_surface: int
    elementary: bool
    outside: bool
    mass_action: bool
    across: bool
    confined: bool
    formula: bool

    @classmethod
    def of(cls, step: Step, surface: Container[str]) -> Facts:
        """Look at a reaction, given the names of the surface species."""
        terms, mass_action = step.law.terms, isinstance(step.law, MassAction)
        everything = step.reactants + step.products + terms
        return cls(
            reactants=len(step.reactants),
            order=step.order,
            on_surface=sum(term.species in surface for term in terms),
            elementary=mass_action and terms == step.reactants and 1 <= step.order <= 2,
            outside=any(term.side == "outside" for term in step.reactants),
            mass_action=mass_action,
            across=any(term.side for term in everything) and not any(term.species in surface for term in everything),
            confined=step.compartment is not None,
            formula=isinstance(step.law, Formula),
        )


@dataclass(frozen=True)
class Kind:
    """A kind of reaction: all that the rest of the house needs to know of it.

    Parameters
    ----------
    name : str
        Of the kind.
    what : str
        What such a reaction does, as the end of a sentence that begins with it.
    matches : callable
        Takes the `Facts` of a reaction.
    engines, formats : tuple of str
        Who takes it, of `ENGINES` and `FORMATS`.
    instead : str
        What to do where it is refused.
    between_surface_molecules : bool
        Whether two surface molecules meet, and the rate is in um^2/s.
    example : Example, optional
        The engines that take the kind must agree about it.
    """

    name: str
    what: str
    matches: Callable[[Facts], bool] = field(repr=False)
    engines: tuple[str, ...]
    formats: tuple[str, ...]
    instead: str = "leave it out"
    between_surface_molecules: bool = False
    example: Example | None = None

    def rate_unit(self, order: int) -> str:
        """Return the unit of the rate of a reaction of a kinetic order."""
        return "um^2/s" if self.between_surface_molecules else rate_unit(order)

    def check_taken_by(self, taker: str, reaction: str) -> None:
        """Refuse a reaction of this kind for an engine or format that does not take it.

        Parameters
        ----------
        taker : str
            One of `ENGINES` or `FORMATS`.
        reaction : str
            Its name.

        Raises
        ------
        ModelError
            If the engine does not take the kind; the message names those that do.
        NotExportableError
            If the format does not.
        """
        if taker in self.engines or taker in self.formats:
            return
        label = {**ENGINES, **FORMATS}[taker]
        refusal = f"Reaction {reaction!r} {self.what}, and {label} takes no such reaction; {self.instead}"
        if taker in FORMATS:
            raise NotExportableError(f"{refusal}.")
        others = " or ".join(ENGINES[engine] for engine in self.engines)
        raise ModelError(f"{refusal}, or run the model with {others}." if others else f"{refusal}.")


KINDS: tuple[Kind, ...] = (
    Kind(
        "in one compartment",
        what="happens in one compartment only",
        instead="name none, if it may happen in all",
        matches=lambda facts: facts.confined,
        engines=WELL_MIXED,
        formats=(),
    ),
    Kind(
        "across a membrane, without a molecule of it",
        what="crosses a membrane without a molecule of it",
        instead="let a surface molecule take part, or give a boundary a permeability",
        matches=lambda facts: facts.across,
        engines=WELL_MIXED,
        formats=("tables",),
        example=Example("passage", (Reaction("A[inside] -> A[outside]", 300.0),), {"A": 2000}, "A"),
    ),
    Kind(
        "source",
        what="makes molecules from nothing",
        instead='let a molecule that stays make them, "S -> S + A"',
        matches=lambda facts: facts.reactants == 0 and facts.order == 0 and facts.mass_action,
        engines=EVERYWHERE,
        formats=("sbml", "tables"),
        example=Example("source", (Reaction("0 -> A", 2e4),), {}, "A"),
    ),
    Kind(
        "of one molecule",
        what="happens to one molecule",
        matches=lambda facts: facts.elementary and facts.order == 1 and facts.on_surface == 0,
        engines=EVERYWHERE,
        formats=("mdl", "sbml", "tables"),
        example=Example("decay", (Reaction("A -> B", 300.0),), {"A": 2000}, "B"),
    ),
    Kind(
        "of two molecules",
        what="happens when two molecules meet",
        matches=lambda facts: facts.elementary and facts.order == 2 and facts.on_surface == 0,
        engines=EVERYWHERE,
        formats=("mdl", "sbml", "tables"),
        example=Example("binding", (Reaction("A + B <-> C", 20.0, 100.0),), {"A": 1000, "B": 900}, "C"),
    ),
    Kind(
        "at a membrane",
        what="happens at a membrane",
        matches=lambda facts: facts.elementary and facts.on_surface == 1 and not facts.outside,
        engines=EVERYWHERE,
        formats=("mdl", "sbml"),
        example=Example(
            "membrane binding",
            (Reaction("A[inside] + P <-> PA", 30.0, 100.0),),
            {"A": 1000, "P": 600},
            "PA",
            frozenset({"P", "PA"}),
        ),
    ),
    Kind(
        "at a membrane, from outside",
        what="takes molecules from outside",
        matches=lambda facts: facts.elementary and facts.on_surface == 1 and facts.outside,
        engines=EVERYWHERE,
        formats=("mdl",),
        example=Example(
            "binding from outside",
            (Reaction("A[outside] + P -> PA", 30.0),),
            {"A": 1000, "P": 600},
            "PA",
            frozenset({"P", "PA"}),
        ),
    ),
    Kind(
        "in the membrane",
        what="is between two surface molecules, with a rate in um^2/s",
        matches=lambda facts: facts.elementary and facts.on_surface == 2,
        engines=EVERYWHERE,
        formats=("mdl",),
        between_surface_molecules=True,
        example=Example(
            "membrane pair",
            (Reaction("P + Q <-> PQ", 0.5, 100.0),),
            {"P": 1000, "Q": 900},
            "PQ",
            frozenset({"P", "Q", "PQ"}),
            D_membrane=50.0,
        ),
    ),
    Kind(
        "with a formula",
        what="has a formula as its law, the rate of one event",
        instead="write it as reactions of mass action, with the enzyme as a species",
        matches=lambda facts: facts.formula and not facts.outside,
        engines=WELL_MIXED,
        formats=("sbml",),
        example=Example(
            "saturation",
            (Reaction("A -> B", Formula("Vmax*A/(Km + A)", {"Vmax": 20e3, "Km": 30.0})),),
            {"A": 2000},
            "B",
        ),
    ),
    Kind(
        "with a law of several terms",
        what="has a law that is a sum, the rate of one event",
        instead="split it into reactions of one term each",
        matches=lambda facts: not facts.mass_action and not facts.formula and not facts.outside,
        engines=WELL_MIXED,
        formats=("sbml",),
        example=Example(
            "several terms",
            (Reaction("A -> B", Polynomial({"A": 600.0}, {"A + B": 4.0})),),
            {"A": 2000},
            "B",
        ),
    ),
    Kind(
        "of more molecules, or with a law of its own",
        what="does not happen when its one or two reactants meet",
        instead="split it into reactions that do",
        matches=lambda facts: facts.mass_action and facts.on_surface <= 1 and not facts.outside,
        engines=WELL_MIXED,
        formats=("sbml", "tables"),
        example=Example("third order", (Reaction("2 A + B -> C", 0.08),), {"A": 2000, "B": 900}, "C"),
    ),
    Kind(
        "in the membrane, with a law of its own",
        what="does not happen when its one or two reactants meet in the membrane",
        instead="split it into reactions that do",
        matches=lambda facts: facts.order == 2 and facts.on_surface == 2 and not facts.outside,
        engines=WELL_MIXED,
        formats=(),
        between_surface_molecules=True,
        example=Example(
            "membrane pair with a law of its own",
            (Reaction("P + 2 Q -> PQ", 0.5, forward_law="P + Q"),),
            {"P": 600, "Q": 1200},
            "PQ",
            frozenset({"P", "Q", "PQ"}),
        ),
    ),
    Kind(
        "without meaning",
        what="has a rate that has no meaning with several surface molecules, or with some from outside",
        instead="between two surface molecules, and no others, it is in um^2/s",
        matches=lambda facts: True,
        engines=(),
        formats=(),
    ),
)


def kind_of(step: Step, surface: Container[str]) -> Kind:
    """Return the kind of a reaction, given the names of the surface species."""
    facts = Facts.of(step, surface)
    return next(kind for kind in KINDS if kind.matches(facts))
