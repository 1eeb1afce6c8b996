"""A tree of XML as a feed: which element says what, for RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, and CDF.

Where several elements could say the same, the order of the tables decides, not that of the feed. An element that isn't
in them is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from newsletters.articles.feeds.contents import MOST_READ, NotAFeed, WrittenFeed, WrittenItem, WrittenText
from newsletters.articles.feeds.elements import (
    CORE,
    FeedName,
    attribute,
    base_of,
    children,
    inner_html,
    joined,
    name_of,
    plain_text,
    says_base,
)
from newsletters.articles.feeds.encoded import base64_text
from newsletters.articles.feeds.markup import Element
from newsletters.articles.feeds.media import pictures_of

_ITEMS = {"item", "entry"}
_FEEDS = {"channel", "feed"}
_TITLES = ((CORE, "title"), ("dc", "title"), ("itunes", "title"), ("media", "title"))
_TEXTS = (
    ("content", "encoded"), (CORE, "content"), ("xhtml", "body"), (CORE, "body"), ("xhtml", "div"), (CORE, "fullitem"),
    (CORE, "xhtml"),
)  # fmt: skip
_SUMMARIES = (
    (CORE, "description"), (CORE, "summary"), (CORE, "abstract"), ("dc", "description"), ("dcterms", "abstract"),
    ("itunes", "summary"), ("media", "description"), ("media", "text"), ("itunes", "subtitle"),
)  # fmt: skip
_DESCRIPTIONS = (
    (CORE, "subtitle"), (CORE, "tagline"), (CORE, "description"), (CORE, "abstract"), ("dc", "description"),
    ("itunes", "subtitle"), ("itunes", "summary"), (CORE, "info"),
)  # fmt: skip
_IDS = ((CORE, "guid"), (CORE, "id"), ("dc", "identifier"), ("dcterms", "identifier"))
_PUBLISHED = (
    (CORE, "published"), (CORE, "pubdate"), (CORE, "issued"), ("dcterms", "issued"), ("dc", "date"),
    ("dcterms", "created"), (CORE, "created"), ("dcterms", "available"), ("prism", "publicationdate"),
)  # fmt: skip
_UPDATED = ((CORE, "updated"), (CORE, "modified"), ("dcterms", "modified"), (CORE, "lastbuilddate"))
_AUTHORS = ((CORE, "author"), ("dc", "creator"), (CORE, "creator"), ("itunes", "author"), ("dc", "author"))
_TOPICS = ((CORE, "category"), ("dc", "subject"), (CORE, "keywords"), ("itunes", "keywords"), ("media", "keywords"),
           ("prism", "category"))  # fmt: skip
_LANGUAGES = ((CORE, "language"), ("dc", "language"))
_KEYWORDS = {"keywords"}  # a list with commas in it
_ADDRESS = re.compile(r"[^\s<>()@]{1,64}@[^\s<>()@]{1,255}")
_PLAIN_TYPES = {"text", "text/plain"}
_HTML_TYPES = {"html", "xhtml", "text/html", "application/xhtml+xml"}
_MOST_TOPICS = 50

Parts = dict[FeedName, list[Element]]


def feed_of(root: Element, address: str) -> WrittenFeed:
    """Raises `NotAFeed` for other XML, and for HTML in words of its own."""
    items = list(_items_in(root))
    head = next((each for each in root.iter() if name_of(each).module == CORE and name_of(each).local in _FEEDS), None)
    root_name = name_of(root)
    is_feed = items or head is not None or root_name.local in {"rss", "rdf"} or root_name == FeedName(CORE, "xml")
    if not is_feed:
        if root_name.local == "html":
            raise NotAFeed("This is a web page, and not a feed.")
        raise NotAFeed(f"This isn't a feed: it begins with “{root_name.local[:40]}”.")
    head = root if head is None else head
    feed = WrittenFeed(format=_format(root, head))
    parts = _parts(head)
    feed.title = _first_text(parts, _TITLES, address)
    feed.description = _first_text(parts, _DESCRIPTIONS, address)
    links = parts.get(FeedName(CORE, "link"), [])
    feed.link = _link(links, head, address)
    feed.language = attribute(head, "lang") or attribute(root, "lang") or _first_plain(parts, _LANGUAGES)
    feed.author = ", ".join(_authors(parts, is_feed=True))
    feed.hub = _related(links, "hub", address)
    feed.address = _related(links, "self", address)
    feed.item_count = len(items)
    feed.items = [_item(each, address) for each in items[:MOST_READ]]
    return feed


def _items_in(root: Element) -> Iterator[Element]:
    """In their order. One within another comes where a feed forgot to close it; one within a text is text."""
    waiting = [(name_of(root), root)]
    while waiting:
        name, element = waiting.pop()
        is_item = name.module == CORE and name.local in _ITEMS
        if is_item:
            yield element
        inside = list(children(element))
        waiting.extend(pair for pair in reversed(inside) if not is_item or pair[0].local in _ITEMS)


def _format(root: Element, head: Element) -> str:
    name, version = name_of(root), attribute(root, "version")[:20]
    if name.local == "rss":
        return f"RSS {version}".strip()
    if name.local == "rdf":
        return "RSS 1.0 (RDF)"
    if name_of(head).local == "feed":
        return f"Atom {version or '1.0'}"
    return "CDF" if name.local == "channel" and (attribute(head, "href") or attribute(head, "base")) else "RSS"


def _parts(element: Element) -> Parts:
    found: Parts = {}
    for name, child in children(element):
        found.setdefault(name, []).append(child)
    return found


def _all(parts: Parts, names: Iterable[tuple[str, str]]) -> Iterator[Element]:
    for module, local in names:
        yield from parts.get(FeedName(module, local), ())


def _first_plain(parts: Parts, names: Iterable[tuple[str, str]]) -> str:
    return next((text for each in _all(parts, names) if (text := plain_text(each))), "")


def _item(element: Element, address: str) -> WrittenItem:
    parts = _parts(element)
    links = parts.get(FeedName(CORE, "link"), [])
    item = WrittenItem()
    item.title = _first_text(parts, _TITLES, address)
    item.text = _first_text(parts, _TEXTS, address)
    item.summary = _first_text(parts, _SUMMARIES, address)
    item.link = _item_link(parts, links, element, address)
    item.id = _first_plain(parts, _IDS) or attribute(element, "about")
    item.published = _first_plain(parts, _PUBLISHED)
    item.updated = _first_plain(parts, _UPDATED) or attribute(element, "lastmod")
    item.authors = _authors(parts)
    item.topics = _topics(parts)
    item.pictures = pictures_of(element, address)
    return item


def _item_link(parts: Parts, links: list[Element], element: Element, address: str) -> str:
    original = _first_plain(parts, (("feedburner", "origlink"),))
    found = original or _link(links, element, address)
    if found:
        return found
    for guid in parts.get(FeedName(CORE, "guid"), ()):
        if attribute(guid, "ispermalink").lower() != "false" and plain_text(guid).lower().startswith("http"):
            return plain_text(guid)
    return _first_plain(parts, (("rdf", "link"), (CORE, "comments"))) or _enclosure(parts)


def _enclosure(parts: Parts) -> str:
    return next((attribute(each, "url") for each in parts.get(FeedName(CORE, "enclosure"), ())), "")


def _link(links: list[Element], element: Element, address: str) -> str:
    """Where the page is: RSS writes it between the tags, Atom into an attribute, CDF into one of the element's own."""
    best, rank = "", 9
    for each in links:
        href, kind = attribute(each, "href"), attribute(each, "type").lower()
        relation = attribute(each, "rel").lower() or "alternate"
        found = href or plain_text(each)
        if not found or relation not in {"alternate", "http://www.iana.org/assignments/relation/alternate"}:
            continue
        is_page = kind in {"", "text/html", "application/xhtml+xml"}
        mine = (0 if not href else 1) if is_page else 2
        if mine < rank:
            best, rank = joined(base_of(each, address), found), mine
    if best:
        return best
    if href := attribute(element, "href"):
        return joined(base_of(element, address), href)
    anchors = [each for name, each in children(element) if name == FeedName(CORE, "a")]
    return next((joined(base_of(each, address), attribute(each, "href")) for each in anchors), "")


