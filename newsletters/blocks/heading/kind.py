"""A section heading: begins a section, which readers get only with one of its articles."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import BlockField, Kind


class HeadingBlock(Kind):
    name = "heading"
    title = gettext_lazy("section heading")
    fields = (BlockField("headline", "words", gettext_lazy("headline"), merged=True),)
    incomplete = gettext_lazy("This section heading is empty: write it or remove it.")
    is_content = False
    begins_section = True

    def is_complete(self, block: BlockContent) -> bool:
        return bool(block.words)

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        return (BlockContent(self.name, words=_("A section heading")),)


KIND = HeadingBlock()
