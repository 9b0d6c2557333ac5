"""The nodes that send images to an API and fetch them."""

from __future__ import annotations

import asyncio
from typing import Any

from .._native import ImageUpload, image_encode, web_download
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

__all__ = ["NODES", "DownloadImageFromURL", "PostImageToAPI"]


class PostImageToAPI:
    """Sends images to an API."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Sends every image of a batch to an HTTP API, each in a form of its own and each once. "
        + TOKEN_NOTE
    )
    FUNCTION = "post_images"
    OUTPUT_NODE = True
    RETURN_TYPES = ("JSON", "BOOLEAN", "STRING", "INT")
    RETURN_NAMES = ("RESPONSES", "SUCCESS", "ERROR", "UPLOADED_COUNT")
    OUTPUT_TOOLTIPS = (
        "What the API said to each image: results, url and total.",
        "Whether all images arrived.",
        "What went wrong, and what to do.",
        "How many images arrived.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        quality = {
            "default": 95,
            "min": 1,
            "max": 100,
            "step": 1,
            "tooltip": "Of JPEG and WEBP; PNG keeps every pixel.",
        }
        timeout = {
            "default": 60.0,
            "min": 5.0,
            "max": 600.0,
            "step": 5.0,
            "tooltip": "Seconds for each image.",
        }
        address = {
            "default": "",
            "multiline": False,
            "placeholder": "https://api.example.com/objects/$id/images",
            "tooltip": "Address of the API; $id stands for api_object_id.",
        }
        extra = {
            "default": "",
            "multiline": True,
            "placeholder": '{"title": "value"}',
            "tooltip": "JSON object of further form fields; lists and objects are sent as JSON.",
        }
        object_id = {
            "default": "",
            "forceInput": True,
            "tooltip": "Id that the images belong to; also sent as the field object_id.",
        }
        field = {"default": "file", "multiline": False, "tooltip": "Form field of the image."}
        return {
            "required": {"images": ("IMAGE",), "api_url": ("STRING", address)},
            "optional": {
                "api_object_id": ("STRING", object_id),
                "api_key": ("STRING", {"default": "", "forceInput": True, "tooltip": TOKEN_NOTE}),
                "image_format": (
                    ["PNG", "JPEG", "WEBP"],
                    {"default": "PNG", "tooltip": "JPEG has no alpha: it is laid on white."},
                ),
                "quality": ("INT", quality),
                "field_name": ("STRING", field),
                "extra_data": ("STRING", extra),
                "timeout_seconds": ("FLOAT", timeout),
                "raise_on_error": RAISE_ON_ERROR,
            },
        }

    async def post_images(
        self,
        images: Any,
        api_url: str,
        api_object_id: str = "",
        api_key: str = "",
        image_format: str = "PNG",
        quality: int = 95,
        field_name: str = "file",
        extra_data: str = "",
        timeout_seconds: float = 60.0,
        raise_on_error: bool = False,
    ) -> tuple[dict[str, Any], bool, str, int]:
        from .tensor import array_of

        inputs = {
            "api_url": api_url,
            "api_object_id": api_object_id,
            "api_key": api_key,
            "image_format": image_format,
            "field_name": field_name,
            "extra_data": extra_data,
            "timeout_seconds": timeout_seconds,
        }
        results: list[dict[str, Any]] = []
        responses = {"results": results, "url": "", "total": 0}
        try:
            upload = ImageUpload(inputs)
            array = array_of(images)
            files = await asyncio.to_thread(image_encode, array, image_format, quality)
            # Without its query: credentials may stand there.
            responses.update(url=upload.target, total=len(files))
            for file in files:
                results.append(await _sent(upload, file, len(results), raise_on_error))
        except ComfyError as error:
            if raise_on_error:
                raise
            return responses, False, described(error), 0
        errors = [
            f"image {result['batch_index']}: {result['error']}"
            for result in results
            if not result["success"]
        ]
        return responses, not errors, "; ".join(errors), len(files) - len(errors)


async def _sent(
    upload: ImageUpload, file: bytes, index: int, raise_on_error: bool
) -> dict[str, Any]:
    """What came of one image."""
    try:
        text = await unless_interrupted(upload.send(file))
    except ComfyError as error:
        if raise_on_error:
            raise
        return {"batch_index": index, "success": False, "error": described(error)}
    return {"batch_index": index, "success": True, "response": parsed(text)}


class DownloadImageFromURL:
    """Fetches an image."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Fetches an image from an address, upright and without alpha. Private addresses are refused "
        "unless network.allowed_hosts of the settings lists them. " + TOKEN_NOTE
    )
    FUNCTION = "download"
    RETURN_TYPES = ("IMAGE", "BOOLEAN", "STRING")
    RETURN_NAMES = ("IMAGE", "SUCCESS", "ERROR")
    OUTPUT_TOOLTIPS = (
        "The image; 64x64 black pixels if there is none.",
        "Whether there is an image.",
        "What went wrong, and what to do.",
    )
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        address = {
            "default": "",
            "multiline": False,
            "placeholder": "https://example.com/image.png",
            "tooltip": "Address of the image: PNG, JPEG, WebP, GIF (its first picture) or BMP.",
        }
        timeout = {
            "default": 30.0,
            "min": 5.0,
            "max": 120.0,
            "step": 5.0,
            "tooltip": "Seconds for the whole image.",
        }
        token = {"default": "", "forceInput": True, "tooltip": TOKEN_NOTE}
        return {
            "required": {"url": ("STRING", address)},
            "optional": {
                "bearer_token": ("STRING", token),
                "timeout_seconds": ("FLOAT", timeout),
                "raise_on_error": RAISE_ON_ERROR,
            },
        }

    async def download(
        self,
        url: str,
        bearer_token: str = "",
        timeout_seconds: float = 30.0,
        raise_on_error: bool = False,
    ) -> tuple[Any, bool, str]:
        import numpy

        from .tensor import tensor_of

        try:
            image = await unless_interrupted(web_download(url, bearer_token, timeout_seconds))
        except ComfyError as error:
            if raise_on_error:
                raise
            black = numpy.zeros((1, 64, 64, 3), numpy.float32)
            return tensor_of(black), False, described(error)
        return tensor_of(image[None]), True, ""


NODES = {
    "PostImageToAPI": (PostImageToAPI, "Post Image to API"),
    "DownloadImageFromURL": (DownloadImageFromURL, "Download Image from URL"),
}
