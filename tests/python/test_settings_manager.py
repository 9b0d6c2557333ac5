"""The settings of version 2.0.0, over the file of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyui_api_manager import Manager, SettingsError
from comfyui_api_manager._shared import import_version_2
from comfyui_api_manager.settings_manager import (
    PluginSettings,
    SettingsManager,
    get_settings_manager,
    reset_settings_manager,
)


@pytest.fixture
def settings() -> SettingsManager:
    return SettingsManager()


@pytest.fixture(autouse=True)
def no_shared_manager() -> Iterator[None]:
    yield
    reset_settings_manager()


def written(home: Path) -> dict[str, Any]:
    return json.loads((home / "settings.json").read_text())


def test_nothing_is_written_before_something_is_changed(
    settings: SettingsManager, home: Path
) -> None:
    assert list(settings.list_connections()) == ["default"]
    assert (settings.get_default_connection().port, settings.is_mcp_enabled()) == (8188, False)
    assert settings.get_mcp_settings().to_dict()["port"] == 8765
    assert not (home / "settings.json").exists()


def test_sections_are_changed_and_the_rest_of_the_file_stays(
    settings: SettingsManager, home: Path
) -> None:
    (home / "settings.json").write_text('{"mine": 1, "mcp": {"host": "0.0.0.0"}}')
    news: list[tuple[str, Any, Any]] = []
    settings.add_change_callback(lambda *change: news.append(change))
    settings.set_mcp_enabled(True)
    assert settings.update_mcp_settings(port=9000, auth_token="canary").auth_token == "[secret]"
    assert settings.update_job_history_settings(max_jobs=5).max_jobs == 5
    assert settings.update_logging_settings(level="DEBUG").level == "DEBUG"
    assert written(home)["mine"] == 1
    assert written(home)["mcp"]["host"] == "0.0.0.0"
    assert news[0] == ("mcp.enabled", False, True)
    assert "canary" not in repr((news, settings.export_settings()))


def test_connections_are_added_changed_and_removed(settings: SettingsManager) -> None:
    assert settings.add_connection("gpu.lan", "192.168.1.5", 8189).base_url.endswith(":8189")
    assert list(settings.list_connections()) == ["default", "gpu.lan"]
    changed = settings.update_connection("gpu.lan", port=8200)
    assert changed and (changed.host, changed.port) == ("192.168.1.5", 8200)
    assert settings.update_connection("missing", port=1) is None
    assert settings.set_default_connection("gpu.lan") and not settings.set_default_connection("x")
    assert settings.get_default_connection().host == "192.168.1.5"
    assert not settings.remove_connection("gpu.lan"), "the default one stays"
    assert settings.remove_connection("default") and not settings.remove_connection("default")


def test_wrong_values_are_refused_and_nothing_is_lost(
    settings: SettingsManager, home: Path
) -> None:
    settings.add_connection("gpu", "gpu")
    before = written(home)
    with pytest.raises(SettingsError):
        settings.add_connection("bad", "gpu", -5)
    with pytest.raises(SettingsError):
        settings.update_mcp_settings(transport="pigeon")
    assert not settings.import_settings({"mcp": {"port": "abc"}})
    assert written(home) == before
    (home / "settings.json").write_text("{broken")
    with pytest.raises(SettingsError):
        settings.set_mcp_enabled(True)
    assert (home / "settings.json").read_text() == "{broken"


def test_settings_are_exported_imported_and_reset(settings: SettingsManager) -> None:
    settings.add_connection("gpu", "gpu", 8190)
    settings.set_mcp_enabled(True)
    exported = settings.export_settings()
    settings.reset_to_defaults()
    assert list(settings.list_connections()) == ["default"] and not settings.is_mcp_enabled()
    assert settings.import_settings(exported)
    assert settings.is_mcp_enabled() and settings.list_connections()["gpu"].port == 8190
    assert PluginSettings.from_dict(exported).connections["gpu"].port == 8190


def test_two_managers_on_one_file_lose_nothing(settings: SettingsManager) -> None:
    other = SettingsManager()
    settings.add_connection("one", "one")
    other.add_connection("two", "two")
    assert list(settings.list_connections()) == ["default", "one", "two"]
    assert get_settings_manager() is get_settings_manager(Path("ignored.json"))


def test_what_version_2_left_behind_is_imported_once(home: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    connections = {"gpu": {"host": "gpu", "port": 8199, "use_ssl": False, "client_id": "x"}}
    old = {"version": "2.0.0", "connections": connections}
    (pack / "api_manager_settings.json").write_text(json.dumps(old))
    job = {
        "job_id": "old-1",
        "prompt_id": "p1",
        "workflow_name": "hats",
        "status": "completed",
        "connection_name": "gpu",
        "created_at": "2025-01-02T03:04:05",
        "completed_at": "2025-01-02T03:04:15",
    }
    (pack / "job_history.json").write_text(json.dumps({"version": "2.0", "jobs": [job]}))
    imported = import_version_2(pack)
    assert imported["jobs"] == {"added": 1, "skipped": 0}
    assert "connections.gpu" in imported["settings"]["taken"]
    settings = SettingsManager()
    assert settings.list_connections()["gpu"].port == 8199
    settings.add_connection("gpu", "elsewhere")
    assert import_version_2(pack) == {"settings": None, "jobs": None}
    assert settings.list_connections()["gpu"].host == "elsewhere"
    with Manager() as manager:
        assert [job.record.workflow_name for job in manager.jobs()] == ["hats"]
