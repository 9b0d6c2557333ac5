"""What all nodes that speak to a ComfyUI server have in common: which server, and what becomes of errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ..desk import desk
from ..errors import ComfyError
from .web import RAISE_ON_ERROR, always, described, unless_interrupted

__all__ = ["LAST", "RAISE", "SERVER", "always", "attempt", "client", "shown", "target"]

T = TypeVar("T")

CATEGORY = "API Manager/ComfyUI"

#: Inputs that version 2.0.0 had.
SERVER: dict[str, Any] = {
    "host": (
        "STRING",
        {
            "default": "127.0.0.1",
            "tooltip": "Name or address of the server. Other machines must be a connection of the "
            "settings, or be listed in network.allowed_hosts.",
        },
    ),
    "port": ("INT", {"default": 8188, "min": 1, "max": 65535, "tooltip": "Port of the server."}),
}

#: An input that is new, and therefore last: saved workflows list values by position.
RAISE: dict[str, Any] = {"raise_on_error": RAISE_ON_ERROR}

#: The new inputs of nodes that speak to a server.
LAST: dict[str, Any] = {
    "connection": (
        "STRING",
        {
            "default": "",
            "tooltip": "Name of a connection of the settings, in place of host and port.",
        },
    ),
    **RAISE,
}


def target(host: str, port: int, connection: str) -> dict[str, str]:
    """The server that is meant, for `Desk.client` and for submitting."""
    if connection.strip():
        return {"connection": connection.strip()}
    shown_host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return {"url": f"http://{shown_host.strip()}:{port}"}


def client(host: str, port: int, connection: str) -> Any:
    """The server, if the settings let nodes reach it."""
    return desk().client(target(host, port, connection))


async def attempt(
    work: Awaitable[T], failure: Callable[[str], T], raise_on_error: bool
) -> T:
    """What comes of the work, or what stands for its failure."""
    try:
        return await unless_interrupted(work)
    except ComfyError as error:
        if raise_on_error:
            raise
        return failure(described(error))


def shown(result: tuple[Any, ...], text: str) -> dict[str, Any]:
    """A result whose text the editor shows and the server's history keeps."""
    return {"ui": {"text": [text]}, "result": result}
