"""What ComfyUI takes over from the package: nodes, routes and what its editor loads."""

from __future__ import annotations

from pathlib import Path

from .nodes import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
from .routes import register

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY", "load"]

WEB_DIRECTORY = str(Path(__file__).with_name("web"))


def load(folder: Path) -> None:
    """Add the routes. What version 2.0.0 left in the folder of the pack is taken over when ComfyUI runs."""
    register(folder)
