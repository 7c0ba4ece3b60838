"""What MDL cannot say is refused before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ....model import Box, Model, NotExportableError, warn
from ..vocabulary import RESERVED, grammar_words
from ..words import WORDS
from .output import label_of
from .space import parts

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Checks:
    """Refuses what MDL cannot say, or warns of the nearest thing."""

    def __init__(self, model: Model, approximate: bool) -> None:
        self._model = model
        self._approximate = approximate

    def run(self) -> None:
        """Look at every part of the model."""
        self._model.check_taken_by("mdl")
        for boundary in self._model.boundaries:
            what = f"Boundary {boundary.region}/{boundary.species} is {boundary.rule}"
            if boundary.rule not in WORDS:
                raise NotExportableError(
                    f"{what}, which MDL cannot say; put molecules on the surface that do it, or choose another rule."
                )
            if WORDS[boundary.rule].instead:
                self._inexact(f"{what} and {boundary.behaviour.meaning}", WORDS[boundary.rule].instead)
        for release in self._model.releases:
            if release.number is not None and len(release.fractions) > 1:
                self._inexact(
                    f"Release of {'/'.join(release.fractions)} divides {release.number} molecules at random",
                    "the expected number of each state is rounded",
                )
            if release.probability < 1 and len(release.fractions) > 1:
                self._inexact(
                    f"Release of {'/'.join(release.fractions)} happens with probability {release.probability:g}",
                    "MCell decides it for each state by itself",
                )
        for sampler in self._model.samplers:
            if sampler.within is not None and not isinstance(sampler.within, Box):
                raise NotExportableError(
                    f"Sampler {sampler.name!r} counts in a {type(sampler.within).__name__}, which MDL cannot say; "
                    "give it a Box, or leave it out."
                )
        for residence in self._model.residences:
            self._inexact(f"Residence {residence.name!r} follows molecules", "it is left out")
        D = {species.name: species.D for species in self._model.species}
        for step in self._model.steps:
            if self._model.is_on_surface(step) and not any(D[term.species] for term in step.reactants):
                raise NotExportableError(
                    f"Reaction {step.name!r} is between two surface molecules that do not move, and never happens; "
                    "give one of them D > 0, or leave it out."
                )
        for part in parts(self._model):
            self._check_names("Compartment", [part.name])
            self._check_names("Region", [name for name in part.mesh.region_names if name != "ALL"])
        named = [reaction.name for reaction in self._model.reactions if reaction.name]
        self._check_names("Species", self._model.species_names)
        self._check_names("Reaction", named)
        for name in set(named) & set(self._model.species_names):
            raise NotExportableError(f"Reaction {name!r} is called like a species; MDL needs different names.")
        self._check_labels([*self._model.species_names, *named])

    def _check_labels(self, labels: list[str]) -> None:
        for sampler in self._model.samplers:
            label = label_of(sampler)
            if not label.isprintable() or '"' in label or "*/" in label:
                raise NotExportableError(f"Sampler {sampler.name!r} has marks that MDL cannot write; rename it.")
            if label in labels:
                raise NotExportableError(
                    f"Sampler {sampler.name!r} is called like another column of the output, {label!r}; rename it."
                )
            labels.append(label)

    def _inexact(self, what: str, nearest: str) -> None:
        if not self._approximate:
            raise NotExportableError(f"{what}, which MDL cannot say; write the nearest thing with --approximate.")
        warn(f"{what}; {nearest}.")

    def _check_names(self, kind: str, names: Iterable[str]) -> None:
        for name in names:
            if not NAME.match(name):
                raise NotExportableError(
                    f"{kind} {name!r} is no name of MDL; use letters, digits and underscores, beginning with a letter."
                )
            if name in RESERVED | grammar_words():
                raise NotExportableError(f"{kind} {name!r} is called like a word of MDL; rename it.")
