"""Run ComfyUI workflows, follow them, and keep a record of every job."""

from ._job import Event, JobRecord, Output
from ._manager import AsyncJob, AsyncManager, Job, Manager
from ._native import __version__
from ._options import SubmitOptions
from .errors import (
    ComfyError,
    Conflict,
    FileError,
    JobCancelled,
    JobFailed,
    NotFound,
    ServerError,
    SettingsError,
    StoreError,
    WaitTimeout,
    WorkflowError,
)

__all__ = [
    "AsyncJob",
    "AsyncManager",
    "ComfyError",
    "Conflict",
    "Event",
    "FileError",
    "Job",
    "JobCancelled",
    "JobFailed",
    "JobRecord",
    "Manager",
    "NotFound",
    "Output",
    "ServerError",
    "SettingsError",
    "StoreError",
    "SubmitOptions",
    "WaitTimeout",
    "WorkflowError",
    "__version__",
]