def _related(links: list[Element], relation: str, address: str) -> str:
    for each in links:
        if attribute(each, "rel").lower() == relation and (href := attribute(each, "href")):
            return joined(base_of(each, address), href)
    return ""


def _first_text(parts: Parts, names: Iterable[tuple[str, str]], address: str) -> WrittenText | None:
    for each in _all(parts, names):
        text = _text(each, address)
        if text is not None and text.value:
            return text
    return None


def _text(element: Element, address: str) -> WrittenText | None:
    """A text construct of Atom, or whatever RSS has there, which is HTML. None for what isn't text."""
    if len(element) == 0 and not (element.text or "").strip():
        return None  # at once: there may be very many, each with very many elements around it
    base = base_of(element, address) if says_base(element) else ""
    kind, mode = attribute(element, "type").lower().partition(";")[0].strip(), attribute(element, "mode").lower()
    if attribute(element, "src") and not plain_text(element):
        return None  # Atom's content may be elsewhere
    if len(element):
        return WrittenText(inner_html(element, address), base=base)
    value = (element.text or "").strip()
    is_media = "/" in kind and kind not in _HTML_TYPES and not kind.startswith("text/") and not kind.endswith("xml")
    if mode == "base64" or (is_media and name_of(element).module == CORE):
        decoded = base64_text(value)
        if decoded is None:
            return None
        return WrittenText(decoded, is_html=kind in _HTML_TYPES or kind == "", base=base)
    # Atom's plain text says that it is, also by saying nothing; elsewhere a "<" is the beginning of a tag.
    in_atom = name_of(element).local in {"content", "summary", "subtitle", "tagline", "rights", "title"}
    is_plain = kind in _PLAIN_TYPES or (kind == "" and in_atom and _is_atom(element))
    return WrittenText(value, is_html=not is_plain, base=base)


