"""Shortcodes: words in brackets that a site replaces when it shows a post. Those of WordPress itself become what they
stand for; the others are left out by name, and what they enclose stays.

Brackets are also what authors write: “[Daesh’s] global efforts” and “[sic]” are words. A shortcode has attributes, an
end, or a name that no author would write.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from newsletters.articles.archives.archived import ArchivedPicture
from newsletters.articles.archives.systems.wordpress.media import MediaLibrary
from newsletters.articles.archives.systems.wordpress.paragraphs import linked

_MOST = 5000  # of a post
_DEEPEST = 20  # within one another: each looks through all that it encloses
_MOST_PICTURES = 2000  # of all its galleries
_CODE = re.compile(
    r"\[(\[?)(/?)([A-Za-z][A-Za-z0-9_-]{0,60})((?:\s(?:[^\[\]\"']|\"[^\"\[\]]*\"|'[^'\[\]]*')*+)?)(/?)\](\]?)"
)
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w-]{0,40})\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'\]]{1,2000}))")
_WITHOUT_ANYTHING = {"toc", "contactform", "sitemap", "archives", "playlist", "audio", "video", "gallery", "embed"}
_IMAGE = re.compile(r"(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,15}")


class Shortcodes:
    """Of one post. `left_out` are the names of those that nothing was made of."""

    def __init__(self, media: MediaLibrary, post: int) -> None:
        self.left_out: dict[str, None] = {}
        self.pictures: list[ArchivedPicture] = []  # whose credits the HTML doesn't say
        self._media, self._post = media, post

    def replaced(self, text: str) -> str:
        if "[" not in text:
            return text
        ends = {found[3].lower() for found in _CODE.finditer(text) if found[2]}
        parts: list[str] = []
        at = count = 0
        waiting: list[tuple[str, dict[str, str], int]] = []  # name, attributes, and which part its content begins at
        for found in _CODE.finditer(text):
            opening, closes, name, written, _alone, closing = found.groups()
            name = name.lower()
            if count >= _MOST:
                break
            if opening and closing:  # [[name]] is how authors write about them
                parts.append(text[at : found.start()] + found[0][1:-1])
                at = found.end()
                continue
            attributes = {key.lower(): unescape(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(written)}
            if not (closes or attributes or name in ends or name in _WITHOUT_ANYTHING or "_" in name):
                continue
            count += 1
            parts.append(text[at : found.start()] + opening)
            at = found.end() - len(closing)
            if closes:
                self._close(name, parts, waiting)
            elif name in ends and name in _ENCLOSING and len(waiting) < _DEEPEST:
                waiting.append((name, attributes, len(parts)))
            else:
                parts.append(self._made(name, attributes, ""))
        parts.append(text[at:])
        return "".join(parts)

    def _close(self, name: str, parts: list[str], waiting: list[tuple[str, dict[str, str], int]]) -> None:
        if waiting and waiting[-1][0] == name:
            _name, attributes, begins = waiting.pop()
            inside = "".join(parts[begins:])
            parts[begins:] = [self._made(name, attributes, inside)]

    def _made(self, name: str, attributes: dict[str, str], inside: str) -> str:
        make = _MAKERS.get(name)
        if make is None:
            self.left_out.setdefault(name)
            return inside
        return make(self, attributes, inside)

    def caption(self, attributes: dict[str, str], inside: str) -> str:
        """The words are an attribute in exports of WordPress before 3.4, and behind the picture since."""
        image = _IMAGE.search(inside)
        if image is None:
            return inside
        words = attributes.get("caption") or (inside[: image.start()] + inside[image.end() :]).strip()
        return f"\n\n<figure>{image[0]}<figcaption>{words}</figcaption></figure>\n\n"

    def gallery(self, attributes: dict[str, str], _inside: str) -> str:
        numbers = [int(number) for number in _NUMBER.findall(attributes.get("ids", attributes.get("include", "")))]
        found = self._media.gallery(numbers) if numbers else self._media.attached_to(self._post)
        left_out = {int(number) for number in _NUMBER.findall(attributes.get("exclude", ""))}
        if left_out and not numbers:
            gone = {each.url for each in self._media.gallery(left_out)}
            found = [each for each in found if each.url not in gone]
        if len(found) > _MOST_PICTURES - len(self.pictures):
            self.left_out.setdefault("gallery")
            return ""
        self.pictures += found
        return "\n\n" + "\n\n".join(figure_of(each) for each in found) + "\n\n"

    def embed(self, attributes: dict[str, str], inside: str) -> str:
        address = inside.strip() or attributes.get("src", attributes.get("url", ""))
        return f"\n\n{linked(address)}\n\n" if address.lower().startswith(("http://", "https://")) else ""

    def playlist(self, attributes: dict[str, str], inside: str) -> str:
        sources = [value for value in attributes.values() if value.lower().startswith(("http://", "https://"))]
        return "".join(f"\n\n{linked(each)}\n\n" for each in sources[:5]) or inside


def figure_of(picture: ArchivedPicture) -> str:
    caption = f"<figcaption>{escape(picture.caption, quote=False)}</figcaption>" if picture.caption else ""
    return f'<figure><img src="{escape(picture.url)}" alt="{escape(picture.alt)}">{caption}</figure>'


_Maker = Callable[[Shortcodes, dict[str, str], str], str]
_MAKERS: dict[str, _Maker] = {
    "caption": Shortcodes.caption, "wp_caption": Shortcodes.caption, "gallery": Shortcodes.gallery,
    "embed": Shortcodes.embed, "youtube": Shortcodes.embed, "vimeo": Shortcodes.embed, "video": Shortcodes.playlist,
    "audio": Shortcodes.playlist,
}  # fmt: skip
_ENCLOSING = {name for name in _MAKERS if name != "gallery"}
