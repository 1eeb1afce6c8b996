"""Links of an edition that were mended after it was sent: its page in the archive leads where they lead now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lib.link_addresses import with_addresses
from newsletters.blocks.content import BlockContent
from newsletters.models import Edition, MendedLink
from newsletters.rendering.block_context import whole
from newsletters.rendering.content import EditionContent


def with_mended_links(edition: Edition, content: EditionContent) -> EditionContent:
    """The content with the addresses that its links have by now. One query."""
    said: dict[int, str] = {}  # by the mail, by number
    leads_to: dict[int, str] = {}
    for mended in MendedLink.objects.filter(edition=edition).order_by("pk"):
        said.setdefault(mended.number, mended.before)
        leads_to[mended.number] = mended.after
    if not said:
        return content
    now = {address: leads_to[number] for number, address in said.items()}

    def address(old: str) -> str:
        return now.get(whole(old), old)

    return replace(
        content,
        introduction=with_addresses(content.introduction, address),
        blocks=tuple(_mended(block, now) for block in content.blocks),
    )


def _mended(block: BlockContent, now: Mapping[str, str]) -> BlockContent:
    """An article's own link stays: the page names the article, which is there."""
    return replace(
        block,
        url=now.get(whole(block.url), block.url) if block.url else "",
        html=with_addresses(block.html, lambda old: now.get(whole(old), old)),
    )
