"""From the bytes of a feed to its text: which charset they are in, by RFC 7303 and what servers really send.

A byte order mark outranks everything, then the charset of HTTP, then the declaration of XML, then UTF-8. Where a
charset doesn't fit the bytes the next is tried, and at the end Windows-1252, in which every byte is something; a
warning says so. Nothing is guessed from frequencies of letters.
"""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import NamedTuple

_MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF16_LE, "utf-16-le"),
)  # fmt: skip
# The first bytes of “<?xm” or “<” without a mark (XML 1.0, appendix F); the families of ASCII come by themselves.
_BEGINNINGS = (
    (b"\x00\x00\x00<", "utf-32-be"), (b"<\x00\x00\x00", "utf-32-le"), (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"), (b"\x4c\x6f\xa7\x94", "cp037"),
)  # fmt: skip
_DECLARATION = re.compile(r"^\s{0,100}<\?xml\s[^>]{0,300}?\?>", re.IGNORECASE)
_ENCODING = re.compile(r"""encoding\s{0,10}=\s{0,10}["']([A-Za-z0-9._:-]{1,40})["']""", re.IGNORECASE)
_LOOKED_AT = 500  # bytes: where a declaration is, if there is one
# What calls itself so is something more in practice (WHATWG Encoding).
_MEANT = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
}  # fmt: skip
_OTHER_NAMES = {"x-sjis": "cp932", "x-gbk": "gb18030", "x-mac-roman": "mac-roman", "macintosh": "mac-roman",
                "x-user-defined": "cp1252", "unicode": "utf-16", "x-big5": "big5hkscs"}  # fmt: skip
_TEXT_CODECS = re.compile(r"^(?!utf[-_]?7$|.*(?:hex|rot_?13|base_?64|zlib|bz2|uu|quopri|punycode|idna|escape))", re.I)
LAST = "cp1252"


class DecodedText(NamedTuple):
    text: str
    problem: str  # a sentence, or nothing


def decoded(data: bytes, content_type: str = "") -> DecodedText:
    """The text without a byte order mark and without the declaration of XML."""
    by_mark = _by_mark(data)
    beginning = _by_beginning(data)
    declared = _declared(data[:_LOOKED_AT], beginning)
    stated = _charset_of(content_type)
    wanted = list(dict.fromkeys(name for name in (by_mark, stated, declared, beginning, "utf-8") if name))
    problems: list[str] = []
    for name in wanted:
        codec = _codec(name)
        if codec is None:
            problems.append(f"The feed says that it is in the charset “{name}”, which we don't know.")
            continue
        if (text := _decode(data, codec)) is not None:
            return DecodedText(_without_declaration(text), problems[0] if problems else "")
        problems.append(f"The feed says that it is in {name}, and isn't. We read it as another charset.")
    text = data.decode(LAST, "replace")
    return DecodedText(_without_declaration(text), problems[0] if problems else "")


def _by_mark(data: bytes) -> str:
    return next((name for mark, name in _MARKS if data.startswith(mark)), "")


def _by_beginning(data: bytes) -> str:
    return next((name for bytes_, name in _BEGINNINGS if data.startswith(bytes_)), "")


def _declared(beginning: bytes, family: str) -> str:
    """What the declaration of XML says; of bytes in two or four to a character it can't be more than their family."""
    if family.startswith(("utf-16", "utf-32")):
        return ""
    head = _DECLARATION.match(beginning.decode(family or "latin-1").removeprefix("\xef\xbb\xbf"))
    found = _ENCODING.search(head[0]) if head else None
    name = found[1].lower() if found else ""
    return "" if name.replace("_", "-").startswith(("utf-16", "utf-32", "ucs", "csucs", "iso-10646-ucs")) else name


def _charset_of(content_type: str) -> str:
    """The parameter of a Content-Type header; empty without one. The us-ascii that RFC 3023 once gave to text/xml no
    server means (RFC 7303 took it back)."""
    message = Message()
    message["Content-Type"] = content_type[:300].replace("\r", " ").replace("\n", " ")
    charset = message.get_param("charset")
    return charset.strip().lower()[:40] if isinstance(charset, str) else ""


def _codec(name: str) -> str | None:
    """Python's name of what is meant, if it is a charset at all."""
    name = _OTHER_NAMES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not _TEXT_CODECS.match(info.name) or not getattr(info, "_is_text_encoding", True):
        return None
    return _MEANT.get(info.name, info.name)


def _decode(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as problem:
        if codec == "cp1252":  # five bytes that it leaves open are as WHATWG reads them: controls, taken out later
            return data.decode("cp1252", "replace")
        # A file cut off in the middle of a character is one character short.
        return data[: problem.start].decode(codec) if problem.start >= len(data) - 3 > 0 else None
    except (ValueError, LookupError):
        return None
    return text


def _without_declaration(text: str) -> str:
    return _DECLARATION.sub("", text.lstrip("\ufeff\ufffe"), count=1)
