"""Is a mail fit for the programs that show it and the filters that judge it? HTML and text in, faults out.

Pure: it asks no database and no network, and says nothing about who wrote what. Preflight runs it on the mail of a
sample reader and finds the place of each fault; the golden tests run it on every design.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from django.utils.translation import gettext as _

from newsletters.rendering.checking import addresses, contrast, structure, styles
from newsletters.rendering.checking.document import Document
from newsletters.rendering.checking.faults import Fault
from newsletters.rendering.slots import MARK

CLIPPED_BYTES = 102_000  # Gmail shows no more of a message's HTML
LARGE_BYTES = 90_000
SHARE_OF_TEXT = 0.2  # of the HTML's words that the text part must have
_BULLET = re.compile(r"\s*(?:(?:[*+•-]|\d+\.)\s)?\s*")  # before the first word of a line, also of a list
_UNRESOLVED = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|" + MARK + r"\w*")


def check_mail(
    subject: str,
    html: str,
    text: str,
    *,
    items: Iterable[str] = (),
    apart: Container[str] = (),
    decorative: Container[str] = (),
    sent: int = 0,
) -> list[Fault]:
    """Every fault of a mail as one reader gets it. The text part must hold the address of every link in the HTML, but
    for those `apart`, and the addresses `items`. `decorative` are the files of pictures without alternative text on
    purpose. `sent` is how many bytes its HTML has once it counts links, where that differs."""
    document = Document(html)
    return [
        *_unresolved(subject, html, text),
        *_size(sent or len(html.encode())),
        *_text(document, text, items, apart),
        *addresses.check(document),
        *structure.check(document, decorative),
        *contrast.check(document),
        *styles.check(document),
    ]


def _unresolved(*texts: str) -> Iterator[Fault]:
    for found in dict.fromkeys(match for text in texts for match in _UNRESOLVED.findall(text)):
        yield Fault("merge_left", _("“%s” would appear in the email as it is.") % found[:60], found, certain=True)


def _size(size: int) -> Iterator[Fault]:
    if size >= LARGE_BYTES:
        sentence = _("The email has %(kb)d KB of HTML. Gmail cuts it off at 100, so remove something.")
        yield Fault("size", sentence % {"kb": size // 1024}, certain=size >= CLIPPED_BYTES)


def _text(document: Document, text: str, items: Iterable[str], apart: Container[str]) -> Iterator[Fault]:
    if not text.strip():
        yield Fault("text_missing", _("The email has no text part for readers without HTML."), certain=True)
        return
    there, lines = len(text.split()), {_BULLET.sub("", line).rstrip() for line in text.splitlines()}
    wanted = sum(len(words.text.split()) for words in document.words())
    if there < SHARE_OF_TEXT * wanted:
        yield Fault("text_short", _("The text part leaves out most of what the HTML says."))
    linked = [address for address in addresses.targets_of(document) if address not in apart]
    for address in dict.fromkeys([*items, *linked]):
        if address not in lines:
            yield Fault(
                "text_address",
                _("In the text part, %s has to be on a line of its own.") % address,
                address,
                certain=True,
            )


__all__ = ["CLIPPED_BYTES", "LARGE_BYTES", "Document", "Fault", "check_mail"]
