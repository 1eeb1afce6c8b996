"""The addresses of links as mails say them: the same bytes in the HTML and in the text, and no space in them.

What would end an address in the eyes of a program that looks for addresses in text is percent-encoded; everything else
stays as it was typed, with `&`, parentheses, brackets and letters of any script.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import quote

_ENDS_IT = re.compile(r"[\s\x00-\x20\x7f-\x9f\"<>]")
# Both take whatever there is, quotes that never end as well, so that a text is read once.
_TAG = re.compile(r"<a\s(?:[^<>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*+")
_ATTRIBUTE = re.compile(r"([^\s\"'=<>/]++)(?:(\s*+=\s*+)(\"[^\"]*\"|'[^']*'|[^\s\"'>]++))?")


def mailed_address(typed: str) -> str:
    """Idempotent."""
    address = typed.strip()
    if address[:4].lower() == "tel:":
        return re.sub(r"\s", "", address)  # RFC 3966 §5.1.1: numbers are written without spaces
    return _ENDS_IT.sub(lambda found: quote(found[0], safe=""), address)


def with_mailed_addresses(html: str) -> str:
    """The HTML with the address of each link as `mailed_address` has it, and nothing else changed."""
    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(_attribute, tag[0]), html) if "<a" in html else html


def _attribute(found: re.Match[str]) -> str:
    name, sign, value = found.groups()
    if name.lower() != "href" or not value:
        return found[0]
    quoted = value[0] in "\"'"
    return f'{name}{sign}"{escape(mailed_address(unescape(value[1:-1] if quoted else value)))}"'
