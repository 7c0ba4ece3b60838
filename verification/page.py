"""The results of the verification as a page of the documentation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .evidence import Check
from .mutation import Catch

PAGE = """\
# Verification of the particle engine

Each line compares a measured mean with theory or with another engine; z is the difference in standard errors. A line
passes with |z| < 4, and its smallest detectable bias is 5 standard errors. What the checks see is shown by mutants:
copies of the program with one wrong place, on which the checks named with them fail by more than 5 standard errors.

{number} checks, largest |z| {largest:.1f}, {date}. Made with

    {command}

Comparisons with MCell 3.5.1 have pages of their own: docs/verification-mcell.md and docs/verification-spine.md.

## What the step does to the results

- Pairs react at the begin of a step, where the last moves left them; then come events and moves. Rows, samples,
  snapshots and checkpoints are one state, that at the end of a step.
- Free paths, walls, absorbers, the births of ions and unimolecular events have no error of the step: the profile
  below a channel is the same at 1 and 5 us.
- Permeable walls are exact at any step where they are flat. On curved ones they are right while P sqrt(dt/D) and the
  rms step over the radius are small: to 0.3 % at 200 um/s and 1 us around a sphere of 0.15 um, 2 % too slow at
  2,000 um/s, 4 % at 200 um/s and 10 us.
- Clamps and partial absorbers are exact at any step above flat walls; on curved ones clamps keep the equilibrium, and
  partial absorbers are right to first order in curvature (0.5 % in a head of 0.05 um^3). Opposite absorbing walls,
  or clamps, should be six rms steps per axis apart: at four the flux between them is 0.8 % too small, and at fewer
  steps next to them are made in parts as short as that. Free diffusion in a box has no error of the step at all.
- Slow species move at every so many steps, at every step near boundaries of theirs; looks find them where they are.
- Rates that change in time: events of single molecules and births have no error of the step, those of pairs feel the
  mean rate over a step.
- A molecule reacts at most once in a step. Transients are too fast by half the probability per step: 0.6 % for
  calcium among the buffers of Fig. 7 at 1 us; steady states are not affected. A dissociation constant is too large
  by k_on [Ca] dt/2: 0.1 % for the fastest buffer at 10 uM, 2 % at 160 uM, of first order in the step.
- Rate constants that are nearly diffusion-limited (above 2,000 per uM and s with calcium, ten times any buffer) are 2
  % too small at 0.1 us with voxels of 20 nm, and 1 % too large with voxels of 30 nm.
- Binding at a membrane has the rate constant of a partner alone in a flat wall, slow or near the limit of diffusion,
  1 % at most too slow at half of that limit. Many partners lower the concentration for each other, and a box gives
  back what passes by: the rate over the mean concentration then differs by 1 to 5 %, as Neumann's Green's function
  says.
- Reactions that follow each other at one place are faster here than mass action says, as they are in tissue: what a
  reaction makes next to the partner of its next one is still there (A + E -> B + E -> C + E is 6 % ahead at 40 per
  uM and s with D = 7 um^2/s), and so are the two parts of C -> A + B for A + B -> D. Well-mixed engines know no
  places.
- A look moves molecules that wait for their turn. Looks (snapshots, frames, observers) more frequent than the moves
  of two slow partners let them meet more often: 2 to 6 % at D = 0.5 um^2/s, a look every 10 us and rates near the
  limit of diffusion.

## Results

{rows}

## Mutants

{mutants}
"""


def as_markdown(
    checks: Sequence[Check], date: str, command: str, page: str = PAGE, mutants: Sequence[Catch] = ()
) -> str:
    """Return the results table as a page of the documentation.

    Parameters
    ----------
    checks : sequence of Check
        Lines of the table.
    date, command : str
        When and how they were made.
    page : str
        The text around the tables, with fields ``number``, ``largest``, ``date``, ``command``, ``rows``, ``mutants``.
    mutants : sequence of Catch
        What checks made of mutants.
    """
    rows = [
        "| check | measured | SE | expected | z | smallest detectable bias | seeds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for check in checks:
        other = check.other
        expected = f"{other.mean:.5g}" + (f" ± {other.se:.2g}" if other.se else "")
        rows.append(
            f"| {check.name} | {check.measured.mean:.5g} | {check.measured.se:.2g} | {expected} | {check.z:+.1f} "
            f"| {check.detectable} | {check.seed} |"
        )
    largest = max((abs(check.z) for check in checks), default=0.0)
    return page.format(
        number=len(checks), largest=largest, date=date, command=command, rows="\n".join(rows),
        mutants="\n".join(_mutant_rows(mutants)) if mutants else "None was run.",
    )  # fmt: skip


def _mutant_rows(mutants: Sequence[Catch]) -> list[str]:
    rows = ["| mutant | what is wrong | seen by | z |", "| --- | --- | --- | --- |"]
    for catch in mutants:
        z = "a requirement does not hold" if catch.caught and np.isinf(catch.z) else f"{catch.z:+.1f}"
        seen = z if catch.caught else f"SURVIVES: {catch.trouble or z}"
        rows.append(f"| {catch.mutant.name} | {catch.mutant.sentence} | {catch.check} | {seen} |")
    return rows
