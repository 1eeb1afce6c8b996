"""Merge fields in what staff write: `{{ name|reader }}`. A name from a list, perhaps a fallback, and nothing else.

How a field is written is said here once (`FIELD`), for texts and for MJML of a newsletter's own alike. In the
address of a link a value is percent-encoded (RFC 3986 §2.1), and can only stand behind the host. Staff text is
never a Django template: templates that staff could write have given away servers elsewhere (listmonk CVE-2025-49136).
There are no lookups, filters, loops or conditions; a field is looked up in a dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import quote, unquote

from lib.link_addresses import addresses_in, with_addresses

# What differs from reader to reader, and so needs a fallback for those whose name we do not know.
PERSONAL = {"name": "the reader's name", "first_name": "the first word of the reader's name"}
# The keys of the publisher's own attributes are merge fields too. A text without a fallback for one has the attribute's
# default, or nothing. What is the same for all readers who get the same articles:
COMMON = {
    "newsletter": "the newsletter's name",
    "number": "the edition's number",
    "date": "the edition's date",
    "lead": "the headline of the first article this reader gets",
    "lead_summary": "the summary of that article; without one, the headlines of the next two",
    "others": "the headlines of the next two",
    "count": "the number of articles",
}

# A pattern without spaces of its own: text is read once, however many braces and blanks are in it. `parts_of` trims.
FIELD = r"\{\{(?P<field>[^{}|]*)(?:\|(?P<fallback>[^{}|]*))?\}\}"
_FIELD = re.compile(FIELD)
_STRAY = ("{{", "}}", "{%", "%}")
_OWN_NAMED = 10  # keys of attributes that a sentence lists
Value = Callable[[str, str], str]  # of a field, by its name and fallback
# What of an address says where a link leads; a field before its end could lead somewhere else for each reader.
_WHERE = re.compile(
    r"\s*(?:https?://[^/?#{}\\]+[/?#]|mailto:[^?{}]*\?|/(?![/\\])|\{\{\s*[a-z_]*url\s*\}\})", re.IGNORECASE
)


class BadMergeField(ValueError):
    """A merge field that does not exist or lacks its fallback; the message names it and says what would be right."""


def is_field(name: str) -> bool:
    return name in PERSONAL or name in COMMON


def parts_of(match: re.Match[str]) -> tuple[str, str]:
    """Name and fallback of a match of `FIELD`."""
    return match["field"].strip(), (match["fallback"] or "").strip()


def as_fallback(text: str) -> str:
    """Without what would end it."""
    return re.sub(r"[{}|]", " ", text)


def names_in(text: str) -> set[str]:
    """The names of the fields in a text or in HTML, whether or not there are such fields."""
    return {name for name, _fallback in fields_in(text)}


def fields_in(text: str) -> list[tuple[str, str]]:
    """Name and fallback of each field in a text or in HTML, in whose addresses they are percent-encoded."""
    return [parts_of(_FIELD.match(unquote(match[0])) or match) for match in _FIELD.finditer(text)]


def check(text: str, own: Collection[str] = ()) -> None:
    """Raise `BadMergeField` for the first field in the text that would not work. `own` are the keys of attributes."""
    for match in _FIELD.finditer(text):
        name, fallback = parts_of(match)
        if not is_field(name) and name not in own:
            some = [*sorted(own)[:_OWN_NAMED], *(["…"] if len(own) > _OWN_NAMED else [])]
            raise BadMergeField(
                f"There is no merge field “{name}”. You can use: {', '.join([*PERSONAL, *COMMON, *some])}."
                if name
                else "“{{ }}” is an empty merge field. Write for example {{ name|reader }}."
            )
        if name in PERSONAL and not fallback:
            raise BadMergeField(
                f"“{{{{ {name} }}}}” needs a fallback for readers whose name we don't know,"
                f" for example {{{{ {name}|reader }}}}."
            )
    rest = _FIELD.sub("", text)
    for stray in _STRAY:
        if stray in rest:
            at = rest.index(stray)
            raise BadMergeField(
                f"“{rest[max(0, at - 10) : at + 20].strip()}” isn't a merge field: “{stray}” is unmatched."
            )


def fill(text: str, value: Value) -> str:
    """The text with each field replaced by `value(name, fallback)`. The text was checked before."""
    return _FIELD.sub(lambda match: value(*parts_of(match)), text)


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of a text: as it was typed, or the value of `field`."""

    text: str
    field: str = ""


def parts(text: str, value: Callable[[str, str], str | None]) -> list[TextPart]:
    """As `fill`, in pieces that say which are values. What `value` says is no field (None) stays text."""
    found, end = [], 0
    for match in _FIELD.finditer(text):
        name, fallback = parts_of(match)
        said = value(name, fallback)
        if said is None:
            continue
        found += [TextPart(text[end : match.start()]), TextPart(said, name)]
        end = match.end()
    return [part for part in [*found, TextPart(text[end:])] if part.text or part.field]


def meaning_of(name: str) -> str:
    return PERSONAL.get(name) or COMMON.get(name) or f"the reader's {name.replace('_', ' ')}"


def has_braces(text: str) -> bool:
    """Would it be read as a merge field, or as one gone wrong?"""
    return any(stray in text for stray in _STRAY)


def change_outside(text: str, change: Callable[[str], str]) -> str:
    """The text with what stands between its fields changed, and the fields as they are."""
    pieces, end = [], 0
    for match in _FIELD.finditer(text):
        pieces += [change(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*pieces, change(text[end:])])


def without_fields(text: str) -> str:
    return _FIELD.sub(" ", text)


# --- In HTML, whose links have addresses ------------------------------------------------------------------------
def check_html(html: str, own: Collection[str] = ()) -> None:
    """The same as `check` for HTML, where a field in the address of a link must also stand behind the host."""
    for address in addresses_in(html):
        check(_typed(address).replace("%20", " "), own)
        match = _FIELD.search(address)
        if match is not None and not may_follow(address[: match.start()]):
            raise BadMergeField(
                "In the address of a link, merge fields can only follow the site's name, as in"
                f" https://example.org/?name={{{{ name|reader }}}}. Change “{_typed(address)[:200]}”."
            )
    check(with_addresses(html, lambda _address: "#"), own)


def may_follow(before: str) -> bool:
    """May a field stand behind this beginning of an address?"""
    return _WHERE.match(before) is not None


def fill_html(html: str, value: Value, in_link: Value) -> str:
    """As `fill`: with what `value` gives, which is HTML, and in addresses of links with what `in_link` gives, which is
    ready for an address. The HTML was checked before."""

    def filled(address: str) -> str:
        return _FIELD.sub(lambda match: in_link(*parts_of(_FIELD.match(_typed(match[0])) or match)), address)

    return fill(with_addresses(html, filled), value)


def quoted(value: str) -> str:
    """As it may stand in an address."""
    return quote(value, safe="")


def _typed(address: str) -> str:
    """With its fields as they were typed: saving percent-encodes spaces in addresses."""
    return _FIELD.sub(lambda match: unquote(match[0]), address)
