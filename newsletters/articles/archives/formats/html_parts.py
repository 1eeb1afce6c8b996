"""HTML of an archive taken apart: what only the old system understands is taken out, or becomes what an article has.

The result isn't clean: that is done to any text of an archive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from html import escape
from typing import Any

from lib.characters import without_controls

Element = Any  # lxml has no types
MOST = 5_000_000  # characters
MOST_DEPTH = 200
_SOURCES = ("data-src", "data-lazy-src", "src")
_PLAYER = re.compile(r"^(?:https?:)?//(?:www\.)?(?:youtube(?:-nocookie)?\.com/embed|player\.vimeo\.com/video)/([\w-]+)")


def parsed(html: str) -> Element:
    """The text within one element. Raises `ValueError` with a sentence for what is too long or nested too deeply."""
    from lxml import etree  # late, as every parser: tests/iria/test_worker_imports.py
    from lxml import html as lxml_html

    if len(html) > MOST:
        raise ValueError("Its text is longer than 5 MB.")
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        data = f"<body>{without_controls(html)}</body>".encode("utf-8", "replace")
        root = lxml_html.document_fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        raise ValueError("Its text is damaged.") from None
    body = root.find(".//body")
    found = root if body is None else body
    if _is_deep(found):
        raise ValueError("Its text is nested too deeply.")
    return found


def _is_deep(root: Element) -> bool:
    from lxml import etree

    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH:
            return True
    return False


def written(root: Element) -> str:
    """What is within the element, as HTML."""
    from lxml import html as lxml_html

    children = "".join(lxml_html.tostring(child, encoding="unicode") for child in root)
    return f"{escape(root.text or '', quote=False)}{children}".strip()


def classes_of(element: Element) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def remove(element: Element) -> None:
    """Take it out; what stands behind it stays."""
    if element.getparent() is not None:
        element.drop_tree()


def without(root: Element, classes: Collection[str]) -> Element:
    """The same element without what has one of these classes."""
    unwanted = set(classes)
    for element in [each for each in root.iter() if isinstance(each.tag, str) and unwanted & classes_of(each)]:
        remove(element)
    return root


def data_of(element: Element, name: str = "data-attrs") -> dict[str, Any]:
    """JSON that an attribute holds; empty where it holds none."""
    try:
        found = json.loads(element.get(name) or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def replace(element: Element, html: str) -> None:
    """Another piece of HTML, of one element, in its place."""
    from lxml import html as lxml_html

    other = lxml_html.fragment_fromstring(html)
    other.tail = element.tail
    element.getparent().replace(element, other)


def link_html(address: str, words: str) -> str:
    return f'<p><a href="{escape(address)}">{escape(words or address)}</a></p>'


def with_plain_figures(root: Element) -> Element:
    """Figures of a picture and its caption, without what a page needs to enlarge it; without other sizes of it."""
    for figure in list(root.iter("figure")):
        images = [each for each in figure.iter("img") if _source(each)]
        if not images:
            continue
        captions = list(figure.iter("figcaption"))
        for child in list(figure):
            figure.remove(child)
        figure.text = None
        for image in images:
            image.tail = None
            image.set("src", _source(image))
            figure.append(image)
        for caption in captions[:1]:
            caption.tail = None
            figure.append(caption)
    for source in list(root.iter("source")):
        remove(source)
    return root


def _source(image: Element) -> str:
    original = data_of(image).get("src")
    if isinstance(original, str) and original:
        return original
    return next((value for name in _SOURCES if (value := image.get(name) or "") and value[:5] != "data:"), "")


def with_linked_players(root: Element) -> Element:
    """Frames of other sites as links: an article holds no other page."""
    for frame in list(root.iter("iframe")):
        address = (frame.get("src") or frame.get("data-src") or "").strip()
        if not address or frame.getparent() is None:
            continue
        if found := _PLAYER.match(address):
            site = "https://vimeo.com/" if "vimeo" in address[:30] else "https://www.youtube.com/watch?v="
            address = f"{site}{found[1]}"
        elif address.startswith("//"):
            address = f"https:{address}"
        if address.startswith(("http://", "https://")):
            replace(frame, link_html(address, frame.get("title") or ""))
    return root
