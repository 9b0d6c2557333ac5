"""Nodes that send images to a ComfyUI server, and fetch them."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from .._native import image_decode, image_encode
from .comfyui_server import CATEGORY, LAST, SERVER, always, attempt, client, shown

__all__ = ["ComfyUIDownloadImageNode", "ComfyUIUploadImageNode"]

#: PNG keeps every pixel, whatever the quality.
_QUALITY = 100


class ComfyUIUploadImageNode:
    """Uploads images."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Uploads images to the input folder of a ComfyUI server, as PNG with alpha. Of several, each "
        "gets a number in its name. A file of that name is replaced."
    )
    FUNCTION = "upload"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING", "BOOLEAN", "STRING")
    RETURN_NAMES = ("FILENAME", "SUCCESS", "ERROR")
    OUTPUT_TOOLTIPS = (
        "What LoadImage takes: the name, after its folder if there is one. Of several, one in each line.",
        "Whether all were uploaded.",
        "What went wrong, and what to do.",
    )
    # The server may have lost the file since.
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        name = {"default": "upload.png", "tooltip": "Name of the file on the server."}
        folder = {"default": "", "tooltip": "Folder below the input folder of the server."}
        optional = {
            "filename": ("STRING", name),
            "subfolder": ("STRING", folder),
            **SERVER,
            **LAST,
        }
        image = {"tooltip": "The images."}
        return {"required": {"image": ("IMAGE", image)}, "optional": optional}

    async def upload(
        self,
        image: Any,
        filename: str = "upload.png",
        subfolder: str = "",
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> dict[str, Any]:
        from .tensor import array_of

        async def send() -> dict[str, Any]:
            server = client(host, port, connection)
            files = await asyncio.to_thread(image_encode, array_of(image), "PNG", _QUALITY)
            values = []
            for content, name in zip(files, _names(filename, len(files)), strict=True):
                saved = await server.upload(content, name, subfolder, "input", True)
                values.append("/".join(filter(None, [saved.get("subfolder"), saved["name"]])))
            names = "\n".join(values)
            return shown((names, True, ""), names)

        def failure(error: str) -> dict[str, Any]:
            return shown(("", False, error), error)

        return await attempt(send(), failure, raise_on_error)


class ComfyUIDownloadImageNode:
    """Fetches an image."""

    CATEGORY = CATEGORY
    DESCRIPTION = "Fetches an image from a ComfyUI server. Without it, the image is black, 64 by 64."
    FUNCTION = "download"
    RETURN_TYPES = ("IMAGE", "BOOLEAN", "STRING")
    RETURN_NAMES = ("IMAGE", "SUCCESS", "ERROR")
    OUTPUT_TOOLTIPS = ("The image.", "Whether it was fetched.", "What went wrong, and what to do.")
    IS_CHANGED = always

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        name = {"default": "", "tooltip": "Name of the file on the server."}
        folder = {"default": "", "tooltip": "Folder that it lies in, below that of its type."}
        kind = {"default": "output", "tooltip": "Which folder of the server."}
        optional = {
            "subfolder": ("STRING", folder),
            "image_type": (["output", "input", "temp"], kind),
            **SERVER,
            **LAST,
        }
        return {"required": {"filename": ("STRING", name)}, "optional": optional}

    async def download(
        self,
        filename: str,
        subfolder: str = "",
        image_type: str = "output",
        host: str = "127.0.0.1",
        port: int = 8188,
        connection: str = "",
        raise_on_error: bool = False,
    ) -> tuple[Any, bool, str]:
        import numpy

        from .tensor import tensor_of

        async def fetch() -> tuple[Any, bool, str]:
            server = client(host, port, connection)
            content = await server.view(filename, subfolder, image_type, None)
            images = await asyncio.to_thread(image_decode, [content], False)
            return tensor_of(images[0][None]), True, ""

        def failure(error: str) -> tuple[Any, bool, str]:
            return tensor_of(numpy.zeros((1, 64, 64, 3), numpy.float32)), False, error

        return await attempt(fetch(), failure, raise_on_error)


def _names(name: str, count: int) -> list[str]:
    """A name for each image; one image has just that."""
    if count == 1:
        return [name]
    stem, ending = os.path.splitext(name)
    return [f"{stem}_{number:05}{ending}" for number in range(1, count + 1)]
