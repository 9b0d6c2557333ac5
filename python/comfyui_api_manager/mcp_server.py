"""The MCP server, with the names of version 2.0.0: ``comfyctl mcp``.

``python -m comfyui_api_manager.mcp_server`` serves as the settings say.
"""

from __future__ import annotations

from typing import Optional

from ._command import run
from .job_tracker import JobTracker
from .settings_manager import SettingsManager, get_settings_manager

__all__ = ["ComfyUIMCPServer", "create_mcp_server", "main"]


class ComfyUIMCPServer:
    """Serves agents until its input ends, or until the program is told to stop."""

    def __init__(
        self,
        settings_manager: Optional[SettingsManager] = None,
        job_tracker: Optional[JobTracker] = None,
    ) -> None:
        """Jobs are those of the shared history, whichever tracker looks at them."""
        self.settings_manager = settings_manager or get_settings_manager()
        self.job_tracker = job_tracker

    async def cleanup(self) -> None:
        """Nothing is left open when serving ends."""

    def run(self, transport: str = "stdio") -> None:
        """Serve over standard input and output, or over HTTP with ``streamable-http``.

        Where the settings say HTTP, that holds.
        """
        arguments = ["--config", str(self.settings_manager.settings_file), "mcp"]
        status = run(arguments + (["--http"] if transport == "streamable-http" else []))
        if status:
            raise SystemExit(status)


def create_mcp_server(
    settings_manager: Optional[SettingsManager] = None,
) -> Optional[ComfyUIMCPServer]:
    """A server, unless the settings say that there is to be none."""
    settings_manager = settings_manager or get_settings_manager()
    return ComfyUIMCPServer(settings_manager) if settings_manager.is_mcp_enabled() else None


def main() -> None:
    """Serve as the settings say."""
    server = ComfyUIMCPServer()
    server.run(server.settings_manager.get_mcp_settings().transport)


if __name__ == "__main__":
    main()
