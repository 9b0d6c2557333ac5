"""The workflow manager of version 2.0.0, and the bugs that it had."""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from typing import Any

import pytest

from comfyui_api_manager import WorkflowError
from comfyui_api_manager.workflow_manager import WorkflowManager


@pytest.fixture
def manager(tmp_path: Path) -> WorkflowManager:
    return WorkflowManager(tmp_path / "workflows")


def sampler(workflow: dict[str, Any]) -> dict[str, Any]:
    nodes = workflow.values()
    return next(node["inputs"] for node in nodes if node["class_type"] == "KSampler")


def texts(workflow: dict[str, Any]) -> dict[str, str]:
    encoders = {id: node for id, node in workflow.items() if node["class_type"] == "CLIPTextEncode"}
    return {id: node["inputs"]["text"] for id, node in encoders.items()}


def test_a_workflow_is_parsed_saved_and_loaded(
    manager: WorkflowManager, workflow: dict[str, Any]
) -> None:
    parsed = manager.parse_workflow(workflow, "hats")
    assert [output.output_type for output in parsed.outputs] == ["IMAGE"]
    steps = next(each for each in parsed.inputs if each.input_name == "steps")
    assert (steps.input_type, steps.current_value) == ("INT", sampler(workflow)["steps"])
    path = manager.save_workflow(parsed)
    assert path == (manager.workflows_dir / "hats.json").resolve()
    loaded = manager.load_workflow(path)
    assert (loaded.name, loaded.get_api_format()) == ("hats", workflow)
    assert loaded.to_dict()["source_path"] == str(path)


def test_a_name_does_not_lead_out_of_the_folder(
    manager: WorkflowManager, workflow: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="out of the folder"):
        manager.save_workflow(manager.parse_workflow(workflow, "../../escape"))
    with pytest.raises(FileNotFoundError):
        manager.load_workflow("missing.json")


def test_setters_change_a_copy(manager: WorkflowManager, workflow: dict[str, Any]) -> None:
    before = copy.deepcopy(workflow)
    changed = manager.set_sampler_settings(workflow, seed=5, steps=3, cfg=2.5, denoise=0.5)
    changed = manager.set_image_size(changed, 64, 32)
    assert (sampler(changed)["seed"], sampler(changed)["steps"]) == (5, 3)
    assert workflow == before
    drawn = manager.set_sampler_settings(workflow, seed=-1)
    assert sampler(drawn)["seed"] >= 0


def test_the_positive_prompt_is_found_by_its_links(
    manager: WorkflowManager, workflow: dict[str, Any]
) -> None:
    positive, negative = sampler(workflow)["positive"][0], sampler(workflow)["negative"][0]
    changed = manager.set_text_prompt(workflow, "a red fox")
    assert texts(changed)[positive] == "a red fox"
    assert texts(changed)[negative] == texts(workflow)[negative]
    changed = manager.set_text_prompt(workflow, "blurry", node_id=negative)
    assert texts(changed) == {**texts(workflow), negative: "blurry"}


def test_a_missing_target_changes_nothing_and_is_logged(
    manager: WorkflowManager, workflow: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert manager.set_text_prompt(workflow, "x", node_id="999") == workflow
        assert manager.set_text_prompt(workflow, "x", node_title="No such title") == workflow
        assert manager.set_image_input(workflow, "a.png") == workflow
        parsed = manager.parse_workflow(workflow)
        assert manager.apply_inputs(parsed, {"nothing": 1, "999.text": 2}) == workflow
    assert len(caplog.records) == 5


def test_inputs_are_set_by_selector_or_by_bare_name(
    manager: WorkflowManager, workflow: dict[str, Any]
) -> None:
    parsed = manager.parse_workflow(workflow)
    changed = manager.apply_inputs(parsed, {"steps": 9, "KSampler.cfg": 1.5})
    assert (sampler(changed)["steps"], sampler(changed)["cfg"]) == (9, 1.5)


def test_what_is_wrong_is_listed_and_never_raised(
    manager: WorkflowManager, workflow: dict[str, Any]
) -> None:
    assert manager.validate_workflow(workflow) == (True, [])
    assert not manager.validate_workflow({})[0]
    assert not manager.validate_workflow({"1": "no node"})[0]
    assert not manager.validate_workflow({"nodes": [], "links": []})[0]
    video = {"1": {"class_type": "SaveVideo", "inputs": {}}}
    assert manager.validate_workflow(video) == (True, [])
    dangling = {"1": {"class_type": "SaveImage", "inputs": {"images": ["9", 0]}}}
    assert "9" in manager.validate_workflow(dangling)[1][0]
    with pytest.raises(WorkflowError):
        manager.parse_workflow({"nodes": [], "links": []})


def test_nodes_are_found_and_their_links_listed(
    manager: WorkflowManager, workflow: dict[str, Any]
) -> None:
    [save] = manager.find_nodes_by_type(workflow, "SaveImage")
    [link] = manager.get_node_connections(workflow)[save]["inputs_from"]
    assert link["input_name"] == "images"
    title = workflow[save].setdefault("_meta", {}).setdefault("title", "Save Image")
    assert manager.find_nodes_by_title(workflow, title.lower()) == [save]
