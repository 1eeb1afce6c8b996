"""The layout of plain text in mails: 74 columns, list items hanging, addresses never broken."""

from __future__ import annotations

import re
import textwrap

COLUMNS = 74
_HANGING = re.compile(r"\s*(?:[*•-] |\d+\. )?")  # before the first word of a line, also of a list


def wrapped(text: str, indent: str = "") -> str:
    """The text in lines of at most 74 columns, its own line breaks kept; an address is never broken. What goes on in
    the next line stands below the words of the first, or behind `indent`."""
    return "\n".join(
        textwrap.fill(
            line,
            COLUMNS,
            subsequent_indent=indent or " " * len(_HANGING.match(line)[0]),  # type: ignore[index]
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
