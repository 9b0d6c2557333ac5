"""The settings of version 2.0.0 as dataclasses."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Optional

from .values import ComfyUIConnection

__all__ = [
    "SECRET",
    "JobHistorySettings",
    "LoggingSettings",
    "MCPSettings",
    "PluginSettings",
    "changes_to",
]

#: What stands in place of a secret.
SECRET = "[secret]"


@dataclass
class MCPSettings:
    """The MCP server."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = 8765
    #: ``stdio`` or ``streamable-http``.
    transport: str = "stdio"
    require_auth: bool = False
    #: ``[secret]`` if there is one: what it is, is not told.
    auth_token: Optional[str] = None

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> MCPSettings:
        """From fields by name; others are left out."""
        return cls(**_known(cls, data))


@dataclass
class LoggingSettings:
    """The log."""

    level: str = "INFO"
    log_to_file: bool = False
    log_file: str = "comfyui_api_manager.log"
    max_log_size_mb: int = 10
    backup_count: int = 3

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LoggingSettings:
        """From fields by name; others are left out."""
        return cls(**_known(cls, data))


@dataclass
class JobHistorySettings:
    """What is kept of jobs that have ended."""

    enabled: bool = True
    #: 0 is no limit.
    max_jobs: int = 1000
    #: 0 is never.
    auto_cleanup_days: int = 30
    store_outputs: bool = True
    store_images: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> JobHistorySettings:
        """From fields by name; others are left out."""
        return cls(**_known(cls, data))


@dataclass
class PluginSettings:
    """All settings that version 2.0.0 had. A copy: changing it changes nothing else."""

    version: str = "2.0.0"
    mcp: MCPSettings = field(default_factory=MCPSettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    job_history: JobHistorySettings = field(default_factory=JobHistorySettings)
    connections: dict[str, ComfyUIConnection] = field(default_factory=dict)
    default_connection: str = "default"
    workflows_dir: str = "./workflows"

    def __post_init__(self) -> None:
        if not self.connections:
            self.connections = {"default": ComfyUIConnection()}

    def to_dict(self) -> dict[str, Any]:
        """The fields by name, as the file has them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PluginSettings:
        """From a file's content; what is not known is left out."""
        connections = data.get("connections") or {}
        return cls(
            mcp=MCPSettings.from_dict(data.get("mcp") or {}),
            logging=LoggingSettings.from_dict(data.get("logging") or {}),
            job_history=JobHistorySettings.from_dict(data.get("job_history") or {}),
            connections={
                name: ComfyUIConnection(**_known(ComfyUIConnection, view))
                for name, view in connections.items()
            },
            **{
                name: str(data[name])
                for name in ("version", "default_connection", "workflows_dir")
                if data.get(name)
            },
        )


def changes_to(settings: PluginSettings) -> list[tuple[list[str], Any]]:
    """All settings, each by its keys."""
    changes: list[tuple[list[str], Any]] = []
    for section in ("mcp", "logging", "job_history"):
        values = getattr(settings, section).to_dict()
        changes += [([section, name], value) for name, value in values.items() if value != SECRET]
    connections = {
        name: {"host": each.host, "port": each.port, "use_ssl": each.use_ssl}
        for name, each in settings.connections.items()
    }
    changes.append((["connections"], connections))
    changes.append((["default_connection"], settings.default_connection))
    changes.append((["workflows_dir"], settings.workflows_dir))
    return changes


def _known(cls: type, data: dict[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(cls)}
    return {name: value for name, value in data.items() if name in names and value is not None}
