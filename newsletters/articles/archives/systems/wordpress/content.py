"""The HTML of a WordPress post as an article has it: galleries as pictures, embeds as links, pictures in full size with
their words, and nothing of what plugins put around a text (reading times, related posts, buttons to share)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from newsletters.articles.archives.archived import ArchivedPicture
from newsletters.articles.archives.systems.wordpress.media import MediaLibrary
from newsletters.articles.archives.systems.wordpress.paragraphs import linked, with_paragraphs
from newsletters.articles.archives.systems.wordpress.shortcodes import Shortcodes
from newsletters.articles.writing import check_length, check_nesting

Element = Any  # lxml has no types

_MOST_NAMED = 10  # in one sentence
_BLOCKS = re.compile(r"<!--\s*/?wp:")
_BLOCK = re.compile(r"<!--\s*wp:([a-z0-9/-]{1,60})\s[^<>]{0,20000}?/-->")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# Blocks that a site fills when it shows them, without any content of their own.
_MADE_ELSEWHERE = re.compile(r"^(?:more|nextpage|separator|spacer|post-|site-|template-part|navigation|page-break)")
# Classes of what plugins and themes add to a text.
_RESIDUE = re.compile(
    r"^(?:jp-relatedposts|yarpp|yarpp-.*|crp_related|rp4wp-.*|wp_rp.*|zem_rp.*|related-?(?:posts?|articles?)(?:-.*)?|"
    r"sharedaddy|sd-.*|jetpack-likes.*|addtoany.*|a2a_.*|heateor_.*|ssba.*|essb_.*|social-share.*|share-buttons?|"
    r"rt-reading-time|span-reading-time|reading-time|read-?time|ez-toc.*|toc_container|lwptoc.*|post-?views.*|"
    r"post-ratings.*|kk-star-ratings.*|author-box|saboxplugin-.*|pp-author-boxes.*|adsbygoogle|code-block|mc4wp-form|"
    r"wpcf7.*|screen-reader-text|wp-block-jetpack-related-posts|wp-block-jetpack-sharing-buttons|"
    r"wp-block-newsletterglue.*)$"
)
_READING_TIME = re.compile(
    r"^(?:(?:estimated )?reading time:?\s*)?(?:(?:about|less than|<)\s*)?\d{1,3}\s*-?\s*min(?:ute)?s?(?:\s*read)?$|"
    r"^(?:estimated )?reading time:?\s*\d{1,3}.{0,12}$",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"^(?:related(?: (?:articles?|posts?|stories|reading|news))?|(?:you (?:may|might) )?also (?:like|read)"
    r"|more (?:from|like) this|read (?:also|more)|like this|share this):?$",
    re.IGNORECASE,
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_WP_IMAGE = re.compile(r"\bwp-image-(\d{1,15})\b")
_GALLERY = {"blocks-gallery-grid", "blocks-gallery-item", "gallery"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_PLAYED = {"iframe": "a frame of another site", "video": "a video", "audio": "a sound", "object": "an embedded object",
           "embed": "an embedded object"}  # fmt: skip


@dataclass(slots=True)
class PostContent:
    html: str
    pictures: tuple[ArchivedPicture, ...]
    sentences: list[str] = field(default_factory=list)


def post_content(text: str, media: MediaLibrary, post: int, *, is_rendered: bool = False) -> PostContent:
    """Of what the database of a site holds, or of what it shows when that `is_rendered`. Raises `BodyTooLong`."""
    check_length(text)
    sentences: list[str] = []
    codes = Shortcodes(media, post)
    has_blocks = bool(_BLOCKS.search(text))
    if has_blocks:
        named = [name for name in _BLOCK.findall(text) if not _MADE_ELSEWHERE.match(name)]
        unknown = list(dict.fromkeys(name for name in named if name not in {"image", "embed"}))
        if unknown:
            sentences.append(f"Blocks that a site fills are left out: {_several(unknown)}.")
    text = _COMMENT.sub("", text)
    text = codes.replaced(text)
    if not has_blocks and not is_rendered:
        text = with_paragraphs(text)
    if codes.left_out:
        sentences.append(f"Shortcodes are left out: {_several([f'[{name}]' for name in codes.left_out])}.")
    check_length(text)
    check_nesting(text)
    tidied = _Tidying(text, media)
    return PostContent(tidied.html, (*codes.pictures, *tidied.pictures), sentences + tidied.sentences)


def _several(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


class _Tidying:
    """One text as a tree: each element is looked at once."""

    def __init__(self, text: str, media: MediaLibrary) -> None:
        from lxml import etree, html  # late, as every parser: tests/iria/test_worker_imports.py

        self.sentences: list[str] = []
        self.pictures: list[ArchivedPicture] = []
        self._media = media
        self.html = ""
        if not text.strip():
            return
        try:
            root = html.fragment_fromstring(text, create_parent="div")
        except etree.ParserError:  # a declaration, and nothing else
            return
        for element in list(root.iter()):
            if isinstance(element.tag, str) and self._is_in(element, root):
                self._look(element)
        self._drop_related(root)
        written = html.tostring(root, encoding="unicode")
        self.html = written.removeprefix("<div>").removesuffix("</div>")

    def _is_in(self, element: Element, root: Element) -> bool:
        """Not within something that was taken out: that keeps its parents, so what is left has `root` above it."""
        return element is not root and element.getparent() is not None and element.get("data-gone") is None

    def _look(self, element: Element) -> None:
        classes = (element.get("class") or "").split()
        if any(_RESIDUE.match(each) for each in classes) or self._says_reading_time(element):
            self._drop(element)
        elif element.tag in _PLAYED:
            self._link_to_played(element)
        elif element.tag == "figure":
            self._figure(element, classes)
        elif element.tag == "img":
            self._image(element)
        elif _GALLERY.intersection(classes) or (element.tag == "a" and self._leads_to_its_picture(element)):
            element.drop_tag()

    def _says_reading_time(self, element: Element) -> bool:
        if element.tag not in {"p", "div", "span"} or len(element) > 3:
            return False
        if len(element.text or "") > 60:
            return False
        words = " ".join("".join(element.itertext()).split()) if sum(1 for _ in element.iter()) < 8 else ""
        return bool(words) and len(words) < 60 and bool(_READING_TIME.match(words))

    def _drop(self, element: Element) -> None:
        for each in element.iter():
            if isinstance(each.tag, str):
                each.set("data-gone", "")
        element.drop_tree()

    def _replace(self, element: Element, written: str) -> None:
        from lxml import html

        new = html.fragment_fromstring(written)
        new.tail, element.tail = element.tail, None
        parent = element.getparent()
        parent.replace(element, new)

    def _link_to_played(self, element: Element) -> None:
        address = element.get("src") or element.get("data-src") or element.get("data") or ""
        for source in element.iter("source"):
            address = address or source.get("src") or ""
        address = f"https:{address}" if address.startswith("//") else address
        self.sentences.append(f"Instead of {_PLAYED[element.tag]} there is a link to it.")
        for each in element.iter():
            if isinstance(each.tag, str):
                each.set("data-gone", "")
        if address.lower().startswith(("http://", "https://")):
            self._replace(element, linked(_watched(address)))
        else:
            element.drop_tree()

    def _figure(self, element: Element, classes: list[str]) -> None:
        if "wp-block-embed" in classes or "wp-block-embed-youtube" in classes:
            words = "".join(element.itertext()).split()
            address = next((each for each in words if each.startswith(("http://", "https://"))), "")
            if address:
                self._replace(element, linked(address))
                return
        has_inner = element.find(".//figure") is not None
        if has_inner or element.find(".//table") is not None or element.find(".//blockquote") is not None:
            caption = element.find("figcaption")  # of all of it
            if caption is not None:
                caption.tag = "p"
            element.drop_tag()
        elif element.find(".//img") is not None and len(element.findall(".//img")) > 1:
            element.drop_tag()

    def _image(self, element: Element) -> None:
        found = _WP_IMAGE.search(element.get("class") or "")
        number = found[1] if found else element.get("data-id") or ""
        picture = self._media.of(int(number)) if number.isascii() and number.isdecimal() and len(number) < 16 else None
        for name in ("data-lazy-src", "data-src", "data-orig-file"):
            if element.get(name):
                element.set("src", element.get(name))
                del element.attrib[name]
        if "srcset" in element.attrib:
            del element.attrib["srcset"]
        if picture is None:
            return
        if picture.url:
            element.set("src", picture.url)
        if not (element.get("alt") or "").strip():
            element.set("alt", picture.alt)
        if picture.credit:
            self.pictures.append(picture)

    def _leads_to_its_picture(self, element: Element) -> bool:
        """To the file, or to its page: the picture is ours then."""
        if element.find(".//img") is None:
            return False
        href = element.get("href") or ""
        try:
            path = urlsplit(href).path
        except ValueError:
            return True
        return bool(_PICTURE_FILE.search(path)) or "attachment" in (element.get("rel") or "")

    def _drop_related(self, root: Element) -> None:
        """A heading such as “Related articles” near the end, with the links behind it."""
        blocks = [each for each in root if isinstance(each.tag, str)]
        for place in range(max(0, len(blocks) - 8), len(blocks)):
            heading = blocks[place]
            words = " ".join("".join(heading.itertext()).split())
            is_heading = heading.tag in _HEADINGS or (heading.tag == "p" and heading.find("strong") is not None)
            if is_heading and _RELATED.match(words) and all(map(_is_of_links, blocks[place + 1 :])):
                for each in blocks[place:]:
                    each.drop_tree()
                return


def _is_of_links(element: Element) -> bool:
    """Nearly all of its words lead elsewhere."""
    words = len("".join(element.itertext()).split())
    linked_words = sum(len("".join(each.itertext()).split()) for each in element.iter("a"))
    return linked_words >= words * 0.6


def _watched(address: str) -> str:
    """The page of a video, instead of the frame that shows it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    host = (parts.hostname or "").removeprefix("www.")
    if host in {"youtube.com", "youtube-nocookie.com"} and parts.path.startswith("/embed/"):
        return f"https://www.youtube.com/watch?v={parts.path.removeprefix('/embed/').split('/')[0]}"
    if host == "player.vimeo.com" and parts.path.startswith("/video/"):
        return f"https://vimeo.com/{parts.path.removeprefix('/video/').split('/')[0]}"
    return address
