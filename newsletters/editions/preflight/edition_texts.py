"""Everything that an edition says, each text with its place: the few accessors that all checks go through.

What a block says, its kind knows (newsletters.blocks).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from lib.html_text import html_to_words
from lib.link_addresses import mailed_address
from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.registry import is_complete, kind_of
from newsletters.rendering.block_context import absolute, whole
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import html_for_anybody
from subscribers.links import STAY_PATH


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the edition: `field` as in a Finding, `name` as one speaks of it. `html` is what it was typed as."""

    text: str
    field: str
    name: str
    html: str = ""
    merged: bool = True  # may it hold merge fields? Braces in a headline are a headline's


def texts(content: EditionContent) -> Iterator[Said]:
    yield Said(content.subject, "subject", _("the subject"))
    yield Said(content.preheader, "preheader", _("the preheader"))
    yield Said(_in_one_line(content.introduction), "introduction", _("the introduction"), content.introduction)
    for place, block in enumerate(content.blocks):
        yield from _of_block(block, f"block.{place}")
    yield Said(content.footer, "newsletter.footer", _("the footer"), merged=False)
    yield Said(content.postal_address, "newsletter.postal_address", _("the postal address"), merged=False)


def _of_block(block: BlockContent, field: str) -> Iterator[Said]:
    for text in kind_of(block.kind).texts(block):
        yield Said(_in_one_line(text.html) or text.text, field, _name_of(block), text.html, text.merged)


def _name_of(block: BlockContent) -> str:
    """As one speaks of it."""
    words = block.article.headline if block.article else block.words
    return f"“{words}”" if words else _("the block “%s”") % kind_of(block.kind).title


def links(content: EditionContent) -> Iterator[Said]:
    """Addresses that were typed; those of the articles in it are made."""
    from lxml import html as lxml_html  # late, as every parser: tests/iria/test_worker_imports.py

    for said in texts(content):
        if said.html:
            html = html_for_anybody(content, said.html) if said.merged else said.html
            fragment = lxml_html.fragment_fromstring(html, create_parent="div")
            for link in fragment.iter("a"):
                if address := mailed_address(link.get("href") or ""):
                    yield Said(address, said.field, said.name)
    for place, block in enumerate(content.blocks):
        if block.url:
            yield Said(mailed_address(block.url), f"block.{place}", _name_of(block))


def pictures(content: EditionContent) -> Iterator[tuple[PictureContent, str]]:
    """Each with the place where it is chosen."""
    if content.logo:
        yield content.logo, "newsletter.logo"
    for place, block in enumerate(content.blocks):
        if picture := kind_of(block.kind).picture(block):
            yield picture, f"block.{place}"


def decorative_files(content: EditionContent) -> set[str]:
    """The addresses of pictures that have no alternative text on purpose."""
    shown = [picture for picture, _field in pictures(content) if picture.decorative]
    return {absolute(path) for picture in shown for path in (picture.path, picture.small_path) if path}


def item_addresses(content: EditionContent) -> list[str]:
    """What a reader of the text part must be able to open."""
    # The page to stay has an address of each reader's own, which stands in the HTML and is looked for by that.
    blocks = (block for block in content.blocks if is_complete(block) and block.url != STAY_PATH)
    addresses = (_address_of(block, content) for block in blocks)
    return [address for address in addresses if address]


def _address_of(block: BlockContent, content: EditionContent) -> str:
    """As the mail has it: our own pages have an address in each language."""
    with override(content.language):
        return whole(kind_of(block.kind).address(block))


def place_of(about: str, content: EditionContent) -> str:
    """The field that holds an address, or words of the mail; empty when nobody typed them."""
    if not about:
        return ""
    for picture, field in pictures(content):
        if about == absolute(picture.path):
            return field
    for place, block in enumerate(content.blocks):
        if about == _address_of(block, content):
            return f"block.{place}"
    for link in links(content):
        if about == link.text:
            return link.field
    return next((said.field for said in texts(content) if about in said.text), "")


def _in_one_line(html: str) -> str:
    return " ".join(html_to_words(html).split())
