"""The routes inside ComfyUI, in a server of aiohttp as ComfyUI has one."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from comfyui_api_manager import desk as desk_module
from comfyui_api_manager.routes import routes
from node_calls import write_settings

SECRET = "canary-19c4"

Ask = Callable[..., Awaitable[tuple[int, Any]]]

RED = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0xFF0000},
    },
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "red"}},
}


@pytest.fixture(autouse=True)
def own(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated server is the ComfyUI that the routes are part of."""
    monkeypatch.setattr(desk_module, "own_address", lambda: server)


def asking(story: Callable[[Ask], Awaitable[None]]) -> None:
    """Run a story with a function that asks routes: method, path, body; gives status and JSON."""

    async def tell() -> None:
        app = web.Application()
        for method, path, handler in routes():
            app.router.add_route(method, path, handler)
        async with TestClient(TestServer(app)) as client:

            async def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
                data = body if isinstance(body, str) or body is None else json.dumps(body)
                async with client.request(method, f"/api-manager{path}", data=data) as answer:
                    content = await answer.read()
                    assert SECRET.encode() not in content
                    if answer.content_type != "application/json":
                        return answer.status, content
                    return answer.status, json.loads(content)

            await story(ask)

    asyncio.run(tell())


def test_a_workflow_is_run_and_its_job_shown() -> None:
    async def story(ask: Ask) -> None:
        posted = {"workflow": RED, "inputs": {"1.color": 255}, "wait": True}
        status, ran = await ask("POST", "/execute", posted)
        assert (status, ran["success"], ran["status"]) == (200, True, "completed")
        assert ran["outputs"]["2"]["images"][0]["filename"] == ran["images"][0]["filename"]
        _, job = await ask("GET", f"/jobs/{ran['job_id']}")
        assert job["job"]["inputs"] == {"1.color": "255"}
        assert (job["job"]["prompt_id"], job["job"]["progress"]) == (ran["prompt_id"], 1.0)
        preview = job["job"]["outputs"][0]["preview_url"].removeprefix("/api-manager")
        status, picture = await ask("GET", preview)
        assert (status, bytes(picture[8:12])) == (200, b"WEBP")
        assert (await ask("GET", f"/jobs/{ran['job_id']}/outputs/7"))[0] == 404
        for wrong in ("x", "-1", "9" * 30):
            assert (await ask("GET", f"/jobs/{ran['job_id']}/outputs/{wrong}"))[0] == 400
        _, listed = await ask("GET", "/jobs?status=completed&limit=5")
        assert (listed["count"], listed["jobs"][0]["job_id"]) == (1, ran["job_id"])
        _, found = await ask("GET", "/jobs/stats")
        assert found["statistics"]["status_counts"]["completed"] == 1
        cleared = {"success": True, "removed": 1, "files": 0, "bytes": 0}
        assert (await ask("DELETE", "/jobs"))[1] == cleared

    asking(story)


def test_a_job_is_queued_and_cancelled() -> None:
    async def story(ask: Ask) -> None:
        status, queued = await ask("POST", "/execute", {"workflow": RED})
        assert (status, queued["success"]) == (200, True)
        assert "message" in queued
        status, answer = await ask("POST", f"/jobs/{queued['job_id']}/cancel")
        assert (status, answer["success"]) == (200, True)
        await desk_module.desk().manager().follow(queued["job_id"], 30)

    asking(story)


def test_an_image_comes_with_the_request() -> None:
    async def story(ask: Ask) -> None:
        workflow = {
            "1": {"class_type": "LoadImage", "inputs": {"image": "none.png"}},
            "2": {**RED["2"], "inputs": {**RED["2"]["inputs"], "images": ["1", 0]}},
        }
        _, ran = await ask("POST", "/execute", {"workflow": RED, "wait": True})
        _, picture = await ask("GET", ran["images"][0]["url"].removeprefix("/api-manager"))
        encoded = base64.b64encode(picture).decode()
        for image in (encoded, f"data:image/png;base64,{encoded}"):
            posted = {"workflow": workflow, "images": {"1": image}, "wait": True}
            status, ran = await ask("POST", "/execute", posted)
            assert (status, ran["status"]) == (200, "completed")
        posted = {"workflow": workflow, "images": {"1": "?"}, "wait": True}
        assert (await ask("POST", "/execute", posted))[0] == 400

    asking(story)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/jobs?status=nope", None, 400),
        ("GET", "/jobs?limit=0", None, 400),
        ("GET", "/jobs?limit=many", None, 400),
        ("GET", "/jobs?after=x", None, 400),
        ("GET", "/jobs?unknown=1", None, 400),
        ("GET", "/jobs/ffff", None, 404),
        ("POST", "/jobs/ffff/cancel", None, 404),
        ("DELETE", "/jobs?keep_active=perhaps", None, 400),
        ("GET", "/workflows/none", None, 404),
        ("GET", "/workflows/..%2F..%2Fsettings.json", None, 400),
        ("GET", "/workflows/%2Fetc%2Fpasswd", None, 400),
        ("GET", "/workflows/a%00b", None, 400),
        ("POST", "/workflows/x/analyze", {}, 400),
        ("POST", "/workflows/x/analyze", "{", 400),
        ("POST", "/execute", {}, 400),
        ("POST", "/execute", "[]", 400),
        ("POST", "/execute", '{"workflow": {"\\ud800": 1}}', 400),
        ("POST", "/execute", "[" * 100_000, 400),
        ("POST", "/execute", {"workflow": {"1": {"class_type": "Nope", "inputs": {}}}}, 400),
        ("POST", "/execute", {"workflow": RED, "inputs": {"9.color": 1}}, 400),
        ("POST", "/execute", {"workflow": RED, "timeout": -1}, 400),
        ("POST", "/execute", {"workflow": RED, "connection": "none"}, 400),
        ("POST", "/settings", "{", 400),
        ("POST", "/settings", {"mcp": {"port": "abc"}}, 400),
        ("POST", "/settings", {"mcp": {"auth_token": "mine"}}, 400),
        ("POST", "/settings", {"store": {"url": "postgres://x"}}, 400),
        ("POST", "/settings", {"logging": {"log_file": "/etc/x.log"}}, 400),
        ("POST", "/connections/none/test", None, 400),
        ("POST", "/mcp/start", None, 400),
        ("POST", "/mcp/stop", None, 400),
    ],
)
def test_what_cannot_be_is_refused(method: str, path: str, body: Any, status: int) -> None:
    async def story(ask: Ask) -> None:
        found, answer = await ask(method, path, body)
        assert (found, answer["success"]) == (status, False), answer
        assert answer["error"]
        assert {"code", "hint"} <= answer.keys()

    asking(story)


