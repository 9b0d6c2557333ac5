"""The REST routes below ``/api-manager`` of a ComfyUI. Each asks the desk and puts the answer into JSON.

ComfyUI's own checks of origin apply to them, as they do to its own routes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ._native import __version__, http_status
from .desk import desk
from .errors import ComfyError

__all__ = ["follow", "register", "routes"]

logger = logging.getLogger(__name__)

#: Digits that no number of an output has.
_DIGITS = 9

#: Seconds until a history or settings that could not be read are looked at again.
_AGAIN = 10.0

Handler = Callable[[Any], Awaitable[Any]]


def register(folder: Path) -> None:
    """Add the routes to the ComfyUI of this process; without one, do nothing.

    When it runs, what version 2.0.0 left in the folder is taken over.
    """
    server = sys.modules.get("server")
    instance = getattr(getattr(server, "PromptServer", None), "instance", None)
    if instance is None:
        return
    for method, path, handler in routes():
        instance.routes.route(method, path)(handler)
    tasks: list[asyncio.Task[None]] = []

    async def start(_: Any) -> None:
        tasks.append(asyncio.create_task(_live(folder, instance.send_sync)))

    async def stop(_: Any) -> None:
        for task in tasks:
            task.cancel()
        await desk().close()

    instance.app.on_startup.append(start)
    instance.app.on_cleanup.append(stop)


async def _live(folder: Path, send: Callable[[str, Any], None]) -> None:
    try:
        await desk().manager().import_version_2(folder)
    except ComfyError as error:
        logger.warning("API Manager: what 2.0.0 left is not taken over: %s", error)
    await follow(send)


async def follow(send: Callable[[str, Any], None]) -> None:
    """Start the MCP server if the settings want one; then tell the editor what happens, for ever."""
    told = None
    is_begun = False
    while True:
        try:
            if not is_begun and (await desk().settings())["mcp"]["enabled"]:
                await _tell_of_mcp(send)
            is_begun = True
            feed = desk().feed()
            while True:
                name, detail = await feed.next()
                told = None
                send(name, detail)
        except ComfyError as error:
            if str(error) != told:
                logger.warning("API Manager tells the editor of no jobs for now: %s", error)
            told = str(error)
            await asyncio.sleep(_AGAIN)


async def _tell_of_mcp(send: Callable[[str, Any], None]) -> None:
    try:
        logger.info("API Manager: %s", (await desk().mcp_start())["message"])
    except ComfyError as error:
        logger.warning("API Manager: %s", error)
    send("api-manager.mcp", await desk().mcp_status())


def routes() -> list[tuple[str, str, Handler]]:
    """All routes: method, path, handler."""
    # `stats` before `{id}`: the first that fits is taken.
    table: list[tuple[str, str, Callable[[Any], Awaitable[Any]]]] = [
        ("GET", "/info", _info),
        ("GET", "/settings", lambda request: desk().settings()),
        ("POST", "/settings", _change_settings),
        ("GET", "/workflows", lambda request: desk().workflows()),
        ("GET", "/workflows/{name}/analyze", lambda request: desk().analyze(_name(request), None)),
        ("POST", "/workflows/{name}/analyze", _analyze),
        ("POST", "/workflows/{name}/execute", _execute_saved),
        ("GET", "/workflows/{name}", lambda request: desk().workflow(_name(request))),
        ("POST", "/execute", _execute),
        ("GET", "/jobs", lambda request: desk().jobs(dict(request.query))),
        ("GET", "/jobs/stats", _statistics),
        ("GET", "/jobs/{id}", lambda request: desk().job(_id(request))),
        ("DELETE", "/jobs", _clear),
        ("POST", "/jobs/{id}/cancel", _cancel),
        ("GET", "/jobs/{id}/outputs/{index}", _output),
        ("GET", "/connections", lambda request: desk().connections()),
        ("POST", "/connections/{name}/test", lambda request: desk().test_connection(_name(request))),
        ("POST", "/mcp/start", lambda request: desk().mcp_start()),
        ("POST", "/mcp/stop", lambda request: desk().mcp_stop()),
        ("GET", "/mcp/status", lambda request: desk().mcp_status()),
    ]
    return [(method, f"/api-manager{path}", _answered(work)) for method, path, work in table]


def _answered(work: Callable[[Any], Awaitable[Any]]) -> Handler:
    """A handler that puts what comes of it into JSON, errors too."""

    async def handle(request: Any) -> Any:
        from aiohttp import web

        try:
            answer = await work(request)
        except ComfyError as error:
            return web.json_response(_problem(error), status=http_status(error.code))
        except UnicodeEncodeError:
            # JSON may hold half a character, which no text can.
            return web.json_response(_problem(_bad("a text in the body is no Unicode")), status=400)
        except Exception:
            logger.exception("API Manager: %s %s failed", request.method, request.path)
            fault = ComfyError("this should not happen; ComfyUI's log says more", "internal")
            return web.json_response(_problem(fault), status=500)
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.json_response(answer)

    return handle


def _bad(message: str) -> ComfyError:
    """The request cannot be read."""
    return ComfyError(message, "invalid_override")


def _problem(error: ComfyError) -> dict[str, Any]:
    body = {"success": False, "error": str(error), "code": error.code, "hint": error.hint}
    if error.code == "validation_failed":
        body["validation_errors"] = str(error).split("; ")
    return body


async def _info(_: Any) -> dict[str, Any]:
    mcp = (await desk().settings())["mcp"]
    return {
        "name": "ComfyUI API Manager",
        "version": __version__,
        "mcp_enabled": mcp["enabled"],
        "mcp_port": mcp["port"] if mcp["enabled"] else None,
        "endpoints": [f"{method} {path}" for method, path, _ in routes()],
    }


async def _change_settings(request: Any) -> dict[str, Any]:
    settings = await desk().change_settings(await _body(request))
    return {"success": True, "settings": settings}


async def _analyze(request: Any) -> Any:
    body = await _body(request)
    workflow = body.get("workflow", body)
    if not workflow:
        raise _bad("`workflow` is missing")
    return await desk().analyze(_name(request), json.dumps(workflow).encode())


async def _execute(request: Any) -> Any:
    return await desk().execute(None, await _body(request))


async def _execute_saved(request: Any) -> Any:
    return await desk().execute(_name(request), await _body(request))


async def _statistics(_: Any) -> dict[str, Any]:
    return {"success": True, "statistics": await desk().statistics()}


async def _clear(request: Any) -> Any:
    keep = request.query.get("keep_active", "true").lower()
    if keep not in ("true", "false", "1", "0"):
        raise _bad("`keep_active` is true or false")
    return await desk().clear_jobs(keep in ("true", "1"))


async def _cancel(request: Any) -> dict[str, Any]:
    status = await desk().manager().cancel(_id(request))
    return {"success": True, "job_id": _id(request), "status": status}


async def _output(request: Any) -> Any:
    from aiohttp import web

    text = request.match_info["index"]
    if not (text.isdecimal() and len(text) < _DIGITS):
        raise _bad("an output is named by its number")
    index = int(text)
    preview = request.query.get("preview", "0") != "0"
    content = await desk().output(_id(request), index, preview)
    # Whatever a server calls it, nothing but a picture is shown by a browser.
    kind = _picture_type(content)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    if kind is None:
        name = (await desk().job(_id(request)))["job"]["outputs"][index]["filename"]
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return web.Response(body=content, content_type=kind or "application/octet-stream", headers=headers)


def _picture_type(content: bytes) -> str | None:
    starts = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in starts.items() if content.startswith(start)), None)


def _name(request: Any) -> str:
    name: str = request.match_info["name"]
    return name


def _id(request: Any) -> str:
    id: str = request.match_info["id"]
    return id


async def _body(request: Any) -> dict[str, Any]:
    """The JSON object of a request; nothing counts as an empty one."""
    from aiohttp import web

    try:
        text = await request.text()
        body = json.loads(text) if text.strip() else {}
    except web.HTTPRequestEntityTooLarge as error:
        hint = "ComfyUI's --max-upload-size says how much it takes"
        raise ComfyError(f"the body is too large: {error.text}", "too_large", hint) from None
    except (ValueError, LookupError, RecursionError) as error:
        raise _bad(f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise _bad("the body is not a JSON object")
    return body
