"""An upload becomes renditions that we encoded ourselves, or is refused with a sentence."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from newsletters.articles import decoding, pictures
from newsletters.articles.decoding import NotAPicture, NotNow
from newsletters.articles.pictures import picture_path, render, srcset
from newsletters.articles.preparing import make_picture
from newsletters.models import Picture
from tests.images import image_bytes, stored_picture

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


ROOT = Path(__file__).parents[3]


def opened(settings: Settings, picture: Picture) -> Image.Image:
    return Image.open(Path(settings.MEDIA_ROOT) / picture.file)


def files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_photo_becomes_jpegs_of_several_widths(settings: Settings) -> None:
    picture = stored_picture(2000, 1000)
    assert [(r["width"], r["height"]) for r in picture.renditions] == [(320, 160), (640, 320), (960, 480), (1280, 640)]
    assert (picture.width, picture.height) == (1280, 640)
    assert opened(settings, picture).format == "JPEG"
    assert len(files(settings)) == 4


def test_a_small_picture_is_never_made_larger() -> None:
    assert [r["width"] for r in stored_picture(200, 90).renditions] == [200]
    assert [r["width"] for r in stored_picture(700, 90).renditions] == [320, 640, 700]


def test_what_is_transparent_stays_so(settings: Settings) -> None:
    out = BytesIO()
    Image.new("RGBA", (400, 400), (255, 0, 0, 90)).save(out, "PNG")
    kept = opened(settings, make_picture(out, alt="x"))
    assert (kept.format, kept.mode) == ("PNG", "RGBA")


def test_an_alpha_channel_that_hides_nothing_is_dropped(settings: Settings) -> None:
    out = BytesIO(image_bytes(400, 300, kind="PNG", mode="RGBA"))
    assert opened(settings, make_picture(out, alt="x")).format == "JPEG"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "JPEG", "MPO"])
def test_every_kind_that_we_name_is_taken(kind: str) -> None:
    assert make_picture(BytesIO(image_bytes(kind=kind)), alt="x").width == 800


def test_a_palette_and_cmyk_are_taken() -> None:
    assert make_picture(BytesIO(image_bytes(kind="PNG", mode="P")), alt="x").width == 800
    assert make_picture(BytesIO(image_bytes(mode="CMYK")), alt="x").width == 800


def test_a_turned_photo_is_set_upright_and_forgets_where_it_was_taken(settings: Settings) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}  # a position
    exif[0x010F] = "Maker of the camera"
    data = image_bytes(800, 400, exif=exif)
    assert b"Maker of the camera" in data
    picture = make_picture(BytesIO(data), alt="x")
    assert (picture.width, picture.height) == (400, 800)
    kept = opened(settings, picture)
    assert not kept.getexif()
    assert all(b"Maker of the camera" not in path.read_bytes() for path in files(settings))
    red, _green, blue = kept.convert("RGB").getpixel((200, 20))  # type: ignore[misc]
    assert red > 200 > blue  # the left half is on top now


def test_names_follow_the_content(settings: Settings) -> None:
    first, again, other = stored_picture(), stored_picture(), stored_picture(801)
    assert first.file == again.file != other.file
    assert first.pk != again.pk


def pixel_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head promises a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9999)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (10_001, 10_000), (20_000, 12_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1),
        (1, 100_000_000), (100_000_000, 1), (30_001, 1), (1, 30_001), (2, 50_000_000), (0, 7),
    ],
)  # fmt: skip
def test_a_pixel_bomb_is_refused_before_it_is_decoded(settings: Settings, width: int, height: int) -> None:
    with pytest.raises(NotAPicture, match=r"100 megapixels|30,000 pixels wide or high|damaged|We can't use this file"):
        make_picture(BytesIO(pixel_bomb(width, height)), alt="x")
    assert not files(settings)


def animation() -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"Dear editor, the picture is attached.", "use this file as a picture"),
        (b"%PDF-1.7\n" + b"x" * 500, "use this file as a picture"),
        (b"<html><script>alert(1)</script></html>", "use this file as a picture"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'  <SVG onload="alert(1)">', "SVG"),
        (image_bytes()[:400], "damaged|not a picture"),
        (image_bytes(kind="PNG")[:-300], "damaged"),
        (image_bytes(kind="BMP"), "use this file as a picture"),
        (animation(), "animated"),
    ],
)
def test_what_is_no_still_picture_is_refused_with_a_sentence(settings: Settings, data: bytes, sentence: str) -> None:
    with pytest.raises(NotAPicture, match=sentence) as refused:
        make_picture(BytesIO(data), alt="x")
    assert str(refused.value).endswith(".")
    assert not Picture.objects.exists()
    assert not files(settings)


def test_a_file_that_is_too_large_is_refused_without_reading_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 1000)
    with pytest.raises(NotAPicture, match="60 MB"):
        make_picture(BytesIO(b"x" * 5000), alt="x")


def test_a_file_hidden_behind_the_picture_is_not_kept(settings: Settings) -> None:
    make_picture(BytesIO(image_bytes() + b"<script>alert('polyglot')</script>"), alt="x")
    assert all(b"polyglot" not in path.read_bytes() for path in files(settings))


def test_the_smallest_rendition_that_is_wide_enough_is_given() -> None:
    picture = stored_picture(2000, 1000)
    assert picture_path(picture, 600) == f"/media/{picture.renditions[1]['file']}"
    assert picture_path(picture, 5000).endswith("-1280.jpg")
    assert srcset(picture).endswith("-1280.jpg 1280w")
    assert srcset(picture).count("/media/pictures/") == 4


IN_PARALLEL = """
import os, sys, resource
from concurrent.futures import ThreadPoolExecutor
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[1]
from newsletters.articles import decoding, pictures
decoding.TURN_SECONDS = 900.0  # a busy machine needs its time for six; it is memory that counts here
data = open(sys.argv[2], "rb").read()
def peak():
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
before = peak()
with ThreadPoolExecutor(6) as uploads:
    made = list(uploads.map(lambda _each: pictures.render(data), range(6)))
