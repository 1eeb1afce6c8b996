"""What screen readers, and clients that leave out half of what they get, need of a mail's HTML."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from django.utils.translation import gettext as _

from newsletters.rendering.checking.document import Document, Element, text_of
from newsletters.rendering.checking.faults import Fault

NARROWEST = 320  # CSS pixels of a phone
# What says nothing to who hears only the links (WCAG 2.2, 2.4.4 and 2.4.9).
_EMPTY_WORDS = {
    "click here", "here", "click", "this link", "link", "read more", "more", "learn more",
    "hier", "hier klicken", "klicken sie hier", "mehr", "weiterlesen", "mehr lesen",
    "ici", "cliquez ici", "lire la suite", "aquí", "haga clic aquí", "leer más", "اضغط هنا", "هنا",
}  # fmt: skip


def check(document: Document, decorative: Container[str] = ()) -> Iterator[Fault]:
    yield from _head(document)
    yield from _headings(document)
    yield from _pictures(document, decorative)
    yield from _tables(document)
    yield from _links(document)


def _head(document: Document) -> Iterator[Fault]:
    missing = []
    if not document.root.get("lang"):
        missing.append(_("its language"))
    if not "".join(title.text or "" for title in document.all("title")).strip():
        missing.append(_("a title"))
    named = {meta.get("name", "").lower() for meta in document.all("meta")}
    missing += [name for name in ("viewport", "color-scheme") if name not in named]
    if missing:
        yield Fault("head", _("The email is missing %s.") % ", ".join(missing))


def _headings(document: Document) -> Iterator[Fault]:
    headings = document.all("h1", "h2", "h3", "h4", "h5", "h6")
    firsts = [heading for heading in headings if heading.tag == "h1"]
    if len(firsts) != 1:
        yield Fault(
            "headings",
            _("The email has %(count)d main headings (h1). Screen readers expect one.") % {"count": len(firsts)},
            text_of(firsts[1]) if len(firsts) > 1 else "",
        )
    level = 0
    for heading in headings:
        deeper = int(heading.tag[1])
        if level and deeper > level + 1:
            yield Fault(
                "headings",
                _("The heading “%(words)s” skips a level: h%(deeper)d follows h%(level)d.")
                % {"words": text_of(heading), "deeper": deeper, "level": level},
                text_of(heading),
            )
        level = deeper


def _pictures(document: Document, decorative: Container[str]) -> Iterator[Fault]:
    for image in document.all("img"):
        source = image.get("src", "")
        is_decorative = source in decorative or image.get("role") == "presentation"
        if not (image.get("alt") or "").strip() and not is_decorative:
            sentence = _("A picture has no alternative text for readers who can't see it. Describe it, or say that "
                         "it is decorative.")  # fmt: skip
            yield Fault("alt", sentence, source)
        if not re.fullmatch(r"[1-9]\d*", image.get("width", "")):
            yield Fault("width", _("A picture has no width, so Outlook shows it at full size."), source)
        elif int(image.get("width")) > NARROWEST and not _shrinks(document, image):
            yield Fault("wide", _("A picture doesn't shrink with the window, so phones would scroll sideways."), source)


def _shrinks(document: Document, image: Element) -> bool:
    style = document.inline.get(image, {})
    return any(name in style and style[name].words.endswith("%") for name in ("max-width", "width"))


def _tables(document: Document) -> Iterator[Fault]:
    laid_out = [table for table in document.all("table") if not table.xpath("./tr/th|./*/tr/th")]
    if any(table.get("role") not in {"presentation", "none"} for table in laid_out):
        yield Fault("role", _("A layout table isn't marked as one, so screen readers read it out as data."))


def _links(document: Document) -> Iterator[Fault]:
    for link in document.all("a"):
        address = link.get("href", "")
        words = text_of(link)
        heard = (link.get("aria-label") or words).strip()
        if not address:
            continue
        if not heard:
            yield Fault("link_words", _("The link to %s has no text.") % address, address)
        elif heard.strip(" .…:»›→>!").casefold() in _EMPTY_WORDS:
            yield Fault(
                "link_words",
                _("The link “%(words)s” doesn't say where it leads. Name what it links to.") % {"words": words},
                address,
            )
