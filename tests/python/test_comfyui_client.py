"""The client of version 2.0.0, and the bugs that it had."""

from __future__ import annotations

import asyncio
import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from comfyui_api_manager import Manager, ServerError
from comfyui_api_manager.comfyui_client import (
    ComfyUIClient,
    ComfyUIClientSync,
    ComfyUIConnection,
    JobResult,
    JobStatus,
)

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def connection(server: str) -> ComfyUIConnection:
    address = urlsplit(server)
    assert address.hostname and address.port
    return ComfyUIConnection(host=address.hostname, port=address.port)


def test_a_workflow_is_executed_with_progress_and_recorded(
    connection: ComfyUIConnection, workflow: dict[str, Any]
) -> None:
    seen: list[tuple[JobStatus, float]] = []

    async def note(result: JobResult) -> None:
        seen.append((result.status, result.progress))
        raise ValueError("a callback that fails harms nobody")

    async def run() -> JobResult:
        async with ComfyUIClient(connection) as client:
            return await client.execute_workflow(workflow, progress_callback=note)

    result = asyncio.run(run())
    assert (result.status, result.error, result.progress) == (JobStatus.COMPLETED, None, 1.0)
    assert [image[:8] for image in result.images] == [PNG]
    assert [list(output) for output in result.outputs.values()] == [["images"]]
    assert result.started_at and result.completed_at and result.started_at.tzinfo is None
    assert seen[-1][0] is JobStatus.COMPLETED
    assert result.to_dict()["status"] == "completed"
    with Manager() as manager:
        assert manager.job(result.prompt_id).record.raw["source"] == "python"


def test_what_takes_too_long_is_a_failed_result(
    connection: ComfyUIConnection, workflow: dict[str, Any]
) -> None:
    async def run() -> JobResult:
        return await ComfyUIClient(connection).execute_workflow(workflow, timeout=0)

    result = asyncio.run(run())
    assert (result.status, result.error) == (JobStatus.FAILED, "Execution timeout")


def test_messages_come_to_the_handlers(
    connection: ComfyUIConnection, workflow: dict[str, Any]
) -> None:
    async def run() -> str:
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def note(message: dict[str, Any]) -> None:
            if message["type"] == "execution_success":
                ended.set_result(message["data"]["prompt_id"])

        async with ComfyUIClient(connection) as client:
            client.add_message_handler(note)
            started = asyncio.Event()
            client.add_message_handler(lambda _: started.set())
            await client.connect_websocket()
            await asyncio.wait_for(started.wait(), 30)
            prompt_id = await client.queue_prompt(workflow, {"note": "kept"})
            assert await asyncio.wait_for(ended, 30) == prompt_id
            return prompt_id

    assert asyncio.run(run())


def test_the_routes_answer_as_the_server_does(connection: ComfyUIConnection) -> None:
    async def run() -> None:
        async with ComfyUIClient(connection) as client:
            assert await client.is_connected()
            assert set(await client.get_queue()) >= {"queue_running", "queue_pending"}
            assert "system" in await client.get_system_stats()
            assert list(await client.get_object_info("KSampler")) == ["KSampler"]
            assert "checkpoints" in await client.get_models()
            assert isinstance(await client.get_models("checkpoints"), list)
            assert isinstance(await client.get_embeddings(), list)
            assert isinstance(await client.get_extensions(), list)
            assert isinstance(await client.get_features(), dict)
            assert isinstance(await client.get_workflow_templates(), list)
            assert isinstance(await client.list_workflows(), list)
            assert isinstance(await client.get_user_data_files("workflows"), list)
            assert await client.free_memory() and await client.clear_queue()
            assert await client.interrupt() and await client.delete_history(clear=True)
            assert await client.get_history() == {}
            assert await client.cancel_queue_item("unknown")
            assert await client.get_image("missing.png") is None
            with pytest.raises(LookupError):
                await client.get_models("no_such_folder")

    asyncio.run(run())


def test_images_are_uploaded_from_bytes_files_and_pillow(
    connection: ComfyUIConnection, tmp_path: Any
) -> None:
    client = ComfyUIClientSync(connection)
    image = Image.new("RGB", (4, 4), "red")
    first = client.upload_image(image, "red.png", subfolder="tests")
    assert first == {"name": "red.png", "subfolder": "tests", "type": "input"}
    stored = client.get_image("red.png", subfolder="tests", image_type="input")
    assert stored is not None
    assert Image.open(io.BytesIO(stored)).getpixel((0, 0)) == (255, 0, 0)
    image.save(tmp_path / "file.png")
    assert client.upload_image(tmp_path / "file.png", overwrite=True)["name"] == "file.png"
    assert client.upload_image(stored)["name"].startswith("upload_")


def test_a_server_that_is_not_there_is_an_error() -> None:
    client = ComfyUIClientSync(ComfyUIConnection(port=1))
    assert not client.is_connected()
    with pytest.raises(ServerError) as error:
        client.get_queue()
    assert error.value.code == "unreachable"


def test_the_synchronous_client_works_where_an_event_loop_runs(
    connection: ComfyUIConnection, workflow: dict[str, Any]
) -> None:
    async def notebook() -> JobStatus:
        return ComfyUIClientSync(connection).execute_workflow(workflow).status

    assert asyncio.run(notebook()) is JobStatus.COMPLETED
