"""Jobs as Python sees them: what is known of one, and its story."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Mapping

from .errors import JobCancelled, JobFailed

__all__ = ["Event", "JobRecord", "Output", "parse_time", "raise_for"]

_FINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True)
class Output:
    """One thing that a node produced: a file on the server, or a text."""

    #: Id of the node.
    node: str
    #: ComfyUI's word for it: ``images``, ``audio``, ``text``, ...
    kind: str
    #: Name of the file on the server; ``None`` for a text.
    filename: str | None = None
    #: Folder below that of its type.
    subfolder: str = ""
    #: ``output``, ``temp`` or ``input``.
    folder: str | None = None
    #: Where the file was saved on this machine.
    path: str | None = None
    #: Where a small picture of an image is kept on this machine, if the settings keep one.
    thumbnail: str | None = None
    #: The text, for outputs that are text.
    text: str | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened to a job.

    Lines of its story have a number and a time, and are in the history: ``submitted``, ``sending``,
    ``queued``, ``running``, ``completed``, ``failed``, ``cancelled``, ... Glimpses between two of them
    have neither: ``progress``, ``ahead`` (in the server's queue), ``waiting`` (to be sent).
    """

    #: What happened.
    type: str
    #: Its number in the story; ``None`` for a glimpse.
    seq: int | None
    #: When it was recorded.
    at: datetime | None
    #: Everything else, such as ``fraction`` and ``node`` of ``progress``.
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def _read(cls, view: dict[str, Any]) -> Event:
        at = parse_time(view.pop("at", None))
        return cls(view.pop("type"), view.pop("seq", None), at, view)


@dataclass(frozen=True)
class JobRecord:
    """A job as the history holds it at one moment."""

    #: Its id, which is also the prompt's id on the server until it is retried.
    id: str
    #: Id of the prompt of the present attempt.
    prompt_id: str
    #: ``pending``, ``queued``, ``running``, ``completed``, ``failed`` or ``cancelled``.
    status: str
    #: Name of the workflow.
    workflow_name: str | None
    #: Name of the connection, or host and port; ``None`` until one is chosen.
    connection: str | None
    #: What it produced.
    outputs: tuple[Output, ...]
    #: Why it did not end well, for people.
    error: str | None
    #: Stable kind of that error.
    error_code: str | None
    #: When it was stored.
    created_at: datetime
    #: When a server was first seen executing it.
    started_at: datetime | None
    #: When its end was recorded.
    finished_at: datetime | None
    #: Seconds that the server took, without the time in its queue.
    duration_seconds: float | None
    #: How much is done, from 0 to 1.
    progress: float
    #: All that is known, as ``comfyctl jobs show --json`` names it.
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def has_ended(self) -> bool:
        """Whether nothing changes any more."""
        return self.status in _FINAL

    @classmethod
    def _read(cls, view: dict[str, Any]) -> JobRecord:
        error = view["error"] or {}
        done = 1.0 if view["status"] == "completed" else 0.0
        return cls(
            id=view["job_id"],
            prompt_id=view["prompt_id"],
            status=view["status"],
            workflow_name=view["workflow_name"],
            connection=view["connection"],
            outputs=tuple(_output(output) for output in view["outputs"]),
            error=error.get("message"),
            error_code=error.get("code"),
            created_at=_read_time(view["created_at"]),
            started_at=parse_time(view["started_at"]),
            finished_at=parse_time(view["finished_at"]),
            duration_seconds=view["duration_seconds"],
            progress=(view.get("progress") or {}).get("fraction", done),
            raw=view,
        )


def raise_for(record: JobRecord) -> None:
    """Raise what a job that did not end well calls for."""
    if record.status == "completed":
        return
    error = record.raw["error"] or {}
    kind = JobCancelled if record.status == "cancelled" else JobFailed
    message = error.get("message") or f"job {record.id} is {record.status}"
    raise kind(message, error.get("code", record.status), error.get("hint"))


def _output(view: dict[str, Any]) -> Output:
    return Output(
        node=view["node"],
        kind=view["kind"],
        filename=view.get("filename"),
        subfolder=view.get("subfolder") or "",
        folder=view.get("type"),
        path=view.get("path"),
        thumbnail=view.get("thumbnail"),
        text=view.get("text"),
    )


def parse_time(text: str | None) -> datetime | None:
    """A time as the history writes it."""
    return None if text is None else _read_time(text)


def _read_time(text: str) -> datetime:
    # Python 3.10 reads neither `Z` nor more than six digits.
    whole, _, rest = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{rest[:6].ljust(6, '0')}+00:00")
