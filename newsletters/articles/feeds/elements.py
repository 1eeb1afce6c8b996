"""Elements of feeds by what they mean: one name for each of many namespaces, and the HTML that they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import urljoin

from newsletters.articles.feeds.markup import Element

XML = "{http://www.w3.org/XML/1998/namespace}"
CORE = ""  # what belongs to RSS, Atom and CDF themselves, whichever of their namespaces it is in
# Namespaces of modules, without scheme and trailing signs, in lower case. The rest is the feed's own, or unknown.
_MODULES = {
    "purl.org/dc/elements/1.1": "dc", "purl.org/dc/elements/1.0": "dc", "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content", "search.yahoo.com/mrss": "media",
    "tools.search.yahoo.com/mrss": "media", "www.rssboard.org/media-rss": "media",
    "video.search.yahoo.com/mrss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes", "example.com/dtds/podcast-1.0.dtd": "itunes",
    "www.w3.org/1999/xhtml": "xhtml", "www.w3.org/tr/rec-html40": "xhtml",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf", "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "purl.org/syndication/thread/1.0": "thr", "schemas.google.com/g/2005": "gd", "www.georss.org/georss": "georss",
    "www.opengis.net/gml": "gml", "purl.org/rss/1.0/modules/syndication": "sy",
    "purl.org/rss/1.0/modules/slash": "slash", "wellformedweb.org/commentapi": "wfw",
    "backend.userland.com/creativecommonsrssmodule": "creativecommons", "web.resource.org/cc": "cc",
    "webns.net/mvcb": "admin", "purl.org/rss/1.0/modules/annotate": "annotate",
    "a9.com/-/spec/opensearch/1.1": "opensearch", "a9.com/-/spec/opensearchrss/1.0": "opensearch",
    "podlove.org/simple-chapters": "psc", "www.w3.org/2003/01/geo/wgs84_pos": "geo", "xmlns.com/foaf/0.1": "foaf",
    "www.w3.org/2000/svg": "svg", "www.w3.org/1998/math/mathml": "math", "purl.org/rss/1.0/modules/prism": "prism",
    "prismstandard.org/namespaces/1.2/basic": "prism", "prismstandard.org/namespaces/basic/2.0": "prism",
}  # fmt: skip
# Prefixes whose declaration a broken feed has lost.
_PREFIXES = frozenset(_MODULES.values()) | {"atom", "a10", "atom10"}
_OWN = re.compile(r"rss|atom|echo|netscape|userland|pie\b|newformat|feed|cdf|rdf/simple|^$")
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_MOST_PLAIN = 20_000  # characters
_MOST_BASES = 8  # one within another; nobody nests more
_ADDRESSES = frozenset({"href", "src"})


class FeedName(NamedTuple):
    module: str
    local: str  # in lower case


@lru_cache(maxsize=2000)
def _name_of_tag(tag: str) -> FeedName:
    space, _brace, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    prefix, colon, rest = local.partition(":")
    if colon and not space:
        module = prefix.lower()
        return FeedName(CORE if module.startswith(("atom", "a10")) else module, rest.lower())
    key = re.sub(r"^https?://|[/#?]+$", "", space.strip().lower())
    module = _MODULES.get(key) or (CORE if _OWN.search(key) and "/modules/" not in key else key)
    return FeedName(module, local.lower())


def name_of(element: Element) -> FeedName:
    return _name_of_tag(element.tag)


def children(element: Element) -> Iterator[tuple[FeedName, Element]]:
    for child in element:
        yield _name_of_tag(child.tag), child


def attribute(element: Element, name: str) -> str:
    """Its value, whatever the case of its name or the namespace of it."""
    value = element.get(name)
    if value is None:
        value = next((text for key, text in element.attrib.items() if key.rpartition("}")[2].lower() == name), "")
    return str(value).strip()


def plain_text(element: Element) -> str:
    """All text in it, its children's too; no more than any address or line needs."""
    if len(element) == 0:
        return (element.text or "")[:_MOST_PLAIN].strip()
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        parts.append(part[:_MOST_PLAIN])
        size += len(part)
        if size >= _MOST_PLAIN:
            break
    return "".join(parts)[:_MOST_PLAIN].strip()


def says_base(element: Element) -> bool:
    return any(each.get(f"{XML}base") for each in (element, *element.iterancestors()))


def base_of(element: Element, address: str) -> str:
    """The address that links in this element are relative to (XML Base), of a feed at that address."""
    written: list[str] = []
    for each in (element, *element.iterancestors()):
        if base := each.get(f"{XML}base"):
            written.append(base)
            if "://" in base[:12] or len(written) == _MOST_BASES:
                break
    for base in reversed(written):
        address = joined(address, base)
    return address


def joined(base: str, address: str) -> str:
    """The absolute address; as it is written where that can't be said."""
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return address.strip()


def inner_html(element: Element, address: str) -> str:
    """What is between its tags, as HTML: its text where that is HTML already, else its children written as HTML."""
    if len(element) == 0:
        return (element.text or "").strip()
    from lxml import etree

    parts = [escape(element.text or "", quote=False)]
    bases: list[str] = []
    own: str | None = None  # looked for where an element needs it, and once
    for event, each in etree.iterwalk(element, events=("start", "end")):
        if each is element:
            continue
        local = _name_of_tag(each.tag).local
        if event == "start":
            base = each.get(f"{XML}base")
            outer = bases[-1] if bases else ""
            if base and not outer and own is None:
                own = base_of(element, address)
            bases.append(joined(outer or own or "", base) if base else outer)
            parts.append(f"<{local}{_attributes(each, bases[-1])}>{escape(each.text or '', quote=False)}")
        else:
            bases.pop()
            parts.append(f"{'' if local in _VOID else f'</{local}>'}{escape(each.tail or '', quote=False)}")
    return "".join(parts).strip()


def _attributes(element: Element, base: str) -> str:
    """Without those of other namespaces; addresses absolute where the element has a base of its own."""
    return "".join(
        f' {name.lower()}="{escape(joined(base, value) if base and name.lower() in _ADDRESSES else value)}"'
        for name, value in element.attrib.items()
        if not name.startswith("{") and ":" not in name
    )
