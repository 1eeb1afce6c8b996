"""A block of a kind that this version of Iria doesn't have, from an old edition, template or revision."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import Kind


class UnknownKind(Kind):
    """Never complete, so that no mail and no page shows it, and preflight blocks until it is removed."""

    incomplete = gettext_lazy("This version of Iria doesn't have this kind of block: remove it.")
    is_added_by_button = False
    is_content = False

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]
        self.title: str | Promise = _("unknown block “%s”") % name[:30]  # type: ignore[misc]

    def is_complete(self, block: BlockContent) -> bool:
        return False

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        return ()

    def template(self, file: str) -> str:
        return f"unknown/{file}"
