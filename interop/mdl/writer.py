"""Models as MDL files that MCell 3.4 and 3.5 run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...geometry import Assembly
from ...model import (
    Ball,
    Boundary,
    Box,
    Ellipsoid,
    Mesh,
    Model,
    NotExportableError,
    Release,
    ResultsError,
    Sampler,
    Schedule,
    Shell,
    Species,
    Step,
    Term,
    units,
    warn,
)
from . import trains
from .expressions import plain
from .syntax import NOTE
from .words import WORDS

WORLD, MESH = "world", "compartment"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: Counting boxes are smaller by this factor, so that boxes that touch have no walls in common.
SHRINK = 0.995
#: Edge of MCell's spatial subvolumes (um), and their largest number along an axis.
PARTITION, MOST_PARTITIONS = 0.05, 100
MOST_FRAMES = 100
SITE_DIAMETER = 0.02  # um, within which MCell looks for a place in the surface


def write_mdl(
    model: Model,
    path: Path | str,
    *,
    time_step: float = 1e-6,
    duration: float = 1e-3,
    every: float = 1e-4,
    approximate: bool = False,
) -> Path:
    """Write a model as an MDL file, with a file ``rate_<n>.txt`` beside it for each rate that changes in time.

    MDL's units are um, s, cm^2/s, M and 1/(M s); comments give the model's own values. What MDL cannot say but a
    reader of the file may want back (groups, contents, gates of samplers) is in comments, too.

    Parameters
    ----------
    model : Model
        The model.
    path : pathlib.Path or str
        The file, e.g. ``"mdl/model.mdl"``; its directory is made if it does not exist.
    time_step, duration, every : float
        Time step, length of the run and interval of the output (s).
    approximate : bool
        Write the nearest thing, with a warning, for what MDL cannot say.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    NotExportableError
        If MDL cannot say a part of the model; the message names it.
    ResultsError
        If the file exists already, or cannot be written.
    """
    path = Path(path)
    text = mdl_text(model, time_step=time_step, duration=duration, every=every, approximate=approximate)
    texts = {path: text} | {path.with_name(name): content for name, content in _rate_files(model).items()}
    for target in texts:
        if target.exists():
            raise ResultsError(f"{target} exists already; choose another file or remove it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for target, content in texts.items():
            target.write_text(content)
    except OSError as error:
        raise ResultsError(f"Cannot write {path}: {error}; choose another file.") from error
    return path


def mdl_text(model: Model, *, time_step: float, duration: float, every: float, approximate: bool = False) -> str:
    """Return the text of the MDL file that :func:`write_mdl` writes."""
    _Checks(model, approximate).run()
    iterations = round(duration / time_step)
    blocks = [
        ["/* Written by nanospine. Units: um, s, cm^2/s, M, 1/(M s). */"],
        [f"ITERATIONS = {iterations}", f"TIME_STEP = {plain(time_step)} /* s */"],
        _partitions(model),
        _molecules(model.species),
        _surface_classes(model),
        _reactions(model),
        _meshes(model),
        _counting_boxes(model),
        trains.definitions(model.releases),
        _instances(model),
        _counts(model, every),
        _frames(iterations, every / time_step),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


class _Checks:
    """Refuses what MDL cannot say, or warns of the nearest thing."""

    def __init__(self, model: Model, approximate: bool) -> None:
        self._model = model
        self._approximate = approximate

    def run(self) -> None:
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
        for part in _parts(self._model):
            self._check_names("Compartment", [part.name])
            self._check_names("Region", [name for name in part.mesh.region_names if name != "ALL"])
        named = [reaction.name for reaction in self._model.reactions if reaction.name]
        self._check_names("Reaction", named)
        for name in set(named) & set(self._model.species_names):
            raise NotExportableError(f"Reaction {name!r} is called like a species; MDL needs different names.")

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


def literal(value: float, convert: Callable[[float], float], factor: float) -> str:
    """Return the shortest number that ``convert`` turns into ``value``.

    Parameters
    ----------
    value : float
        In the model's unit.
    convert : callable
        From MDL's unit to the model's.
    factor : float
        One of the model's units in MDL's.
    """
    near = value * factor
    shorter = [float(f"{near:.{digits}g}") for digits in range(1, 18)]
    for candidate in (*shorter, float(np.nextafter(near, np.inf)), float(np.nextafter(near, -np.inf))):
        if convert(candidate) == value:
            return plain(candidate)
    return plain(near)


def _note(**content: Any) -> str:
    kept = {key: value for key, value in content.items() if value}
    return f" {NOTE}{json.dumps(kept)} */" if kept else ""


def _partitions(model: Model) -> list[str]:
    low, high = model.mesh.bounds
    step = max(PARTITION, float((high - low).max()) / MOST_PARTITIONS)
    return [
        f"PARTITION_{axis} = [[{plain(a - step)} TO {plain(b + step)} STEP {plain(step)}]]"
        for axis, a, b in zip("XYZ", map(float, low), map(float, high), strict=True)
    ]


def _molecules(species: Iterable[Species]) -> list[str]:
    lines = ["DEFINE_MOLECULES {"]
    for item in species:
        dimension = "2D" if item.is_on_surface else "3D"
        value = literal(item.D, units.cm2_per_s, 1e-8)
        note = _note(group="" if item.group == item.name else item.group, content=dict(item.content))
        lines.append(f"  {item.name} {{ DIFFUSION_CONSTANT_{dimension} = {value} }}{note} /* {item.D:g} um^2/s */")
    return [*lines, "}"]


def _surface_classes(model: Model) -> list[str]:
    lines = []
    for region, boundaries in _by_region(model.boundaries).items():
        rules = " ".join(_rule(model, boundary) for boundary in boundaries)
        lines.append(f"  {_class(region)} {{ {rules} }}")
    if any(sampler.within is not None for sampler in model.samplers):
        lines.append("  counting_class { TRANSPARENT = ALL_MOLECULES; }")
    return ["DEFINE_SURFACE_CLASSES {", *lines, "}"] if lines else []


def _rule(model: Model, boundary: Boundary) -> str:
    faces = model.mesh.region_faces(boundary.region)
    return WORDS[boundary.rule].text.format(
        species=boundary.species,
        sides=";" if (model.mesh.face_compartments[faces] >= 0).all() else ",",
        molar=_molar(boundary.concentration or 0.0),
    )


def _by_region(boundaries: Iterable[Boundary]) -> dict[str, list[Boundary]]:
    grouped: dict[str, list[Boundary]] = {}
    for boundary in boundaries:
        grouped.setdefault(boundary.region, []).append(boundary)
    return grouped


def _rate_files(model: Model) -> dict[str, str]:
    """Return the files of the rates that change in time: times (s) and rates (1/s, 1/(M s) or um^2/s)."""
    files = {}
    for number, step in enumerate(model.steps, 1):
        if isinstance(step.rate, Schedule):
            rows = zip(step.rate.times, step.rate.values, strict=True)
            files[_rate_file(number)] = "".join(
                f"{plain(t)} {_rate_literal(model, step, value)}\n" for t, value in rows
            )
    return files


def _rate_file(number: int) -> str:
    return f"rate_{number}.txt"


def _reactions(model: Model) -> list[str]:
    lines = []
    rates = {step.name: _rate(model, step, number) for number, step in enumerate(model.steps, 1)}
    for reaction in model.reactions:
        ahead, *back = reaction.steps
        label = f" : {reaction.name}" if reaction.name else ""
        if back and not label:
            both = f"[>{rates[ahead.name]}, <{rates[back[0].name]}]"
            lines.append(
                f"  {_side(model, ahead, '<->')} {both} /* {_own_rate(model, ahead)}, {_own_rate(model, back[0])} */"
            )
            continue
        # MCell has no names for reversible reactions: a named one takes two lines.
        for step, name, note in ((ahead, label, ""), *((step, "", _note(reverse=True)) for step in back)):
            lines.append(
                f"  {_side(model, step, '->')} [{rates[step.name]}]{name}{note} /* {_own_rate(model, step)} */"
            )
    return ["DEFINE_REACTIONS {", *lines, "}"] if lines else []


def _own_rate(model: Model, step: Step) -> str:
    """Return the rate as the model has it."""
    value = "in time," if isinstance(step.rate, Schedule) else f"{step.rate:g}"
    return f"{value} {model.rate_unit(step)}"


def _side(model: Model, step: Step, arrow: str) -> str:
    left, right = (
        " + ".join(term.species + _mark(model, term) for term in terms) or "NULL"
        for terms in (step.reactants, step.products)
    )
    return f"{left} {arrow} {right}"


def _mark(model: Model, term: Term) -> str:
    """Return the orientation mark: surface molecules stand with their top outside."""
    if term.species in model.surface_species:
        return "'"
    return {"outside": "'", "inside": ",", None: ""}[term.side]


def _rate(model: Model, step: Step, number: int) -> str:
    """Return the rate, or the name of the file that has it."""
    return f'"{_rate_file(number)}"' if isinstance(step.rate, Schedule) else _rate_literal(model, step, step.rate)


def _rate_literal(model: Model, step: Step, value: float) -> str:
    """Return a rate in 1/s, 1/(M s), or um^2/s on the surface; MCell's rate of A + A is that of a pair."""
    if step.order != 2:
        return plain(value)
    same = 2.0 if step.reactants[0].species == step.reactants[1].species else 1.0
    if model.is_on_surface(step):
        return literal(value, lambda rate: rate / same, same)
    return literal(value, lambda rate: units.per_M_per_s(rate) / same, same * 1e6)


