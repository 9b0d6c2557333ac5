"""Nodes that have a ComfyUI server do something at once: stop, or free memory."""

from __future__ import annotations

from typing import Any

from .comfyui_server import CATEGORY, LAST, SERVER, always, attempt, client, shown

__all__ = ["ComfyUIFreeMemoryNode", "ComfyUIInterruptNode"]

_TRIGGER: dict[str, Any] = {
    "trigger": ("BOOLEAN", {"default": True, "tooltip": "Does nothing when this is off."})
}


class ComfyUIInterruptNode:
    """Stops what runs."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Stops what a ComfyUI server executes, whoever queued it. On the server that executes this "
        "very workflow, that is this workflow."
    )
    FUNCTION = "interrupt"
    OUTPUT_NODE = True
    RETURN_TYPES = ("BOOLEAN",)
    RETURN_NAMES = ("SUCCESS",)
    OUTPUT_TOOLTIPS = ("Whether the server took the request.",)
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": _TRIGGER, "optional": {**SERVER, **LAST}}

    async def interrupt(
        self,
        trigger: bool = True,
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            await client(host, port, connection).interrupt()
            return shown((True,), "interrupted")

        if not trigger:
            return shown((False,), "not triggered")
        return await attempt(ask(), lambda error: shown((False,), error), raise_on_error)


class ComfyUIFreeMemoryNode:
    """Frees memory."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Has a ComfyUI server take cached results, and models if wanted, out of memory."
    FUNCTION = "free_memory"
    OUTPUT_NODE = True
    RETURN_TYPES = ("BOOLEAN",)
    RETURN_NAMES = ("SUCCESS",)
    OUTPUT_TOOLTIPS = ("Whether the server took the request.",)
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        unload = {"default": True, "tooltip": "Takes models out of memory, too."}
        optional = {"unload_models": ("BOOLEAN", unload), **SERVER, **LAST}
        return {"required": _TRIGGER, "optional": optional}

    async def free_memory(
        self,
        trigger: bool = True,
        unload_models: bool = True,
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            await client(host, port, connection).free(unload_models, True)
            return shown((True,), "memory is freed")

        if not trigger:
            return shown((False,), "not triggered")
        return await attempt(ask(), lambda error: shown((False,), error), raise_on_error)
