"""Decode what somebody uploaded into pixels, at a cost in memory that is known before.

A file of 69 bytes may say that it has 100 million pixels. So its head is read first (`measure`): pixels and sides
beyond our limits are refused before a single one is decoded. What is left is made as small as any rendition needs
before it is copied or converted (`lib.pixels`). A large picture is decoded in a program of its own, whatever was
uploaded at the same moment: one at a time on the machine, by a lock that ends with who holds it; the others wait their
turn, a few seconds each. A JPEG is decoded at a fraction of its size by itself, so it needs little; of a PNG, WebP or
GIF all pixels are held once, four bytes each, before they are made smaller. Where that is more than the program may
have, it is said.
"""

from __future__ import annotations

import fcntl
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from lib import pixels

logger = logging.getLogger(__name__)

MAX_PIXELS = pixels.MOST_PIXELS
MAX_SIDE = 30_000
FEW_PIXELS = 2_000_000  # which any number of threads may decode at once: 16 MB each
TURN_SECONDS = 60.0
_POLL_SECONDS = 0.05


class NotAPicture(ValueError):
    """The upload cannot become a picture; the message is one sentence for the person who chose the file."""


class NotNow(NotAPicture):
    """Others are decoding large pictures: it may become one later."""


class Head(NamedTuple):
    """What the file says of itself, the picture upright."""

    width: int
    height: int
    may_be_transparent: bool

    @property
    def is_large(self) -> bool:
        """Too many pixels to be decoded while somebody waits for a page."""
        return self.width * self.height > FEW_PIXELS


def measure(data: bytes) -> Head:
    """Without decoding a single pixel. Raises `NotAPicture`."""
    with _in_words():
        image = _opened(data)
        turned = pixels.says_it_is_turned(image)
        width, height = reversed(image.size) if turned else image.size
        return Head(width, height, pixels.has_alpha(image))


def decode(data: bytes, *, widest: int, turn_seconds: float | None = None) -> Image.Image:
    """The picture upright, in RGB or RGBA, without metadata, at most `widest` pixels wide. A large one waits so long
    for its turn (`TURN_SECONDS`, unless told). Raises `NotAPicture`, of which `NotNow` may pass."""
    with _in_words():
        image = _opened(data)
        if image.width * image.height <= FEW_PIXELS:
            return pixels.upright(image, widest)
        with _turn(TURN_SECONDS if turn_seconds is None else turn_seconds):
            return _decode_alone(data, widest)


def _opened(data: bytes) -> Image.Image:
    if b"<svg" in data[:2000].lower() or data[:5].lower() == b"<?xml":
        raise NotAPicture(_("You can't use SVG drawings here. Save the picture as PNG or JPEG and choose that file."))
    image: Image.Image = Image.open(BytesIO(data), formats=pixels.FORMATS)
    _refuse_unsuitable(image)
    return image


@contextmanager
def _in_words() -> Iterator[None]:
    """What goes wrong, as `NotAPicture`."""
    try:
        yield
    except NotAPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture(_too_many_pixels()) from None
    except UnidentifiedImageError:
        raise NotAPicture(_("We can't use this file as a picture. Choose a JPEG, PNG, WebP or GIF.")) from None
    except (subprocess.TimeoutExpired, *pixels.DAMAGED):
        raise NotAPicture(
            _("This picture is damaged and we can't read it. Save it again and choose that file.")
        ) from None
    except MemoryError:
        raise NotAPicture(
            _("This picture is too large to be scaled down here. Save it as JPEG and choose that file.")
        ) from None


def _refuse_unsuitable(image: Image.Image) -> None:
    """What the file's head says, before a single pixel is decoded."""
    if image.width * image.height > MAX_PIXELS:
        raise NotAPicture(_too_many_pixels())
    if max(image.size) > MAX_SIDE:
        raise NotAPicture(
            _("This picture is more than 30,000 pixels wide or high. Make it smaller and choose it again.")
        )
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise NotAPicture(_("This picture is animated. Choose a still one: JPEG, PNG or WebP."))


def _too_many_pixels() -> str:
    return _("This picture has more than 100 megapixels. Make it smaller and choose it again.")


@contextmanager
def _turn(seconds: float) -> Iterator[None]:
    """Our turn to decode a large picture. Raises `NotNow` when it does not come in that time."""
    folder = Path(settings.IRIA_DATA)
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + seconds
    with (folder / "decoding.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise NotNow(_("Too many pictures are being uploaded right now. Try again in a minute.")) from None
            time.sleep(_POLL_SECONDS)
        yield


def _command(widest: int) -> list[str]:
    return [sys.executable, "-P", pixels.__file__, str(widest)]


def _decode_alone(data: bytes, widest: int) -> Image.Image:
    """In a program of its own, whose memory is given back whatever happens. Raises one of `pixels.DAMAGED`."""
    done = subprocess.run(  # noqa: S603 - our own module, and numbers of ours
        _command(widest), input=data, capture_output=True, timeout=2 * pixels.MOST_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return pixels.unpack(done.stdout)
    if done.returncode in {pixels.TOO_LARGE_STATUS, -signal.SIGKILL}:  # which the kernel sends when memory is short
        raise MemoryError
    if done.returncode != pixels.DAMAGED_STATUS:  # out of time, or a crash of a library
        logger.warning(
            "A picture of %s bytes can't be decoded: %s", len(data), done.stderr[-500:].decode("utf-8", "replace")
        )
    raise OSError("not decoded")
