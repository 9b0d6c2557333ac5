"""Running workflows, waiting for them and awaiting them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from comfyui_api_manager import AsyncManager, JobFailed, Manager, NotFound, ServerError, WaitTimeout

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
