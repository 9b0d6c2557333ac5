"""Nodes that show and change the settings: the MCP server, connections, the log."""

from __future__ import annotations

from typing import Any

from ..desk import desk
from .comfyui_server import RAISE, always, attempt, shown, target

__all__ = [
    "APIManagerSettingsNode",
    "ConnectionManagerNode",
    "LoggingSettingsNode",
    "MCPServerControlNode",
]

CATEGORY = "API Manager/Settings"


class APIManagerSettingsNode:
    """Shows the settings."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Shows the settings that are in effect, without secrets; switches MCP on or off."
    FUNCTION = "execute"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "BOOLEAN", "STRING")
    RETURN_NAMES = ("SETTINGS", "MCP_ENABLED", "STATUS")
    OUTPUT_TOOLTIPS = ("All settings.", "Whether MCP is enabled.", "What was done.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        actions = ["view", "enable_mcp", "disable_mcp", "reset"]
        options = {
            "default": "view",
            "tooltip": "Reset brings back the defaults of MCP, log, routes and history; connections "
            "stay.",
        }
        return {"required": {}, "optional": {"action": (actions, options), **RAISE}}

    async def execute(
        self, action: str = "view", raise_on_error: bool = False
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            status = {"view": "Settings", "reset": "Settings reset to defaults"}.get(action, "")
            if action == "reset":
                await desk().reset_settings()
            elif action in ("enable_mcp", "disable_mcp"):
                await desk().change_settings({"mcp": {"enabled": action == "enable_mcp"}})
                status = await _mcp_status()
            settings = await desk().settings()
            enabled = settings["mcp"]["enabled"]
            return shown((settings, enabled, status), status)

        return await attempt(ask(), lambda error: shown(({}, False, error), error), raise_on_error)


class ConnectionManagerNode:
    """Lists and changes connections."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Lists the ComfyUI servers of the settings; adds, removes, chooses or tests one."
    FUNCTION = "execute"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "BOOLEAN", "STRING")
    RETURN_NAMES = ("CONNECTIONS", "SUCCESS", "MESSAGE")
    OUTPUT_TOOLTIPS = ("The connections by name.", "Whether it was done.", "What was done.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        actions = ["list", "add", "remove", "set_default", "test"]
        options = {"default": "list", "tooltip": "What to do."}
        name = {"default": "", "tooltip": "Name of the connection; none tests the default."}
        host = {"default": "127.0.0.1", "tooltip": "Of a connection that is added."}
        port = {"default": 8188, "min": 1, "max": 65535, "tooltip": "Of a connection that is added."}
        ssl = {"default": False, "tooltip": "Whether the server to add speaks https."}
        optional = {
            "connection_name": ("STRING", name),
            "host": ("STRING", host),
            "port": ("INT", port),
            "use_ssl": ("BOOLEAN", ssl),
            **RAISE,
        }
        return {"required": {"action": (actions, options)}, "optional": optional}

    async def execute(
        self,
        action: str = "list",
        connection_name: str = "",
        host: str = "127.0.0.1",
        port: int = 8188,
        use_ssl: bool = False,
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            success, message = True, ""
            if action == "test":
                success, message = await _test(connection_name)
            elif action != "list":
                url = target(host, port, "")["url"] if action == "add" else None
                if url and use_ssl:
                    url = url.replace("http://", "https://", 1)
                await desk().change_connection(action, connection_name.strip(), url)
                done = {"add": "added", "remove": "removed", "set_default": "now the default"}
                message = f"Connection '{connection_name.strip()}' is {done[action]}"
            found = await _connections()
            message = message or f"{len(found) - 1} connections"
            return shown((found, success, message), message)

        return await attempt(ask(), lambda error: shown(({}, False, error), error), raise_on_error)


class MCPServerControlNode:
    """Controls the MCP server."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Shows or changes the MCP server of this ComfyUI. It starts and stops with the settings; with "
        "stdio, the agent starts its own and nothing runs here."
    )
    FUNCTION = "control"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "BOOLEAN", "STRING")
    RETURN_NAMES = ("MCP_CONFIG", "ENABLED", "STATUS")
    OUTPUT_TOOLTIPS = ("The settings of the MCP server.", "Whether it is enabled.", "How it stands.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        actions = ["status", "enable", "disable", "configure"]
        options = {"default": "status", "tooltip": "Configure sets host, port and transport."}
        host = {"default": "127.0.0.1", "tooltip": "Where it listens. Other machines need a token."}
        port = {"default": 8765, "min": 1, "max": 65535, "tooltip": "Where it listens."}
        transport = {"default": "stdio", "tooltip": "With streamable-http, a server runs here."}
        optional = {
            "host": ("STRING", host),
            "port": ("INT", port),
            "transport": (["stdio", "streamable-http"], transport),
            **RAISE,
        }
        return {"required": {"action": (actions, options)}, "optional": optional}

    async def control(
        self,
        action: str = "status",
        host: str = "127.0.0.1",
        port: int = 8765,
        transport: str = "stdio",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            changes: dict[str, dict[str, Any]] = {
                "enable": {"enabled": True},
                "disable": {"enabled": False},
                "configure": {"host": host, "port": port, "transport": transport},
            }
            if action in changes:
                await desk().change_settings({"mcp": changes[action]})
            config = (await desk().settings())["mcp"]
            status = await _mcp_status()
            return shown((config, config["enabled"], status), status)

        return await attempt(ask(), lambda error: shown(({}, False, error), error), raise_on_error)


class LoggingSettingsNode:
    """Changes the log."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Sets how much is logged, and whether to a file beside the settings."
    FUNCTION = "configure"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "STRING")
    RETURN_NAMES = ("LOGGING_CONFIG", "STATUS")
    OUTPUT_TOOLTIPS = ("The settings of the log.", "What was done.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        levels = ["DEBUG", "INFO", "WARNING", "ERROR"]
        level = {"default": "INFO", "tooltip": "How much is logged."}
        to_file = {"default": False, "tooltip": "Logs to a file as well."}
        file = {
            "default": "comfyui_api_manager.log",
            "tooltip": "Name of the file, without folders: it lies beside the settings.",
        }
        optional = {"log_to_file": ("BOOLEAN", to_file), "log_file": ("STRING", file), **RAISE}
        return {"required": {"level": (levels, level)}, "optional": optional}

    async def configure(
        self,
        level: str = "INFO",
        log_to_file: bool = False,
        log_file: str = "comfyui_api_manager.log",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            changes = {"level": level, "log_to_file": log_to_file, "log_file": log_file}
            config = (await desk().change_settings({"logging": changes}))["logging"]
            status = f"Logging: {level}" + (f", to {log_file}" if log_to_file else "")
            return shown((config, status), status)

        return await attempt(ask(), lambda error: shown(({}, error), error), raise_on_error)


async def _mcp_status() -> str:
    status = await desk().mcp_status()
    if status["running"]:
        return f"MCP server: running at {status['url']}"
    word = "enabled" if status["enabled"] else "disabled"
    return f"MCP server: {word}, not running: {status['reason']}"


async def _connections() -> dict[str, Any]:
    """As version 2.0.0 gave them: by name, with the name of the default among them."""
    found = await desk().connections()
    connections = {
        each["name"]: {name: each.get(name) for name in ("host", "port", "use_ssl")}
        for each in found["connections"]
    }
    return {**connections, "_default": found["default"]}


async def _test(name: str) -> tuple[bool, str]:
    answer = await desk().test_connection(name.strip() or None)
    if answer["connected"]:
        return True, f"Connection '{answer['name']}': ComfyUI {answer['version']} answers"
    hint = f" ({answer['hint']})" if answer["hint"] else ""
    return False, f"{answer['error']}{hint}"
