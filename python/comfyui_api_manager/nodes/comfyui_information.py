"""Nodes that ask a ComfyUI server how it stands and what it has."""

from __future__ import annotations

from typing import Any

from .comfyui_server import CATEGORY, LAST, SERVER, always, attempt, client, shown

__all__ = [
    "ComfyUIListModelsNode",
    "ComfyUIListWorkflowsNode",
    "ComfyUIQueueStatusNode",
    "ComfyUISystemInfoNode",
]

_MEGABYTE = 2**20


class ComfyUIQueueStatusNode:
    """Asks for the queue."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Asks a ComfyUI server what runs and what waits. Asks anew in each run."
    FUNCTION = "get_status"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "INT", "INT")
    RETURN_NAMES = ("QUEUE_STATUS", "PENDING_COUNT", "RUNNING_COUNT")
    OUTPUT_TOOLTIPS = ("The queue as the server gives it.", "Prompts that wait.", "Prompts that run.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {}, "optional": {**SERVER, **LAST}}

    async def get_status(
        self,
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            queue = await client(host, port, connection).queue()
            pending, running = len(queue["queue_pending"]), len(queue["queue_running"])
            return shown((queue, pending, running), f"{running} running, {pending} pending")

        return await attempt(ask(), lambda error: shown(({}, 0, 0), error), raise_on_error)


class ComfyUISystemInfoNode:
    """Asks for the machine."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Asks a ComfyUI server for its versions, memory and devices."
    FUNCTION = "get_info"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "STRING", "INT", "INT")
    RETURN_NAMES = ("SYSTEM_INFO", "DEVICE_NAME", "VRAM_TOTAL_MB", "VRAM_FREE_MB")
    OUTPUT_TOOLTIPS = (
        "All that the server says of itself.",
        "Name of its first device.",
        "Memory of that device, in MiB.",
        "Free memory of that device, in MiB.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {}, "optional": {**SERVER, **LAST}}

    async def get_info(
        self,
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            stats = await client(host, port, connection).system_stats()
            device: dict[str, Any] = next(iter(stats["devices"]), {})
            name = device.get("name", "Unknown")
            total = int(device.get("vram_total") or 0) // _MEGABYTE
            free = int(device.get("vram_free") or 0) // _MEGABYTE
            return shown((stats, name, total, free), f"{name}: {free} of {total} MB free")

        return await attempt(ask(), lambda error: shown(({}, "Error", 0, 0), error), raise_on_error)


class ComfyUIListModelsNode:
    """Asks for model files."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Lists the model files of one kind that a ComfyUI server has."
    FUNCTION = "list_models"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "STRING", "INT")
    RETURN_NAMES = ("MODELS", "MODEL_LIST", "COUNT")
    OUTPUT_TOOLTIPS = ("The names, as a list.", "The names, one in each line.", "How many there are.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        kinds = ["checkpoints", "loras", "vae", "controlnet", "upscale_models", "embeddings"]
        options = {"default": "checkpoints", "tooltip": "Folder of models."}
        return {"required": {"model_type": (kinds, options)}, "optional": {**SERVER, **LAST}}

    async def list_models(
        self,
        model_type: str = "checkpoints",
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            models = await client(host, port, connection).models(model_type)
            names = "\n".join(models)
            return shown((models, names, len(models)), names or f"no {model_type}")

        return await attempt(ask(), lambda error: shown(([], "", 0), error), raise_on_error)


class ComfyUIListWorkflowsNode:
    """Asks for saved workflows."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Lists the workflows that are saved on a ComfyUI server, and the templates it has."
    FUNCTION = "list_workflows"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "STRING", "INT")
    RETURN_NAMES = ("WORKFLOWS", "WORKFLOW_LIST", "COUNT")
    OUTPUT_TOOLTIPS = (
        "Name, path, time and size of each.",
        "The names, one in each line.",
        "How many there are.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {}, "optional": {**SERVER, **LAST}}

    async def list_workflows(
        self,
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            server = client(host, port, connection)
            saved = [*await server.workflows(False), *await server.workflows(True)]
            workflows = [_workflow(view) for view in saved]
            names = "\n".join(workflow["name"] for workflow in workflows)
            return shown((workflows, names, len(workflows)), names or "no workflows")

        return await attempt(ask(), lambda error: shown(([], "", 0), error), raise_on_error)


def _workflow(view: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": view["name"],
        "path": view["name"],
        "modified": view.get("modified"),
        "size": view.get("size") or 0,
    }