def _array(values: Iterable[float]) -> str:
    return "[" + ", ".join(plain(value) for value in values) + "]"


@dataclass(frozen=True)
class _Part:
    """A mesh that becomes an object: ``prefix`` is what its regions begin with, ``holes`` the objects in it."""

    name: str
    mesh: Mesh
    prefix: str
    holes: tuple[str, ...]

    @property
    def space(self) -> str:
        """The region expression of the compartment."""
        return " - ".join(f"{WORLD}.{name}" for name in (self.name, *self.holes))


def _parts(model: Model) -> list[_Part]:
    """Return the objects of a model, one for each compartment."""
    if not isinstance(model.mesh, Assembly):
        return [_Part(MESH, model.mesh, "", ())]
    names = model.mesh.compartment_names
    parent = dict(model.mesh.face_compartments.tolist())
    holes = [tuple(names[k] for k in parent if parent[k] == number) for number in range(len(names))]
    return [
        _Part(name, mesh, f"{name}.", inner)
        for (name, mesh), inner in zip(model.mesh.parts.items(), holes, strict=True)
    ]


def _class(region: str) -> str:
    """Return the surface class of a region."""
    return region.replace(".", "_") + "_class"


def _place(model: Model, region: str) -> str:
    """Return the object and region of MDL for a region of the mesh."""
    part = next(part for part in _parts(model) if region.startswith(part.prefix))
    return f"{part.name}[{region.removeprefix(part.prefix)}]"


