"""The nodes that speak HTTP, as ComfyUI calls them."""

from __future__ import annotations

import json
import logging
import sys
import threading
from types import SimpleNamespace
from typing import Any, Iterator

import numpy
import pytest
from comfyui_api_manager import ServerError, SettingsError, WorkflowError
from comfyui_api_manager._native import image_decode, image_encode
from comfyui_api_manager.nodes import NODE_CLASS_MAPPINGS
from node_calls import Api, run, serving, write_settings

CANARY = "canary-5e1f"


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as api:
        yield api


class TestRequest:
    @pytest.mark.parametrize(
        ("path", "index", "response", "length"),
        [
            ("data.items", 0, {"id": 1}, 2),
            ("data.items", -1, [{"id": 1}, {"id": 2}], 2),
            ("data.items", 5, {}, 2),
            ("data.items.-1.id", 0, 2, 0),
            ("$.data.items[*].id", -1, [1, 2], 2),
            ("data.zero", 0, 0, 0),
            ("data.empty", -1, [], 0),
            ("data.empty", 0, {}, 0),
            ("data.null", 0, {}, 0),
            ("missing", 0, {}, 0),
        ],
    )
    def test_gives_the_value_at_the_path(
        self, api: Api, path: str, index: int, response: Any, length: int
    ) -> None:
        items = [{"id": 1}, {"id": 2}]
        api.answers({"data": {"items": items, "zero": 0, "empty": [], "null": None}})
        result = run("APIRequestNode", api_url=api.url, response_path=path, array_index=index)
        assert result == (response, length, "", True, "")

    def test_sends_what_it_was_given(self, api: Api) -> None:
        result = run(
            "APIRequestNode",
            api_url=f"{api.url}/v1",
            method="POST",
            auth_type="bearer",
            auth_credentials='{"token": "abc"}',
            request_body='{"n": 1}',
            headers='"X-Tag": "a"',
            query_params='{"page": 2}',
        )
        assert result[2:] == ("Bearer abc", True, "")
        method, path, headers, body = api.heard[0]
        assert (method, path, body) == ("POST", "/v1?page=2", b'{"n": 1}')
        sent = {name.lower(): value for name, value in headers.items()}
        assert (sent["authorization"], sent["x-tag"]) == ("Bearer abc", "a")

    def test_keeps_whole_numbers_whole(self, api: Api) -> None:
        api.body = b"123456789012345678901234567890"
        assert run("APIRequestNode", api_url=api.url)[0] == 123456789012345678901234567890

    def test_gives_text_as_it_is(self, api: Api) -> None:
        api.body = b"<html>"
        assert run("APIRequestNode", api_url=api.url)[0] == {"raw_response": "<html>"}

    @pytest.mark.parametrize(
        ("inputs", "exception", "code", "sent"),
        [
            ({"headers": "[1]"}, WorkflowError, "invalid_input", 0),
            ({"response_path": "$["}, WorkflowError, "invalid_path", 0),
            ({"auth_type": "bearer"}, WorkflowError, "invalid_input", 0),
            ({"headers": '{"X-Key": "secret://no"}'}, SettingsError, "invalid_credentials", 0),
            ({"api_url": "http://[::1]/"}, SettingsError, "network_refused", 0),
            ({"method": "POST"}, ServerError, "http_error", 1),
        ],
    )
    def test_tells_errors_or_raises_them(
        self, api: Api, inputs: dict[str, Any], exception: type, code: str, sent: int
    ) -> None:
        api.status = 500
        given = {"api_url": api.url, **inputs}
        result = run("APIRequestNode", **given)
        assert result[:4] == ({}, 0, "", False)
        with pytest.raises(exception) as raised:
            run("APIRequestNode", **given, raise_on_error=True)
        assert raised.value.code == code
        assert result[4].startswith(str(raised.value))
        assert len(api.heard) == 2 * sent

    def test_prints_the_setting_that_would_allow_it(self) -> None:
        error = run("APIRequestNode", api_url="http://127.0.0.1:9/x")[4]
        assert 'add "127.0.0.1:9" to `network.allowed_hosts`' in error

    def test_goes_by_the_settings_as_they_are(self, api: Api) -> None:
        assert run("APIRequestNode", api_url=api.url)[3]
        write_settings(network={"allowed_hosts": []})
        assert not run("APIRequestNode", api_url=api.url)[3]


def test_simple_request_asks_with_a_token(api: Api) -> None:
    api.answers({"a": [1, 2]})
    assert run("APIRequestNodeSimple", url=api.url, bearer_token="t") == ({"a": [1, 2]}, True)
    assert api.heard[0][2]["authorization"] == "Bearer t"
    assert run("APIRequestNodeSimple", url=api.url, response_path="a.-1") == (2, True)
    assert run("APIRequestNodeSimple", url=api.url, response_path="b") == ({}, True)
    api.status = 404
    assert run("APIRequestNodeSimple", url=api.url) == ({}, False)
    with pytest.raises(ServerError):
        run("APIRequestNodeSimple", url=api.url, raise_on_error=True)


