"""The client of version 2.0.0. What it executes is a job of the history."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

from .._images import image_file
from .._job import Event, JobRecord, parse_time
from .._native import Call, NativeClient, Socket
from .._shared import shared
from ..errors import ServerError
from .values import ComfyUIConnection, JobResult, JobStatus, WorkflowInfo, local_time

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ComfyUIClient", "ImageSource"]

ImageSource = Union[bytes, "Image", str, Path]

logger = logging.getLogger(__name__)


class ComfyUIClient:
    """Talks to one server. Opens connections when they are needed.

    Used as ``async with ComfyUIClient(connection) as client: ...``.
    """

    def __init__(self, connection: Optional[ComfyUIConnection] = None) -> None:
        self.connection = connection or ComfyUIConnection()
        self._handlers: list[Callable[..., Any]] = []
        self._native: Optional[tuple[str, NativeClient]] = None
        self._socket: Optional[Socket] = None
        self._listening: Optional[asyncio.Task[None]] = None

    async def __aenter__(self) -> ComfyUIClient:
        await self.connect()
        return self

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        await self.disconnect()

    @property
    def _client(self) -> NativeClient:
        # Kept for its open connections, unless the address was changed meanwhile.
        url = self.connection.base_url
        if self._native is None or self._native[0] != url:
            self._native = (url, NativeClient(url))
        return self._native[1]

    async def connect(self) -> None:
        """Check the address. Requests are made when something is asked for."""
        _ = self._client

    async def disconnect(self) -> None:
        """Close the WebSocket, if it is open."""
        socket, listening = self._socket, self._listening
        self._socket = self._listening = None
        if listening is not None:
            listening.cancel()
            await asyncio.wait([listening])
        if socket is not None:
            await socket.close()

    async def connect_websocket(self) -> None:
        """Listen to the server, and hand what it says to the message handlers from now on."""
        if self._socket is None:
            self._socket = self._client.listen(self.connection.client_id)
            self._listening = asyncio.create_task(self._listen(self._socket))

    async def _listen(self, socket: Socket) -> None:
        while (message := await socket.next()) is not None:
            if isinstance(message, bytes):
                message = {"type": "binary", "data": message}
            for handler in list(self._handlers):
                await _tell(handler, message)

    def add_message_handler(self, handler: Callable[..., Any]) -> None:
        """Have a function called with each message, a dictionary with ``type`` and ``data``."""
        self._handlers.append(handler)

    def remove_message_handler(self, handler: Callable[..., Any]) -> None:
        """Have it called no more."""
        if handler in self._handlers:
            self._handlers.remove(handler)

    async def queue_prompt(
        self, workflow: dict[str, Any], extra_data: Optional[dict[str, Any]] = None
    ) -> str:
        """Queue a workflow in API format; give back the id of its prompt.

        It is not recorded as a job: `execute_workflow` and `AsyncManager.submit` do that.
        """
        graph = json.dumps(workflow).encode()
        answer = await self._client.submit(graph, self.connection.client_id, extra_data or {})
        return str(answer)

    async def get_queue(self) -> dict[str, Any]:
        """What runs and what waits."""
        return _dict(await self._client.queue())

    async def get_history(
        self, prompt_id: Optional[str] = None, max_items: int = 100
    ) -> dict[str, Any]:
        """The record of one execution, or of the latest ones, by prompt id."""
        return _dict(await self._client.history(prompt_id, max_items))

    async def delete_history(
        self, prompt_ids: Optional[list[str]] = None, clear: bool = False
    ) -> bool:
        """Have the server forget some executions, or all."""
        return await _succeeds(self._client.delete_history(prompt_ids or [], clear))

    async def cancel_queue_item(self, prompt_id: str) -> bool:
        """Take a prompt out of the queue that does not run yet."""
        return await _succeeds(self._client.delete_pending([prompt_id]))

    async def clear_queue(self) -> bool:
        """Take everything out of the queue that does not run yet."""
        return await _succeeds(self._client.clear_queue())

    async def interrupt(self) -> bool:
        """Stop what runs, whoever queued it."""
        return await _succeeds(self._client.interrupt())

    async def execute_workflow(
        self,
        workflow: dict[str, Any],
        progress_callback: Optional[Callable[..., Any]] = None,
        timeout: float = 600.0,
    ) -> JobResult:
        """Run a workflow and wait for its end. The job is in the history.

        ``progress_callback`` is called, or awaited, with a `JobResult` that says how it stands.
        """
        manager = shared()
        options = {"url": self.connection.base_url}
        submitted = await manager.submit(json.dumps(workflow).encode(), options, [])
        job_id = submitted["job_id"]
        result = JobResult(job_id, JobStatus.PENDING)

        async def follow() -> None:
            watch = manager.watch(job_id, 0)
            while (view := await watch.next()) is not None:
                event = Event._read(view)
                if _advance(result, event) and progress_callback is not None:
                    await _tell(progress_callback, result)

        try:
            await asyncio.wait_for(follow(), timeout)
        except (asyncio.TimeoutError, TimeoutError):
            result.status = JobStatus.FAILED
            result.error = "Execution timeout"
            result.completed_at = datetime.now()
            return result
        return await self._ended(result, JobRecord._read(await manager.job(job_id)))

    async def _ended(self, result: JobResult, record: JobRecord) -> JobResult:
        result.prompt_id = record.prompt_id
        result.status = JobStatus(record.status)
        result.error = record.error
        result.started_at = local_time(record.started_at)
        result.completed_at = local_time(record.finished_at)
        result.progress = record.progress
        if result.status is not JobStatus.COMPLETED:
            return result
        history = await self.get_history(record.prompt_id)
        result.outputs = history.get(record.prompt_id, {}).get("outputs", {})
        for output in record.outputs:
            if output.kind == "images" and output.filename:
                folder = output.folder or "output"
                image = await self.get_image(output.filename, output.subfolder, folder)
                result.images += [image] if image is not None else []
        return result

    async def upload_image(
        self,
        image: ImageSource,
        filename: Optional[str] = None,
        subfolder: str = "",
        image_type: str = "input",
        overwrite: bool = False,
    ) -> dict[str, Any]:
        """Upload an image; give back the name, subfolder and type that the server chose."""
        source, name = _upload(image, filename, "upload")
        answer = await self._client.upload(source, name, subfolder, image_type, overwrite)
        return _dict(answer)

    async def upload_mask(
        self,
        mask: ImageSource,
        filename: Optional[str] = None,
        subfolder: str = "",
        overwrite: bool = False,
        original_ref: Optional[dict[str, Any]] = None,
    ) -> dict[str, Any]:
        """Upload a mask, whose alpha is laid onto an image that the server has.

        ``original_ref`` names that image: ``filename``, and ``subfolder`` and ``type`` if need be.
        """
        source, name = _upload(mask, filename, "mask")
        if original_ref is None:
            return _dict(await self._client.upload(source, name, subfolder, "input", overwrite))
        answer = await self._client.upload_mask(source, name, subfolder, overwrite, original_ref)
        return _dict(answer)

    async def get_image(
        self,
        filename: str,
        subfolder: str = "",
        image_type: str = "output",
        preview: Optional[str] = None,
    ) -> Optional[bytes]:
        """Fetch an image, or a smaller one in place of it (``webp`` or ``jpeg;75``).

        ``None`` if the server does not give it.
        """
        try:
            image = await self._client.view(filename, subfolder, image_type, preview)
        except ServerError as error:
            if error.code != "http_error":
                raise
            logger.error("failed to get the image `%s`: %s", filename, error)
            return None
        return bytes(image)

    async def get_system_stats(self) -> dict[str, Any]:
        """Versions, memory and devices."""
        return _dict(await self._client.system_stats())

    async def get_object_info(self, node_class: Optional[str] = None) -> dict[str, Any]:
        """The definition of one node class, or of all, by class."""
        return _dict(await self._client.object_info(node_class))

    async def get_embeddings(self) -> list[str]:
        """Names of the embeddings."""
        return list(await self._client.embeddings())

    async def get_extensions(self) -> list[dict[str, Any]]:
        """The editor's extensions; their paths, as the server gives them."""
        return list(await self._client.extensions())

    async def get_models(self, folder: Optional[str] = None) -> Union[dict[str, Any], list[Any]]:
        """Names of the model folders, or of the files in one. Raise `NotFound` for no such folder."""
        return list(await self._client.models(folder))

    async def get_features(self) -> dict[str, Any]:
        """What the server supports."""
        return _dict(await self._client.features())

    async def free_memory(self, unload_models: bool = True, free_memory: bool = True) -> bool:
        """Have the server take models and whatever else is cached out of memory."""
        return await _succeeds(self._client.free(unload_models, free_memory))

    async def get_user_data_files(self, directory: str = "") -> list[str]:
        """Paths of the user's files below a folder, such as ``workflows``."""
        return list(await self._client.userdata(directory))

    async def get_workflow_templates(self) -> list[dict[str, Any]]:
        """The workflows that the editor and the node packs bring along."""
        return list(await self._client.workflows(True))

    async def list_workflows(self) -> list[WorkflowInfo]:
        """The workflows that are saved on the server, and those that it brings along."""
        saved = [*await self._client.workflows(False), *await self._client.workflows(True)]
        return [_workflow_info(view) for view in saved]

    async def is_connected(self) -> bool:
        """Whether the server answers within 5 s."""
        try:
            await asyncio.wait_for(self._client.system_stats(), 5)
        except (ServerError, asyncio.TimeoutError):
            return False
        return True


