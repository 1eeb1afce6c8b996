"""From the bytes of a picture to upright pixels in sRGB, made small before anything is copied. Pillow alone, no Django.

Run as a program it reads a picture on standard input and writes its pixels to standard output, within a limit of memory
and of time: what a library takes in many threads it does not give back, a program that ends does.
"""

from __future__ import annotations

import resource
import struct
import sys
import zlib
from io import BytesIO

from PIL import ExifTags, Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # Pillow opens a telephone’s MPO as JPEG and then says MPO
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, OverflowError)
HEAD = struct.Struct(">4sII")  # mode, width, height; then the pixels
MOST_PIXELS = 100_000_000
MOST_MEMORY = 2304 * 1024 * 1024  # addresses: 250 MB of libraries, and 400 MB of pixels that WebP holds four times
MOST_SECONDS = 30
DAMAGED_STATUS, TOO_LARGE_STATUS = 3, 4
Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # beyond which Pillow warns, and beyond twice of which it refuses
_LYING = {5, 6, 7, 8}  # EXIF orientations that exchange width and height
_RESIZABLE = {"RGB", "RGBA", "L", "CMYK"}


def upright(image: Image.Image, widest: int) -> Image.Image:
    """The picture in RGB or RGBA, without metadata, at most `widest` pixels wide. Raises one of `DAMAGED`."""
    turned = is_turned(image)
    width = image.height if turned else image.width
    smaller = width / widest
    if smaller > 1 and image.format in {"JPEG", "MPO"}:  # JPEG decodes to a half, a quarter or an eighth by itself
        image.draft(None, (int(2 * image.width / smaller), int(2 * image.height / smaller)))
    image.load()
    if smaller > 1:
        if image.mode not in _RESIZABLE or "transparency" in image.info:
            image = image.convert("RGBA" if has_alpha(image) else "RGB")
        image = _resized(image, widest, turned=turned)
    return _plain_pixels(ImageOps.exif_transpose(image))


def is_turned(image: Image.Image) -> bool:
    """Whether its width becomes its height when it is set upright."""
    return image.getexif().get(ExifTags.Base.Orientation) in _LYING


def says_it_is_turned(image: Image.Image) -> bool:
    """The same by what was read already: of a PNG that says it at its end, all pixels would be decoded for it."""
    return (image.format != "PNG" or "exif" in image.info) and is_turned(image)


def _resized(image: Image.Image, widest: int, *, turned: bool) -> Image.Image:
    width, height = image.size
    by = widest / (height if turned else width)
    size = (max(1, round(width * by)), max(1, round(height * by)))
    info = image.info
    small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    small.info = info  # the profile and the orientation still hold
    return small


def has_alpha(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


def _plain_pixels(image: Image.Image) -> Image.Image:
    """RGB in sRGB; RGBA only where something is transparent."""
    profile = image.info.get("icc_profile")
    if has_alpha(image):
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


def pack(image: Image.Image) -> bytes:
    return HEAD.pack(image.mode.encode().ljust(4), *image.size) + image.tobytes()


def unpack(packed: bytes) -> Image.Image:
    mode, width, height = HEAD.unpack_from(packed)
    return Image.frombytes(mode.decode().strip(), (width, height), packed[HEAD.size :])


def main(widest: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        packed = pack(upright(Image.open(BytesIO(sys.stdin.buffer.read()), formats=FORMATS), widest))
    except MemoryError:
        return TOO_LARGE_STATUS
    except DAMAGED:
        return DAMAGED_STATUS
    sys.stdout.buffer.write(packed)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
