"""Types and docstrings tell the truth."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import comfyui_api_manager

PACKAGE = Path(comfyui_api_manager.__file__).parent
FILES = [*PACKAGE.glob("*.py"), *PACKAGE.glob("_version_2/*.py")]
MODULES = sorted(
    ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
    for file in FILES
    if not file.stem.startswith("__")
)


def test_the_stubs_are_those_of_the_extension_module(tmp_path: Path) -> None:
    # The names in it are compared one by one.
    allowed = tmp_path / "allowed"
    allowed.write_text(re.escape("comfyui_api_manager._native.__all__"))
    command = [sys.executable, "-m", "mypy.stubtest", "--allowlist", str(allowed)]
    command.append("comfyui_api_manager._native")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_the_package_is_typed() -> None:
    # From its own folder: the one above it is a package of ComfyUI.
    settings = str(PACKAGE.parents[1] / "pyproject.toml")
    command = [sys.executable, "-m", "mypy", "--config-file", settings, "-p", PACKAGE.name]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_are_true(module: str) -> None:
    found = importlib.import_module(f"comfyui_api_manager.{module}")
    assert doctest.testmod(found).failed == 0
