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

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]

NODE_CLASS_MAPPINGS: dict[str, type] = {
    "ComfyUIExecuteWorkflow": ComfyUIExecuteWorkflowNode,
    "ComfyUIQueueStatus": ComfyUIQueueStatusNode,
    "ComfyUISystemInfo": ComfyUISystemInfoNode,
    "ComfyUIListModels": ComfyUIListModelsNode,
    "ComfyUIUploadImage": ComfyUIUploadImageNode,
    "ComfyUIDownloadImage": ComfyUIDownloadImageNode,
    "ComfyUIInterrupt": ComfyUIInterruptNode,
    "ComfyUIFreeMemory": ComfyUIFreeMemoryNode,
    "ComfyUIListWorkflows": ComfyUIListWorkflowsNode,
}

NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {
    "ComfyUIExecuteWorkflow": "Execute Workflow (ComfyUI)",
    "ComfyUIQueueStatus": "Queue Status (ComfyUI)",
    "ComfyUISystemInfo": "System Info (ComfyUI)",
    "ComfyUIListModels": "List Models (ComfyUI)",
    "ComfyUIUploadImage": "Upload Image (ComfyUI)",
    "ComfyUIDownloadImage": "Download Image (ComfyUI)",
    "ComfyUIInterrupt": "Interrupt (ComfyUI)",
    "ComfyUIFreeMemory": "Free Memory (ComfyUI)",
    "ComfyUIListWorkflows": "List Workflows (ComfyUI)",
}
