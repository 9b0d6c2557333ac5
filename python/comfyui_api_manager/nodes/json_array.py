"""The nodes for lists of JSON. What is no list counts as an empty one."""

from __future__ import annotations

from typing import Any

from .._native import json_filter, json_map, json_statistics
from .json_value import PATH_NOTE
from .web import CATEGORY

__all__ = [
    "NODES",
    "JSONArrayFilterNode",
    "JSONArrayIteratorNode",
    "JSONArrayMapNode",
    "JSONArraySliceNode",
    "JSONArrayStatsNode",
]

_ARRAY: tuple[str, dict[str, Any]] = ("JSON", {"default": [], "tooltip": "A JSON list."})


def _items(array: Any) -> list[Any]:
    return array if isinstance(array, list) else []


def _path(tooltip: str, placeholder: str) -> tuple[str, dict[str, Any]]:
    note = f"{tooltip} {PATH_NOTE}"
    return "STRING", {"default": "", "placeholder": placeholder, "tooltip": note}


class JSONArrayIteratorNode:
    """Takes an item out of a list."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Takes one item out of a list."
    FUNCTION = "iterate"
    RETURN_TYPES = ("JSON", "INT", "BOOLEAN")
    RETURN_NAMES = ("SELECTED_ITEM", "ARRAY_LENGTH", "HAS_MORE")
    OUTPUT_TOOLTIPS = (
        "The item; {} if there is none.",
        "How many items there are.",
        "Whether items follow.",
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        index = {
            "default": 0,
            "min": -1,
            "max": 9999,
            "step": 1,
            "display": "number",
            "tooltip": "The item, from 0; -1 is the last.",
        }
        return {"required": {"json_array": _ARRAY, "selection_index": ("INT", index)}}

    def iterate(self, json_array: Any, selection_index: int) -> tuple[Any, int, bool]:
        items = _items(json_array)
        length = len(items)
        place = selection_index + length if selection_index < 0 else selection_index
        if not 0 <= place < length:
            return {}, length, False
        return items[place], length, place + 1 < length


class JSONArrayFilterNode:
    """Keeps some items of a list."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Keeps the items whose value passes a test. Texts are compared as Python writes the values "
        "(True, None); true, false and null are understood, too."
    )
    FUNCTION = "filter"
    RETURN_TYPES = ("JSON", "INT")
    RETURN_NAMES = ("FILTERED_ARRAY", "COUNT")
    OUTPUT_TOOLTIPS = ("The items that pass.", "How many they are.")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        names = ["equals", "not_equals", "contains", "not_contains", "greater", "less", "exists"]
        operator = {
            "default": "equals",
            "tooltip": "contains ignores case; greater and less compare numbers; exists: not null.",
        }
        return {
            "required": {
                "json_array": _ARRAY,
                "field_path": _path("The value in each item; empty: the item.", "user.age"),
                "operator": (names, operator),
            },
            "optional": {
                "value": ("STRING", {"default": "", "tooltip": "What to compare with."})
            },
        }

    def filter(
        self, json_array: Any, field_path: str, operator: str, value: str = ""
    ) -> tuple[list[Any], int]:
        kept = json_filter(_items(json_array), field_path, operator, value)
        return kept, len(kept)


class JSONArraySliceNode:
    """Takes a part of a list."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Takes a part of a list, as Python's slices do."
    FUNCTION = "slice"
    RETURN_TYPES = ("JSON", "INT")
    RETURN_NAMES = ("SLICED_ARRAY", "COUNT")
    OUTPUT_TOOLTIPS = ("The part.", "How many items it has.")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        def bound(default: int, tooltip: str) -> tuple[str, dict[str, Any]]:
            return "INT", {"default": default, "min": -9999, "max": 9999, "tooltip": tooltip}

        step = {"default": 1, "min": 1, "max": 100, "tooltip": "2 takes every second item."}
        return {
            "required": {"json_array": _ARRAY},
            "optional": {
                "start": bound(0, "First item; negative counts from the end."),
                "end": bound(-1, "Item after the last; -1 is the end of the list."),
                "step": ("INT", step),
            },
        }

    def slice(
        self, json_array: Any, start: int = 0, end: int = -1, step: int = 1
    ) -> tuple[list[Any], int]:
        part = _items(json_array)[start : None if end == -1 else end : step]
        return part, len(part)


class JSONArrayMapNode:
    """Takes the same value out of every item."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Takes the value at a path out of every item; items without it are left out."
    FUNCTION = "map_field"
    RETURN_TYPES = ("JSON", "STRING")
    RETURN_NAMES = ("MAPPED_ARRAY", "AS_STRING")
    OUTPUT_TOOLTIPS = ("The values.", "The values as one text, with commas.")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        path = _path("The value in each item; empty: the item.", "user.name")
        return {"required": {"json_array": _ARRAY, "field_path": path}}

    def map_field(self, json_array: Any, field_path: str) -> tuple[list[Any], str]:
        return json_map(_items(json_array), field_path)


class JSONArrayStatsNode:
    """Counts and sums."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Counts the items of a list, and sums the numbers in them."
    FUNCTION = "calculate"
    RETURN_TYPES = ("INT", "FLOAT", "FLOAT", "FLOAT", "FLOAT")
    RETURN_NAMES = ("COUNT", "SUM", "AVERAGE", "MIN", "MAX")
    OUTPUT_TOOLTIPS = (
        "How many items there are, with or without a number.",
        "Sum of the numbers.",
        "Their mean.",
        "The smallest.",
        "The greatest.",
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        path = _path("The number in each item; empty: the item.", "price")
        return {"required": {"json_array": _ARRAY}, "optional": {"numeric_field": path}}

    def calculate(
        self, json_array: Any, numeric_field: str = ""
    ) -> tuple[int, float, float, float, float]:
        items = _items(json_array)
        return len(items), *json_statistics(items, numeric_field)


NODES = {
    "JSONArrayIteratorNode": (JSONArrayIteratorNode, "JSON Array Iterator"),
    "JSONArrayFilterNode": (JSONArrayFilterNode, "JSON Array Filter"),
    "JSONArraySliceNode": (JSONArraySliceNode, "JSON Array Slice"),
    "JSONArrayMapNode": (JSONArrayMapNode, "JSON Array Map"),
    "JSONArrayStatsNode": (JSONArrayStatsNode, "JSON Array Stats"),
}
