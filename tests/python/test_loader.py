"""What ComfyUI loads when the repository lies in its ``custom_nodes`` folder."""

from __future__ import annotations

import importlib.util
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def load() -> Any:
    """The folder as ComfyUI loads it: under a name of its own."""
    name = "custom_nodes_of_a_test"
    path = ROOT / "__init__.py"
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[str(ROOT)])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_comfyui_gets_nodes_and_what_the_editor_loads() -> None:
    pack = load()
    assert len(pack.NODE_CLASS_MAPPINGS) == len(pack.NODE_DISPLAY_NAME_MAPPINGS) == 30
    assert (Path(pack.WEB_DIRECTORY) / "index.js").is_file()


def test_without_the_package_one_line_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "comfyui_api_manager", None)
    with caplog.at_level(logging.INFO):
        pack = load()
    assert (pack.NODE_CLASS_MAPPINGS, pack.WEB_DIRECTORY) == ({}, None)
    [line] = caplog.messages
    assert f'"{sys.executable}" -m pip install -r "{ROOT / "requirements.txt"}"' in line


def test_any_other_failure_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from comfyui_api_manager import pack as module

    def fail(_: Path) -> None:
        raise RuntimeError("the settings are broken")

    monkeypatch.setattr(module, "load", fail)
    assert load().NODE_CLASS_MAPPINGS == {}
    assert caplog.messages == ["API Manager is not loaded: RuntimeError: the settings are broken"]
