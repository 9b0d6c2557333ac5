"""The nodes for any JSON."""

from __future__ import annotations

from typing import Any

from .._native import json_find
from .web import CATEGORY

__all__ = ["NODES", "PATH_NOTE", "JSONExtractNode", "JSONMergeNode"]

PATH_NOTE = (
    "A dotted path (user.name, items.-1.id; \\. is a dot in a key), or a JSONPath ($.items[*].id), "
    "which gives a list."
)


class JSONExtractNode:
    """Takes a value out of JSON."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Takes the value at a path out of JSON. Null counts as missing."
    FUNCTION = "extract"
    RETURN_TYPES = ("STRING", "JSON", "BOOLEAN")
    RETURN_NAMES = ("VALUE_STRING", "VALUE_JSON", "FOUND")
    OUTPUT_TOOLTIPS = (
        "The value as text, or default_value.",
        "The value, or {}.",
        "Whether there is a value.",
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        path = {
            "default": "",
            "placeholder": "data.items.0.name",
            "tooltip": f"{PATH_NOTE} Empty: all of it.",
        }
        default = {"default": "", "tooltip": "The text if there is no value."}
        return {
            "required": {
                "json_data": ("JSON", {"default": {}, "tooltip": "Any JSON."}),
                "path": ("STRING", path),
            },
            "optional": {"default_value": ("STRING", default)},
        }

    def extract(self, json_data: Any, path: str, default_value: str = "") -> tuple[str, Any, bool]:
        value = json_find(json_data, path)
        return (default_value, {}, False) if value is None else (str(value), value, True)


class JSONMergeNode:
    """Merges objects or lists."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Merges objects (of equal keys the last wins) or joins lists. What is of another kind than "
        "json_a is left out."
    )
    FUNCTION = "merge"
    RETURN_TYPES = ("JSON",)
    RETURN_NAMES = ("MERGED",)
    OUTPUT_TOOLTIPS = ("All of them.",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        def given(tooltip: str) -> tuple[str, dict[str, Any]]:
            return "JSON", {"default": {}, "tooltip": tooltip}

        return {
            "required": {"json_a": given("An object or a list.")},
            "optional": {"json_b": given("Goes over it."), "json_c": given("Goes over both.")},
        }

    def merge(self, json_a: Any, json_b: Any = None, json_c: Any = None) -> tuple[Any]:
        if isinstance(json_a, dict):
            merged = dict(json_a)
            for other in (json_b, json_c):
                merged.update(other if isinstance(other, dict) else {})
            return (merged,)
        if isinstance(json_a, list):
            return (sum((part for part in (json_b, json_c) if isinstance(part, list)), json_a[:]),)
        return (json_a,)


NODES = {
    "JSONExtractNode": (JSONExtractNode, "JSON Extract"),
    "JSONMergeNode": (JSONMergeNode, "JSON Merge"),
}
