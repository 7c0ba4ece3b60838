"""Models from tables: species, reactions and conserved pools, each a CSV file.

``species.csv``
    ``name, initial, unit, D, D_unit``: ``initial`` is a concentration (``nM``) or an amount (``molecules``). An empty
    ``D`` means that the species stays where it is. Optional: ``group``, the molecule that this is a state of.
``reactions.csv``
    ``name, reactants, products, forward, forward_unit, backward, backward_unit, forward_law, backward_law``: sides
    are written ``CaM + 2 Ca``, an empty one ``0``. A backward rate of 0 without a unit, or an empty one, makes the
    reaction irreversible. A law is a side as well, and empty unless the concentrations that multiply in the rate are
    not those of the reactants.
``pools.csv``
    ``pool, members``: what is conserved, as ``CK + CKp + 2*Complex``.

Every table may have a column ``source``, which is not read. Units are those that `pint` knows; rates are mass action,
v = k times the product of concentrations, as everywhere in nanospine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path

import pandas as pd

from ..model import FormatError, Mesh, Model, ModelError, Reaction, Release, Species, checks
from ..model.arguments import checked
from ..model.equation import Term, parse_side
from ..model.laws import rate_unit
from ..model.numerals import read_number
from .foreign import read_text
from .units import conversion_factor

SPECIES_COLUMNS = ("name", "initial", "unit")
REACTION_COLUMNS = ("name", "reactants", "products", "forward", "forward_unit")
POOL_COLUMNS = ("pool", "members")
OPTIONAL_COLUMNS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    SPECIES_COLUMNS: ("D", "D_unit", "group", "source"),
    REACTION_COLUMNS: ("backward", "backward_unit", "forward_law", "backward_law", "source"),
    POOL_COLUMNS: ("source",),
}

#: Bytes of a file, its columns and rows, and characters of a cell.
LARGEST_FILE, MOST_COLUMNS, MOST_ROWS, LONGEST_CELL = 1 << 26, 100, 100_000, 10_000
#: Molecules of a species at the start (integers are floating-point numbers up to there), and their concentration (uM).
MOST_MOLECULES, HIGHEST_CONCENTRATION = 2**53, 1e9
#: Characters of a cell in a message.
LONGEST_SHOWN = 100

Table = Traversable | Path | str
#: How often each species counts in the pools to which it belongs.
Contents = dict[str, dict[str, int]]


class TableError(FormatError):
    """A table of species, reactions or pools that does not make a model; the message names file and row."""


@dataclass(frozen=True)
class Row:
    """One line of a table; the header is line 1."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def error(self, sentence: str) -> TableError:
        """Return an error that says where."""
        return TableError(f"{self.file}, row {self.line}: {sentence}")

    @contextmanager
    def located(self) -> Iterator[None]:
        """Say where a part of the model could not be made."""
        try:
            yield
        except ModelError as error:
            raise self.error(str(error)) from None

    def shown(self, column: str) -> str:
        """Return what stands in a column, for a message."""
        return repr(self[column][:LONGEST_SHOWN]) if self[column] else "missing"

    def number(self, column: str) -> float:
        """Read a number >= 0."""
        try:
            value = read_number(self[column])
        except ValueError:
            raise self.error(f"{column} is {self.shown(column)}; give a number >= 0.") from None
        with self.located():
            checks.finite(column, value, minimum=0.0)
        return value

    def quantity(self, column: str, unit_column: str, target: str) -> float:
        """Read a number >= 0 with its unit, in another unit."""
        factor = conversion_factor(self[unit_column], target)
        if factor is None:
            raise self.error(f"{unit_column} is {self.shown(unit_column)}; give a unit that converts to {target}.")
        value = self.number(column) * factor
        with self.located():
            checks.finite(f"{column} in {target}", value)
        return value


