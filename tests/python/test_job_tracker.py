"""The job tracker of version 2.0.0, over the history of the command line."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from comfyui_api_manager import Manager
from comfyui_api_manager.job_tracker import (
    Job,
    JobStatus,
    JobTracker,
    get_job_tracker,
    reset_job_tracker,
)


@pytest.fixture
def tracker() -> JobTracker:
    return JobTracker()


def test_jobs_that_are_run_are_tracked_by_themselves(
    tracker: JobTracker, server: str, workflow: dict[str, Any]
) -> None:
    with Manager() as manager:
        id = manager.run(workflow, url=server, name="hats").id
    job = tracker.get_job(id)
    assert job is not None and tracker.get_job_by_prompt(id) == job
    assert (job.status, job.workflow_name, job.progress) == (JobStatus.COMPLETED, "hats", 1.0)
    assert job.duration is not None and job.duration >= 0 and not job.is_active
    assert [output.output_type for output in job.outputs] == ["images"]
    assert job.outputs[0].filename and job.metadata["source"] == "python"
    assert tracker.list_jobs(workflow_name="hats") == [job] == tracker.get_recent_successes()
    assert Job.from_dict(job.to_dict()) == job
    assert tracker.get_job(id[:8]) is None, "the start of an id is no id"
    assert tracker.delete_job(id) and not tracker.delete_job(id)
    assert tracker.get_statistics()["status_counts"]["completed"] == 1, "statistics stay"


def test_jobs_of_ones_own_are_in_the_history_once_they_end(tracker: JobTracker) -> None:
    job = tracker.create_job("mine", "p1", "portraits", inputs={"seed": 1}, metadata={"by": "me"})
    assert [each.job_id for each in tracker.get_active_jobs()] == ["mine"]
    tracker.update_status("mine", JobStatus.RUNNING, progress=0.5, current_node="3")
    assert (job.status, job.progress, job.current_node) == (JobStatus.RUNNING, 0.5, "3")
    tracker.add_output("mine", "9", "images", {"filename": "a.png", "odd": object()}, "a.png")
    with pytest.raises(ValueError, match="there is a job"):
        tracker.create_job("mine", "p1", "portraits")
    tracker.update_status("mine", JobStatus.COMPLETED)
    ended = tracker.update_status("mine", JobStatus.FAILED, error="too late")
    assert ended is job and (job.status, job.progress, job.error) == (JobStatus.COMPLETED, 1.0, None)
    others = JobTracker().list_jobs()
    assert [(each.workflow_name, each.prompt_id) for each in others] == [("portraits", "p1")]
    assert others[0].outputs[0].filename == "a.png"
    assert tracker.list_jobs() == others, "it is there once"
    assert tracker.update_status("missing", JobStatus.RUNNING) is None


def test_lists_are_filtered_and_newest_first(tracker: JobTracker) -> None:
    for number in range(6):
        tracker.create_job(f"job-{number}", f"p{number}", f"flow {number % 2}", "gpu")
    tracker.update_status("job-0", JobStatus.FAILED, error="no model")
    assert [job.prompt_id for job in tracker.list_jobs(limit=3)] == ["p5", "p4", "p3"]
    assert [job.prompt_id for job in tracker.list_jobs(limit=2, offset=4)] == ["p1", "p0"]
    odd = tracker.list_jobs(workflow_name="flow 1", connection_name="gpu")
    assert [job.prompt_id for job in odd] == ["p5", "p3", "p1"]
    assert [job.error for job in tracker.get_recent_failures()] == ["no model"]
    for now in (datetime.now(), datetime.now(timezone.utc)):
        assert len(tracker.list_jobs(since=now - timedelta(hours=1))) == 6
        assert tracker.list_jobs(since=now + timedelta(hours=1)) == []


def test_statistics_count_all_jobs(tracker: JobTracker) -> None:
    for number, status in enumerate([JobStatus.COMPLETED] * 3 + [JobStatus.FAILED]):
        tracker.create_job(f"job-{number}", f"p{number}", "hats")
        tracker.update_status(f"job-{number}", JobStatus.RUNNING)
        tracker.update_status(f"job-{number}", status)
    tracker.create_job("open", "p9", "hats")
    statistics = tracker.get_statistics()
    assert statistics["total_jobs"] == 5 and statistics["active_jobs"] == 1
    assert statistics["success_rate"] == 0.75
    assert statistics["workflow_counts"] == {"hats": 5}
    assert tracker.clear_history() == 4
    assert [job.job_id for job in tracker.list_jobs()] == ["open"]
    assert tracker.clear_history(keep_active=False) == 1


def test_a_history_file_is_read_and_there_is_one_tracker(tmp_path: Path) -> None:
    job = {"job_id": "a", "status": "running", "created_at": "2025-01-02T03:04:05"}
    file = tmp_path / "job_history.json"
    file.write_text(json.dumps({"version": "2.0", "jobs": [job]}))
    try:
        tracker = get_job_tracker(file)
        assert get_job_tracker(tmp_path / "ignored.json") is tracker
        [read] = tracker.list_jobs()
        assert read.status is JobStatus.FAILED, "nobody knows how it ended"
        assert read.created_at == datetime(2025, 1, 2, 3, 4, 5)
    finally:
        reset_job_tracker()
