"""A picture with its caption and credit, perhaps with a link."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import LINK, PICTURE, Kind


class PictureBlock(Kind):
    name = "picture"
    title = gettext_lazy("picture")
    fields = (LINK, PICTURE)
    incomplete = gettext_lazy("No picture is chosen for this block: choose one or remove it.")

    def is_complete(self, block: BlockContent) -> bool:
        return block.picture is not None

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        return (BlockContent(self.name, picture=replace(picture, caption=_("A caption."))),)


KIND = PictureBlock()
