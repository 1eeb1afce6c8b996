"""A free text with its formatting."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import BlockField, Kind


class TextBlock(Kind):
    name = "text"
    title = gettext_lazy("text")
    fields = (BlockField("html", "text", gettext_lazy("text"), merged=True),)
    incomplete = gettext_lazy("This text is empty: write it or remove it.")

    def is_complete(self, block: BlockContent) -> bool:
        return bool(block.html)

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        words = _('A text with <strong>bold words</strong>, a <a href="https://example.org/">link to a page</a>')
        list_ = "".join(f"<li>{words}</li>" for words in (_("and a list"), _("of two")))
        return (BlockContent(self.name, html=f"<p>{words}</p><ul>{list_}</ul>"),)


KIND = TextBlock()
