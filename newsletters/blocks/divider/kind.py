"""A short line between two blocks; ends a section."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import Kind


class DividerBlock(Kind):
    name = "divider"
    title = gettext_lazy("divider")
    is_content = False
    separates = True

    def is_complete(self, block: BlockContent) -> bool:
        return True

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        return (BlockContent(self.name),)


KIND = DividerBlock()
