"""The one desk of this process: what routes and nodes ask Rust through."""

from __future__ import annotations

import atexit
import os
import threading

from ._native import Desk

__all__ = ["desk", "own_address"]

_lock = threading.Lock()
_desks: dict[tuple[str | None, ...], Desk] = {}


def own_address() -> str | None:
    """Where the ComfyUI that this process is listens; ``None`` in any other process."""
    import sys

    server = sys.modules.get("server")
    instance = getattr(getattr(server, "PromptServer", None), "instance", None)
    if instance is None:
        return None
    from comfy.cli_args import args  # type: ignore[import-not-found]

    host = args.listen.split(",")[0].strip()
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    scheme = "https" if args.tls_keyfile and args.tls_certfile else "http"
    return f"{scheme}://{host}:{args.port}"


def desk() -> Desk:
    """The desk of the settings and the history that the environment names."""
    environment = os.environ.get
    key = (environment("COMFYCTL_CONFIG"), environment("COMFYCTL_DATA"), own_address())
    with _lock:
        if key not in _desks:
            _desks[key] = Desk(key[2])
        return _desks[key]


@atexit.register
def _close_all() -> None:
    # Other processes take over at once what this one lets go of.
    for each in _desks.values():
        each.close().wait()
