"""What ComfyUI takes over from the package: nodes, routes and what its editor loads."""

from __future__ import annotations

from pathlib import Path

from .nodes import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
from .routes import register

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]

WEB_DIRECTORY = str(Path(__file__).with_name("web"))

register()