def _meshes(model: Model) -> list[str]:
    samplers = [
        {
            "name": s.name,
            "species": s.species,
            "box": _box_name(k) if s.within else None,
            "while_present": s.while_present,
        }
        for k, s in enumerate(model.samplers)
    ]
    first, *rest = _parts(model)
    lines = _mesh(first, _note(samplers=samplers))
    for part in rest:
        lines += _mesh(part, "")
    for region in _by_region(model.boundaries):
        lines.append(f"MODIFY_SURFACE_REGIONS {{ {_place(model, region)} {{ SURFACE_CLASS = {_class(region)} }} }}")
    return lines


def _mesh(part: _Part, note: str) -> list[str]:
    mesh = part.mesh
    lines = [f"{part.name} POLYGON_LIST {{{note}", " VERTEX_LIST {"]
    lines += [f"  {_array(map(float, vertex))}" for vertex in mesh.vertices]
    lines += [" }", " ELEMENT_CONNECTIONS {"]
    lines += [f"  [{a}, {b}, {c}]" for a, b, c in mesh.faces]
    lines += [" }", " DEFINE_SURFACE_REGIONS {"]
    for region in mesh.region_names:
        members = ", ".join(map(str, mesh.region_faces(region)))
        lines.append(f"  {region} {{ ELEMENT_LIST = [{members}] }} /* {mesh.area(region):.6g} um^2 */")
    return [*lines, " }", f"}} /* {mesh.volume:.6g} um^3 */"]


def _box_name(number: int) -> str:
    return f"counting_box_{number + 1}"


def _counting_boxes(model: Model) -> list[str]:
    lines = []
    for number, sampler in enumerate(model.samplers):
        if not isinstance(sampler.within, Box):
            continue
        center, half = np.array(sampler.within.center), SHRINK * np.array(sampler.within.edges) / 2
        corners = f"{_array(map(float, center - half))}, {_array(map(float, center + half))}"
        note = _note(shrink=SHRINK)
        lines.append(f"{_box_name(number)} BOX {{ CORNERS = {corners} }}{note} /* {sampler.name} */")
        lines.append(f"MODIFY_SURFACE_REGIONS {{ {_box_name(number)}[ALL] {{ SURFACE_CLASS = counting_class }} }}")
    return lines


def _instances(model: Model) -> list[str]:
    lines = [f"INSTANTIATE {WORLD} OBJECT {{", *(f" {part.name} OBJECT {part.name} {{}}" for part in _parts(model))]
    for number, sampler in enumerate(model.samplers):
        if sampler.within is not None:
            lines.append(f" {_box_name(number)} OBJECT {_box_name(number)} {{}}")
    for number, release in enumerate(model.releases, 1):
        for suffix, timing, note in trains.sites(release, number):
            lines += _sites(model, release, number, suffix, timing, note)
    return [*lines, "}"]


def _sites(
    model: Model, release: Release, number: int, suffix: str, timing: str, note: Mapping[str, object]
) -> list[str]:
    """Return the release sites of a release at its times: one for each state."""
    mixture = number if len(release.fractions) > 1 else 0
    lines = []
    for state, fraction in release.fractions.items():
        mark = "'" if state in model.surface_species else ""
        name = f"release_{number}_{state}{suffix}"
        site, comment = _site(model, release, state, fraction, mark)
        lines.append(f" {name} RELEASE_SITE {{ {site}{timing} }}{_note(mixture=mixture, **note)} /* {comment} */")
    return lines


