"""A video or a post from elsewhere: its title, one of our own pictures, and a link that says where it leads.

Nothing is loaded from there, neither by us nor by readers' machines: what it is, its address says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.embed import providers
from newsletters.blocks.kind import LINK, PICTURE, BlockField, Kind
from newsletters.blocks.link_problems import is_web_address


class EmbedBlock(Kind):
    name = "embed"
    title = gettext_lazy("video or post")
    fields = (LINK, BlockField("headline", "title", gettext_lazy("title"), merged=True), PICTURE)
    incomplete = gettext_lazy("This video or post needs its address and a title.")
    more = ("label", "is_video")
    has_styles = True

    def is_complete(self, block: BlockContent) -> bool:
        return bool(block.url and block.words)

    def problem_with_address(self, address: str) -> str:
        if is_web_address(address) and not any(character in address for character in ' <>"\\'):
            return ""
        return _(
            "“%(address)s” isn't the address of a video or post: copy it in full from your browser, like "
            "https://www.youtube.com/watch?v=…"
        ) % {"address": address[:200]}

    def said(self, block: BlockContent) -> Mapping[str, str]:
        is_video = providers.is_video(block.url)
        return {"label": providers.label(block.url), "is_video": "yes" if is_video else ""}

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        shown = replace(picture, caption="", credit="")
        video = BlockContent(self.name, words=_("A video"), url="https://www.youtube.com/watch?v=0", picture=shown)
        return (video, BlockContent(self.name, words=_("A post, without a picture"), url="https://bsky.app/post"))


KIND = EmbedBlock()
