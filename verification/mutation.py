"""Code that is wrong in one place, and whether the checks see it: a copy of the package in which they must fail."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..model.errors import VerificationError
from .evidence import DETECT
from .registry import Case, belongs, load_all

PACKAGE = Path(__file__).parents[1]
#: Seconds after which a wrong variant that does not come to an end is given up.
PATIENCE = 1800.0


@dataclass(frozen=True)
class Mutant:
    """One wrong place in the code, as a textual patch.

    Parameters
    ----------
    name : str
        What it is called.
    sentence : str
        What is wrong.
    file : str
        File of the package.
    old, new : str
        What stands there, once in the file, and what is put in its place.
    caught_by : tuple of str
        Checks each of which must fail.
    """

    name: str
    sentence: str
    file: str
    old: str
    new: str
    caught_by: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The file as it is."""
        return PACKAGE / self.file

    def patched(self) -> str:
        """Return the text of the file with the patch.

        Raises
        ------
        VerificationError
            If the file does not have what is patched, or more than once.
        """
        text = self.path.read_text()
        if text.count(self.old) != 1:
            raise VerificationError(
                f"Mutant {self.name!r}: {self.file} has {self.old!r} {text.count(self.old)} times; give what stands "
                "there once."
            )
        return text.replace(self.old, self.new)


class Sight(NamedTuple):
    """How far off a line of a check is (standard errors), infinitely if it requires what does not hold."""

    check: str
    line: str
    z: float


class Catch(NamedTuple):
    """What a check makes of a mutant: the line that is farthest off, and why there is none."""

    mutant: Mutant
    check: str
    line: str
    z: float
    trouble: str = ""

    @property
    def caught(self) -> bool:
        """Whether the check fails, by more than a bias that is sure to be seen."""
        return not self.trouble and abs(self.z) > DETECT


def cases_of(check: str) -> list[Case]:
    """Return the cases of a check by which its mutants are judged: the fast ones, the full ones if there are none."""
    cases = [case for case in load_all() if belongs(case, check)]
    return [case for case in cases if case.tier == "fast"] or cases


def sights(cases: Iterable[Case]) -> Iterator[Sight]:
    """Run cases and say what they see; what breaks off by an error other than a requirement sees nothing (NaN)."""
    for case in cases:
        findings = case.run()
        yield from (Sight(case.name, line.name, float(line.z)) for line in findings.checks)
        if findings.broken:
            yield Sight(case.name, findings.broken, math.inf if findings.refuted else math.nan)


class Workshop:
    """A copy of the package in a folder, one file of which is wrong at a time.

    Kernels that a patch leaves alone are compiled once for all mutants of a workshop.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        copy_package(folder / "nanospine")

    def judge(self, mutant: Mutant) -> list[Catch]:
        """Run the checks of a mutant in the copy with its patch."""
        copy = self._folder / "nanospine" / mutant.file
        wrong = mutant.patched()
        try:
            copy.write_text(wrong)
            found, trouble = self._run(mutant.caught_by)
        finally:
            shutil.copy2(mutant.path, copy)
        return [best(mutant, check, found, trouble) for check in mutant.caught_by]

    def _run(self, checks: Sequence[str]) -> tuple[list[Sight], str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(self._folder),
            "PYTHONSAFEPATH": "1",
            "NUMBA_OPT": "1",  # compiles a third faster
            "NUMBA_CACHE_DIR": str(self._folder / "kernels"),
        }
        command = [sys.executable, "-c", f"from {__name__} import tell; tell()", *checks]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired as late:
            return [], f"no end after {late.timeout:g} s"
        if done.returncode:
            return [], (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return [Sight(*entry) for entry in json.loads(done.stdout.splitlines()[-1])], ""


def best(mutant: Mutant, check: str, found: Sequence[Sight], trouble: str) -> Catch:
    """Return the line of a check that is farthest off."""
    lines = [sight for sight in found if sight.check == check]
    if trouble or not lines:
        return Catch(mutant, check, "", 0.0, trouble or "no line")
    line = max(lines, key=lambda sight: -1.0 if math.isnan(sight.z) else abs(sight.z))
    return Catch(mutant, check, line.line, line.z)


@contextmanager
def workshop() -> Iterator[Workshop]:
    """Open a workshop, and clear it away."""
    with TemporaryDirectory(prefix="nanospine-mutants-") as folder:
        yield Workshop(Path(folder))


def copy_package(target: Path) -> None:
    """Copy the package as it is when installed: the face, and the rooms wherever they are."""
    face = Path(sys.modules[__name__.partition(".")[0]].__file__ or "").parent
    target.mkdir(parents=True)
    for path in face.glob("*.*"):
        if path.is_file():
            shutil.copy2(path, target)
    for room in {file.parent for file in PACKAGE.glob("*/__init__.py")} - {face}:
        shutil.copytree(room, target / room.name, ignore=shutil.ignore_patterns("__pycache__"))


def tell() -> None:
    """Print what each case of the checks named in the arguments sees: the part of :class:`Workshop` in the copy."""
    print(json.dumps([sight for check in sys.argv[1:] for sight in sights(cases_of(check))]))
