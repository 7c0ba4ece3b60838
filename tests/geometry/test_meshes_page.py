"""The guide to meshes says what is there, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import page

from nanospine import regions

PAGE = page("meshes.md")


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 6
    exec(compile("\n".join(examples), "docs/meshes.md", "exec"), {})
    assert (tmp_path / "spine.ply").is_file()


def test_every_selector_is_named() -> None:
    assert {name for name in regions.__all__ if f"`{name}(" not in PAGE} == {"Selector"}
