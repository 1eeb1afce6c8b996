"""Merge fields in what staff write: `{{ name|reader }}`. A name from a list, perhaps a fallback, and nothing else.

How a field is written is said here once (`FIELD`), for texts and for MJML of a newsletter's own alike. Staff text is
never a Django template: templates that staff could write have given away servers elsewhere (listmonk CVE-2025-49136).
There are no attributes, filters, loops or conditions; a field is looked up in a dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# What differs from reader to reader, and so needs a fallback for those whose name we do not know.
PERSONAL = {"name": "the reader's name", "first_name": "the first word of the reader's name"}
# What is the same for all readers who get the same articles.
COMMON = {
    "newsletter": "the newsletter's name",
    "number": "the edition's number",
    "date": "the edition's date",
    "lead": "the headline of the first article this reader gets",
    "others": "the headlines of the next two",
    "count": "the number of articles",
}

# A pattern without spaces of its own: text is read once, however many braces and blanks are in it. `parts_of` trims.
FIELD = r"\{\{(?P<field>[^{}|]*)(?:\|(?P<fallback>[^{}|]*))?\}\}"
_FIELD = re.compile(FIELD)


class BadMergeField(ValueError):
    """A merge field that does not exist or lacks its fallback; the message names it and says what would be right."""


def parts_of(match: re.Match[str]) -> tuple[str, str]:
    """Name and fallback of a match of `FIELD`."""
    return match["field"].strip(), (match["fallback"] or "").strip()


def check(text: str) -> None:
    """Raise `BadMergeField` for the first field in the text that would not work."""
    for match in _FIELD.finditer(text):
        name, fallback = parts_of(match)
        if name not in PERSONAL and name not in COMMON:
            raise BadMergeField(
                f"There is no merge field “{name}”. You can use: {', '.join([*PERSONAL, *COMMON])}."
                if name
                else "“{{ }}” is an empty merge field. Write for example {{ name|reader }}."
            )
        if name in PERSONAL and not fallback:
            raise BadMergeField(
                f"“{{{{ {name} }}}}” needs a fallback for readers whose name we don't know,"
                f" for example {{{{ {name}|reader }}}}."
            )
    rest = _FIELD.sub("", text)
    for stray in ("{{", "}}", "{%", "%}"):
        if stray in rest:
            at = rest.index(stray)
            raise BadMergeField(
                f"“{rest[max(0, at - 10) : at + 20].strip()}” isn't a merge field: “{stray}” is unmatched."
            )


def fill(text: str, value: Callable[[str, str], str]) -> str:
    """The text with each field replaced by `value(name, fallback)`. The text was checked before."""
    return _FIELD.sub(lambda match: value(*parts_of(match)), text)
