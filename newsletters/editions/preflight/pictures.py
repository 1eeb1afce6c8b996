"""Pictures that a mail can't show yet, because their files are still being prepared, or never will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from newsletters.articles.body_pictures import pictures_in
from newsletters.editions.drafts import Block
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight.findings import Finding
from newsletters.models import Picture


def check(loaded: LoadedEdition) -> Iterator[Finding]:
    logo = loaded.edition.newsletter.logo
    if logo is not None:
        yield from _of_picture(logo, _("The logo"), "newsletter.logo")
    written = pictures_in(loaded.draft.introduction, *(block.html for block in loaded.draft.blocks))
    yield from _of_text(loaded.draft.introduction, written, "introduction")
    for place, block in enumerate(loaded.draft.blocks):
        yield from _of_block(loaded, block, f"block.{place}")
        yield from _of_text(block.html, written, f"block.{place}")


def _of_block(loaded: LoadedEdition, block: Block, field: str) -> Iterator[Finding]:
    article = loaded.references.article_of(block)
    own = loaded.references.picture_of(block)
    if own is not None:
        yield from _of_picture(own, _("A picture of this edition"), field)
    elif article is not None and article.lead_picture is not None and not block.without_picture:
        yield from _of_picture(article.lead_picture, _("The picture of “%s”") % article, f"page.{article.pk}")


def _of_text(html: str, known: Mapping[str, Picture], field: str) -> Iterator[Finding]:
    if known:
        for picture in pictures_in(html, known=known).values():
            yield from _of_picture(picture, _("A picture in a text"), field)


def _of_picture(picture: Picture, name: str, field: str) -> Iterator[Finding]:
    if picture.state == Picture.State.PREPARING:
        message = _("%s is still being prepared. That takes a few seconds: check again in a moment.")
        yield Finding("picture_preparing", True, message % name, field)
    elif picture.state == Picture.State.FAILED:
        message = _("%s couldn't be prepared. Choose another file, or remove it.")
        yield Finding("picture_failed", True, message % name, field)
