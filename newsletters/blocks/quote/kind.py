"""A pull quote: somebody's words, who said them, perhaps with a link to where."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import LINK, BlockField, Kind


class QuoteBlock(Kind):
    name = "quote"
    title = gettext_lazy("quote")
    # No merge fields: nobody's name is put into somebody else's words.
    fields = (
        BlockField("summary", "words", gettext_lazy("quote")),
        BlockField("headline", "source", gettext_lazy("source")),
        LINK,
    )
    incomplete = gettext_lazy("This quote needs its words and its source.")
    has_styles = True

    def is_complete(self, block: BlockContent) -> bool:
        return bool(block.summary and block.words)

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        words = _("A sentence worth remembering, in the words of the person who said it.")
        return (BlockContent(self.name, summary=words, words=_("Name, and where they said it")),)


KIND = QuoteBlock()
