"""The nodes of the category API Manager/Settings, by key."""

from __future__ import annotations

from .settings_configuration import (
    APIManagerSettingsNode,
    ConnectionManagerNode,
    LoggingSettingsNode,
    MCPServerControlNode,
)
from .settings_jobs import (
    ClearJobHistoryNode,
    JobHistoryNode,
    JobStatisticsNode,
    ViewRecentJobsNode,
)

__all__ = ["NODES"]

NODES: dict[str, tuple[type, str]] = {
    "APIManagerSettings": (APIManagerSettingsNode, "API Manager Settings"),
    "ConnectionManager": (ConnectionManagerNode, "Connection Manager"),
    "JobHistory": (JobHistoryNode, "Job History"),
    "JobStatistics": (JobStatisticsNode, "Job Statistics"),
    "ClearJobHistory": (ClearJobHistoryNode, "Clear Job History"),
    "MCPServerControl": (MCPServerControlNode, "MCP Server Control"),
    "LoggingSettings": (LoggingSettingsNode, "Logging Settings"),
    "ViewRecentJobs": (ViewRecentJobsNode, "View Recent Jobs"),
}