@checked
def read_tables(species_csv: Table, reactions_csv: Table, *, mesh: Mesh, pools_csv: Table | None = None) -> Model:
    """Read a model from CSV files with the columns above.

    Parameters
    ----------
    species_csv, reactions_csv : path
        The files; package resources will do.
    mesh : Mesh
        The compartment, e.g. ``cube(0.5)`` for 0.5 fl = 0.5 um^3.
    pools_csv : path, optional
        What every reaction must conserve; becomes `Species.content`.

    Raises
    ------
    TableError
        With file and row (line of the file), for a file that is no such table, names that are unknown or defined
        twice, negative or missing numbers, units that do not fit, stoichiometry that is not whole, and a reaction
        that changes a pool.
    ModelError
        If the parts do not fit together.
    """
    species_rows = read_rows(species_csv, SPECIES_COLUMNS)
    reaction_rows = read_rows(reactions_csv, REACTION_COLUMNS)
    contents: Contents = {row["name"]: {} for row in species_rows}
    if pools_csv is not None:
        add_pools(contents, read_rows(pools_csv, POOL_COLUMNS))
    species, releases = [], []
    for row in species_rows:
        species.append(to_species(row, contents))
        releases += to_releases(row)
    reactions = [to_reaction(row, contents) for row in reaction_rows]
    for row, reaction in zip(reaction_rows, reactions, strict=True):
        check_conservation(row, reaction, contents)
    return Model(mesh, species=species, reactions=reactions, releases=releases)


def read_tables_beside(path: Path, *, mesh: Mesh | None = None) -> Model:
    """Read a model from a table of species, with ``reactions.csv`` and, if there is one, ``pools.csv`` beside it.

    Raises
    ------
    TableError
        If there is no mesh, and as for :func:`read_tables`.
    """
    if mesh is None:
        raise TableError(f"{path} does not say the volume; give a mesh, e.g. mesh=cube(0.5) (--volume 0.5).")
    pools = path.with_name("pools.csv")
    return read_tables(path, path.with_name("reactions.csv"), mesh=mesh, pools_csv=pools if pools.exists() else None)


def read_rows(table: Table, required: tuple[str, ...]) -> list[Row]:
    """Read the rows of a table, of which the first column is a unique name."""
    path = Path(table) if isinstance(table, str) else table
    text = read_text(path, what="a CSV table", largest=LARGEST_FILE, error=TableError)
    try:
        cells = pd.read_csv(
            StringIO(text), header=None, dtype=str, keep_default_na=False, skip_blank_lines=False, nrows=MOST_ROWS + 1
        )
    except ValueError as error:
        raise TableError(f"{path.name} cannot be read as a CSV table: {str(error).strip()}.") from None
    _check_size(path.name, cells)
    cells = cells.fillna("").apply(lambda column: column.str.strip())
    header = [str(name) for name in cells.iloc[0]]
    _check_header(path.name, header, required)
    rows = [
        Row(path.name, line, dict(zip(header, values, strict=True)))
        for line, values in enumerate(cells.iloc[1:].itertuples(index=False), start=2)
        if any(values)
    ]
    _check_names(rows, required[0])
    return rows


def _check_size(file: str, cells: pd.DataFrame) -> None:
    for what, number, most in (("columns", cells.shape[1], MOST_COLUMNS), ("rows", len(cells), MOST_ROWS)):
        if number > most:
            raise TableError(f"{file} has more than {most} {what}; divide it.")
    for column in cells:
        too_long = cells[column].str.len() > LONGEST_CELL
        if too_long.any():
            raise TableError(
                f"{file}, row {too_long.argmax() + 1}: a cell has more than {LONGEST_CELL} characters; shorten it."
            )


def _check_header(file: str, header: Sequence[str], required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in header]
    if missing:
        raise TableError(f"{file} has no column {missing[0]!r}; its columns are {', '.join(header)[:LONGEST_SHOWN]}.")
    for name, number in Counter(header).items():
        checks.one_of(f"{file}: column", name, required + OPTIONAL_COLUMNS[required], error=TableError)
        if number > 1:
            raise TableError(f"{file}: column {name!r} comes {number} times; remove all but one.")


