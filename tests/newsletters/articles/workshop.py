"""What tests of prepared pictures need: a few pixels count as many, and the worker's work is done on the spot."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from lib import pixels
from newsletters import tasks
from newsletters.articles import decoding
from newsletters.articles.preparing import make_picture
from newsletters.models import Picture, PictureUpload
from tests.images import image_bytes


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """A few pixels are too many for a request, and decoded here, without a program of their own."""
    monkeypatch.setattr(decoding, "FEW_PIXELS", 5_000)
    monkeypatch.setattr(decoding, "_decode_alone", _decode_here)
    settings.IRIA_DATA = tmp_path


def _decode_here(data: bytes, widest: int) -> Image.Image:
    return pixels.upright(Image.open(BytesIO(data)), widest)


def uploaded(data: bytes | None = None, *, alt: str = "Two halves", caption: str = "") -> Picture:
    return make_picture(BytesIO(data or image_bytes(1600, 900)), alt=alt, caption=caption)


def work() -> None:
    """What the worker does: all that is due."""
    tasks.prepare_pictures()


def later(seconds: float) -> None:
    """So much time passes."""
    for upload in PictureUpload.objects.all():
        PictureUpload.objects.filter(pk=upload.pk).update(try_at=upload.try_at - timedelta(seconds=seconds))
