"""Jobs as the tracker of version 2.0.0 shows them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Optional

from .._job import JobRecord
from .values import JobStatus, local_time

__all__ = ["ACTIVE", "Job", "JobOutput"]

#: What may still change.
ACTIVE = (JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass
class JobOutput:
    """One thing that a node produced."""

    node_id: str
    #: ComfyUI's word for it: ``images``, ``audio``, ``text``, ...
    output_type: str
    #: Where the file is on the server, or the text.
    data: Any
    filename: Optional[str] = None
    preview_url: Optional[str] = None

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


@dataclass
class Job:
    """A job as it stands. A copy, unless this program created it here."""

    job_id: str
    prompt_id: str
    workflow_name: str
    status: JobStatus
    #: By the clock on the wall, without a zone, as all times here.
    created_at: datetime
    connection_name: str = "default"
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: list[JobOutput] = field(default_factory=list)
    error: Optional[str] = None
    started_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    #: How much is done, from 0 to 1.
    progress: float = 0.0
    #: Node at work.
    current_node: Optional[str] = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def duration(self) -> Optional[float]:
        """Seconds that it ran, once it has ended."""
        if self.started_at is None or self.completed_at is None:
            return None
        return (self.completed_at - self.started_at).total_seconds()

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.status in ACTIVE

    def to_dict(self) -> dict[str, Any]:
        """The fields as ``job_history.json`` has them."""
        return {
            "job_id": self.job_id,
            "prompt_id": self.prompt_id,
            "workflow_name": self.workflow_name,
            "status": self.status.value,
            "connection_name": self.connection_name,
            "inputs": self.inputs,
            "outputs": [output.to_dict() for output in self.outputs],
            "error": self.error,
            "created_at": self.created_at.isoformat(),
            "started_at": self.started_at and self.started_at.isoformat(),
            "completed_at": self.completed_at and self.completed_at.isoformat(),
            "duration": self.duration,
            "progress": self.progress,
            "current_node": self.current_node,
            "metadata": self.metadata,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Job:
        """A job from the fields that `to_dict` gives."""
        given = {name: value for name, value in data.items() if name != "duration"}
        for name in ("created_at", "started_at", "completed_at"):
            given[name] = _naive(data.get(name))
        given["status"] = JobStatus(data["status"])
        given["outputs"] = [JobOutput(**output) for output in data.get("outputs", [])]
        return cls(**given)

    @classmethod
    def _of(cls, record: JobRecord) -> Job:
        raw = record.raw
        known = ("source", "submitted_by", "attempts", "waiting_for", "server_url")
        node = (raw.get("progress") or {}).get("node")
        return cls(
            job_id=record.id,
            prompt_id=record.prompt_id,
            workflow_name=record.workflow_name or "",
            status=JobStatus(record.status),
            created_at=local_time(record.created_at),
            connection_name=record.connection or "",
            outputs=[_output(view) for view in raw["outputs"]],
            error=record.error,
            started_at=local_time(record.started_at),
            completed_at=local_time(record.finished_at),
            progress=record.progress,
            current_node=None if record.has_ended else node,
            metadata={name: raw[name] for name in known if raw.get(name) is not None},
        )


def _output(view: dict[str, Any]) -> JobOutput:
    file = {name: view[name] for name in ("filename", "subfolder", "type") if name in view}
    return JobOutput(view["node"], view["kind"], view.get("text", file), view.get("filename"))


def _naive(time: Optional[str]) -> Optional[datetime]:
    if time is None:
        return None
    read = datetime.fromisoformat(time)
    return local_time(read) if read.tzinfo is not None else read
