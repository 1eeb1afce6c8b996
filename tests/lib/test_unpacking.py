"""What was compressed is unpacked whole, or refused before it grows."""

from __future__ import annotations

import gzip
import zlib
from functools import partial

import brotli
import pytest

from lib.unpacking import CannotUnpack, UnpacksTooLarge, unpacked

TEXT = b"hello " * 1000
gzipped = partial(gzip.compress, mtime=0)  # the time would stand in the names of tests


@pytest.mark.parametrize(
    ("data", "codings"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzipped(TEXT), "gzip"),
        (gzipped(TEXT), "X-GZIP"),
        (gzipped(TEXT[:600]) + gzipped(TEXT[600:]), "gzip"),  # two members
        (gzipped(TEXT) + b"\0\0\0", "gzip"),  # padded, as tapes are
        (zlib.compress(TEXT), "deflate"),
        (zlib.compress(TEXT)[2:-4], "deflate"),  # without zlib's head
        (brotli.compress(TEXT), "br"),
        (brotli.compress(gzipped(TEXT)), "gzip, br"),
    ],
)
def test_it_is_what_it_was(data: bytes, codings: str) -> None:
    assert unpacked(data, codings, most=len(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("data", "codings"),
    [
        (gzipped(TEXT), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (brotli.compress(TEXT), "br"),
        (gzipped(TEXT[:3000]) * 2, "gzip"),
    ],
)
def test_a_byte_too_many_is_refused(data: bytes, codings: str) -> None:
    with pytest.raises(UnpacksTooLarge):
        unpacked(data, codings, most=5999)


@pytest.mark.parametrize(
    ("data", "codings"),
    [
        (b"plain", "gzip"),
        (gzipped(TEXT)[:-1], "gzip"),
        (b"", "gzip"),
        (gzipped(b"") * 101, "gzip"),
        (b"plain", "br"),
        (brotli.compress(TEXT)[:-1], "br"),
        (TEXT, "zstd"),
        (TEXT, "gzip, gzip, gzip"),
    ],
)
def test_what_is_damaged_or_unknown_is_refused(data: bytes, codings: str) -> None:
    with pytest.raises(CannotUnpack) as refusal:
        unpacked(data, codings, most=10_000)
    assert str(refusal.value).startswith("it is ")
