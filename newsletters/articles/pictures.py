"""Pictures: an upload becomes renditions that we encoded ourselves.

Guarantee: nothing an uploader sent is ever served. Every file under MEDIA_ROOT/pictures was written by Pillow from
pixels alone: no metadata (a photographer's position, for instance), no markup, no second file hidden in the first.
What is not a still picture of a known kind, or too large, raises `NotAPicture` with a sentence; then nothing is stored.
Files are named by the content of the upload and written whole, so a name never changes its meaning.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from newsletters.models import Picture

WIDTHS = (320, 640, 960, 1280)
MAX_BYTES = 20_000_000
MAX_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # Pillow opens a telephone’s MPO as JPEG and then says MPO
_ENCODER = b"1"  # raise when the way of encoding changes, so that names do too
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, OverflowError)


class NotAPicture(ValueError):
    """The upload cannot become a picture; the message is one sentence for the person who chose the file."""


class Rendition(NamedTuple):
    name: str
    width: int
    height: int


def make_picture(file: BinaryIO | File[bytes], *, alt: str, caption: str = "", credit: str = "") -> Picture:
    """Store the renditions and the row. Raises `NotAPicture`."""
    return store_picture(render(read_upload(file)), alt=alt, caption=caption, credit=credit)


def store_picture(renditions: list[Rendition], *, alt: str, caption: str = "", credit: str = "") -> Picture:
    """The row of renditions that were written."""
    largest = renditions[-1]
    return Picture.objects.create(
        alt=alt,
        caption=caption,
        credit=credit,
        file=largest.name,
        width=largest.width,
        height=largest.height,
        renditions=[{"file": r.name, "width": r.width, "height": r.height} for r in renditions],
    )


def read_upload(file: BinaryIO | File[bytes]) -> bytes:
    """All of the file, when it is not larger than we take. Raises `NotAPicture`."""
    file.seek(0)
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotAPicture(_("This file is larger than 20 MB. Make the picture smaller and choose it again."))
    if not data:
        raise NotAPicture(_("This file is empty. Choose the picture again."))
    return data


def render(data: bytes) -> list[Rendition]:
    """Write the renditions, ascending by width, never wider than the picture itself. Raises `NotAPicture`."""
    image = _decode(data)
    extension = "png" if image.mode == "RGBA" else "jpg"
    digest = sha256(_ENCODER + data).hexdigest()[:16]
    wanted = [width for width in WIDTHS if width < image.width] + [min(image.width, WIDTHS[-1])]
    renditions: list[Rendition] = []
    for width in sorted(set(wanted), reverse=True):
        height = max(1, round(image.height * width / image.width))
        if width < image.width:  # each from the one before: as good, and much faster
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        name = f"pictures/{digest[:2]}/{digest}-{width}.{extension}"
        _write(name, _encode(image))
        renditions.append(Rendition(name, width, height))
    return renditions[::-1]


def inline(data: bytes, width: int) -> tuple[str, int, int]:
    """A `data:` address of the picture and the size that it is shown at, at most so wide; nothing is stored. For a
    look at what was chosen and not yet saved. Raises `NotAPicture`."""
    image = _decode(data)
    shown = min(width, image.width)
    height = max(1, round(image.height * shown / image.width))
    image = image.resize((2 * shown, 2 * height), Image.Resampling.LANCZOS)
    kind = "png" if image.mode == "RGBA" else "jpeg"
    return f"data:image/{kind};base64,{b64encode(_encode(image)).decode()}", shown, height


def _decode(data: bytes) -> Image.Image:
    if b"<svg" in data[:2000].lower() or data[:5].lower() == b"<?xml":
        raise NotAPicture(_("You can't use SVG drawings here. Save the picture as PNG or JPEG and choose that file."))
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
        _refuse_unsuitable(image)
        image.load()
        return _plain_pixels(ImageOps.exif_transpose(image))
    except NotAPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture(_too_many_pixels()) from None
    except UnidentifiedImageError:
        raise NotAPicture(_("We can't use this file as a picture. Choose a JPEG, PNG, WebP or GIF.")) from None
    except _DAMAGED:
        raise NotAPicture(
            _("This picture is damaged and we can't read it. Save it again and choose that file.")
        ) from None


def _refuse_unsuitable(image: Image.Image) -> None:
    """What the file's head says, before a single pixel is decoded."""
    if image.width * image.height > MAX_PIXELS:
        raise NotAPicture(_too_many_pixels())
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise NotAPicture(_("This picture is animated. Choose a still one: JPEG, PNG or WebP."))


def _too_many_pixels() -> str:
    return _("This picture has more than 25 megapixels. Make it smaller and choose it again.")


def _plain_pixels(image: Image.Image) -> Image.Image:
    """RGB in sRGB; RGBA only where something is transparent."""
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    profile = image.info.get("icc_profile")
    if has_alpha:
        image = image.convert("RGBA")
        lowest = image.getchannel("A").getextrema()[0]
        if lowest == 255:
            image = image.convert("RGB")
    elif profile and image.mode in {"RGB", "CMYK"}:
        image = _to_srgb(image, profile)
    else:
        image = image.convert("RGB")
    bare = Image.new(image.mode, image.size)  # a copy of the pixels carries no metadata along
    bare.paste(image)
    return bare


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")  # a broken profile: the colours are then as most viewers would show them
    return converted if converted is not None else image.convert("RGB")


def _encode(image: Image.Image) -> bytes:
    out = BytesIO()
    if image.mode == "RGBA":
        image.save(out, "PNG", optimize=True)
    else:
        image.save(out, "JPEG", quality=82, progressive=True, optimize=True)
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
