"""What the client of version 2.0.0 takes and gives back."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Optional, overload

__all__ = ["ComfyUIConnection", "JobResult", "JobStatus", "WorkflowInfo", "local_time"]


class JobStatus(Enum):
    """Where a job stands."""

    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass
class ComfyUIConnection:
    """Where a server is.

    >>> connection = ComfyUIConnection(host="gpu", use_ssl=True)
    >>> connection.base_url
    'https://gpu:8188'
    """

    host: str = "127.0.0.1"
    port: int = 8188
    use_ssl: bool = False
    #: Who gets the events of what is queued. Two programs with the same one deafen each other.
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def base_url(self) -> str:
        """Address of the server."""
        return f"{'https' if self.use_ssl else 'http'}://{self.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Address of its WebSocket."""
        scheme = "wss" if self.use_ssl else "ws"
        return f"{scheme}://{self.host}:{self.port}/ws?clientId={self.client_id}"

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return {
            "host": self.host,
            "port": self.port,
            "use_ssl": self.use_ssl,
            "client_id": self.client_id,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ComfyUIConnection:
        """The connection with these fields; what is not known is a `TypeError`."""
        return cls(**data)


@dataclass
class JobResult:
    """What came of a workflow."""

    prompt_id: str
    status: JobStatus
    #: What the nodes produced, as the server's history has it.
    outputs: dict[str, Any] = field(default_factory=dict)
    #: The images, as the server has them.
    images: list[bytes] = field(default_factory=list)
    error: Optional[str] = None
    started_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    #: How much is done, from 0 to 1.
    progress: float = 0.0
    #: Node at work.
    current_node: Optional[str] = None

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON has them: images in base64, times as ISO 8601."""
        return {
            "prompt_id": self.prompt_id,
            "status": self.status.value,
            "outputs": self.outputs,
            "images": [base64.b64encode(image).decode() for image in self.images],
            "error": self.error,
            "started_at": _iso(self.started_at),
            "completed_at": _iso(self.completed_at),
            "progress": self.progress,
            "current_node": self.current_node,
        }


@dataclass
class WorkflowInfo:
    """A workflow that is saved on the server, or that it brings along."""

    name: str
    path: str
    modified: Optional[datetime] = None
    #: Its size in bytes; 0 if the server does not say.
    size: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON has them."""
        return {
            "name": self.name,
            "path": self.path,
            "modified": _iso(self.modified),
            "size": self.size,
        }


def _iso(time: Optional[datetime]) -> Optional[str]:
    return None if time is None else time.isoformat()


@overload
def local_time(time: datetime) -> datetime: ...
@overload
def local_time(time: None) -> None: ...
@overload
def local_time(time: Optional[datetime]) -> Optional[datetime]: ...
def local_time(time: Optional[datetime]) -> Optional[datetime]:
    """Version 2.0.0 gave times by the clock on the wall, without a zone."""
    return None if time is None else time.astimezone().replace(tzinfo=None)
