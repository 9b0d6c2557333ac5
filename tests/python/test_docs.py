"""Every Python example of the documentation runs, and is typed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = {
    f"{page}-{number}": block
    for page in ("README", "docs/python")
    for number, block in enumerate(
        re.findall(r"^```python\n(.*?)^```", (ROOT / f"{page}.md").read_text(), re.M | re.S)
    )
}


@pytest.fixture
def folder(home: Path, server: str, workflow: dict[str, Any]) -> Path:
    """A folder with what the examples name, and settings that lead to the simulated server."""
    edit = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }
    settings = {"connections": {"simulator": {"url": server}}}
    files = {"workflow.json": workflow, "edit.json": edit, "settings.json": settings}
    for name, content in files.items():
        (home / name).write_text(json.dumps(content))
    return home


@pytest.mark.parametrize("name", BLOCKS)
def test_an_example_runs(name: str, folder: Path, server: str) -> None:
    program = BLOCKS[name].replace("8188", str(urlsplit(server).port))
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_examples_are_typed(tmp_path: Path) -> None:
    for name, block in BLOCKS.items():
        file = re.sub(r"\W", "_", name)
        (tmp_path / f"{file}.py").write_text(block)
    command = [sys.executable, "-m", "mypy", "--strict", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
