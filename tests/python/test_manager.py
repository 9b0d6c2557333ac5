"""Running workflows, waiting for them and awaiting them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import numpy
import pytest
from PIL import Image

import comfyui_api_manager
from comfyui_api_manager import (
    AsyncManager,
    ComfyError,
    JobCancelled,
    Manager,
    NotFound,
    ServerError,
    StoreError,
    WaitTimeout,
    WorkflowError,
)
from comfyui_api_manager._images import to_arrays, upload_of
from comfyui_api_manager._native import error_codes

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_workflow_is_run_and_its_images_are_fetched(
    server: str, workflow: dict[str, Any], tmp_path: Path
) -> None:
    with Manager() as manager:
        job = manager.run(workflow, url=server, seed=7, name="hats")
        assert (job.status, job.seed, job.record.workflow_name) == ("completed", 7, "hats")
        assert [image[:8] for image in job.images()] == [PNG]
        assert [Path(path).read_bytes()[:8] for path in job.save(tmp_path / "out")] == [PNG]


def test_the_same_is_awaited(server: str, workflow: dict[str, Any]) -> None:
    async def run() -> None:
        async with AsyncManager() as manager:
            job = await manager.submit(workflow, url=server, seed="random")
            record = await job
            assert record.status == "completed" and record.has_ended
            kinds = [event.type async for event in job]
            assert kinds[0] == "submitted" and kinds[-1] == "completed"
            assert [image[:8] for image in await job.images()] == [PNG]

    asyncio.run(run())


def test_waiting_works_where_an_event_loop_runs(server: str, workflow: dict[str, Any]) -> None:
    async def notebook() -> str:
        with Manager() as manager:
            return manager.run(workflow, url=server).status

    assert asyncio.run(notebook()) == "completed"


def test_errors_have_a_code_and_a_hint() -> None:
    with Manager() as manager:
        with pytest.raises(NotFound) as missing:
            manager.job("0190")
        assert (missing.value.code, isinstance(missing.value, LookupError)) == ("not_found", True)
        assert missing.value.hint
        with pytest.raises(ServerError) as silent:
            manager.submit({"1": {"class_type": "A", "inputs": {}}}, url="127.0.0.1:1")
        assert silent.value.code == "unreachable"


def load_image() -> dict[str, Any]:
    """A workflow that only loads an image and saves it."""
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }


def test_images_go_in_as_files_bytes_and_pillow(
    server: str, workflow: dict[str, Any], tmp_path: Path
) -> None:
    red = Image.new("RGB", (8, 4), (255, 0, 0))
    red.save(tmp_path / "red.png")
    graph = load_image()
    given = [tmp_path / "red.png", (tmp_path / "red.png").read_bytes(), red]
    with Manager() as manager:
        for image in given:
            job = manager.run(graph, url=server, images={"LoadImage": image})
            assert job.pillow_images()[0].size, "it is an image"
        prompts = manager.jobs()
        assert len(list(prompts)) == len(given)


def test_arrays_go_in_and_come_out_as_they_were(server: str) -> None:
    column = numpy.linspace(0, 1, 4, dtype=numpy.float32)
    image = numpy.stack([numpy.tile(column, (3, 1))] * 3, axis=-1)
    with Manager() as manager:
        job = manager.submit(load_image(), url=server, images={"1.image": image})
        uploaded = upload_of(image)
        assert uploaded == upload_of(image), "the same image has the same name"
        [array] = to_arrays([uploaded[0]], alpha=False)
        assert array.dtype == numpy.float32 and array.shape == (3, 4, 3)
        assert numpy.allclose(array, image, atol=1 / 255)
        assert job.result().status == "completed"
        assert job.arrays()[0].ndim == 3
        with pytest.raises(ValueError, match="one image"):
            manager.submit(load_image(), url=server, images={"1": numpy.zeros((2, 4, 4, 3))})


def test_events_are_replayed_then_followed(server: str, workflow: dict[str, Any]) -> None:
    with Manager() as manager:
        job = manager.submit(workflow, url=server)
        story = [event for event in job.events() if event.seq is not None]
        assert [event.seq for event in story] == list(range(1, len(story) + 1))
        assert all(event.at is not None and event.at.tzinfo is not None for event in story)
        assert [event.type for event in job.events(after=len(story) - 1)] == ["completed"]


def test_a_wait_that_is_too_short_leaves_the_job_alone(
    server: str, workflow: dict[str, Any]
) -> None:
    with Manager() as manager:
        job = manager.submit(workflow, url=server)
        with pytest.raises(WaitTimeout) as late:
            job.wait(timeout=0)
        assert isinstance(late.value, TimeoutError) and late.value.code == "wait_timeout"
        assert job.result().status == "completed"


def test_what_did_not_end_well_is_raised(server: str, workflow: dict[str, Any]) -> None:
    with Manager() as manager:
        first = manager.submit(workflow, url=server, set={"KSampler.steps": 10_000})
        held = manager.submit(workflow, url=server, after=[first.id])
        held.cancel()
        first.cancel()
        with pytest.raises(JobCancelled) as cancelled:
            held.result()
        assert cancelled.value.code == "cancelled" and held.status == "cancelled"
        with pytest.raises(WorkflowError) as wrong:
            manager.submit(workflow, url=server, set={"KSampler.stepz": 1})
        assert wrong.value.code == "invalid_override" and "steps" in (wrong.value.hint or "")


def test_the_same_key_gives_the_same_job(server: str, workflow: dict[str, Any]) -> None:
    with Manager() as manager:
        ids = {manager.submit(workflow, url=server, idempotency_key="once").id for _ in range(3)}
        assert len(ids) == 1


def test_every_code_has_a_class_that_is_exported() -> None:
    for code, name in error_codes():
        kind = getattr(comfyui_api_manager, name)
        assert issubclass(kind, ComfyError), code
        assert str(kind("what", code, "do this")) == "what"


@pytest.mark.parametrize(
    ("options", "kind", "told"),
    [
        ({"priorty": 1}, TypeError, "'priorty': did you mean 'priority'"),
        ({"set": {"6.text": object()}}, TypeError, "object"),
        ({"set": ["6.text=a"]}, TypeError, "`set`"),
        ({"tags": "portrait"}, TypeError, "`tags`"),
        ({"seed": "rnd"}, ValueError, '`seed`: .*or "random"'),
        ({"seed": -1}, ValueError, "`seed`"),
        ({"run_timeout": -1}, ValueError, "run_timeout"),
        ({"images": {"LoadImage": 3}}, TypeError, "int"),
    ],
)
def test_wrong_options_are_named(
    server: str, workflow: dict[str, Any], options: Any, kind: type[Exception], told: str
) -> None:
    with Manager() as manager:
        with pytest.raises(kind, match=told):
            manager.submit(workflow, url=server, **options)


def test_what_is_no_argument_is_told(server: str, workflow: dict[str, Any]) -> None:
    with Manager() as manager:
        with pytest.raises(TypeError, match="not list"):
            manager.submit([workflow], url=server)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="status.*`nope`"):
            list(manager.jobs(status="nope"))
        job = manager.submit(workflow, url=server)
        with pytest.raises(ValueError, match="timeout"):
            job.wait(timeout=-1)
        with pytest.raises(NotFound):
            manager.job("")
        with pytest.raises(NotFound, match="no saved workflow `portrait`"):
            manager.submit("portrait", url=server)


def test_a_closed_manager_says_so(server: str, workflow: dict[str, Any], home: Path) -> None:
    with Manager() as manager:
        assert str(home / "settings.json") in repr(manager)
        job = manager.run(workflow, url=server)
    for use in (job.refresh, manager.jobs().__next__, lambda: manager.submit(workflow, url=server)):
        with pytest.raises(StoreError, match="the manager is closed"):
            use()
    manager.close()


def test_the_environment_names_a_server_as_it_does_for_the_command_line(
    server: str, workflow: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYCTL_URL", server)
    with Manager() as manager:
        assert manager.run(workflow).record.raw["server_url"].startswith(server)


def test_awaiting_can_be_cancelled(server: str, workflow: dict[str, Any]) -> None:
    async def run() -> str:
        async with AsyncManager() as manager:
            job = await manager.submit(workflow, url=server)
            waiting = asyncio.ensure_future(job.wait())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            return (await job).status

    assert asyncio.run(run()) == "completed"


def test_many_jobs_are_awaited_at_once(server: str, workflow: dict[str, Any]) -> None:
    async def run() -> set[str]:
        async with AsyncManager() as manager:
            jobs = [await manager.submit(workflow, url=server) for _ in range(30)]
            return {record.status for record in await asyncio.gather(*jobs)}

    assert asyncio.run(run()) == {"completed"}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells what is open")
def test_many_submissions_at_once_open_few_connections(
    server: str, workflow: dict[str, Any]
) -> None:
    async def run() -> int:
        async with AsyncManager() as manager:
            before = len(os.listdir("/proc/self/fd"))
            await asyncio.gather(*(manager.submit(workflow, url=server) for _ in range(60)))
            # What was opened stays open for a while, so that it is used again.
            return len(os.listdir("/proc/self/fd")) - before

    # Each asks for the seven classes of the workflow at once, and for what replaces them.
    assert asyncio.run(run()) < 16 * 8 + 40
