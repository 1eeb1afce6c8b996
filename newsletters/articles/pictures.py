"""Pictures: an upload becomes renditions that we encoded ourselves.

Guarantee: nothing an uploader sent is ever served. Every file under MEDIA_ROOT/pictures was written by Pillow from
pixels alone: no metadata (a photographer's position, for instance), no markup, no second file hidden in the first.
What is not a still picture of a known kind, or too large, raises `NotAPicture` with a sentence; then nothing is stored.
Files are named by the content of the upload and written whole, so a name never changes its meaning.
"""

from __future__ import annotations

import uuid
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image

from newsletters.articles.decoding import Head, NotAPicture, decode
from newsletters.models import Picture

WIDTHS = (320, 640, 960, 1280)
IN_TEXT_WIDTH = 1200  # pixels, of the picture that a text shows
MAX_BYTES = 60_000_000  # the door lets a little more in (UPLOAD_MB), so that it is this sentence that is read
_ENCODER = b"1"  # raise when the way of encoding changes, so that names do too


class Rendition(NamedTuple):
    name: str
    width: int
    height: int


def read_upload(file: BinaryIO | File[bytes]) -> bytes:
    """All of the file, when it is not larger than we take. Raises `NotAPicture`."""
    file.seek(0)
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotAPicture(_("This file is larger than 60 MB. Make the picture smaller and choose it again."))
    if not data:
        raise NotAPicture(_("This file is empty. Choose the picture again."))
    return data


def names_of(data: bytes, head: Head) -> list[Rendition]:
    """What the renditions of a large picture will be, ascending by width, before a pixel of it is decoded."""
    digest, extension = _digest(data), "png" if head.may_be_transparent else "jpg"
    wide = min(head.width, WIDTHS[-1])
    high = max(1, round(head.height * wide / head.width))
    return [Rendition(_name(digest, w, extension), w, max(1, round(high * w / wide))) for w in _widths(wide)]


def render(data: bytes, *, extension: str = "", turn_seconds: float | None = None) -> list[Rendition]:
    """Write the renditions, ascending by width, never wider than the picture itself: as PNG where something is
    transparent, unless the extension was promised already. Raises `NotAPicture`."""
    image = decode(data, widest=WIDTHS[-1], turn_seconds=turn_seconds)
    digest, extension = _digest(data), extension or ("png" if image.mode == "RGBA" else "jpg")
    renditions: list[Rendition] = []
    wide, high = image.size
    for width in reversed(_widths(wide)):
        height = max(1, round(high * width / wide))
        if width < image.width:  # each from the one before: as good, and much faster
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        name = _name(digest, width, extension)
        _write(name, _encode(image, extension))
        renditions.append(Rendition(name, width, height))
    return renditions[::-1]


def _widths(widest: int) -> list[int]:
    return sorted({*(width for width in WIDTHS if width < widest), widest})


def _digest(data: bytes) -> str:
    return sha256(_ENCODER + data).hexdigest()[:16]


def _name(digest: str, width: int, extension: str) -> str:
    return f"pictures/{digest[:2]}/{digest}-{width}.{extension}"


def inline(data: bytes, width: int) -> tuple[str, int, int]:
    """A `data:` address of the picture and the size that it is shown at, at most so wide; nothing is stored. For a
    look at what was chosen and not yet saved. Raises `NotAPicture`."""
    image = decode(data, widest=max(WIDTHS[-1], 2 * width))
    shown = min(width, image.width)
    height = max(1, round(image.height * shown / image.width))
    image = image.resize((2 * shown, 2 * height), Image.Resampling.LANCZOS)
    kind = "png" if image.mode == "RGBA" else "jpeg"
    return f"data:image/{kind};base64,{b64encode(_encode(image, kind)).decode()}", shown, height


def _encode(image: Image.Image, extension: str) -> bytes:
    out = BytesIO()
    if extension == "png":
        image.save(out, "PNG", optimize=True)
    else:
        image.convert("RGB").save(out, "JPEG", quality=82, progressive=True, optimize=True)
    return out.getvalue()


def _write(name: str, data: bytes) -> None:
    """Whole or not at all: a crash must not leave half a picture under a name that says what is in it."""
    target = Path(default_storage.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        beside.write_bytes(data)
        if settings.FILE_UPLOAD_PERMISSIONS is not None:
            beside.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def take_renditions(picture: Picture, renditions: list[Rendition]) -> None:
    """The row says that the picture is these files."""
    largest = renditions[-1]
    picture.file, picture.width, picture.height = largest.name, largest.width, largest.height
    picture.renditions = [{"file": each.name, "width": each.width, "height": each.height} for each in renditions]


def store_picture(renditions: list[Rendition], *, alt: str, caption: str = "", credit: str = "") -> Picture:
    """The row of renditions that were written."""
    picture = Picture(alt=alt, caption=caption, credit=credit)
    take_renditions(picture, renditions)
    picture.save()
    return picture


# --- Addresses ------------------------------------------------------------------------------------------------
def rendition(picture: Picture, width: int) -> Rendition:
    """The smallest rendition at least as wide as asked for; the largest when none is."""
    made = [Rendition(r["file"], r["width"], r["height"]) for r in picture.renditions]
    if not made:
        return Rendition(picture.file, picture.width, picture.height)
    return next((r for r in made if r.width >= width), made[-1])


def picture_path(picture: Picture, width: int) -> str:
    """`/media/…`; mails and feeds put SITE_URL before it."""
    return f"/media/{rendition(picture, width).name}"


def srcset(picture: Picture) -> str:
    """All renditions, for an img's srcset attribute."""
    return ", ".join(f"/media/{r['file']} {r['width']}w" for r in picture.renditions)
