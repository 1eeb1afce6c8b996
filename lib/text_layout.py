"""The layout of plain text in mails: 74 columns, list items hanging, addresses never broken."""

from __future__ import annotations

import re
import textwrap

COLUMNS = 74
_HANGING = re.compile(r"\s*(?:[*•-] |\d+\. )?")  # before the first word of a line, also of a list


def wrapped(text: str, indent: str = "") -> str:
    """The text in lines of at most 74 columns, its own line breaks kept; an address is never broken. What goes on in
    the next line stands below the words of the first, or behind `indent`."""
    return "\n".join([_filled(line, indent) for line in text.splitlines()])


def _filled(line: str, indent: str) -> str:
    indent = indent or " " * len(_HANGING.match(line)[0])  # type: ignore[index]
    if " ".join(line.split()) != line:  # spaces that mean something, or that wrapping leaves out
        return textwrap.fill(line, COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    # A sentence as anybody writes it. Of most mails one is wrapped as they are sent, and textwrap takes longer for it
    # than the rest of the mail.
    lines, start, room = [], 0, COLUMNS
    while len(line) - start > room:
        end = line.rfind(" ", start, start + room + 1)
        if end < 0 and (end := line.find(" ", start + room)) < 0:
            break
        lines.append(line[start:end])
        start, room = end + 1, COLUMNS - len(indent)
    return f"\n{indent}".join([*lines, line[start:]])