def _site(model: Model, release: Release, state: str, fraction: float, mark: str) -> tuple[str, str]:
    """Return the fields of a release site and the amount in the model's own unit."""
    if release.points is not None:
        points = release.point_array()
        listed = " ".join(f"{state}{mark} {_array(map(float, point))}" for point in points)
        site = f"SHAPE = LIST MOLECULE_POSITIONS {{ {listed} }} SITE_DIAMETER = {SITE_DIAMETER}"
        return site, f"{len(points)} molecules"
    amount, comment = _amount(release, fraction)
    return f"{_shape(model, release)} MOLECULE = {state}{mark} {amount}", comment


def _shape(model: Model, release: Release) -> str:
    if release.within is not None:
        word, diameters = _place_shape(release.within)
        return f"SHAPE = {word} LOCATION = {_array(release.within.center)} SITE_DIAMETER = {_array(diameters)}"
    if release.regions:
        return "SHAPE = " + " + ".join(f"{WORLD}.{_place(model, region)}" for region in release.regions)
    part = _parts(model)[model.home(release)]
    on_surface = not model.surface_species.isdisjoint(release.fractions)
    return f"SHAPE = {WORLD}.{part.name}" if on_surface else f"SHAPE = {part.space}"


def _place_shape(place: Ball | Box | Ellipsoid | Shell) -> tuple[str, Iterable[float]]:
    """Return MDL's word for a place, and its extents (um)."""
    match place:
        case Box():
            return "RECTANGULAR", place.edges
        case Ball():
            return "ELLIPTIC", [2 * place.radius] * 3
        case Ellipsoid():
            return "ELLIPTIC", [2 * radius for radius in place.radii]
    raise NotExportableError(f"A release is within {place}, which MDL cannot say; give it a Ball, or leave it out.")


def _amount(release: Release, fraction: float) -> tuple[str, str]:
    """Return the amount of one state in MDL, and in the model's own unit."""
    if release.number is not None and release.number_sd:
        amount = f"MEAN_NUMBER = {release.number} STANDARD_DEVIATION = {plain(release.number_sd)}"
        return f"GAUSSIAN_RELEASE_NUMBER {{ {amount} }}", f"{release.number} +- {release.number_sd:g} molecules"
    if release.number is not None:
        number = release.number * fraction
        return f"NUMBER_TO_RELEASE = {round(number)}", f"{number:g} molecules"
    if release.density is not None:
        density = release.density * fraction
        return f"DENSITY = {plain(density)}", f"{density:g} 1/um^2"
    micromolar = (release.concentration or 0.0) * fraction
    return f"CONCENTRATION = {_molar(micromolar)}", f"{micromolar:g} uM"


def _molar(micromolar: float) -> str:
    return literal(micromolar, lambda molar: molar * 1e6, 1e-6)


def _counts(model: Model, every: float) -> list[str]:
    columns = [f'COUNT[{name}, WORLD]:"{name}"' for name in model.species_names]
    columns += [f'COUNT[{r.name}, WORLD]:"{r.name}"' for r in model.reactions if r.name]
    columns += [_box_count(model, number, sampler) for number, sampler in enumerate(model.samplers)]
    return [
        'sprintf(seed_name, "%05g", SEED)',
        "REACTION_DATA_OUTPUT {",
        f" STEP = {plain(every)}",
        ' HEADER = "# "',
        " {",
        "  " + ",\n  ".join(columns),
        ' } => "seed_" & seed_name & "/counts.dat"',
        "}",
    ]


def _box_count(model: Model, number: int, sampler: Sampler) -> str:
    label = re.sub(r"\s+", "_", sampler.name)
    inner = {hole for part in _parts(model) for hole in part.holes}
    if sampler.species in model.surface_species:
        inner = set()  # MCell counts surface molecules on their own object only, others within all around them
    whole = [part.name for part in _parts(model) if part.name not in inner]
    places = whole if sampler.within is None else [_box_name(number)]
    counts = " + ".join(f"COUNT[{sampler.species}, {WORLD}.{place}]" for place in places)
    return f'{counts}:"{label}"'


def _frames(iterations: int, interval: float) -> list[str]:
    step = max(round(interval), -(-iterations // MOST_FRAMES))
    frames = f"ITERATION_NUMBERS {{ ALL_DATA @ [[0 TO {iterations} STEP {step}]] }}"
    return [
        f'VIZ_OUTPUT {{ MODE = {mode} FILENAME = "seed_" & seed_name & "/{folder}/scene" '
        f"MOLECULES {{ NAME_LIST {{ ALL_MOLECULES }} {frames} }} }}"
        for mode, folder in (("ASCII", "ascii"), ("CELLBLENDER", "cellbin"))
    ]
