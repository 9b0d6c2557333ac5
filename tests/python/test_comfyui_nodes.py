"""The nodes that speak to a ComfyUI server, as ComfyUI calls them."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import Any

import numpy
import pytest
from comfyui_api_manager import ComfyError, Conflict
from comfyui_api_manager.desk import desk
from comfyui_api_manager.nodes import NODE_CLASS_MAPPINGS
from node_calls import run, write_settings

#: Nobody listens there.
NOBODY = {"host": "127.0.0.1", "port": 9}

RED = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 8, "height": 8, "batch_size": 2, "color": 0xFF0000},
    },
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "red"}},
}


class Editor:
    """As far as nodes see it: interrupted once its bar shows so much."""

    class Interrupted(Exception):
        """What ends a workflow."""

    def __init__(self, interrupted_at: int) -> None:
        self.shown: list[int] = []
        self._interrupted_at = interrupted_at

    def ProgressBar(self, _: int) -> Editor:
        return self

    def update_absolute(self, value: int, _: int) -> None:
        self.shown.append(value)

    def processing_interrupted(self) -> bool:
        return self._interrupted_at in self.shown

    def throw_exception_if_processing_interrupted(self) -> None:
        if self.processing_interrupted():
            raise Editor.Interrupted


class Jobs:
    """A desk and its manager with one job, which tells some events and never ends."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.cancelled: list[str] = []
        self._events = events

    def manager(self) -> Jobs:
        return self

    def admit(self, target: dict[str, Any]) -> dict[str, Any]:
        return target

    def client(self, _: dict[str, Any]) -> None:
        return None

    async def submit(self, *_: Any) -> dict[str, Any]:
        return {"job_id": "job"}

    def watch(self, *_: Any) -> Jobs:
        return self

    async def next(self) -> dict[str, Any]:
        return self._events.pop(0) if self._events else await asyncio.Future()

    async def cancel(self, id: str) -> None:
        self.cancelled.append(id)


@pytest.fixture
def at(server: str) -> dict[str, Any]:
    """Host and port of the simulated server."""
    host, _, port = server.removeprefix("http://").rstrip("/").partition(":")
    return {"host": host, "port": int(port)}


