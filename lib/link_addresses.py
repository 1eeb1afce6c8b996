"""The addresses of links as mails say them: the same bytes in the HTML and in the text, and no space in them.

What would end an address in the eyes of a program that looks for addresses in text is percent-encoded; everything else
stays as it was typed, with `&`, parentheses, brackets and letters of any script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
    return with_addresses(html, mailed_address)


def with_addresses(html: str, change: Callable[[str], str]) -> str:
    """The HTML with what `change` makes of the address of each link, and nothing else changed."""

    def changed(found: re.Match[str]) -> str:
        address = _address(found)
        return found[0] if address is None else f'{found[1]}{found[2]}"{escape(change(address))}"'

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(changed, tag[0]), html) if "<a" in html else html


def addresses_in(html: str) -> Iterator[str]:
    """The address of each link in the HTML, as it was typed."""
    for tag in _TAG.finditer(html):
        for found in _ATTRIBUTE.finditer(tag[0]):
            if (address := _address(found)) is not None:
                yield address


def _address(attribute: re.Match[str]) -> str | None:
    name, _sign, value = attribute.groups()
    if name.lower() != "href" or not value:
        return None
    return unescape(value[1:-1] if value[0] in "\"'" else value)
