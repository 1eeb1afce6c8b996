"""A button that leads somewhere."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import LINK, BlockField, Kind


class ButtonBlock(Kind):
    name = "button"
    title = gettext_lazy("button")
    fields = (BlockField("headline", "words", gettext_lazy("label"), merged=True), LINK)
    incomplete = gettext_lazy("This button needs a label and the address it leads to.")

    def is_complete(self, block: BlockContent) -> bool:
        return bool(block.words and block.url)

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        return (BlockContent(self.name, words=_("A button"), url="https://example.org/"),)


KIND = ButtonBlock()
