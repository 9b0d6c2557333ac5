"""The nodes that ask an API."""

from __future__ import annotations

from typing import Any

from .._native import json_find, web_request
from ..errors import ComfyError
from .web import (
    CATEGORY,
    RAISE_ON_ERROR,
    TOKEN_NOTE,
    always,
    described,
    parsed,
    unless_interrupted,
)

__all__ = ["NODES", "APIRequestNode", "APIRequestNodeSimple"]

_PATH_NOTE = (
    "Where the result lies: a dotted path (data.items.0.name), or a JSONPath ($.items[*].id), which "
    "gives a list. Empty: all of the answer."
)


async def _ask(inputs: dict[str, Any], path: str) -> tuple[Any, str]:
    """The value at a path of the answer, ``None`` if it is not there, and the token for other nodes."""
    # A wrong path is told before anything is sent.
    json_find(None, path)
    reply = await unless_interrupted(web_request(inputs))
    return json_find(parsed(reply["text"]), path), reply["auth_token"]


class APIRequestNode:
    """Asks an API, with credentials and retries."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Asks an HTTP API and gives a value of its JSON answer. Private addresses are refused unless "
        "network.allowed_hosts of the settings lists them. " + TOKEN_NOTE
    )
    FUNCTION = "execute"
    RETURN_TYPES = ("JSON", "INT", "STRING", "BOOLEAN", "STRING")
    RETURN_NAMES = ("RESPONSE", "LENGTH", "AUTH_TOKEN", "SUCCESS", "ERROR")
    OUTPUT_TOOLTIPS = (
        "The value at response_path, or the item at array_index if that is a list; {} if there is none.",
        "Length of the list at response_path, else 0.",
        "For the token inputs of other nodes; what was given as a reference stays one.",
        "Whether the API answered without an error.",
        "What went wrong, and what to do.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        def text(placeholder: str, tooltip: str, multiline: bool = True) -> tuple[str, dict[str, Any]]:
            options = {"default": "", "multiline": multiline, "placeholder": placeholder}
            return "STRING", {**options, "tooltip": tooltip}

        methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
        auth = ["none", "bearer", "api_key", "basic", "oauth2"]
        auth_tooltip = (
            "bearer: token. api_key: api_key, sent as X-API-Key. basic: username, password. oauth2: "
            "client_id, client_secret and scope for auth_url, whose token is kept until it expires."
        )
        index = {
            "default": 0,
            "min": -1,
            "max": 9999,
            "step": 1,
            "display": "number",
            "tooltip": "Item to give when the result is a list; -1 gives the whole list.",
        }
        timeout = {
            "default": 30.0,
            "min": 1.0,
            "max": 300.0,
            "step": 1.0,
            "tooltip": "Seconds for everything, all attempts together.",
        }
        retries = {
            "default": 3,
            "min": 0,
            "max": 10,
            "step": 1,
            "tooltip": "How often it is sent again after 429, 500, 502, 503, 504 or a lost connection. "
            "POST and PATCH only if they cannot have arrived.",
        }
        unsafe = {
            "default": False,
            "tooltip": "Sends POST and PATCH again, too, although the first may have had its effect.",
        }
        return {
            "required": {
                "api_url": text("https://api.example.com/v1/items", "Address of the API.", False),
                "method": (methods, {"default": "GET", "tooltip": "GET sends no body."}),
                "auth_type": (auth, {"default": "none", "tooltip": auth_tooltip}),
            },
            "optional": {
                "auth_url": text(
                    "https://auth.example.com/token", "Where oauth2 gets its token.", False
                ),
                "auth_credentials": text('{"token": "secret://NAME"}', TOKEN_NOTE),
                "request_body": text(
                    '{"key": "value"}',
                    "JSON; or any text if the headers set another Content-Type.",
                ),
                "headers": text('{"X-Header": "value"}', "JSON object of headers."),
                "query_params": text(
                    '{"page": 1}', "JSON object that is added to the query; lists repeat the name."
                ),
                "response_path": text("data.items", _PATH_NOTE, False),
                "array_index": ("INT", index),
                "timeout_seconds": ("FLOAT", timeout),
                "retry_count": ("INT", retries),
                "retry_unsafe": ("BOOLEAN", unsafe),
                "raise_on_error": RAISE_ON_ERROR,
            },
        }

    async def execute(
        self,
        api_url: str,
        method: str = "GET",
        auth_type: str = "none",
        auth_url: str = "",
        auth_credentials: str = "",
        request_body: str = "",
        headers: str = "",
        query_params: str = "",
        response_path: str = "",
        array_index: int = 0,
        timeout_seconds: float = 30.0,
        retry_count: int = 3,
        retry_unsafe: bool = False,
        raise_on_error: bool = False,
    ) -> tuple[Any, int, str, bool, str]:
        inputs = {
            "url": api_url,
            "method": method,
            "auth_type": auth_type,
            "auth_url": auth_url,
            "auth_credentials": auth_credentials,
            "request_body": request_body,
            "headers": headers,
            "query_params": query_params,
            "timeout_seconds": timeout_seconds,
            "retry_count": retry_count,
            "retry_unsafe": retry_unsafe,
        }
        try:
            value, token = await _ask(inputs, response_path)
        except ComfyError as error:
            if raise_on_error:
                raise
            return {}, 0, "", False, described(error)
        length = len(value) if isinstance(value, list) else 0
        return _item(value, array_index), length, token, True, ""


def _item(value: Any, index: int) -> Any:
    """What an index means: only lists have items, and -1 is all of them."""
    if isinstance(value, list) and index != -1:
        return value[index] if -len(value) <= index < len(value) else {}
    return {} if value is None else value


class APIRequestNodeSimple:
    """Asks an API with nothing but an address."""

    CATEGORY = CATEGORY
    DESCRIPTION = "GETs an address and gives a value of its JSON answer. " + TOKEN_NOTE
    FUNCTION = "execute"
    RETURN_TYPES = ("JSON", "BOOLEAN")
    RETURN_NAMES = ("RESPONSE", "SUCCESS")
    OUTPUT_TOOLTIPS = (
        "The value at response_path; {} if there is none.",
        "Whether the API answered with JSON.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        token = {"default": "", "forceInput": True, "tooltip": TOKEN_NOTE}
        return {
            "required": {
                "url": (
                    "STRING",
                    {"default": "", "multiline": False, "tooltip": "Address of the API."},
                )
            },
            "optional": {
                "bearer_token": ("STRING", token),
                "response_path": ("STRING", {"default": "", "tooltip": _PATH_NOTE}),
                "raise_on_error": RAISE_ON_ERROR,
            },
        }

    async def execute(
        self,
        url: str,
        bearer_token: str = "",
        response_path: str = "",
        raise_on_error: bool = False,
    ) -> tuple[Any, bool]:
        inputs = {
            "url": url,
            "method": "GET",
            "auth_type": "bearer" if bearer_token.strip() else "none",
            "auth_url": "",
            "auth_credentials": bearer_token,
            "request_body": "",
            "headers": "",
            "query_params": "",
            "timeout_seconds": 30.0,
            "retry_count": 0,
            "retry_unsafe": False,
        }
        try:
            value, _ = await _ask(inputs, response_path)
        except ComfyError:
            if raise_on_error:
                raise
            return {}, False
        return {} if value is None else value, True


NODES = {
    "APIRequestNode": (APIRequestNode, "API Request"),
    "APIRequestNodeSimple": (APIRequestNodeSimple, "Simple API Request"),
}