def test_no_more_jobs_are_open_than_the_settings_say() -> None:
    own = {"url": desk_module.own_address(), "paused": True}
    write_settings(api={"max_concurrent_jobs": 2}, connections={"own": own})

    async def story(ask: Ask) -> None:
        posts = [ask("POST", "/execute", {"workflow": RED}) for _ in range(5)]
        answers = await asyncio.gather(*posts)
        assert sorted(status for status, _ in answers) == [200, 200, 429, 429, 429]
        refused = next(answer for status, answer in answers if status == 429)
        assert (refused["success"], refused["code"]) == (False, "too_many_jobs")
        assert "api.max_concurrent_jobs" in refused["hint"]

    asking(story)


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
def test_a_body_that_is_too_large_is_refused_in_the_same_form() -> None:
    async def story(ask: Ask) -> None:
        status, answer = await ask("POST", "/execute", {"images": {"1": "A" * (2 << 20)}})
        assert (status, answer["success"], answer["code"]) == (413, False, "too_large")
        assert answer["hint"]

    asking(story)


def test_pictures_are_shown_when_the_server_has_forgotten_them() -> None:
    write_settings(job_history={"store_images": True})

    async def story(ask: Ask) -> None:
        _, ran = await ask("POST", "/execute", {"workflow": RED, "wait": True})
        record = await desk_module.desk().manager().job(ran["job_id"])
        thumbnail, path = (Path(record["outputs"][0][key]) for key in ("thumbnail", "path"))
        _, job = await ask("GET", f"/jobs/{ran['job_id']}")
        output = job["job"]["outputs"][0]
        preview = output["preview_url"].removeprefix("/api-manager")
        assert await ask("GET", preview) == (200, thumbnail.read_bytes())
        url = output["url"].removeprefix("/api-manager")
        assert await ask("GET", url) == (200, path.read_bytes())
        cleared = (await ask("DELETE", "/jobs"))[1]
        assert (cleared["removed"], cleared["files"]) == (1, 2)
        assert not thumbnail.exists() and not path.exists()

    asking(story)


def test_saved_workflows_are_listed_shown_analysed_and_run(home: Path) -> None:
    (home / "workflows").mkdir()
    (home / "workflows" / "red.json").write_text(json.dumps(RED))

    async def story(ask: Ask) -> None:
        _, listed = await ask("GET", "/workflows")
        ours = [each for each in listed["workflows"] if each["source"] == "default"]
        name = ours[0]["name"]
        assert str(home) not in json.dumps(listed), "no path of this machine is told"
        assert (await ask("GET", f"/workflows/{name}"))[1]["workflow"] == RED
        _, analysed = await ask("GET", f"/workflows/{name}/analyze")
        analysis = analysed["analysis"]
        assert (analysis["node_count"], analysis["produces_image"]) == (2, True)
        assert {each["input_type"] for each in analysis["inputs"]} >= {"number"}
        assert (await ask("POST", "/workflows/x/analyze", {"workflow": RED}))[0] == 200
        status, ran = await ask("POST", f"/workflows/{name}/execute", {})
        assert (status, ran["status"]) == (200, "completed"), "a saved one is waited for"

    asking(story)


