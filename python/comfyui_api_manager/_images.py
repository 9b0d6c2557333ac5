"""Images of Pillow and numpy as files, and back. Both are imported only when they are used."""

from __future__ import annotations

from io import BytesIO
from typing import Any


def png_bytes(image: Any) -> bytes:
    """A Pillow image as PNG."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