class TestExecuteWorkflow:
    def test_runs_a_workflow_and_records_the_job(self, at: dict[str, Any]) -> None:
        result, prompt_id, success, error = run(
            "ComfyUIExecuteWorkflow", workflow_json=json.dumps(RED), **at
        )
        assert (success, error) == (True, "")
        assert result["status"] == "completed"
        assert base64.b64decode(result["images"][0]).startswith(b"\x89PNG")
        assert len(result["images"]) == len(result["outputs"]["2"]["images"]) == 2
        assert desk().job(prompt_id).wait()["job"]["status"] == "completed"

    def test_only_queues_when_it_is_not_to_wait(self, at: dict[str, Any]) -> None:
        inputs = {"workflow_json": json.dumps(RED), "wait_for_completion": False}
        result, prompt_id, success, _ = run("ComfyUIExecuteWorkflow", **inputs, **at)
        assert (result, success) == ({"prompt_id": prompt_id, "status": "queued"}, True)
        desk().manager().follow(prompt_id, 30).wait()

    @pytest.mark.parametrize("workflow", ["", "{", "[]", '{"1": {"class_type": "Nope"}}'])
    def test_tells_what_is_wrong_with_a_workflow(self, at: dict[str, Any], workflow: str) -> None:
        result, prompt_id, success, error = run(
            "ComfyUIExecuteWorkflow", workflow_json=workflow, **at
        )
        assert (result, prompt_id, success) == ({}, "", False)
        assert error
        with pytest.raises(ComfyError):
            run("ComfyUIExecuteWorkflow", workflow_json=workflow, raise_on_error=True, **at)

    def test_refuses_to_wait_for_the_server_that_executes_it(
        self, at: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from comfyui_api_manager.nodes import comfyui_execute

        class Server:
            async def queue(self) -> dict[str, Any]:
                return {"queue_running": [[0, "mine", {}, {}, []]], "queue_pending": []}

        monkeypatch.setattr(comfyui_execute, "executing_prompt", lambda: "mine")
        with pytest.raises(Conflict, match="wait for itself") as refused:
            asyncio.run(comfyui_execute._refuse_own_server(Server()))
        assert "wait_for_completion" in str(refused.value.hint)
        monkeypatch.setattr(comfyui_execute, "executing_prompt", lambda: "another")
        asyncio.run(comfyui_execute._refuse_own_server(Server()))

    def test_shows_progress_and_cancels_the_job_when_the_editor_is_interrupted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from comfyui_api_manager.nodes import comfyui_execute

        editor = Editor(interrupted_at=40)
        monkeypatch.setitem(sys.modules, "comfy.model_management", editor)
        monkeypatch.setitem(sys.modules, "comfy.utils", editor)
        jobs = Jobs([{"type": "running"}, {"type": "progress", "fraction": 0.4}])
        monkeypatch.setattr(comfyui_execute, "desk", lambda: jobs)
        with pytest.raises(Editor.Interrupted):
            run("ComfyUIExecuteWorkflow", workflow_json=json.dumps(RED))
        assert (editor.shown, jobs.cancelled) == ([40], ["job"])


class TestInformation:
    def test_the_queue_is_counted(self, at: dict[str, Any]) -> None:
        queue, pending, running = run("ComfyUIQueueStatus", **at)
        assert (pending, running) == (len(queue["queue_pending"]), len(queue["queue_running"]))

    def test_the_machine_is_told(self, at: dict[str, Any]) -> None:
        stats, device, total, free = run("ComfyUISystemInfo", **at)
        assert stats["system"]["comfyui_version"]
        assert device == stats["devices"][0]["name"]
        assert total >= free >= 0

    def test_models_are_listed(self, at: dict[str, Any]) -> None:
        models, names, count = run("ComfyUIListModels", model_type="checkpoints", **at)
        assert names.splitlines() == models
        assert count == len(models) > 0

    def test_workflows_and_templates_are_listed(self, at: dict[str, Any]) -> None:
        workflows, names, count = run("ComfyUIListWorkflows", **at)
        assert names.splitlines() == [each["name"] for each in workflows]
        assert count == len(workflows)

    def test_a_named_connection_beats_host_and_port(self, at: dict[str, Any]) -> None:
        write_settings(connections={"gpu": at})
        assert run("ComfyUISystemInfo", connection="gpu", **NOBODY)[0]

    @pytest.mark.parametrize(
        ("key", "failure"),
        [
            ("ComfyUIQueueStatus", ({}, 0, 0)),
            ("ComfyUISystemInfo", ({}, "Error", 0, 0)),
            ("ComfyUIListModels", ([], "", 0)),
            ("ComfyUIListWorkflows", ([], "", 0)),
            ("ComfyUIInterrupt", (False,)),
            ("ComfyUIFreeMemory", (False,)),
        ],
    )
    def test_a_server_that_does_not_answer_gives_what_2_0_0_gave(
        self, key: str, failure: tuple[Any, ...]
    ) -> None:
        assert run(key, **NOBODY) == failure
        with pytest.raises(ComfyError):
            run(key, raise_on_error=True, **NOBODY)


class TestControl:
    @pytest.mark.parametrize("key", ["ComfyUIInterrupt", "ComfyUIFreeMemory"])
    def test_is_done_when_triggered(self, key: str, at: dict[str, Any]) -> None:
        assert run(key, trigger=True, **at) == (True,)
        assert run(key, trigger=False, **NOBODY) == (False,)


class TestImages:
    def test_all_images_of_a_batch_come_back_as_they_were(self, at: dict[str, Any]) -> None:
        batch = numpy.zeros((2, 4, 6, 3), numpy.float32)
        batch[0, :, :, 0] = batch[1, :, :, 2] = 1
        inputs = {"image": batch, "filename": "two.png", "subfolder": "pack"}
        names, success, error = run("ComfyUIUploadImage", **inputs, **at)
        assert (names, success, error) == ("pack/two_00001.png\npack/two_00002.png", True, "")
        where = {"filename": "two_00002.png", "subfolder": "pack", "image_type": "input"}
        image, success, error = run("ComfyUIDownloadImage", **where, **at)
        assert (success, error) == (True, "")
        assert numpy.array_equal(numpy.asarray(image), batch[1:])

    def test_alpha_is_uploaded(self, at: dict[str, Any]) -> None:
        image = numpy.full((1, 4, 4, 4), 0.5, numpy.float32)
        assert run("ComfyUIUploadImage", image=image, filename="clear.png", **at)[1]
        stored = desk().client({"url": f"http://{at['host']}:{at['port']}"})
        content = stored.view("clear.png", "", "input", None).wait()
        assert content[25] == 6, "the colour type of a PNG with alpha"

    def test_what_is_not_there_is_black(self, at: dict[str, Any]) -> None:
        image, success, error = run("ComfyUIDownloadImage", filename="none.png", **at)
        assert numpy.asarray(image).shape == (1, 64, 64, 3)
        assert not numpy.asarray(image).any()
        assert not success
        assert error


class TestNetwork:
    @pytest.mark.parametrize("host", ["169.254.169.254", "10.1.2.3", "192.168.7.7", "0xa9fea9fe"])
    def test_other_private_machines_are_refused_with_the_setting_to_add(self, host: str) -> None:
        inputs = {"workflow_json": json.dumps(RED), "host": host}
        error = run("ComfyUIExecuteWorkflow", **inputs)[3]
        assert "refused" in error
        assert run("ComfyUIUploadImage", image=numpy.zeros((1, 1, 1, 3)), host=host)[1] is False

    def test_a_listed_one_is_not(self) -> None:
        write_settings(network={"allowed_hosts": ["10.1.2.3"]})
        assert desk().admit({"url": "http://10.1.2.3:8188"})


def test_what_may_have_changed_is_asked_anew() -> None:
    for key, node in NODE_CLASS_MAPPINGS.items():
        if key.startswith("ComfyUI"):
            assert node.IS_CHANGED() != node.IS_CHANGED(), key
