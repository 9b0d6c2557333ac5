"""Workflows that were saved with 2.0.0 load unchanged: keys, inputs, defaults and outputs are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from comfyui_api_manager.nodes import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

SEED = json.loads((Path(__file__).parent / "data" / "seed_nodes.json").read_text())

#: What a specification may say beyond version 2.0.0: words for people.
WORDS = {"tooltip", "placeholder"}


def specification(given: tuple[Any, ...]) -> dict[str, Any]:
    """The input in the words of the recorded facts."""
    kind, options = given[0], dict(given[1]) if len(given) > 1 else {}
    known = {name: value for name, value in options.items() if name not in WORDS}
    if isinstance(kind, list):
        return {"type": "COMBO", "choices": kind, **known}
    return {"type": kind, **known}


def recorded(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != "has_placeholder"}


def without_false(facts: dict[str, Any]) -> dict[str, Any]:
    """`multiline: false` is what is meant without it."""
    return {name: value for name, value in facts.items() if (name, value) != ("multiline", False)}


@pytest.mark.parametrize("key", sorted(set(SEED) & set(NODE_CLASS_MAPPINGS)))
class TestNode:
    def test_is_what_it_was(self, key: str) -> None:
        node, facts = NODE_CLASS_MAPPINGS[key], SEED[key]
        assert NODE_DISPLAY_NAME_MAPPINGS[key] == facts["display_name"]
        assert node.__name__ == facts["class_name"]
        assert facts["category"] == node.CATEGORY
        assert facts["function"] == node.FUNCTION
        assert facts["return_types"] == list(node.RETURN_TYPES)
        assert facts["return_names"] == list(node.RETURN_NAMES)
        if facts["output_node"]:
            assert node.OUTPUT_NODE

    def test_has_its_inputs_in_order_and_new_ones_last(self, key: str) -> None:
        inputs = NODE_CLASS_MAPPINGS[key].INPUT_TYPES()
        assert set(inputs) <= {"required", "optional", "hidden"}
        required = {n: without_false(specification(v)) for n, v in inputs.get("required", {}).items()}
        wanted = SEED[key]["inputs"]
        assert required == {
            n: without_false(recorded(v)) for n, v in wanted.get("required", {}).items()
        }
        assert list(required) == list(wanted.get("required", {}))
        optional = list(inputs.get("optional", {}))
        old = list(wanted.get("optional", {}))
        assert optional[: len(old)] == old
        for name in old:
            given = without_false(specification(inputs["optional"][name]))
            assert given == without_false(recorded(wanted["optional"][name])), name

    def test_is_described(self, key: str) -> None:
        node = NODE_CLASS_MAPPINGS[key]
        assert node.DESCRIPTION
        assert len(node.OUTPUT_TOOLTIPS) == len(node.RETURN_TYPES)
        for section in node.INPUT_TYPES().values():
            for name, given in section.items():
                assert given[0] == "IMAGE" or given[1]["tooltip"], name


def test_all_keys_are_those_of_version_2() -> None:
    assert set(NODE_CLASS_MAPPINGS) <= set(SEED)
    assert set(NODE_CLASS_MAPPINGS) == set(NODE_DISPLAY_NAME_MAPPINGS)