assert all(each[-1].width == 1280 for each in made)
print((peak() - before) // 1024)
"""


@pytest.mark.slow
def test_six_of_the_largest_at_once_need_the_memory_of_one(tmp_path: Path) -> None:
    largest = tmp_path / "largest.png"
    # Of all kinds it takes the most to decode.
    Image.new("RGBA", (5000, 5000), "navy").save(largest, "PNG", compress_level=1)
    command = [sys.executable, "-c", IN_PARALLEL, str(tmp_path / "media"), str(largest)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 400  # megabytes; each of them has up to 100 as pixels


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "kind"), [("RGB", "JPEG"), ("RGBA", "PNG"), ("P", "GIF"), ("RGB", "WEBP")])
def test_a_hundred_megapixels_are_scaled_down(mode: str, kind: str) -> None:
    data = BytesIO()
    quickly: dict[str, Any] = {"WEBP": {"method": 0}, "PNG": {"compress_level": 1}}.get(kind, {})
    Image.new(mode, (10_000, 10_000), 7 if mode == "P" else "navy").save(data, kind, **quickly)
    assert render(data.getvalue())[-1][1:] == (1280, 1280)


def test_what_needs_more_memory_than_there_is_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "FEW_PIXELS", 100)
    program = "import sys; sys.exit(4)"
    monkeypatch.setattr(decoding, "_command", lambda _widest: [sys.executable, "-c", program])
    with pytest.raises(NotAPicture, match="Save it as JPEG"):
        render(image_bytes())
    assert not files(settings)


def test_a_picture_that_never_gets_its_turn_is_refused_in_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "TURN_SECONDS", 0.2)
    monkeypatch.setattr(decoding, "FEW_PIXELS", 100)
    with decoding._turn(1), pytest.raises(NotNow, match="Too many pictures"):
        render(image_bytes())
    assert render(image_bytes())
