"""Images of Pillow and numpy as files, and back. Both are imported only when they are used."""

from __future__ import annotations

import hashlib
from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Sequence

from . import _native

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from PIL.Image import Image


def image_file(image: Any) -> bytes:
    """A Pillow image, or an array of one image, as PNG; a file in memory as it is."""
    if isinstance(image, bytes):
        return image
    if hasattr(image, "save"):
        buffer = BytesIO()
        image.save(buffer, "PNG")
        return buffer.getvalue()
    return _from_array(image)


def upload_of(image: Any) -> tuple[Any, str]:
    """What to upload, and its name: the same for the same image."""
    if isinstance(image, (str, PathLike)):
        path = fspath(image)
        return path, Path(path).name
    file = image_file(image)
    return file, f"{hashlib.blake2b(file, digest_size=8).hexdigest()}.png"


def to_pillow(files: Sequence[bytes]) -> list[Image]:
    """Image files as Pillow images, decoded when they are looked at."""
    from PIL import Image

    return [Image.open(BytesIO(file)) for file in files]


def to_arrays(files: Sequence[bytes], alpha: bool) -> list[NDArray[float32]]:
    """Image files as arrays ``[height, width, channels]`` from 0 to 1."""
    return list(_native.image_decode(list(files), alpha))


def _from_array(image: Any) -> bytes:
    import numpy

    # Tensors of torch are taken too, without a copy where they are on the CPU.
    array = numpy.asarray(image)
    if array.dtype.kind not in "biuf" or not array.ndim:
        kind = type(image).__name__
        raise TypeError(f"an image is a file, bytes, a Pillow image or an array, not {kind}")
    if array.dtype == numpy.uint8:
        array = array / numpy.float32(255)
    array = numpy.ascontiguousarray(array, numpy.float32)
    if array.ndim == 3:
        array = array[None]
    if array.ndim != 4 or len(array) != 1:
        raise ValueError(f"one image is [height, width, channels], not {list(array.shape)}")
    [file] = _native.image_encode(array, "PNG", 100)
    return bytes(file)