def _is_atom(element: Element) -> bool:
    """Whether its namespace is one of Atom's, whose texts are plain unless they say otherwise (RFC 4287 §3.1.1)."""
    return "atom" in element.tag.rpartition("}")[0].lower()


def _authors(parts: Parts, *, is_feed: bool = False) -> list[str]:
    found: list[str] = []
    names = (*_AUTHORS, (CORE, "managingeditor")) if is_feed else _AUTHORS
    for module, local in names:
        for each in parts.get(FeedName(module, local), ()):
            named = next((plain_text(child) for name, child in children(each) if name.local == "name"), None)
            found.append(person_name(named if named is not None else plain_text(each) if not len(each) else ""))
        if any(found):
            break
    return list(dict.fromkeys(filter(None, found)))


def person_name(written: str) -> str:
    """The name out of “jane@example.org (Jane Doe)” or “Jane Doe <jane@example.org>”: addresses aren't published."""
    text = _ADDRESS.sub("", written[:500].replace("mailto:", ""))
    return " ".join(text.replace("(", " ").replace(")", " ").replace("<>", " ").split()).strip(" ,;")


def _topics(parts: Parts) -> list[str]:
    found: list[str] = []
    for each in _all(parts, _TOPICS):
        words = attribute(each, "label") or attribute(each, "term") or plain_text(each) or attribute(each, "text")
        found.extend(words.split(",") if name_of(each).local in _KEYWORDS else [words])
        if len(found) > 5 * _MOST_TOPICS:
            break
    topics: dict[str, str] = {}
    for each in found:
        if name := " ".join(each.split())[:100]:
            topics.setdefault(name.casefold(), name)
    return list(topics.values())[:_MOST_TOPICS]


def plain_as_html(text: str) -> str:
    """Plain text with its blank lines as paragraphs."""
    paragraphs = re.split(r"\n[ \t\r]*\n\s*", text.strip())
    return "".join(f"<p>{escape(each.strip()).replace(chr(10), '<br>')}</p>" for each in paragraphs if each.strip())
