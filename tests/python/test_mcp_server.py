"""The MCP server, started as version 2.0.0 was."""

from __future__ import annotations

import json
import subprocess
import sys

from comfyui_api_manager.mcp_server import create_mcp_server
from comfyui_api_manager.settings_manager import SettingsManager


def test_it_serves_over_standard_input_and_output() -> None:
    information = {"name": "test", "version": "1"}
    parameters = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": information}
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}
    command = [sys.executable, "-m", "comfyui_api_manager.mcp_server"]
    text = json.dumps(request) + "\n"
    served = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    assert served.returncode == 0, served.stderr
    [line] = served.stdout.splitlines()
    assert json.loads(line)["result"]["capabilities"]["tools"] is not None


def test_there_is_none_unless_it_is_enabled() -> None:
    settings = SettingsManager()
    assert create_mcp_server(settings) is None
    settings.set_mcp_enabled(True)
    server = create_mcp_server(settings)
    assert server is not None and server.settings_manager is settings
