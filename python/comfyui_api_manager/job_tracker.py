"""The job history, with the names of version 2.0.0: that of ``comfyctl jobs``.

Jobs that this package or the command line runs are all here, and look after themselves. A program that
runs jobs by its own means can have them tracked, too: it creates them here and says how they stand.
Each time that is written to the history, so that it outlives the program, and another one can go on.
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Iterator, Optional

from ._job import JobRecord
from ._manager import job_filter
from ._native import history_id
from ._shared import import_version_2, shared
from ._version_2.jobs import ACTIVE, Job, JobOutput
from ._version_2.values import JobStatus, local_time
from .errors import NotFound

__all__ = [
    "Job",
    "JobOutput",
    "JobStatus",
    "JobTracker",
    "get_job_tracker",
    "reset_job_tracker",
]

logger = logging.getLogger(__name__)

#: Jobs that a prompt is looked for among, where its id is not that of the job.
_SEARCHED = 1000


class JobTracker:
    """The history, and the jobs that this program tracks by its own means. Safe in threads."""

    def __init__(
        self,
        history_file: Optional[Path] = None,
        max_history: int = 1000,
        auto_save: bool = True,
    ) -> None:
        """A ``history_file`` of version 2.0.0 is read into the history, and never written.

        ``max_history`` bounds the ended jobs that are kept in memory; without ``auto_save`` jobs
        that are created here never get into the history.
        """
        self.history_file = history_file
        self.max_history = max_history
        self.auto_save = auto_save
        self._lock = threading.RLock()
        #: Jobs that were created or changed here, by their ids in the history.
        self._own: dict[str, Job] = {}
        if history_file is not None and Path(history_file).exists():
            text = Path(history_file).read_text(encoding="utf-8")
            shared().record_version_2(text).wait()

    def create_job(
        self,
        job_id: str,
        prompt_id: str,
        workflow_name: str,
        connection_name: str = "default",
        inputs: Optional[dict[str, Any]] = None,
        metadata: Optional[dict[str, Any]] = None,
    ) -> Job:
        """Track a job that this program runs by its own means."""
        job = Job(
            job_id,
            prompt_id,
            workflow_name,
            JobStatus.PENDING,
            datetime.now(),
            connection_name,
            dict(inputs or {}),
            metadata=dict(metadata or {}),
        )
        with self._lock:
            if self.get_job(job_id) is not None:
                raise ValueError(f"there is a job `{job_id}`")
            self._keep(job)
            self._forget_oldest()
        return job

    def get_job(self, job_id: str) -> Optional[Job]:
        """A job by its id; `None` if there is none."""
        id = history_id(job_id)
        with self._lock:
            own = self._own.get(id)
            if own is not None and not (self.auto_save and own.is_active):
                return own
            try:
                job = self._shown(JobRecord._read(shared().job(id).wait()))
            except NotFound:
                return own
        # The history has ids of one form only.
        job.job_id = job_id
        return job

    def get_job_by_prompt(self, prompt_id: str) -> Optional[Job]:
        """A job by the id of its prompt, which usually is the job's own."""
        job = self.get_job(prompt_id)
        if job is not None and job.prompt_id == prompt_id:
            return job
        latest = islice(self._all({}), _SEARCHED)
        return next((job for job in latest if job.prompt_id == prompt_id), None)

    def update_status(
        self,
        job_id: str,
        status: JobStatus,
        error: Optional[str] = None,
        progress: Optional[float] = None,
        current_node: Optional[str] = None,
    ) -> Optional[Job]:
        """Say how a job stands that a program runs by its own means; `None` if there is none.

        A job that has ended stays as it is, and so do jobs that are run by this package.
        """
        with self._lock:
            job = self.get_job(job_id)
            if job is None or not self._is_open(job):
                if job is not None and job.status is not status:
                    logger.warning("job %s stays %s", job_id, job.status.value)
                return job
            job.status = status
            job.error = error if error is not None else job.error
            job.progress = progress if progress is not None else job.progress
            job.current_node = current_node
            if status is JobStatus.RUNNING and job.started_at is None:
                job.started_at = datetime.now()
            if not job.is_active:
                job.completed_at = datetime.now()
                job.progress = 1.0 if status is JobStatus.COMPLETED else job.progress
            self._keep(job)
            return job

    def add_output(
        self,
        job_id: str,
        node_id: str,
        output_type: str,
        data: Any,
        filename: Optional[str] = None,
        preview_url: Optional[str] = None,
    ) -> Optional[Job]:
        """Add an output to a job that a program runs by its own means, before it ends."""
        with self._lock:
            job = self.get_job(job_id)
            if job is not None and self._is_open(job):
                job.outputs.append(JobOutput(node_id, output_type, data, filename, preview_url))
                self._keep(job)
            return job

    def delete_job(self, job_id: str) -> bool:
        """Forget a job; `False` if there is none, or if this package runs it and it has not ended."""
        id = history_id(job_id)
        with self._lock:
            was_own = self._own.pop(id, None) is not None
        try:
            return bool(shared().untrack(id).wait() or shared().remove(id).wait()) or was_own
        except NotFound:
            return was_own

    def clear_history(self, keep_active: bool = True) -> int:
        """Forget all jobs that have ended, everywhere; say how many.

        Without ``keep_active`` also those that were created here and have not.
        """
        with self._lock:
            active = {id: job for id, job in self._own.items() if job.is_active}
            removed = int(shared().clear().wait())
            removed += 0 if self.auto_save else len(self._own) - len(active)
            self._own = active
            if keep_active:
                return removed
            return removed + sum(self.delete_job(id) for id in list(active))

    def list_jobs(
        self,
        status: Optional[JobStatus] = None,
        workflow_name: Optional[str] = None,
        connection_name: Optional[str] = None,
        since: Optional[datetime] = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Job]:
        """Jobs, newest first. All that is given must be true of a job."""
        wanted = {
            "status": status.value if status else None,
            "workflow": workflow_name,
            "connection": connection_name,
            "since": since,
        }
        found = self._all({name: value for name, value in wanted.items() if value is not None})
        return list(islice(found, offset, offset + limit))

    def get_active_jobs(self) -> list[Job]:
        """Jobs that have not ended."""
        return list(self._all({"status": [status.value for status in ACTIVE]}))

    def get_statistics(self) -> dict[str, Any]:
        """How jobs fared: ended ones also after they were removed from the history.

        ``success_rate`` is the completed ones of those completed or failed, from 0 to 1.
        """
        ended = shared().statistics("all").wait()
        counts = {status.value: 0 for status in JobStatus}
        for name in ("completed", "failed", "cancelled"):
            counts[name] = ended[0][name] if ended else 0
        workflows = {each["name"]: _ended(each) for each in shared().statistics("workflow").wait()}
        active = self.get_active_jobs()
        for job in active + [job for job in self._only_here() if not job.is_active]:
            counts[job.status.value] += 1
            workflows[job.workflow_name] = workflows.get(job.workflow_name, 0) + 1
        latest = islice(self._all({"status": "completed"}), _SEARCHED)
        times = [job.duration for job in latest if job.duration is not None]
        tried = counts["completed"] + counts["failed"]
        return {
            "total_jobs": sum(counts.values()),
            "status_counts": counts,
            "workflow_counts": workflows,
            "average_duration_seconds": sum(times) / len(times) if times else 0.0,
            "success_rate": counts["completed"] / tried if tried else 0.0,
            "active_jobs": len(active),
        }

    def get_recent_failures(self, limit: int = 10) -> list[Job]:
        """The latest jobs that failed."""
        return self.list_jobs(status=JobStatus.FAILED, limit=limit)

    def get_recent_successes(self, limit: int = 10) -> list[Job]:
        """The latest jobs that completed."""
        return self.list_jobs(status=JobStatus.COMPLETED, limit=limit)

    def _keep(self, job: Job) -> None:
        """Writes how a job stands that is not run by this package."""
        id = history_id(job.job_id)
        self._own[id] = job
        if self.auto_save:
            # What is no JSON is shown as text: it must not cost the job.
            shared().track(json.dumps(job.to_dict(), default=str)).wait()

    def _is_open(self, job: Job) -> bool:
        """Whether a program may say how it stands."""
        is_tracked = job.metadata.get("source") == "tracker"
        return job.is_active and (is_tracked or history_id(job.job_id) in self._own)

    def _forget_oldest(self) -> None:
        ended = [id for id, job in self._own.items() if not job.is_active]
        for id in ended[: max(0, len(self._own) - self.max_history)]:
            del self._own[id]

    def _only_here(self) -> list[Job]:
        """Jobs that the history does not have."""
        with self._lock:
            return [] if self.auto_save else list(self._own.values())

    def _shown(self, record: JobRecord) -> Job:
        """A job of the history: the very one that was created here, if it was."""
        with self._lock:
            own = self._own.get(record.id)
            if own is None:
                return Job._of(record)
            if own.is_active and record.has_ended:
                # Someone else ended it, as by `comfyctl jobs cancel`.
                own.status, own.error = JobStatus(record.status), record.error
                own.completed_at = local_time(record.finished_at)
            return own

    def _all(self, wanted: dict[str, Any]) -> Iterator[Job]:
        """Jobs of the history and those that are only here, newest first."""
        waiting = [job for job in self._only_here() if _fits(job, wanted)]
        waiting.sort(key=lambda job: job.created_at)
        for job in self._stored(wanted):
            while waiting and waiting[-1].created_at >= job.created_at:
                yield waiting.pop()
            yield job
        yield from reversed(waiting)

    def _stored(self, wanted: dict[str, Any]) -> Iterator[Job]:
        filter = job_filter(wanted)
        while True:
            page = shared().jobs(filter).wait()
            for view in page["jobs"]:
                yield self._shown(JobRecord._read(view))
            if page["next"] is None:
                return
            filter["after"] = page["next"]


_lock = threading.Lock()
_tracker: Optional[JobTracker] = None


def get_job_tracker(history_file: Optional[Path] = None) -> JobTracker:
    """The one tracker of this process; made with the first file that is given."""
    global _tracker
    with _lock:
        if _tracker is None:
            import_version_2(Path(__file__).parent)
            _tracker = JobTracker(history_file)
        return _tracker


def reset_job_tracker() -> None:
    """Forget it, so that another can be made."""
    global _tracker
    with _lock:
        _tracker = None


def _fits(job: Job, wanted: dict[str, Any]) -> bool:
    statuses = wanted.get("status", job.status.value)
    since = local_time(wanted["since"].astimezone()) if "since" in wanted else job.created_at
    return (
        job.status.value in ([statuses] if isinstance(statuses, str) else statuses)
        and job.workflow_name == wanted.get("workflow", job.workflow_name)
        and job.connection_name == wanted.get("connection", job.connection_name)
        and job.created_at >= since
    )


def _ended(statistics: dict[str, Any]) -> int:
    return int(statistics["completed"] + statistics["failed"] + statistics["cancelled"])
