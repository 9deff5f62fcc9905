"""Whether the writing in a picture is blurred (可能模糊)."""

from __future__ import annotations

from PIL import Image


def is_blurred(gray: Image.Image) -> bool:
    """Whether."""
    return False
