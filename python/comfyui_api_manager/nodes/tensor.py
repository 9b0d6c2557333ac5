"""Images of ComfyUI as arrays of numpy, and back, on shared memory."""

from __future__ import annotations

from typing import Any

import numpy

__all__ = ["array_of", "tensor_of"]


def array_of(images: Any) -> Any:
    """A batch as a contiguous array of float32: a tensor on any device, or an array."""
    if hasattr(images, "detach"):
        images = images.detach().float().cpu().numpy()
    array = numpy.ascontiguousarray(images, dtype=numpy.float32)
    return array[None] if array.ndim == 3 else array


def tensor_of(array: Any) -> Any:
    """What ComfyUI takes as an image; the array itself where there is no torch."""
    try:
        import torch  # type: ignore[import-not-found]
    except ImportError:
        return array
    return torch.from_numpy(array)
