"""Nodes that show the job history, and clear it."""

from __future__ import annotations

from typing import Any

from ..desk import desk
from .comfyui_server import RAISE, always, attempt, shown

__all__ = ["ClearJobHistoryNode", "JobHistoryNode", "JobStatisticsNode", "ViewRecentJobsNode"]

CATEGORY = "API Manager/Settings"

_MARKS = {
    "completed": "[OK]",
    "failed": "[FAIL]",
    "running": "[RUN]",
    "pending": "[WAIT]",
    "cancelled": "[STOP]",
    "queued": "[QUEUE]",
}


class JobHistoryNode:
    """Lists jobs."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Lists jobs of the shared history, newest first, whoever started them."
    FUNCTION = "get_history"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "INT", "STRING")
    RETURN_NAMES = ("JOBS", "COUNT", "SUMMARY")
    OUTPUT_TOOLTIPS = ("The jobs.", "How many were found.", "The whole history in a few lines.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        statuses = ["all", "pending", "running", "completed", "failed", "cancelled"]
        status = {"default": "all", "tooltip": "Only jobs that stand so."}
        limit = {"default": 50, "min": 1, "max": 500, "tooltip": "At most so many jobs."}
        workflow = {"default": "", "tooltip": "Only jobs of the workflow with this name."}
        optional = {
            "status_filter": (statuses, status),
            "limit": ("INT", limit),
            "workflow_filter": ("STRING", workflow),
            **RAISE,
        }
        return {"required": {}, "optional": optional}

    async def get_history(
        self,
        status_filter: str = "all",
        limit: int = 50,
        workflow_filter: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            query = {"status": status_filter, "limit": str(limit)}
            if workflow_filter:
                query["workflow"] = workflow_filter
            jobs = (await desk().jobs(query))["jobs"]
            summary = _summary(await desk().statistics())
            return shown((jobs, len(jobs), summary), summary)

        return await attempt(ask(), lambda error: shown(([], 0, error), error), raise_on_error)


class JobStatisticsNode:
    """Counts jobs."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Tells how many jobs there were, how they ended and how long they took."
    FUNCTION = "get_stats"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "FLOAT", "FLOAT", "INT")
    RETURN_NAMES = ("STATISTICS", "SUCCESS_RATE", "AVG_DURATION", "TOTAL_JOBS")
    OUTPUT_TOOLTIPS = (
        "All statistics.",
        "Completed jobs among those completed or failed, from 0 to 1.",
        "Seconds that a completed job took, on average.",
        "Jobs in all.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {}, "optional": {**RAISE}}

    async def get_stats(self, raise_on_error: bool = False) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            found = await desk().statistics()
            rate, average = found["success_rate"], found["average_duration_seconds"]
            return shown((found, rate, average, found["total_jobs"]), _summary(found))

        return await attempt(ask(), lambda error: shown(({}, 0.0, 0.0, 0), error), raise_on_error)


class ClearJobHistoryNode:
    """Clears the history."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Removes jobs that have ended from the shared history. Their statistics stay."
    FUNCTION = "clear"
    OUTPUT_NODE = True
    RETURN_TYPES = ("INT", "STRING")
    RETURN_NAMES = ("REMOVED_COUNT", "MESSAGE")
    OUTPUT_TOOLTIPS = ("How many jobs were removed.", "What was done.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        confirm = {"default": False, "tooltip": "Nothing is removed unless this is on."}
        keep = {"default": True, "tooltip": "Off: jobs that have not ended are cancelled and removed."}
        optional = {"keep_active": ("BOOLEAN", keep), **RAISE}
        return {"required": {"confirm": ("BOOLEAN", confirm)}, "optional": optional}

    async def clear(
        self, confirm: bool = False, keep_active: bool = True, raise_on_error: bool = False
    ) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            removed = (await desk().clear_jobs(keep_active))["removed"]
            message = f"Removed {removed} jobs from the history"
            return shown((removed, message), message)

        if not confirm:
            message = "Nothing is removed: switch confirm on"
            return shown((0, message), message)
        return await attempt(ask(), lambda error: shown((0, error), error), raise_on_error)


class ViewRecentJobsNode:
    """Shows the latest jobs."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Shows the latest jobs of the shared history, a line for each."
    FUNCTION = "view"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING", "INT", "INT")
    RETURN_NAMES = ("JOB_SUMMARY", "SUCCESS_COUNT", "FAILURE_COUNT")
    OUTPUT_TOOLTIPS = (
        "A line for each job.",
        "How many of them are completed.",
        "How many of them failed.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        count = {"default": 10, "min": 1, "max": 100, "tooltip": "How many jobs."}
        return {"required": {}, "optional": {"count": ("INT", count), **RAISE}}

    async def view(self, count: int = 10, raise_on_error: bool = False) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            jobs = (await desk().jobs({"limit": str(count)}))["jobs"]
            statuses = [job["status"] for job in jobs]
            text = "\n".join(map(_line, jobs)) or "No jobs yet"
            result = (text, statuses.count("completed"), statuses.count("failed"))
            return shown(result, text)

        return await attempt(ask(), lambda error: shown((error, 0, 0), error), raise_on_error)


def _summary(statistics: dict[str, Any]) -> str:
    return (
        f"Total: {statistics['total_jobs']}\n"
        f"Active: {statistics['active_jobs']}\n"
        f"Success rate: {statistics['success_rate']:.1%}"
    )


def _line(job: dict[str, Any]) -> str:
    name = job["workflow_name"] or "Untitled"
    duration = f" ({job['duration']:.1f}s)" if job["duration"] is not None else ""
    error = f": {job['error']}" if job["error"] else ""
    return f"{_MARKS[job['status']]} {name} {job['job_id'][:13]}{duration}{error}"
