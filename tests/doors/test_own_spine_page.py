"""The guide from an STL file to the weight runs as it is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from commands import call, needs_graphics
from documents import page

PAGE = page("own-spine.md")
#: The exit status of each command of the page: it doubts the unit, finds the hole, and closes it.
STATUS = {"info": 0, "check": 1, "repair": 0}


@needs_graphics
def test_the_blocks_run_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    said = []
    for kind, block in re.findall(r"```(python|sh)\n(.*?)```", PAGE, re.DOTALL):
        if kind == "python":
            exec(compile(block, "docs/own-spine.md", "exec"), names)
            continue
        for line in block.splitlines():
            program, *arguments = shlex.split(line)
            result = call(*arguments)
            assert program == "nanospine"
            assert result.exit_code == STATUS[arguments[1]]
            said.append(" ".join(result.output.split()))
    quoted = re.search(r"`('spine.stl' is .*?)`", PAGE, re.DOTALL)
    assert quoted is not None
    assert " ".join(quoted[1].split()) in said[0]
    assert "a hole of" in said[1]
    assert "closed a hole of" in said[2]
    assert abs(float(names["change"])) < 1e-2  # type: ignore[arg-type]
    written = {"spine.ply", "faults.png", "regions.png", "calcium.png"}
    assert written <= {path.name for path in tmp_path.iterdir()}
