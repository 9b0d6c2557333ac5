"""The one manager of this process that the classes of version 2.0.0 share."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Coroutine, TypeVar

from ._manager import Manager
from ._native import NativeManager

T = TypeVar("T")

_lock = threading.Lock()
_managers: dict[tuple[int, str | None, str | None], Manager] = {}


def shared() -> NativeManager:
    """The manager of the settings and the history that the environment names."""
    environment = os.environ.get
    key = (os.getpid(), environment("COMFYCTL_CONFIG"), environment("COMFYCTL_DATA"))
    with _lock:
        manager = _managers.get(key)
        if manager is None:
            manager = _managers[key] = Manager()
        return manager._native


def run_coroutine(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also where an event loop runs: then on a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    result: Future[T] = Future()
    loop = asyncio.new_event_loop()
    task = loop.create_task(coroutine)

    def run() -> None:
        try:
            result.set_result(loop.run_until_complete(task))
        except BaseException as error:
            result.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="comfyui_api_manager")
    thread.start()
    try:
        return result.result()
    except KeyboardInterrupt:
        # It ends the wait on the other thread, too, if that has not ended by itself.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        thread.join()


def import_version_2(folder: Path) -> dict[str, Any]:
    """Take over the settings and the history that version 2.0.0 left in a folder, once."""
    return dict(shared().import_version_2(folder).wait())
