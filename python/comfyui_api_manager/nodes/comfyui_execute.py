"""The node that runs a workflow on a ComfyUI server, as a job of the history."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from ..desk import desk
from ..errors import ComfyError, Conflict, JobFailed, WaitTimeout
from .comfyui_editor import executing_prompt, is_interrupted, progress_bar, stop_if_interrupted
from .comfyui_server import CATEGORY, LAST, SERVER, always, shown, target
from .web import described

__all__ = ["ComfyUIExecuteWorkflowNode"]

#: The editor has no event for an interruption: seconds between two looks.
_LOOK = 0.25


class ComfyUIExecuteWorkflowNode:
    """Runs a workflow."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Runs a workflow (API or editor format) on another ComfyUI server. The job is in the shared "
        "history. Waiting for the server that executes this very workflow is refused: it would wait "
        "for itself."
    )
    FUNCTION = "execute"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "STRING", "BOOLEAN", "STRING")
    RETURN_NAMES = ("RESULT", "PROMPT_ID", "SUCCESS", "ERROR")
    OUTPUT_TOOLTIPS = (
        "What came of it, images in base64; or that it is queued.",
        "Id of the prompt, which is also that of the job.",
        "Whether it ended well, or is queued.",
        "What went wrong, and what to do.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        workflow = {
            "default": "",
            "multiline": True,
            "placeholder": "The workflow as JSON",
            "tooltip": "A workflow as JSON, in API format or as the editor saves it.",
        }
        timeout = {
            "default": 300.0,
            "min": 10.0,
            "max": 3600.0,
            "tooltip": "Seconds to wait. The job goes on after that.",
        }
        wait = {"default": True, "tooltip": "Waits for the end; else only queues the workflow."}
        optional = {
            **SERVER,
            "timeout": ("FLOAT", timeout),
            "wait_for_completion": ("BOOLEAN", wait),
            **LAST,
        }
        return {"required": {"workflow_json": ("STRING", workflow)}, "optional": optional}

    async def execute(
        self,
        workflow_json: str,
        host: str = "127.0.0.1",
        port: int = 8188,
        timeout: float = 300.0,
        wait_for_completion: bool = True,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        job = _Job(target(host, port, connection))
        try:
            return await job.run(workflow_json, timeout if wait_for_completion else None)
        except ComfyError as error:
            if raise_on_error:
                raise
            return shown((job.result, job.id, False, described(error)), described(error))


class _Job:
    """One run of the node."""

    def __init__(self, where: dict[str, str]) -> None:
        self.where = where
        self.manager = desk().manager()
        self.id = ""
        self.result: dict[str, Any] = {}

    async def run(self, workflow: str, timeout: float | None) -> dict[str, Any]:
        self.where = desk().admit(self.where)
        client = desk().client(self.where)
        if timeout is not None:
            await _refuse_own_server(client)
        submitted = await self.manager.submit(workflow.encode(), self.where, [])
        self.id = submitted["job_id"]
        if timeout is None:
            queued = {"prompt_id": self.id, "status": "queued"}
            return shown((queued, self.id, True, ""), "queued")
        await self._follow(timeout)
        job = await self.manager.job(self.id)
        self.result = await self._result(client, job)
        error = job["error"]
        if error:
            raise JobFailed(error["message"], error["code"], error.get("hint"))
        return shown((self.result, self.id, True, ""), f"{job['status']}: job {self.id}")

    async def _follow(self, timeout: float) -> None:
        """Wait for the end, showing progress; an interruption in the editor cancels the job."""
        watch = self.manager.watch(self.id, 0)
        bar = progress_bar()
        end = asyncio.get_running_loop().time() + timeout
        upcoming = asyncio.ensure_future(_next(watch))
        try:
            while True:
                await asyncio.wait({upcoming}, timeout=_LOOK)
                if is_interrupted():
                    await self.manager.cancel(self.id)
                    stop_if_interrupted()
                if upcoming.done():
                    event = upcoming.result()
                    if event is None:
                        return
                    if event["type"] == "progress":
                        bar.show(event["fraction"])
                    upcoming = asyncio.ensure_future(_next(watch))
                if asyncio.get_running_loop().time() >= end:
                    hint = f"the job goes on: JobHistory shows it as {self.id}"
                    raise WaitTimeout("Execution timeout", "wait_timeout", hint)
        finally:
            upcoming.cancel()

    async def _result(self, client: Any, job: dict[str, Any]) -> dict[str, Any]:
        images = []
        for index, output in enumerate(job["outputs"]):
            if output["kind"] == "images" and output.get("filename"):
                content = await self.manager.output(self.id, index)
                images.append(base64.b64encode(content).decode())
        history = await client.history(job["prompt_id"], 1)
        done = job["status"] == "completed"
        progress = job.get("progress") or {}
        return {
            "prompt_id": job["prompt_id"],
            "status": job["status"],
            "outputs": history.get(job["prompt_id"], {}).get("outputs", {}),
            "images": images,
            "error": (job["error"] or {}).get("message"),
            "started_at": job["started_at"],
            "completed_at": job["finished_at"],
            "progress": 1.0 if done else progress.get("fraction", 0.0),
            "current_node": progress.get("node"),
        }


async def _next(watch: Any) -> dict[str, Any] | None:
    event: dict[str, Any] | None = await watch.next()
    return event


async def _refuse_own_server(client: Any) -> None:
    """The server that runs this prompt cannot run another before it has ended."""
    prompt = executing_prompt()
    if prompt is None:
        return
    running = (await client.queue())["queue_running"]
    if any(item[1] == prompt for item in running):
        raise Conflict(
            "the workflow would wait for itself: that server executes the workflow of this node, and "
            "runs one at a time",
            "conflict",
            "name another server, or switch wait_for_completion off",
        )
