"""Everything that Python programs of version 2.0.0 could call is there, with the same parameters."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

API = json.loads((Path(__file__).parent / "data" / "version_2_api.json").read_text())
ENTRIES = [(module, name) for module, entries in API.items() for name in entries]


def parameters(function: Any) -> list[str]:
    """As `name` or `name=default`."""
    shown = []
    for each in inspect.signature(function).parameters.values():
        prefix = "**" if each.kind is each.VAR_KEYWORD else ""
        default = "" if each.default is each.empty else f"={each.default!r}"
        shown.append(f"{prefix}{each.name}{default}")
    return shown


def without_self(names: list[str]) -> list[str]:
    return [name for name in names if name not in {"self", "cls"}]


def fields(cls: Any) -> list[str]:
    shown = []
    for each in dataclasses.fields(cls):
        if each.default is not dataclasses.MISSING:
            shown.append(f"{each.name}={each.default!r}")
        elif each.default_factory is not dataclasses.MISSING:
            shown.append(f"{each.name}='<factory>'")
        else:
            shown.append(each.name)
    return shown


@pytest.mark.parametrize(("module", "name"), ENTRIES)
def test_it_is_there_with_the_same_parameters(module: str, name: str) -> None:
    expected = API[module][name]
    found = getattr(importlib.import_module(f"comfyui_api_manager.{module}"), name)
    if "function" in expected:
        assert parameters(found) == expected["function"]
        return
    if "values" in expected:
        assert {member.name: member.value for member in found} == expected["values"]
        return
    if "fields" in expected:
        assert fields(found) == expected["fields"]
    for constant, value in expected.get("constants", {}).items():
        assert getattr(found, constant) == value
    for each in expected.get("properties", []):
        assert isinstance(inspect.getattr_static(found, each), property)
    for method, names in expected["methods"].items():
        function = getattr(found, method)
        assert without_self(parameters(function)) == without_self(names), method
        is_async = method in expected.get("async", [])
        assert inspect.iscoroutinefunction(function) == is_async, method