class TestPostImage:
    def test_sends_every_image_of_the_batch(self, api: Api) -> None:
        api.answers({"ok": True})
        images = numpy.linspace(0, 1, 3 * 4 * 4 * 4, dtype=numpy.float32).reshape(3, 4, 4, 4)
        responses, success, error, count = run(
            "PostImageToAPI",
            images=images,
            api_url=f"{api.url}/o/$id?key=s3cret",
            api_object_id="a b",
            api_key="secret",
            extra_data='{"title": "T"}',
        )
        assert (success, error, count) == (True, "", 3)
        assert responses["total"] == 3
        assert responses["url"] == f"{api.url}/o/a%20b"
        assert responses["results"][2] == {
            "batch_index": 2,
            "success": True,
            "response": {"ok": True},
        }
        for index, (_, path, headers, body) in enumerate(api.heard):
            assert path == "/o/a%20b?key=s3cret"
            assert headers["authorization"] == "Bearer secret"
            file = body[body.index(b"\x89PNG") :]
            (back,) = image_decode([file], True)
            assert numpy.abs(back - images[index]).max() <= 1 / 255

    def test_tells_which_image_failed(self, api: Api) -> None:
        api.status = 500
        images = numpy.zeros((2, 4, 4, 3), numpy.float32)
        responses, success, error, count = run("PostImageToAPI", images=images, api_url=api.url)
        assert (success, count) == (False, 0)
        assert error.count("answered 500") == 2
        assert [result["batch_index"] for result in responses["results"]] == [0, 1]
        with pytest.raises(ServerError):
            run("PostImageToAPI", images=images, api_url=api.url, raise_on_error=True)

    def test_an_empty_batch_is_done(self, api: Api) -> None:
        images = numpy.zeros((0, 4, 4, 3), numpy.float32)
        result = run("PostImageToAPI", images=images, api_url=api.url)
        assert result == ({"results": [], "url": f"{api.url}/", "total": 0}, True, "", 0)

    def test_refuses_what_is_no_image(self) -> None:
        images = numpy.zeros((1, 4, 4, 5), numpy.float32)
        assert "5 channels" in run("PostImageToAPI", images=images, api_url="http://x/")[2]

    def test_reads_its_fields_before_anything_is_sent(self, api: Api) -> None:
        images = numpy.zeros((1, 4, 4, 3), numpy.float32)
        result = run("PostImageToAPI", images=images, api_url=api.url, extra_data="[1]")
        assert result[1:] == (False, "`extra_data` must be a JSON object", 0)
        assert not api.heard


class TestDownload:
    def test_gives_the_image(self, api: Api) -> None:
        pixels = numpy.array([[[[1, 0, 0, 0.5], [0, 1, 0, 1]]]], numpy.float32)
        (api.body,) = image_encode(pixels, "PNG", 95)
        image, success, error = run("DownloadImageFromURL", url=api.url, bearer_token="t")
        assert (success, error) == (True, "")
        assert image.dtype == numpy.float32
        assert numpy.asarray(image).tolist() == [[[[1, 0, 0], [0, 1, 0]]]]

    def test_gives_black_pixels_for_what_is_no_image(self, api: Api) -> None:
        image, success, error = run("DownloadImageFromURL", url=api.url)
        assert not success
        assert "no image" in error
        assert tuple(image.shape) == (1, 64, 64, 3)
        assert not numpy.asarray(image).any()
        with pytest.raises(WorkflowError):
            run("DownloadImageFromURL", url=api.url, raise_on_error=True)


@pytest.mark.parametrize(
    "key", ["APIRequestNode", "APIRequestNodeSimple", "PostImageToAPI", "DownloadImageFromURL"]
)
def test_runs_each_time(key: str) -> None:
    changed = NODE_CLASS_MAPPINGS[key].IS_CHANGED(url="x")
    assert changed != changed


def test_an_interruption_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Exception):
        pass

    release = threading.Event()

    class Slow(Api):
        @property
        def status(self) -> int:
            release.wait(60)
            return 200

        @status.setter
        def status(self, _: int) -> None:
            pass

    def interrupt() -> None:
        raise Interrupted

    editor = SimpleNamespace(throw_exception_if_processing_interrupted=interrupt)
    monkeypatch.setitem(sys.modules, "comfy.model_management", editor)
    with serving(Slow()) as api:
        with pytest.raises(Interrupted):
            run("APIRequestNode", api_url=api.url)
        release.set()


@pytest.mark.parametrize("given", [CANARY, "secret://api", "env:CANARY_VARIABLE"])
def test_a_credential_is_in_nothing_that_we_write(
    given: str,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The server repeats what it got, in an error; files, logs and errors hold none of it."""
    monkeypatch.setenv("CANARY_VARIABLE", CANARY)
    write_settings(secrets={"api": "env:CANARY_VARIABLE"})
    caplog.set_level(logging.DEBUG)
    api.status, api.body = 403, f"no such token: {CANARY}".encode()
    inputs: list[tuple[str, dict[str, Any]]] = [
        ("APIRequestNode", {"auth_type": "bearer", "auth_credentials": given}),
        ("APIRequestNode", {"auth_type": "api_key", "auth_credentials": json.dumps({"key": given})}),
        ("APIRequestNode", {"headers": json.dumps({"X-Token": given})}),
        ("APIRequestNode", {"query_params": json.dumps({"api_key": given})}),
    ]
    results = [run(key, api_url=api.url, **values, retry_count=0) for key, values in inputs]
    images = numpy.zeros((1, 4, 4, 3), numpy.float32)
    results.append(run("PostImageToAPI", images=images, api_url=api.url, api_key=given))
    results.append(run("DownloadImageFromURL", url=api.url, bearer_token=given))
    heard = repr(api.heard)
    assert heard.count(CANARY) == len(results)
    written = repr(results) + caplog.text + "".join(capfd.readouterr())
    assert "[secret]" in written
    assert CANARY not in written

    if given != CANARY:
        api.status, api.body = 200, b"{}"
        (_, inputs_of_first), *_ = inputs
        token = run("APIRequestNode", api_url=api.url, **inputs_of_first)[2]
        assert token == f"Bearer {given}"
