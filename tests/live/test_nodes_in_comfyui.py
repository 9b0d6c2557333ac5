"""Every node in a real ComfyUI, and the routes.

Runs when ``COMFYUI_URL`` names a server that has this node pack and ``COMFYUI_DIR`` its installation::

    COMFYUI_URL=http://127.0.0.1:8188 COMFYUI_DIR=~/ComfyUI python -m pytest tests/live

Jobs of the test stay in the history; the level of the log is INFO afterwards.
"""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

URL = os.environ.get("COMFYUI_URL", "").rstrip("/")
FOLDER = os.environ.get("COMFYUI_DIR", "")

pytestmark = pytest.mark.skipif(
    not (URL and FOLDER), reason="COMFYUI_URL and COMFYUI_DIR name no ComfyUI"
)

HOST, _, PORT = URL.removeprefix("http://").partition(":")
HERE = {"host": HOST, "port": int(PORT or 8188)}
#: Seconds for one prompt.
PATIENCE = 120

RED = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 16, "height": 16, "batch_size": 2, "color": 0xFF0000},
    },
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "live"}},
}
PEOPLE = {"__value__": [{"name": "Ada", "age": 36}, {"name": "Alan", "age": 41}]}

#: The inputs of each node, and what its first output must hold as text; ``None`` for anything.
NODES: dict[str, tuple[dict[str, Any], str | None]] = {
    "APIRequestNode": (
        {"api_url": f"{URL}/system_stats", "method": "GET", "auth_type": "none"},
        None,
    ),
    "APIRequestNodeSimple": ({"url": f"{URL}/system_stats"}, None),
    "PostImageToAPI": ({"images": ["red", 0], "api_url": f"{URL}/upload/image"}, None),
    "DownloadImageFromURL": ({"url": f"{URL}/view?filename=live_00001_.png"}, None),
    "TextPromptCombinerNode": (
        {"text_prompt_template": "a $animal", "api_response": {"animal": "fox"}},
        "a fox",
    ),
    "TextTemplateNode": ({"template": "$x and $y", "variables": {"x": 1, "y": 2}}, "1 and 2"),
    "JSONExtractNode": ({"json_data": {"a": {"b": "c"}}, "path": "a.b"}, "c"),
    "JSONArrayIteratorNode": ({"json_array": PEOPLE, "selection_index": 1}, "Alan"),
    "JSONArrayFilterNode": (
        {"json_array": PEOPLE, "field_path": "age", "operator": "greater", "value": "40"},
        "Alan",
    ),
    "JSONArraySliceNode": ({"json_array": PEOPLE, "start": 0, "end": 1}, "Ada"),
    "JSONArrayMapNode": ({"json_array": PEOPLE, "field_path": "name"}, "Ada"),
    "JSONArrayStatsNode": ({"json_array": PEOPLE, "numeric_field": "age"}, "2"),
    "JSONMergeNode": ({"json_a": {"a": 1}, "json_b": {"b": 2}}, '"b"'),
    "ComfyUIExecuteWorkflow": (
        {"workflow_json": json.dumps(RED), "wait_for_completion": False, **HERE},
        "queued",
    ),
    "ComfyUIQueueStatus": (HERE, "queue_running"),
    "ComfyUISystemInfo": (HERE, "comfyui_version"),
    "ComfyUIListModels": ({"model_type": "checkpoints", **HERE}, None),
    "ComfyUIUploadImage": ({"image": ["red", 0], "filename": "live.png", **HERE}, "live_00001.png"),
    "ComfyUIDownloadImage": ({"filename": "live_00001_.png", **HERE}, None),
    "ComfyUIInterrupt": ({"trigger": False, **HERE}, "False"),
    "ComfyUIFreeMemory": ({"trigger": True, "unload_models": False, **HERE}, "True"),
    "ComfyUIListWorkflows": (HERE, None),
    "APIManagerSettings": ({}, "job_history"),
    "ConnectionManager": ({"action": "list"}, "_default"),
    "JobHistory": ({}, "job_id"),
    "JobStatistics": ({}, "success_rate"),
    "ClearJobHistory": ({"confirm": False}, "0"),
    "MCPServerControl": ({"action": "status"}, "transport"),
    "LoggingSettings": ({"level": "INFO"}, "INFO"),
    "ViewRecentJobs": ({}, "["),
}


