"""Nodes as ComfyUI calls them, and servers for them to speak to."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Iterator

from comfyui_api_manager.nodes import NODE_CLASS_MAPPINGS


def run(key: str, **inputs: Any) -> Any:
    """Execute a node: a new object, its function by name, inputs by name, awaited if need be."""
    node = NODE_CLASS_MAPPINGS[key]
    result = getattr(node(), node.FUNCTION)(**inputs)
    if inspect.iscoroutine(result):

        async def awaited() -> Any:
            return await result

        result = asyncio.run(awaited())
    if isinstance(result, dict):
        assert all(isinstance(text, str) for text in result["ui"]["text"])
        result = result["result"]
    assert isinstance(result, tuple)
    assert len(result) == len(node.RETURN_TYPES)
    return result


@dataclass
class Api:
    """A server that answers every request alike, and remembers them."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    #: Method, path, headers and body of each request.
    heard: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def answers(self, value: Any) -> None:
        """From now on this JSON."""
        self.body = json.dumps(value).encode()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A node that was interrupted is gone before its answer."""


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """Run the server on this machine, and list it in the settings of the test."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            api.heard.append((self.command, self.path, dict(self.headers.items()), body))
            self.send_response(api.status)
            for name, value in api.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(api.body)))
            self.end_headers()
            self.wfile.write(api.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

        def log_message(self, *_: Any) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        api.url = f"http://{host}"
        write_settings(network={"allowed_hosts": [host]})
        yield api
        server.shutdown()


def write_settings(**sections: Any) -> None:
    """Add sections to the settings of the test."""
    file = Path(os.environ["COMFYCTL_CONFIG"])
    settings = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**settings, **sections}))
    file.chmod(0o600)
