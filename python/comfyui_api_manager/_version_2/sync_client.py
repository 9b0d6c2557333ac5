"""The client of version 2.0.0 without an event loop."""

from __future__ import annotations

from typing import Any, Optional, Union

from .._shared import run_coroutine
from .client import ComfyUIClient, ImageSource
from .values import ComfyUIConnection, JobResult, WorkflowInfo

__all__ = ["ComfyUIClientSync"]


class ComfyUIClientSync:
    """`ComfyUIClient` for programs without an event loop. Works where one runs, too."""

    def __init__(self, connection: Optional[ComfyUIConnection] = None) -> None:
        self._async_client = ComfyUIClient(connection)

    def connect(self) -> None:
        """Check the address."""
        run_coroutine(self._async_client.connect())

    def disconnect(self) -> None:
        """Nothing stays open between calls."""

    def queue_prompt(self, workflow: dict[str, Any]) -> str:
        """See `ComfyUIClient.queue_prompt`."""
        return run_coroutine(self._async_client.queue_prompt(workflow))

    def get_queue(self) -> dict[str, Any]:
        """See `ComfyUIClient.get_queue`."""
        return run_coroutine(self._async_client.get_queue())

    def get_history(self, prompt_id: Optional[str] = None) -> dict[str, Any]:
        """See `ComfyUIClient.get_history`."""
        return run_coroutine(self._async_client.get_history(prompt_id))

    def execute_workflow(self, workflow: dict[str, Any], timeout: float = 600.0) -> JobResult:
        """See `ComfyUIClient.execute_workflow`."""
        return run_coroutine(self._async_client.execute_workflow(workflow, timeout=timeout))

    def upload_image(
        self, image: ImageSource, filename: Optional[str] = None, **kwargs: Any
    ) -> dict[str, Any]:
        """See `ComfyUIClient.upload_image`."""
        return run_coroutine(self._async_client.upload_image(image, filename, **kwargs))

    def get_image(self, filename: str, **kwargs: Any) -> Optional[bytes]:
        """See `ComfyUIClient.get_image`."""
        return run_coroutine(self._async_client.get_image(filename, **kwargs))

    def get_system_stats(self) -> dict[str, Any]:
        """See `ComfyUIClient.get_system_stats`."""
        return run_coroutine(self._async_client.get_system_stats())

    def get_object_info(self, node_class: Optional[str] = None) -> dict[str, Any]:
        """See `ComfyUIClient.get_object_info`."""
        return run_coroutine(self._async_client.get_object_info(node_class))

    def get_models(self, folder: Optional[str] = None) -> Union[dict[str, Any], list[Any]]:
        """See `ComfyUIClient.get_models`."""
        return run_coroutine(self._async_client.get_models(folder))

    def list_workflows(self) -> list[WorkflowInfo]:
        """See `ComfyUIClient.list_workflows`."""
        return run_coroutine(self._async_client.list_workflows())

    def is_connected(self) -> bool:
        """See `ComfyUIClient.is_connected`."""
        return run_coroutine(self._async_client.is_connected())

    def interrupt(self) -> bool:
        """See `ComfyUIClient.interrupt`."""
        return run_coroutine(self._async_client.interrupt())

    def free_memory(self) -> bool:
        """See `ComfyUIClient.free_memory`."""
        return run_coroutine(self._async_client.free_memory())
