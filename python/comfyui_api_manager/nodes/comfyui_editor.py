"""What a node knows of the editor whose workflow it is part of: who executes it, progress, interruption.

Outside of ComfyUI there is no editor, and all of it does nothing.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["executing_prompt", "is_interrupted", "progress_bar", "stop_if_interrupted"]


def _module(name: str) -> Any:
    # Never imported from here: outside of ComfyUI another package may have such a name.
    return sys.modules.get(name)


def executing_prompt() -> str | None:
    """Id of the prompt that this node is executed for."""
    utils = _module("comfy_execution.utils")
    context = utils.get_executing_context() if utils else None
    return None if context is None else str(context.prompt_id)


def is_interrupted() -> bool:
    """Whether the user of the editor wants the workflow to stop."""
    management = _module("comfy.model_management")
    return bool(management and management.processing_interrupted())


def stop_if_interrupted() -> None:
    """Raise what ends the workflow if its user wants that."""
    management = _module("comfy.model_management")
    if management:
        management.throw_exception_if_processing_interrupted()


class _Bar:
    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def show(self, fraction: float) -> None:
        """Show how much is done, from 0 to 1."""
        if self._bar is not None:
            self._bar.update_absolute(round(fraction * 100), 100)


def progress_bar() -> _Bar:
    """The bar on the node."""
    utils = _module("comfy.utils")
    return _Bar(utils.ProgressBar(100) if utils else None)