def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the server; give back status and JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def execute(prompt: dict[str, Any]) -> dict[str, Any]:
    """Run a prompt to its end; give back the server's record."""
    status, accepted = ask("POST", "/prompt", {"prompt": prompt})
    assert status == 200, accepted
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        record = ask("GET", f"/history/{accepted['prompt_id']}")[1].get(accepted["prompt_id"])
        if record:
            return dict(record)
        time.sleep(0.1)
    raise AssertionError("the prompt did not end")


def run(key: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Run a node; give back the record, and its first output as the editor shows it."""
    shown = "PreviewImage" if key in ("DownloadImageFromURL", "ComfyUIDownloadImage") else "PreviewAny"
    source = "images" if shown == "PreviewImage" else "source"
    prompt = {
        "red": RED["1"],
        "node": {"class_type": key, "inputs": inputs},
        "shown": {"class_type": shown, "inputs": {source: ["node", 0]}},
    }
    record = execute(prompt)
    output = record["outputs"].get("shown", {})
    return record, " ".join(map(str, output.get("text", [])))


@pytest.fixture(scope="module", autouse=True)
def seeded() -> None:
    """An image and a job that nodes ask for."""
    version = (Path(FOLDER).expanduser() / "comfyui_version.py").read_text()
    stats = ask("GET", "/system_stats")[1]
    assert stats["system"]["comfyui_version"] in version, "the server runs another installation"
    ran = ask("POST", "/api-manager/execute", {"workflow": RED, "wait": True})[1]
    assert ran["status"] == "completed", ran


@pytest.mark.parametrize("key", sorted(NODES))
def test_each_node_runs(key: str) -> None:
    inputs, wanted = NODES[key]
    record, text = run(key, inputs)
    assert record["status"]["status_str"] == "success", record["status"]["messages"]
    assert wanted is None or wanted in text, text


def test_a_workflow_that_would_wait_for_itself_is_refused() -> None:
    inputs = {"workflow_json": json.dumps(RED), "wait_for_completion": True, **HERE}
    began = time.monotonic()
    record, _ = run("ComfyUIExecuteWorkflow", inputs)
    text = record["outputs"]["node"]["text"][0]
    assert "wait for itself" in text
    assert "wait_for_completion" in text
    assert time.monotonic() - began < 30


def test_an_error_is_shown_on_the_node_when_asked() -> None:
    nobody = {"host": "127.0.0.1", "port": 9, "raise_on_error": True}
    record, _ = run("ComfyUIQueueStatus", nobody)
    assert record["status"]["status_str"] == "error"
    errors = [body for name, body in record["status"]["messages"] if name == "execution_error"]
    assert "cannot be reached" in errors[0]["exception_message"]


def test_a_second_run_asks_anew() -> None:
    for _ in range(2):
        record, _ = run("ComfyUIQueueStatus", HERE)
        cached = [body for name, body in record["status"]["messages"] if name == "execution_cached"]
        assert all("node" not in body["nodes"] for body in cached)


def test_all_nodes_are_registered() -> None:
    definitions = ask("GET", "/object_info")[1]
    assert set(NODES) <= set(definitions)
    assert len(NODES) == 30


def test_routes_answer() -> None:
    info = ask("GET", "/api-manager/info")[1]
    assert re.match(r"3\.", info["version"])
    for path in ("settings", "jobs", "jobs/stats", "connections", "mcp/status", "workflows"):
        assert ask("GET", f"/api-manager/{path}")[0] == 200, path
