"""The nodes of the category API Manager/ComfyUI, by key."""

from __future__ import annotations

from .comfyui_control import ComfyUIFreeMemoryNode, ComfyUIInterruptNode
from .comfyui_execute import ComfyUIExecuteWorkflowNode
from .comfyui_images import ComfyUIDownloadImageNode, ComfyUIUploadImageNode
from .comfyui_information import (
    ComfyUIListModelsNode,
    ComfyUIListWorkflowsNode,
    ComfyUIQueueStatusNode,
    ComfyUISystemInfoNode,
)

__all__ = ["NODES"]

NODES: dict[str, tuple[type, str]] = {
    "ComfyUIExecuteWorkflow": (ComfyUIExecuteWorkflowNode, "Execute Workflow (ComfyUI)"),
    "ComfyUIQueueStatus": (ComfyUIQueueStatusNode, "Queue Status (ComfyUI)"),
    "ComfyUISystemInfo": (ComfyUISystemInfoNode, "System Info (ComfyUI)"),
    "ComfyUIListModels": (ComfyUIListModelsNode, "List Models (ComfyUI)"),
    "ComfyUIUploadImage": (ComfyUIUploadImageNode, "Upload Image (ComfyUI)"),
    "ComfyUIDownloadImage": (ComfyUIDownloadImageNode, "Download Image (ComfyUI)"),
    "ComfyUIInterrupt": (ComfyUIInterruptNode, "Interrupt (ComfyUI)"),
    "ComfyUIFreeMemory": (ComfyUIFreeMemoryNode, "Free Memory (ComfyUI)"),
    "ComfyUIListWorkflows": (ComfyUIListWorkflowsNode, "List Workflows (ComfyUI)"),
}
