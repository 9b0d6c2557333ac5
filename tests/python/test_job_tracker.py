"""The job tracker of version 2.0.0, over the history of the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from comfyui_api_manager import Manager, WaitTimeout
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


def test_jobs_of_ones_own_are_in_the_history_at_once(tracker: JobTracker) -> None:
    job = tracker.create_job("mine", "p1", "portraits", inputs={"seed": 1}, metadata={"by": "me"})
    assert [each.job_id for each in tracker.get_active_jobs()] == ["mine"]
    tracker.update_status("mine", JobStatus.RUNNING, progress=0.5, current_node="3")
    assert (job.status, job.progress, job.current_node) == (JobStatus.RUNNING, 0.5, "3")
    tracker.add_output("mine", "9", "images", {"filename": "a.png", "odd": object()}, "a.png")
    for create in (tracker.create_job, JobTracker().create_job):
        with pytest.raises(ValueError, match="there is a job"):
            create("mine", "p1", "portraits")
    tracker.update_status("mine", JobStatus.COMPLETED)
    ended = tracker.update_status("mine", JobStatus.FAILED, error="too late")
    assert ended is job and (job.status, job.progress, job.error) == (JobStatus.COMPLETED, 1.0, None)
    assert tracker.list_jobs() == [job], "it is there once"
    [other] = JobTracker().list_jobs()
    assert (other.workflow_name, other.prompt_id) == ("portraits", "p1")
    assert other.outputs[0].filename == "a.png" and other.duration is not None
    assert tracker.update_status("missing", JobStatus.RUNNING) is None


def test_another_program_goes_on_with_a_job(tracker: JobTracker, tmp_path: Path) -> None:
    create = """
        import os
        from comfyui_api_manager.job_tracker import JobStatus, get_job_tracker
        tracker = get_job_tracker()
        tracker.create_job("mine", "p1", "portraits", inputs={"6.text": "a fox"})
        tracker.update_status("mine", JobStatus.RUNNING, progress=0.5, current_node="3")
        tracker.add_output("mine", "9", "images", {}, "a.png")
        os._exit(9)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(create)], timeout=60)
    assert done.returncode == 9, "it died without a word"
    left = tracker.get_job("mine")
    assert left is not None and left.job_id == "mine" and left.status is JobStatus.RUNNING
    assert (left.progress, left.current_node, left.outputs[0].filename) == (0.5, "3", "a.png")
    found = tracker.get_job_by_prompt("p1")
    assert found is not None and found.outputs == left.outputs
    ended = tracker.update_status("mine", JobStatus.COMPLETED)
    assert ended is not None and ended.duration is not None
    assert tracker.get_statistics()["status_counts"]["completed"] == 1
    with Manager() as manager:
        [job] = manager.jobs(source="tracker")
        assert job.status == "completed" and job.record.raw["submitted_by"]
        assert [event.type for event in job.events()] == ["submitted", "running", "completed"]


def test_no_engine_takes_a_job_of_ones_own_and_all_can_cancel_it(tracker: JobTracker) -> None:
    job = tracker.create_job("mine", "p1", "portraits")
    with Manager() as manager:
        [found] = manager.jobs()
        with pytest.raises(WaitTimeout):
            found.wait(timeout=0.5)
        found.cancel()
        assert found.wait().status == "cancelled"
    assert tracker.update_status("mine", JobStatus.COMPLETED) is job
    assert job.status is JobStatus.CANCELLED and not tracker.get_active_jobs()
    tracker.create_job("other", "p2", "portraits")
    assert tracker.delete_job("other") and not tracker.delete_job("other")
    assert [each.job_id for each in tracker.list_jobs()] == ["mine"]


def test_without_saving_jobs_stay_in_memory() -> None:
    tracker = JobTracker(auto_save=False)
    tracker.create_job("mine", "p1", "portraits")
    tracker.update_status("mine", JobStatus.COMPLETED)
    assert [job.job_id for job in tracker.list_jobs()] == ["mine"]
    assert tracker.get_statistics()["status_counts"]["completed"] == 1
    assert JobTracker().list_jobs() == []
    assert tracker.clear_history() == 1 and tracker.list_jobs() == []


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
