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

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]

NODE_CLASS_MAPPINGS: dict[str, type] = {
    "APIManagerSettings": APIManagerSettingsNode,
    "ConnectionManager": ConnectionManagerNode,
    "JobHistory": JobHistoryNode,
    "JobStatistics": JobStatisticsNode,
    "ClearJobHistory": ClearJobHistoryNode,
    "MCPServerControl": MCPServerControlNode,
    "LoggingSettings": LoggingSettingsNode,
    "ViewRecentJobs": ViewRecentJobsNode,
}

NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {
    "APIManagerSettings": "API Manager Settings",
    "ConnectionManager": "Connection Manager",
    "JobHistory": "Job History",
    "JobStatistics": "Job Statistics",
    "ClearJobHistory": "Clear Job History",
    "MCPServerControl": "MCP Server Control",
    "LoggingSettings": "Logging Settings",
    "ViewRecentJobs": "View Recent Jobs",
}
