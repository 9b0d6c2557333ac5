"""The nodes that put values into texts."""

from __future__ import annotations

import json
import logging
from typing import Any

from .._native import json_find, json_object, text_combine, text_fill
from ..errors import ComfyError
from .web import CATEGORY

__all__ = ["NODES", "TextPromptCombinerNode", "TextTemplateNode"]

_log = logging.getLogger(__name__)


class TextPromptCombinerNode:
    """Puts values of an API's answer into a prompt."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Puts values of a JSON object into a prompt: $name, $user.name, $items.0.title. What is "
        "missing comes from default_values, else stays as it is."
    )
    FUNCTION = "execute"
    RETURN_TYPES = ("STRING", "CONDITIONING", "STRING")
    RETURN_NAMES = ("TEXT", "CONDITIONING", "ID")
    OUTPUT_TOOLTIPS = (
        "The prompt with its values.",
        "The prompt as CLIP encodes it; nothing without clip.",
        "The value at id_field_name as text.",
    )

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        template = {
            "default": "",
            "multiline": True,
            "placeholder": "A portrait of $user.name in $style",
            "tooltip": "The prompt. A path ends where no letter, digit or underscore follows; \\. is a "
            "dot in a key, -1 the last item of a list.",
        }
        id_field = {
            "default": "",
            "placeholder": "data.id",
            "tooltip": "Path of the value for ID.",
        }
        defaults = {
            "default": "",
            "multiline": True,
            "placeholder": '{"user.name": "someone"}',
            "tooltip": "JSON object: the whole path as key, the text to use where the value is missing.",
        }
        return {
            "required": {"text_prompt_template": ("STRING", template)},
            "optional": {
                "api_response": ("JSON", {"default": {}, "tooltip": "A JSON object."}),
                "id_field_name": ("STRING", id_field),
                "clip": ("CLIP", {"tooltip": "Encodes the prompt."}),
                "default_values": ("STRING", defaults),
            },
        }

    def execute(
        self,
        text_prompt_template: str,
        api_response: Any = None,
        id_field_name: str = "",
        clip: Any = None,
        default_values: str = "",
    ) -> tuple[str, Any, str]:
        text, identity = text_prompt_template, ""
        # Version 2.0.0 left the prompt alone when the answer was no object.
        if isinstance(api_response, dict) or api_response is None:
            text = text_combine(text, api_response or {}, _defaults(default_values))
        if id_field_name:
            value = json_find(api_response, id_field_name)
            identity = "" if value is None else str(value)
        return text, _encoded(clip, text), identity


def _defaults(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(json_object("default_values", text)))
    except ComfyError as error:
        # The error says what is wrong, not what stands there.
        _log.warning("Text Prompt Combiner: %s", error)
        return {}


def _encoded(clip: Any, text: str) -> Any:
    return None if clip is None else clip.encode_from_tokens_scheduled(clip.tokenize(text))


class TextTemplateNode:
    """Puts variables into a text."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Puts the values of a JSON object into a text: $name. Unknown names stay as they are."
    FUNCTION = "execute"
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("TEXT",)
    OUTPUT_TOOLTIPS = ("The text with its values.",)

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        template = {
            "default": "",
            "multiline": True,
            "placeholder": "Hello $name",
            "tooltip": "The text. Values that are put in are not read again.",
        }
        variables = {"default": {}, "tooltip": "A JSON object of values by name."}
        return {
            "required": {"template": ("STRING", template)},
            "optional": {"variables": ("JSON", variables)},
        }

    def execute(self, template: str, variables: Any = None) -> tuple[str]:
        return (text_fill(template, variables) if isinstance(variables, dict) else template,)


NODES = {
    "TextPromptCombinerNode": (TextPromptCombinerNode, "Text Prompt Combiner"),
    "TextTemplateNode": (TextTemplateNode, "Text Template"),
}
