"""What the nodes that speak to others have in common: errors, credentials, interruption."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any, TypeVar

from ..errors import ComfyError
from .comfyui_editor import stop_if_interrupted

__all__ = [
    "CATEGORY",
    "RAISE_ON_ERROR",
    "TOKEN_NOTE",
    "always",
    "described",
    "parsed",
    "unless_interrupted",
]

T = TypeVar("T")

CATEGORY = "API Manager"

#: New, and therefore last among the inputs: saved workflows list values by position.
RAISE_ON_ERROR: tuple[str, dict[str, Any]] = (
    "BOOLEAN",
    {
        "default": False,
        "tooltip": "Stops the workflow with the error, instead of going on without a result.",
    },
)

TOKEN_NOTE = (
    "Give secrets as secret://NAME (settings, then environment) or env:NAME: ComfyUI keeps what "
    "stands here in its history, in saved workflows and in the metadata of images."
)

#: The editor has no event for an interruption: seconds between two looks.
_LOOK = 0.25


def always(*_: Any, **__: Any) -> float:
    """For ``IS_CHANGED``: the world may have changed, so the node runs each time."""
    return float("nan")


def described(error: ComfyError) -> str:
    """The error with what to do next, for an output of a node."""
    return f"{error} (hint: {error.hint})" if error.hint else str(error)


def parsed(text: str) -> Any:
    """JSON, or whatever it is as ``raw_response``."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {"raw_response": text}


async def unless_interrupted(work: Awaitable[T]) -> T:
    """Await work, and give it up when the user of the editor wants the workflow to stop."""

    async def run() -> T:
        return await work

    task = asyncio.ensure_future(run())
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK))[0]:
            stop_if_interrupted()
        return task.result()
    finally:
        task.cancel()
