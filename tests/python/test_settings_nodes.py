"""The nodes that show and change settings and the history, as ComfyUI calls them."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from comfyui_api_manager import ComfyError, Manager
from node_calls import run, write_settings

SECRET = "canary-77aa"


@pytest.fixture
def done(server: str, workflow: dict[str, Any]) -> str:
    """The id of a job that has ended."""
    with Manager() as manager:
        return manager.run(workflow, url=server, name="portrait", timeout=60).id


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settings_file() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(os.environ["COMFYCTL_CONFIG"]).read_text())
    return content


class TestHistory:
    def test_lists_counts_and_clears_jobs(self, done: str) -> None:
        jobs, count, summary = run("JobHistory")
        assert (count, jobs[0]["job_id"], jobs[0]["status"]) == (1, done, "completed")
        assert summary == "Total: 1\nActive: 0\nSuccess rate: 100.0%"
        text, successes, failures = run("ViewRecentJobs", count=5)
        assert text.startswith("[OK] portrait ")
        assert (successes, failures) == (1, 0)
        statistics, rate, average, total = run("JobStatistics")
        assert (rate, total, statistics["workflow_counts"]) == (1.0, 1, {"portrait": 1})
        assert average >= 0
        assert run("ClearJobHistory") == (0, "Nothing is removed: switch confirm on")
        assert run("ClearJobHistory", confirm=True)[0] == 1
        assert run("JobHistory")[1] == 0

    def test_filters_jobs(self, done: str) -> None:
        assert run("JobHistory", workflow_filter="portrait", status_filter="completed")[1] == 1
        assert run("JobHistory", workflow_filter="another")[1] == 0
        assert run("JobHistory", status_filter="failed")[1] == 0

    def test_a_bad_filter_is_an_error_only_when_asked(self) -> None:
        jobs, count, summary = run("JobHistory", status_filter="nope")
        assert (jobs, count) == ([], 0)
        assert "nope" in summary
        with pytest.raises(ComfyError):
            run("JobHistory", status_filter="nope", raise_on_error=True)


class TestSettings:
    def test_shows_settings_without_secrets(self) -> None:
        write_settings(
            mcp={"auth_token": SECRET},
            connections={"a": {"credentials": {"type": "bearer", "token": SECRET}}},
        )
        settings, enabled, _ = run("APIManagerSettings")
        assert not enabled
        assert SECRET not in json.dumps(settings)

    def test_switches_mcp_and_resets(self) -> None:
        _, enabled, status = run("APIManagerSettings", action="enable_mcp")
        assert enabled
        assert "comfyctl mcp" in status, "with stdio, the status says why nothing runs"
        assert run("APIManagerSettings", action="disable_mcp")[1] is False
        run("LoggingSettings", level="DEBUG")
        write_settings(**{**settings_file(), "connections": {"a": {"host": "127.0.0.1"}}})
        settings, _, status = run("APIManagerSettings", action="reset")
        assert status == "Settings reset to defaults"
        assert (settings["logging"]["level"], list(settings["connections"])) == (None, ["a"])

    def test_the_log_stays_beside_the_settings(self) -> None:
        config, status = run("LoggingSettings", level="WARNING", log_to_file=True, log_file="a.log")
        assert config["level"] == "WARNING"
        assert status == "Logging: WARNING, to a.log"
        for name in ("/var/log/a.log", "../a.log", "a.txt", "", "C:\\a.log"):
            config, status = run("LoggingSettings", level="INFO", log_file=name)
            assert config == {}, name
            assert "log_file" in status
        assert settings_file()["logging"]["log_file"] == "a.log"


class TestConnections:
    def test_are_added_listed_tested_chosen_and_removed(self, server: str) -> None:
        host, _, port = server.removeprefix("http://").rstrip("/").partition(":")
        added = {"action": "add", "connection_name": "gpu", "host": host, "port": int(port)}
        found, success, _ = run("ConnectionManager", **added)
        assert success
        assert found["gpu"] == {"host": host, "port": int(port), "use_ssl": False}
        found, success, message = run("ConnectionManager", action="test", connection_name="gpu")
        assert success
        assert "answers" in message
        assert run("ConnectionManager", action="add", connection_name="other", port=9)[1]
        found, success, _ = run("ConnectionManager", action="set_default", connection_name="other")
        assert found["_default"] == "other"
        assert not run("ConnectionManager", action="test", connection_name="other")[1]
        found, success, _ = run("ConnectionManager", action="remove", connection_name="gpu")
        assert success
        assert "gpu" not in found

    @pytest.mark.parametrize("action", ["remove", "set_default", "test"])
    def test_one_that_is_not_there_is_no_success(self, action: str) -> None:
        found, success, message = run("ConnectionManager", action=action, connection_name="none")
        assert (found, success) == ({}, False)
        assert "none" in message


class TestMcpServer:
    def test_runs_with_the_settings_over_http(self) -> None:
        port = free_port()
        over_http = {"transport": "streamable-http", "port": port}
        config, enabled, _ = run("MCPServerControl", action="configure", **over_http)
        assert (config["port"], enabled) == (port, False)
        _, enabled, status = run("MCPServerControl", action="enable")
        assert enabled
        assert status == f"MCP server: running at http://127.0.0.1:{port}/mcp"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
            assert json.load(answer)["status"] == "ok"
        _, enabled, status = run("MCPServerControl", action="disable")
        assert not enabled
        assert "disabled" in status

    def test_says_why_it_does_not_run(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            over_http = {"transport": "streamable-http", "port": taken.getsockname()[1]}
            run("MCPServerControl", action="configure", **over_http)
            assert "cannot be listened on" in run("MCPServerControl", action="enable")[2]
        outside = {"transport": "streamable-http", "host": "0.0.0.0", "port": free_port()}
        status = run("MCPServerControl", action="configure", **outside)[2]
        assert "no token" in status
        run("MCPServerControl", action="disable")
