"""One ComfyUI server, with the names of version 2.0.0.

Jobs that are executed here are in the history that ``comfyctl jobs`` shows. New code is better off with
`AsyncManager`, which does not lose track of a job when the program ends.
"""

from ._version_2.client import ComfyUIClient
from ._version_2.sync_client import ComfyUIClientSync
from ._version_2.values import ComfyUIConnection, JobResult, JobStatus, WorkflowInfo

__all__ = [
    "ComfyUIClient",
    "ComfyUIClientSync",
    "ComfyUIConnection",
    "JobResult",
    "JobStatus",
    "WorkflowInfo",
]