def _check_names(rows: Sequence[Row], column: str) -> None:
    lines: dict[str, int] = {}
    for row in rows:
        name = row[column]
        if not name:
            raise row.error(f"{column} is missing; give each row a name.")
        if name in lines:
            raise row.error(f"{column} {name!r} is defined twice, first in row {lines[name]}; rename or remove one.")
        lines[name] = row.line


def add_pools(contents: Contents, rows: Sequence[Row]) -> None:
    """Note how often each species counts in each pool."""
    for row in rows:
        members = Counter(term.species for term in _side(row, "members", contents))
        if not members:
            raise row.error(f"pool {row['pool']!r} has no members; name species.")
        for species, number in members.items():
            contents[species][row["pool"]] = number


def to_species(row: Row, contents: Contents) -> Species:
    """Read a species."""
    name = row["name"]
    diffusion = row.quantity("D", "D_unit", "um^2/s") if row["D"] else 0.0
    with row.located():
        return Species(name, diffusion, group=row["group"], content=contents[name])


def to_releases(row: Row) -> list[Release]:
    """Read how many molecules of a species there are at the start."""
    name, initial = row["name"], row.number("initial")
    if conversion_factor(row["unit"], "molecules") is None:
        concentration = row.quantity("initial", "unit", "uM")
        if concentration > HIGHEST_CONCENTRATION:
            raise row.error(f"initial is {concentration:g} uM; give at most {HIGHEST_CONCENTRATION:g} uM.")
        return [Release(name, concentration=concentration)] if initial else []
    number = round(row.quantity("initial", "unit", "molecules"), 6)
    if not number.is_integer() or number > MOST_MOLECULES:
        raise row.error(
            f"initial is {number:g} molecules; give a whole number up to {MOST_MOLECULES:g}, or a concentration."
        )
    return [Release(name, number=int(number))] if number else []


def to_reaction(row: Row, names: Collection[str]) -> Reaction:
    """Read a reaction."""
    left, right = (_side(row, column, names) for column in ("reactants", "products"))
    forward_law, backward_law = (_side(row, column, names) for column in ("forward_law", "backward_law"))
    forward = row.quantity("forward", "forward_unit", rate_unit(len(forward_law or left)))
    backward = None
    if _is_reversible(row):
        backward = row.quantity("backward", "backward_unit", rate_unit(len(backward_law or right)))
    sign = "->" if backward is None else "<->"
    equation = f"{row['reactants'] or '0'} {sign} {row['products'] or '0'}"
    with row.located():
        return Reaction(equation, forward, backward, row["name"], row["forward_law"], row["backward_law"])


def _is_reversible(row: Row) -> bool:
    """Return whether the backward rate is more than an empty cell or a zero without a unit."""
    return bool(row["backward_unit"]) or (bool(row["backward"]) and row.number("backward") > 0)


def _side(row: Row, column: str, names: Collection[str]) -> tuple[Term, ...]:
    """Read one side of a reaction, of which every species is known."""
    with row.located():
        terms = parse_side(row[column])
        for term in terms:
            checks.one_of(f"{column}: species", term.species, names)
    return terms


def check_conservation(row: Row, reaction: Reaction, contents: Contents) -> None:
    """Raise an error if a reaction changes a pool."""
    step = reaction.steps[0]
    before, after = (_in_pools(side, contents) for side in (step.reactants, step.products))
    for pool in before | after:
        if before[pool] != after[pool]:
            raise row.error(
                f"reaction {step.name!r} ({reaction.equation}) changes pool {pool!r} by "
                f"{after[pool] - before[pool]:+d}, from {before[pool]} to {after[pool]}; mend the stoichiometry or the "
                "pool."
            )


def _in_pools(side: Iterable[Term], contents: Contents) -> Counter[str]:
    """Return how much of each pool the molecules of one side hold."""
    total: Counter[str] = Counter()
    for term in side:
        total.update(contents[term.species])
    return total
