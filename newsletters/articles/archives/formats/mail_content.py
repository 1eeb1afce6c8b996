"""What a mail says, apart from what makes it a mail: layout tables, the line before it, header and footer, the links by
which people unsubscribe or read it in a browser.

Mails have no mark-up for “this is the text”. What goes is named as such by the builder that made the mail, or holds a
link of a kind that only the frame of a mail has. A table stays one where it has headings of columns.
"""

from __future__ import annotations

import re

from newsletters.articles.archives.formats.html_parts import (
    Element,
    classes_of,
    parsed,
    remove,
    with_linked_players,
    written,
)

_FRAME_IDS = re.compile(r"^template(?:pre-?header|footer)|^(?:canspambar|mc_?footer|footer|preheader)", re.IGNORECASE)
_FRAME_CLASSES = re.compile(
    r"^(?:mcnPreviewText|mcnFollow\w*|mcnShare\w*|mceFooterSection|mceFooter\w*|mceSocialFollow\w*|mcePreviewText|"
    r"templateFooter|templatePreheader|preheader\w*|footer(?:Container|Content)?|canspam\w*|socialLinks?|email-footer)$",
    re.IGNORECASE,
)
_FRAME_LINK = re.compile(
    r"\*\|(?:UNSUB|ARCHIVE|UPDATE_PROFILE|FORWARD|ABOUT_LIST|REWARDS|LIST:)"
    r"|list-manage\d*\.com/(?:unsubscribe|profile|vcard|about)|campaign-archive\d*\.com"
    r"|/(?:unsubscribe|update-profile|manage-preferences)(?:[/?#]|$)",
    re.IGNORECASE,
)
_FRAME_WORDS = re.compile(
    r"\*\|(?:HTML:)?(?:LIST_?ADDRESS\w*|LIST:\w+|REWARDS|CURRENT_YEAR|ARCHIVE|UNSUB)", re.IGNORECASE
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0", re.IGNORECASE)
_MOST_OF_FRAME = 1500  # characters of what goes with such a link
_MOST_BESIDE = 60  # characters of another block that goes with the one around the link
_MOST_ELEMENTS = 300  # the same
_MOST_LINKS = 100  # of that kind that are looked at
_HOLDERS = {"p", "tr", "table", "div", "td", "li", "tbody", "center"}
_LAYOUT = {"table", "tbody", "thead", "tfoot", "tr", "td", "center"}
_MERGED = re.compile(r"(?: ?\*\|([^|*<>]{1,80})\|\*(?=[,.;:!?])|\*\|([^|*<>]{1,80})\|\*)")
_CONDITION = re.compile(r"^(?:IF|ELSEIF|ELSE|IFNOT|END|INTERESTED|NOT)\b", re.IGNORECASE)


def mail_content(html: str) -> tuple[str, list[str]]:
    """The text, and the names of merge fields that were left out of it. Raises `ValueError` with a sentence."""
    root = parsed(html)
    for element in [each for each in root.iter("style", "script", "head", "title", "o:p") if each is not root]:
        remove(element)
    for element in [each for each in root.iter() if isinstance(each.tag, str) and each is not root and _is_frame(each)]:
        remove(element)
    _remove_around_links(root)
    _flatten_layout(root)
    text = written(with_linked_players(root))
    left_out: dict[str, None] = {}

    def merged(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if not _CONDITION.match(name):
            left_out.setdefault(name)
        return ""

    return _MERGED.sub(merged, text), list(left_out)


def _is_frame(element: Element) -> bool:
    if _FRAME_IDS.match(element.get("id") or "") or any(map(_FRAME_CLASSES.match, classes_of(element))):
        return True
    if element.tag == "img":
        sides = {element.get("width", "").strip("px"), element.get("height", "").strip("px")}
        return bool(sides & {"0", "1"})
    return bool(_HIDDEN.search(element.get("style") or ""))


def _remove_around_links(root: Element) -> None:
    """The row or block around each link that only the frame of a mail has, as far as there is little else in it."""
    found = [each for each in root.iter("a") if _FRAME_LINK.search(each.get("href") or "")]
    found += [
        each for each in root.iter("p", "td", "div", "span", "em", "address") if _FRAME_WORDS.search(each.text or "")
    ]
    for element in found[:_MOST_LINKS]:
        if not _is_in(element, root):
            continue
        frame = element
        for around in element.iterancestors():
            if around is root or not _is_small(around):
                break
            if around.tag in _HOLDERS:
                if _says_more(around, frame, is_first=frame is element):
                    break
                frame = around
        remove(frame)


def _is_small(element: Element) -> bool:
    """Looked at no further than it takes to say so."""
    size = 0
    for count, each in enumerate(element.iter()):
        size += len((each.text or "").strip()) + len((each.tail or "").strip())
        if count > _MOST_ELEMENTS or size > _MOST_OF_FRAME:
            return False
    return True


def _is_in(element: Element, root: Element) -> bool:
    """What went with another link isn't there any more."""
    return any(around is root for around in element.iterancestors())


def _says_more(around: Element, inside: Element, *, is_first: bool) -> bool:
    """Is there a heading, a picture or a text of its own beside the part that goes? The sentence with the link
    isn't."""
    words = len(" ".join(around.text_content().split())) - len(" ".join(inside.text_content().split()))
    shown = [sum(1 for _each in part.iter("h1", "h2", "h3", "img")) for part in (around, inside)]
    return shown[0] > shown[1] or words > (_MOST_OF_FRAME if is_first else _MOST_BESIDE)


def _flatten_layout(root: Element) -> None:
    """Tables without headings of columns become lines of their own; what is in a table that has some stays in it."""
    shown = {
        each for table in root.iter("table") if any(True for _cell in table.iter("th")) and not _holds_tables(table)
        for each in table.iter()
    }  # fmt: skip
    for element in [each for each in root.iter(*_LAYOUT) if each not in shown]:
        element.tag = "div"
        for name in list(element.attrib):
            del element.attrib[name]
    for element in [each for each in root.iter("th") if each not in shown]:
        element.tag = "div"


def _holds_tables(table: Element) -> bool:
    return any(each is not table for each in table.iter("table"))
