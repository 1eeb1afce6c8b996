"""A note of a sponsor, which says that it is one. Promised to all readers, whichever articles they get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import LINK, PICTURE, BlockField, Kind


class SponsorBlock(Kind):
    name = "sponsor"
    title = gettext_lazy("sponsor note")
    fields = (
        BlockField("label", "label", gettext_lazy("label")),
        BlockField("headline", "words", gettext_lazy("headline"), merged=True),
        BlockField("html", "text", gettext_lazy("text"), merged=True),
        LINK,
        PICTURE,
    )
    incomplete = gettext_lazy("This sponsor note needs a label, such as “Sponsored”, and a headline or a text.")
    picture_width = 512  # the column less the bar and the padding of its cell
    is_for_everybody = True

    def is_complete(self, block: BlockContent) -> bool:
        return bool(block.label and (block.html or block.words))

    def starting_values(self) -> Mapping[str, str]:
        return {"label": _("Sponsored")}

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        shown = replace(picture, width=min(picture.width, self.picture_width), caption="", credit="")
        sample = BlockContent(
            self.name,
            words=_("A sponsor's headline"),
            html="<p>" + _("Two sentences of the sponsor.") + "</p>",
            url="https://example.org/",
            label=_("Sponsored"),
            picture=shown,
        )
        return (sample,)


KIND = SponsorBlock()