def test_settings_have_their_effect() -> None:
    async def story(ask: Ask) -> None:
        _, changed = await ask("POST", "/settings", {"api": {"enable_execution": False}})
        assert changed["settings"]["api"]["enable_execution"] is False
        status, refused = await ask("POST", "/execute", {"workflow": RED})
        assert (status, refused["code"]) == (403, "switched_off")
        assert "api.enable_execution" in refused["hint"]
        await ask("POST", "/settings", {"api": {"enable_workflow_list": False}})
        assert (await ask("GET", "/workflows"))[0] == 403
        everything = (await ask("GET", "/settings"))[1]
        everything["api"]["enable_execution"] = True
        assert (await ask("POST", "/settings", everything))[0] == 200, "all of them, one changed"
        assert (await ask("POST", "/execute", {"workflow": RED, "wait": True}))[0] == 200

    asking(story)


def test_what_the_history_keeps_is_settled_at_once() -> None:
    async def story(ask: Ask) -> None:
        for _ in range(2):
            assert (await ask("POST", "/execute", {"workflow": RED, "wait": True}))[0] == 200
        await ask("POST", "/settings", {"job_history": {"max_jobs": 1}})
        assert (await ask("GET", "/jobs"))[1]["count"] == 1

    asking(story)


def test_what_is_logged_follows_the_settings(home: Path) -> None:
    async def story(ask: Ask) -> None:
        logging = {"level": "DEBUG", "log_to_file": True, "log_file": "pack.log"}
        await ask("POST", "/settings", {"logging": logging})
        (home / "settings.json").write_text("{")
        await ask("GET", "/jobs")
        text = (home / "pack.log").read_text()
        assert "the settings stay as they were" in text

    asking(story)


def test_no_answer_holds_a_secret() -> None:
    credentials = {"type": "bearer", "token": SECRET}
    write_settings(
        mcp={"auth_token": SECRET},
        connections={
            "a": {"host": "127.0.0.1", "port": 9, "credentials": credentials},
            "b": {"url": f"http://user:{SECRET}@127.0.0.1:9"},
            "c": {"url": f"ht!tp://user:{SECRET}@127.0.0.1:9"},
            "d": {"url": f"http://user:{SECRET}@127.0.0.1:9999999"},
        },
        secrets={"mine": SECRET},
    )

    async def story(ask: Ask) -> None:
        for method, path, _ in routes():
            if "{" not in path:
                await ask(method, path.removeprefix("/api-manager"))
        for name in "abcd":
            await ask("POST", f"/connections/{name}/test")
            await ask("POST", "/execute", {"workflow": RED, "connection": name})

    asking(story)


def test_the_feed_tells_of_jobs_until_they_end() -> None:
    async def story(ask: Ask) -> None:
        feed = desk_module.desk().feed()
        first = asyncio.ensure_future(_next(feed))
        await asyncio.sleep(0)
        _, ran = await ask("POST", "/execute", {"workflow": RED, "wait": True})
        message = await asyncio.wait_for(first, 60)
        while message[0] != "api-manager.job" or message[1]["status"] != "completed":
            message = await asyncio.wait_for(_next(feed), 60)
        assert message[1]["job_id"] == ran["job_id"]

    asking(story)


def test_the_feed_tells_of_the_oldest_of_many_jobs() -> None:
    own = {"url": desk_module.own_address(), "paused": True}
    write_settings(api={"max_concurrent_jobs": 200}, connections={"own": own})

    async def story(ask: Ask) -> None:
        async def submit() -> str:
            id: str = (await ask("POST", "/execute", {"workflow": RED}))[1]["job_id"]
            return id

        ids = [await submit() for _ in range(110)]
        feed = desk_module.desk().feed()
        told = asyncio.ensure_future(_next(feed))
        while not told.done():
            # What happened before it began to look is not told.
            await submit()
            await asyncio.wait([told], timeout=0.1)
        await ask("POST", f"/jobs/{ids[0]}/cancel")
        message = await told
        while message[0] != "api-manager.job" or message[1]["job_id"] != ids[0]:
            message = await asyncio.wait_for(_next(feed), 60)
        assert message[1]["status"] == "cancelled"
        removed = (await ask("DELETE", "/jobs?keep_active=false"))[1]["removed"]
        assert removed > len(ids), "all that are open are cancelled first"

    asking(story)


async def _next(feed: Any) -> Any:
    return await feed.next()


def test_all_routes_of_version_2_are_there() -> None:
    there = {(method, path) for method, path, _ in routes()}
    prefix = "/api-manager"
    assert there >= {
        ("GET", f"{prefix}/info"),
        ("GET", f"{prefix}/settings"),
        ("POST", f"{prefix}/settings"),
        ("GET", f"{prefix}/workflows"),
        ("GET", f"{prefix}/workflows/{{name}}"),
        ("GET", f"{prefix}/workflows/{{name}}/analyze"),
        ("POST", f"{prefix}/workflows/{{name}}/analyze"),
        ("POST", f"{prefix}/workflows/{{name}}/execute"),
        ("POST", f"{prefix}/execute"),
        ("GET", f"{prefix}/jobs"),
        ("GET", f"{prefix}/jobs/{{id}}"),
        ("GET", f"{prefix}/jobs/stats"),
        ("DELETE", f"{prefix}/jobs"),
        ("POST", f"{prefix}/mcp/start"),
        ("POST", f"{prefix}/mcp/stop"),
        ("GET", f"{prefix}/mcp/status"),
    }
