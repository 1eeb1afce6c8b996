"""Unpack what was compressed (gzip, deflate, Brotli) into no more bytes than were agreed on before: a few kilobytes may
hold gigabytes."""

from __future__ import annotations

import zlib

GZIP = b"\x1f\x8b"
CODINGS = "gzip, br"  # for Accept-Encoding
MOST_CODINGS = 2  # one within another
MOST_MEMBERS = 100  # of a gzip file; what is behind each is copied
_AUTOMATIC, _RAW = 47, -15  # zlib's window bits: gzip or zlib by its head; deflate without a head


class CannotUnpack(ValueError):
    """The bytes aren't what their coding says, or the coding is unknown; the message is a sentence's end."""


class UnpacksTooLarge(CannotUnpack):
    """They would become more than we take."""


def unpacked(data: bytes, codings: str, *, most: int) -> bytes:
    """The bytes without the codings of a Content-Encoding header (RFC 9110 §8.4), the last one taken off first.
    Raises `CannotUnpack`, and `UnpacksTooLarge` beyond `most` bytes."""
    names = [name for each in codings.lower().split(",") if (name := each.strip()) not in {"", "identity"}]
    if len(names) > MOST_CODINGS:
        raise CannotUnpack("it is compressed more than twice")
    for name in reversed(names):
        if name in {"gzip", "x-gzip", "deflate"}:
            data = _inflated(data, most)
        elif name == "br":
            data = _from_brotli(data, most)
        else:
            raise CannotUnpack("it is compressed in a way that we can't read")
    return data


def _inflated(data: bytes, most: int) -> bytes:
    try:
        return _each_member(data, _AUTOMATIC, most)
    except zlib.error:
        pass
    try:  # some servers send deflate without zlib's head (RFC 9110 §8.4.1.2)
        return _each_member(data, _RAW, most)
    except zlib.error:
        raise CannotUnpack("it is compressed, and damaged") from None


def _each_member(data: bytes, window_bits: int, most: int) -> bytes:
    """A gzip file may have several, one after another; what is behind the last one isn't read."""
    parts: list[bytes] = []
    size = 0
    for _member in range(MOST_MEMBERS):
        machine = zlib.decompressobj(window_bits)
        parts.append(machine.decompress(data, most + 1 - size))
        size += len(parts[-1])
        if size > most:
            raise UnpacksTooLarge(_too_large(most))
        if not machine.eof:
            raise CannotUnpack("it is compressed, and its end is missing")
        data = machine.unused_data
        if not data.startswith(GZIP):
            return b"".join(parts)
    raise CannotUnpack(f"it is compressed in more than {MOST_MEMBERS} parts")


def _from_brotli(data: bytes, most: int) -> bytes:
    import brotli

    machine = brotli.Decompressor()
    try:
        parts: list[bytes] = [machine.process(data, output_buffer_limit=most + 1)]
        size = len(parts[0])
        while size <= most and not machine.is_finished():
            parts.append(machine.process(b"", output_buffer_limit=most + 1 - size))
            if not parts[-1]:
                raise CannotUnpack("it is compressed, and its end is missing")
            size += len(parts[-1])
    except brotli.error:
        raise CannotUnpack("it is compressed, and damaged") from None
    if size > most:
        raise UnpacksTooLarge(_too_large(most))
    return b"".join(parts)


def _too_large(most: int) -> str:
    return f"it is larger than {most // 1_000_000} MB when it is unpacked"
