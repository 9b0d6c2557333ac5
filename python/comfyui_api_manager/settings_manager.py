"""The settings, with the names of version 2.0.0: those of ``comfyctl settings``.

The file is read each time and changed in one place, so that several programs can change it. What it
holds besides is kept.
"""

from __future__ import annotations

import logging
import logging.handlers
import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Optional

from . import _native
from ._shared import import_version_2
from ._version_2.settings import (
    SECRET,
    JobHistorySettings,
    LoggingSettings,
    MCPSettings,
    PluginSettings,
    changes_to,
)
from ._version_2.values import ComfyUIConnection
from .errors import ComfyError

__all__ = [
    "JobHistorySettings",
    "LoggingSettings",
    "MCPSettings",
    "PluginSettings",
    "SettingsManager",
    "get_settings_manager",
    "reset_settings_manager",
]

logger = logging.getLogger(__name__)

class SettingsManager:
    """Reads and changes the settings."""

    DEFAULT_SETTINGS_FILE: ClassVar[str] = "api_manager_settings.json"

    def __init__(
        self, settings_file: Optional[Path] = None, base_dir: Optional[Path] = None
    ) -> None:
        """The file of ``comfyctl``, unless a file or a folder for it is given."""
        if settings_file is None and base_dir is not None:
            settings_file = Path(base_dir) / self.DEFAULT_SETTINGS_FILE
        if settings_file is None:
            import_version_2(Path(__file__).parent)
            settings_file = _native.settings_file()
        self.settings_file = Path(settings_file)
        self.base_dir = self.settings_file.parent
        self._callbacks: list[Callable[[str, Any, Any], Any]] = []

    @property
    def settings(self) -> PluginSettings:
        """All settings as they are in effect."""
        return PluginSettings.from_dict(_native.settings_read(self.settings_file))

    def add_change_callback(self, callback: Callable[..., Any]) -> None:
        """Have a function called with name, old and new value of what this manager changes."""
        self._callbacks.append(callback)

    def remove_change_callback(self, callback: Callable[..., Any]) -> None:
        """Have it called no more."""
        if callback in self._callbacks:
            self._callbacks.remove(callback)

    def is_mcp_enabled(self) -> bool:
        """Whether the MCP server is started with ComfyUI."""
        return self.settings.mcp.enabled

    def set_mcp_enabled(self, enabled: bool) -> None:
        """Have the MCP server be started with ComfyUI, or not."""
        self._update("mcp", {"enabled": enabled})

    def get_mcp_settings(self) -> MCPSettings:
        """The MCP server."""
        return self.settings.mcp

    def update_mcp_settings(
        self,
        enabled: Optional[bool] = None,
        host: Optional[str] = None,
        port: Optional[int] = None,
        transport: Optional[str] = None,
        require_auth: Optional[bool] = None,
        auth_token: Optional[str] = None,
    ) -> MCPSettings:
        """Change what is given of the MCP server."""
        given = {
            "enabled": enabled,
            "host": host,
            "port": port,
            "transport": transport,
            "require_auth": require_auth,
            "auth_token": auth_token,
        }
        return self._update("mcp", given).mcp

    def get_connection(self, name: Optional[str] = None) -> Optional[ComfyUIConnection]:
        """A connection by name, or the default one; `None` if there is none."""
        settings = self.settings
        return settings.connections.get(name or settings.default_connection)

    def get_default_connection(self) -> ComfyUIConnection:
        """The connection that is meant where none is named."""
        return self.get_connection() or ComfyUIConnection()

    def list_connections(self) -> dict[str, ComfyUIConnection]:
        """All connections by name."""
        return self.settings.connections

    def add_connection(
        self, name: str, host: str = "127.0.0.1", port: int = 8188, use_ssl: bool = False
    ) -> ComfyUIConnection:
        """Add a connection, or replace the one of that name."""
        changes = [self._connection(name, host, port, use_ssl)]
        # Without any there is `default`, which is to stay.
        for existing, connection in self.settings.connections.items():
            if existing != name and not self._is_written(existing):
                address = (connection.host, connection.port, connection.use_ssl)
                changes.insert(0, self._connection(existing, *address))
        _native.settings_change(self.settings_file, changes)
        return ComfyUIConnection(host, port, use_ssl)

    def update_connection(
        self,
        name: str,
        host: Optional[str] = None,
        port: Optional[int] = None,
        use_ssl: Optional[bool] = None,
    ) -> Optional[ComfyUIConnection]:
        """Change what is given of a connection; `None` if there is none of that name."""
        connection = self.list_connections().get(name)
        if connection is None:
            return None
        connection.host = connection.host if host is None else host
        connection.port = connection.port if port is None else port
        connection.use_ssl = connection.use_ssl if use_ssl is None else use_ssl
        address = [("host", connection.host), ("port", connection.port)]
        changes = [*address, ("use_ssl", connection.use_ssl), ("url", None)]
        keys = ["connections", name]
        changed = [([*keys, key], value) for key, value in changes]
        _native.settings_change(self.settings_file, changed)
        return connection

    def remove_connection(self, name: str) -> bool:
        """Remove a connection; `False` for the default one and for one that is not there."""
        if name == self.settings.default_connection:
            logger.warning("the default connection `%s` cannot be removed", name)
            return False
        return _native.settings_remove_connection(self.settings_file, name)

    def set_default_connection(self, name: str) -> bool:
        """Have a connection be meant where none is named; `False` if it is not there."""
        if name not in self.list_connections():
            return False
        _native.settings_change(self.settings_file, [(["default_connection"], name)])
        return True

    def get_job_history_settings(self) -> JobHistorySettings:
        """What is kept of jobs that have ended."""
        return self.settings.job_history

    def update_job_history_settings(
        self,
        enabled: Optional[bool] = None,
        max_jobs: Optional[int] = None,
        auto_cleanup_days: Optional[int] = None,
        store_outputs: Optional[bool] = None,
        store_images: Optional[bool] = None,
    ) -> JobHistorySettings:
        """Change what is given of what is kept."""
        given = {
            "enabled": enabled,
            "max_jobs": max_jobs,
            "auto_cleanup_days": auto_cleanup_days,
            "store_outputs": store_outputs,
            "store_images": store_images,
        }
        return self._update("job_history", given).job_history

    def get_logging_settings(self) -> LoggingSettings:
        """The log."""
        return self.settings.logging

    def update_logging_settings(
        self,
        level: Optional[str] = None,
        log_to_file: Optional[bool] = None,
        log_file: Optional[str] = None,
    ) -> LoggingSettings:
        """Change what is given of the log, and have Python's log of this package follow it."""
        given = {"level": level, "log_to_file": log_to_file, "log_file": log_file}
        changed = self._update("logging", given).logging
        _apply(changed)
        return changed

    def get_workflows_dir(self) -> Path:
        """The folder of saved workflows."""
        return Path(self.settings.workflows_dir)

    def set_workflows_dir(self, path: str) -> None:
        """Take another folder for saved workflows."""
        _native.settings_change(self.settings_file, [(["workflows_dir"], str(path))])

    def reset_to_defaults(self) -> None:
        """Take everything away that version 2.0.0 knew, so that the defaults hold."""
        known = [([each.name], None) for each in fields(PluginSettings)]
        _native.settings_change(self.settings_file, known)

    def export_settings(self) -> dict[str, Any]:
        """All settings as a dictionary, without secrets."""
        return self.settings.to_dict()

    def import_settings(self, data: dict[str, Any]) -> bool:
        """Replace the settings by exported ones; `False`, and no change, if they are wrong."""
        try:
            settings = PluginSettings.from_dict(data)
            _native.settings_change(self.settings_file, list(changes_to(settings)))
        except (ComfyError, TypeError, AttributeError) as error:
            logger.error("the settings cannot be imported: %s", error)
            return False
        return True

    def _connection(self, name: str, host: str, port: int, use_ssl: bool) -> tuple[list[str], Any]:
        return ["connections", name], {"host": host, "port": port, "use_ssl": use_ssl}

    def _is_written(self, name: str) -> bool:
        """Whether the file itself has the connection."""
        return name in _native.settings_connections(self.settings_file)

    def _update(self, section: str, given: dict[str, Any]) -> PluginSettings:
        """Sets what is given; what is `None` stays."""
        before = getattr(self.settings, section)
        given = {name: value for name, value in given.items() if value is not None}
        changes = [([section, name], value) for name, value in given.items()]
        _native.settings_change(self.settings_file, changes)
        for name, value in given.items():
            self._notify(f"{section}.{name}", getattr(before, name), value)
        return self.settings

    def _notify(self, name: str, old: Any, new: Any) -> None:
        if name == "mcp.auth_token":
            new = SECRET
        for callback in list(self._callbacks):
            try:
                callback(name, old, new)
            except Exception:
                logger.exception("a callback for settings failed")


_lock = threading.Lock()
_manager: Optional[SettingsManager] = None


def get_settings_manager(settings_file: Optional[Path] = None) -> SettingsManager:
    """The one settings manager of this process; made with the first file that is given."""
    global _manager
    with _lock:
        if _manager is None:
            _manager = SettingsManager(settings_file)
        return _manager


def reset_settings_manager() -> None:
    """Forget it, so that another can be made."""
    global _manager
    with _lock:
        _manager = None


def _apply(settings: LoggingSettings) -> None:
    """Has Python's own log of this package go where the settings say."""
    package = logging.getLogger("comfyui_api_manager")
    package.setLevel(settings.level)
    for handler in list(package.handlers):
        if isinstance(handler, logging.handlers.RotatingFileHandler):
            package.removeHandler(handler)
            handler.close()
    if settings.log_to_file:
        size = settings.max_log_size_mb * 1024 * 1024
        handler = logging.handlers.RotatingFileHandler(
            settings.log_file, maxBytes=size, backupCount=settings.backup_count
        )
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        handler.setFormatter(logging.Formatter(form))
        package.addHandler(handler)