async def _succeeds(call: Call) -> bool:
    """Whether the server said yes. One that does not answer at all is an error."""
    try:
        await call
    except ServerError as error:
        if error.code == "http_error":
            return False
        raise
    return True


async def _tell(handler: Callable[..., Any], news: Any) -> None:
    """Calls a function of the user. What it raises harms nobody else."""
    try:
        answer = handler(news)
        if inspect.isawaitable(answer):
            await answer
    except Exception:
        logger.exception("a callback failed")


def _advance(result: JobResult, event: Event) -> bool:
    """Whether the event says something new of how the job stands."""
    if event.type == "progress":
        result.status = JobStatus.RUNNING
        result.progress = event.data["fraction"]
        result.current_node = event.data["node"]
    elif event.type in {"queued", "running", "completed", "failed", "cancelled"}:
        result.status = JobStatus(event.type)
        if event.type == "running":
            result.started_at = local_time(event.at)
    else:
        return False
    return True


def _upload(image: ImageSource, name: Optional[str], stem: str) -> tuple[Any, str]:
    if isinstance(image, (str, Path)):
        return Path(image), name or Path(image).name
    return image_file(image), name or f"{stem}_{uuid.uuid4().hex[:8]}.png"


def _workflow_info(view: dict[str, Any]) -> WorkflowInfo:
    modified = local_time(parse_time(view.get("modified")))
    return WorkflowInfo(view["name"], view["name"], modified, view.get("size") or 0)


def _dict(value: Any) -> dict[str, Any]:
    return dict(value)
