"""What can go wrong. Every error has a stable ``code``, and often a ``hint`` what to do next."""

from __future__ import annotations

__all__ = [
    "ComfyError",
    "Conflict",
    "FileError",
    "JobCancelled",
    "JobFailed",
    "NotFound",
    "ServerError",
    "SettingsError",
    "StoreError",
    "WaitTimeout",
    "WorkflowError",
]


class ComfyError(Exception):
    """Base of all errors of this package.

    The codes are those of the command line and of the MCP server:

    >>> error = ServerError("no answer", "unreachable", "start ComfyUI")
    >>> str(error), error.code, error.hint
    ('no answer', 'unreachable', 'start ComfyUI')
    """

    #: Stable kind of the error, such as ``unreachable``.
    code: str
    #: What to try next.
    hint: str | None

    def __init__(self, message: str, code: str, hint: str | None = None) -> None:
        super().__init__(message, code, hint)
        self.code = code
        self.hint = hint
        # Tracebacks show it, from Python 3.11 on.
        if hint is not None and hasattr(self, "add_note"):
            self.add_note(f"hint: {hint}")

    def __str__(self) -> str:
        return str(self.args[0])


class WorkflowError(ComfyError):
    """The workflow, or a value that was given for it, cannot be run there."""


class SettingsError(ComfyError):
    """The settings are wrong, or have no such connection."""


class ServerError(ComfyError):
    """The server does not answer, or answers with an error."""


class JobFailed(ComfyError):
    """A job ended with an error."""


class JobCancelled(JobFailed):
    """A job ended because someone wanted it to."""


class WaitTimeout(ComfyError, TimeoutError):
    """The wait ended before the job did; the job goes on."""


class NotFound(ComfyError, LookupError):
    """There is no such job, class, folder or file."""


class Conflict(ComfyError):
    """What was asked for does not go together with how the thing stands."""


class FileError(ComfyError):
    """A file or folder of this machine cannot be read or written."""


class StoreError(ComfyError):
    """The job history cannot be read or written."""
