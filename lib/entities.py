"""Character references of HTML in plain text: what comes along when somebody copies from a page's source.

Only a door decodes them, where something was typed or pasted into a field of plain text. HTML is never touched: there
`&amp;copy;` means that readers are to see “&copy;”.
"""

from __future__ import annotations

import re
from html.entities import html5

from lib.characters import without_controls

_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_ROUNDS = 3  # how often a text is escaped before somebody pastes it


def without_entities(text: str) -> str:
    """Plain text that was copied from HTML source, as its author meant it: “Q&amp;A” is “Q&A”.

    Only references that end in a semicolon and that HTML knows: “AT&T”, “?a=1&copy=2” and “&nothing;” are what they
    are. A text that was escaped twice is decoded twice, so that saving it once more changes nothing.
    """
    for _round in range(_ROUNDS):
        if "&" not in text or (decoded := _ENTITY.sub(_meant, text)) == text:
            break
        text = decoded
    return text


def typed_text(text: str) -> str:
    """What somebody typed or pasted into a field of plain text: entities decoded, no control characters."""
    return without_controls(without_entities(text))


def _meant(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    if name:
        return html5.get(f"{name};", reference[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if not 0 < code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return reference[0]
    # HTML reads the numbers of C1 as those of Windows-1252 (WHATWG HTML §13.2.5.80): &#146; is an apostrophe.
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore")
    return chr(code)
