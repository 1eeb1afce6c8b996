"""From the text of a feed to a tree, at a cost that is known before: no document type, no entity of its own that could
grow, no file or address that it names, no nesting beyond what the parser takes.

The document type is taken out before anything is parsed. Of its entities those that are plain text stand for what they
say; entities of entities ("billion laughs") and external ones are left out, and it is said. HTML's own entities are
replaced, since feeds use them as if XML knew them. What is broken then is read as far as it can be.
"""

from __future__ import annotations

import re
from html import escape
from html.entities import html5
from itertools import islice
from typing import Any, NamedTuple

from lib.characters import without_controls
from newsletters.articles.feeds.contents import NotAFeed

Element = Any  # lxml has no types

_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_BEFORE_IT = re.compile(r"[^<]*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)  # XML 1.0, section 2.8: prolog
_ENTITY_WORD = re.compile(r"<!ENTITY\b")
_ENTITY = re.compile(r"""<!ENTITY\s+([A-Za-z_][\w.-]{0,60})\s+(?:"([^"<&%]{0,1000})"|'([^'<&%]{0,1000})')\s*>""")
_REFERENCE = re.compile(r"&(?:([A-Za-z_][\w.-]{0,60});|#(\d{1,7});|#[xX]([0-9A-Fa-f]{1,6});)?")
_CLOSED_BY = {"<!--": "-->", "<![CDATA[": "]]>"}
_SECTION = re.compile(r"<!--|<!\[CDATA\[")  # whichever begins first holds the other one as text
_NAMED = re.compile(r"&([A-Za-z_][\w.-]{0,60});")
_OF_XML = {"lt", "gt", "amp", "quot", "apos"}
_MOST_DEPTH = 200
_MOST_ATTRIBUTES = 100  # of an element
_MOST_ATTRIBUTES_OF_ALL = 1_000_000
_TOO_MANY_ATTRIBUTES = "This feed can't be read: its elements have far too many attributes."
_LOOKED_AT = 100_000  # characters: where a document type has to begin
_MOST_ENTITIES = 500
_MOST_GROWTH = 1_000_000  # characters that a feed's own entities may add
_MOST_TAGS = 500_000
_LONG_TAG = re.compile(r"<(?![!?])[^<>]{50000}")  # its attributes would be compared each with each
_MOST_TAGS_OF_A_BROKEN_ONE = 200_000  # each may be an error, and the parser keeps a note of each error


class ParsedMarkup(NamedTuple):
    root: Element
    problems: list[str]  # a sentence each


def parsed_markup(text: str) -> ParsedMarkup:
    """The tree. Raises `NotAFeed`."""
    problems: list[str] = []
    text = without_controls(text)
    text, entities = _without_doctype(text, problems)
    text = text.lstrip()
    if not text.startswith("<"):
        start = text.find("<")
        if start < 0:
            raise NotAFeed("This isn't a feed: there is no markup in it.")
        text = text[start:]
        problems.append("There is something before the feed begins. We left it out.")
    text = _with_known_references(text, entities)
    root = _tree(text, problems)
    _check_shape(root)
    return ParsedMarkup(root, problems)


def _without_doctype(text: str, problems: list[str]) -> tuple[str, dict[str, str]]:
    """The text without its document type, and the entities of it that are plain text."""
    before = _BEFORE_IT.match(text, 0, _LOOKED_AT)
    found = _DOCTYPE.match(text, before.end() if before else 0)
    if found is None:
        return text, {}
    subset, end = text.find("[", found.end()), text.find(">", found.end())
    if end < 0:
        raise NotAFeed("This feed is broken: its document type has no end.")
    declared = ""
    if 0 <= subset < end:
        close = re.compile(r"\]\s{0,100}>").search(text, subset)
        if close is None:
            raise NotAFeed("This feed is broken: its document type has no end.")
        declared, end = text[subset : close.start()], close.end() - 1
    entities: dict[str, str] = {}
    for each in _ENTITY.finditer(declared):
        if len(entities) >= _MOST_ENTITIES:
            break
        entities.setdefault(each[1], each[2] if each[2] is not None else each[3])
    if len(_ENTITY_WORD.findall(declared)) > len(entities):
        problems.append("The feed defines entities that name others, files or addresses. We left them out.")
    return text[: found.start()] + text[end + 1 :], entities


def _with_known_references(text: str, entities: dict[str, str]) -> str:
    """Entities of HTML and of the document type as characters, those of XML as they are, and a lone “&” as one. What
    is in a CDATA section is HTML, or text, and stays; so does what is in a comment."""

    def meant(found: re.Match[str]) -> str:
        name, decimal, hexadecimal = found.groups()
        if name in _OF_XML:
            return found[0]
        if name in entities:
            return escape(entities[name])
        if name:
            character = html5.get(f"{name};")
            return escape(character) if character else f"&amp;{found[0][1:]}"
        if decimal or hexadecimal:
            return _numbered(int(decimal) if decimal else int(hexadecimal, 16))
        return "&amp;"

    if entities and sum(len(entities.get(name, "")) for name in _NAMED.findall(text)) > _MOST_GROWTH:
        raise NotAFeed("This feed can't be read: the entities that it defines would make it far too large.")
    parts: list[str] = []
    at = 0
    while True:
        begins = _SECTION.search(text, at)
        end = text.find(_CLOSED_BY[begins[0]], begins.end()) if begins else -1
        if begins is None or end < 0:
            parts.append(_REFERENCE.sub(meant, text[at:]))
            return "".join(parts)
        parts.append(_REFERENCE.sub(meant, text[at : begins.start()]))
        parts.append(text[begins.start() : end + 3])
        at = end + 3


def _numbered(code: int) -> str:
    """HTML reads the numbers of C1 as those of Windows-1252; what isn't a character of XML is left out."""
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore")
    if not 0 < code <= 0x10FFFF:
        return ""
    return escape(without_controls(chr(code)))


def _tree(text: str, problems: list[str]) -> Element:
    from lxml import etree  # late, as every parser: tests/iria/test_worker_imports.py

    if text.count("<") > _MOST_TAGS:
        raise NotAFeed(f"This feed can't be read: it has more than {_MOST_TAGS:,} elements.")
    if _LONG_TAG.search(text):
        raise NotAFeed(_TOO_MANY_ATTRIBUTES)
    for is_lenient in (False, True):
        data = (_first_tags(text) if is_lenient else text).encode("utf-8", "replace")
        parser = etree.XMLParser(
            recover=is_lenient, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True, strip_cdata=True, encoding="utf-8",
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser=parser)
        except etree.XMLSyntaxError as problem:
            if not is_lenient:
                problems.append(f"The feed is broken in line {problem.lineno or 1}. We read what can be read.")
        else:
            if root is not None:
                etree.strip_tags(root, etree.Entity)  # one that is left says nothing that we know
                return root
    raise NotAFeed("This isn't a feed: we can't read any of it as XML or JSON.")


def _first_tags(text: str) -> str:
    """As much of a broken feed as we look at."""
    found = list(islice(re.finditer("<", text), _MOST_TAGS_OF_A_BROKEN_ONE + 1))
    return text[: found[-1].start()] if len(found) > _MOST_TAGS_OF_A_BROKEN_ONE else text


def _check_shape(root: Element) -> None:
    """Raise `NotAFeed` for what no program writes."""
    from lxml import etree

    depth = attributes = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        own = len(element.attrib) if event == "start" else 0
        attributes += own
        if own > _MOST_ATTRIBUTES or attributes > _MOST_ATTRIBUTES_OF_ALL:
            raise NotAFeed(_TOO_MANY_ATTRIBUTES)
        if depth > _MOST_DEPTH:
            raise NotAFeed("This feed can't be read: its elements are nested too deeply.")
