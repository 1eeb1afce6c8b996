"""Everything that an edition says, each text with its place: the few accessors that all checks go through.

A new kind of content is taught here, and every check knows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from django.utils.translation import gettext as _
from lxml import html as lxml_html

from newsletters.rendering.content import EditionContent, PictureContent
from newsletters.rendering.mail import absolute


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the edition: `field` as in a Finding, `name` as one speaks of it. `html` is what it was typed as."""

    text: str
    field: str
    name: str
    html: str = ""


def texts(content: EditionContent) -> Iterator[Said]:
    yield Said(content.subject, "subject", _("the subject"))
    yield Said(content.preheader, "preheader", _("the preheader"))
    yield Said(words_of(content.introduction), "introduction", _("the introduction"), content.introduction)
    for article in content.articles:
        field, name = f"article.{article.id}", f"“{article.headline}”"
        yield Said(article.headline, field, name)
        yield Said(article.summary, field, name)
    yield Said(content.footer, "newsletter.footer", _("the footer"))
    yield Said(content.postal_address, "newsletter.postal_address", _("the postal address"))


def links(content: EditionContent) -> Iterator[Said]:
    """Addresses that were typed; those of the articles in it are made."""
    for said in texts(content):
        if said.html:
            fragment = lxml_html.fragment_fromstring(said.html, create_parent="div")
            for link in fragment.iter("a"):
                if address := (link.get("href") or "").strip():
                    yield Said(address, said.field, said.name)


def pictures(content: EditionContent) -> Iterator[tuple[PictureContent, str]]:
    """Each with the place where it is chosen."""
    if content.logo:
        yield content.logo, "newsletter.logo"
    for article in content.articles:
        if article.picture:
            yield article.picture, f"page.{article.id}"


def item_addresses(content: EditionContent) -> list[str]:
    """What a reader of the text part must be able to open."""
    return [absolute(article.path) for article in content.articles]


def place_of(about: str, content: EditionContent) -> str:
    """The field that holds an address, or words of the mail; empty when nobody typed them."""
    if not about:
        return ""
    for picture, field in pictures(content):
        if about == absolute(picture.path):
            return field
    for article in content.articles:
        if about == absolute(article.path):
            return f"article.{article.id}"
    for link in links(content):
        if about == link.text:
            return link.field
    return next((said.field for said in texts(content) if about in said.text), "")


def words_of(html: str) -> str:
    """The words of sanitised HTML in one line."""
    if not html.strip():
        return ""
    fragment = lxml_html.fragment_fromstring(html, create_parent="div")
    return unescape(" ".join(" ".join(fragment.itertext()).split()))
