"""A simulated ComfyUI for all tests, and settings and a history of its own for each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
COMFYCTL = [sys.executable, "-m", "comfyui_api_manager"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a simulated server."""
    folder = tmp_path_factory.mktemp("simulator")
    command = [*COMFYCTL, "simulator", "--port", "0", "--json", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    with process, process.stdout:
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the user is read or written."""
    monkeypatch.setenv("COMFYCTL_CONFIG", str(tmp_path / "settings.json"))
    monkeypatch.setenv("COMFYCTL_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def workflow() -> dict[str, Any]:
    """Text to image, in API format."""
    return json.loads((EXAMPLES / "text_to_image.json").read_text())
