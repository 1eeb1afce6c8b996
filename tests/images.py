"""Pictures for tests, made on the spot."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

from newsletters.articles.preparing import make_picture
from newsletters.models import Picture


def image_bytes(width: int = 800, height: int = 450, *, kind: str = "JPEG", mode: str = "RGB", **save: Any) -> bytes:
    """Left half red, right half blue."""
    image = Image.new(mode, (width, height), "red")
    image.paste(Image.new(mode, (width - width // 2, height), "blue"), (width // 2, 0))
    out = BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


def stored_picture(
    width: int = 800, height: int = 450, *, alt: str = "Two halves", caption: str = "", credit: str = ""
) -> Picture:
    return make_picture(BytesIO(image_bytes(width, height)), alt=alt, caption=caption, credit=credit)
