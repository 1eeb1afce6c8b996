"""An edition in the browser: what its snapshot says, as a page of the site, for nobody in particular.

Only the snapshot is read: articles and design may have changed since, what was sent has not. Personal merge fields
show their fallbacks.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString

from lib.public_pages import dated, public_page
from newsletters.articles.writing import clean_body
from newsletters.blocks.content import BlockContent, NewerContent
from newsletters.blocks.kind import Column
from newsletters.blocks.registry import is_complete, kind_of
from newsletters.models import Edition
from newsletters.rendering.block_readers import for_everybody
from newsletters.rendering.content import EditionContent
from newsletters.rendering.dates import long_date_of
from newsletters.rendering.mail import for_anybody, html_for_anybody
from newsletters.site.context import institute_of
from newsletters.site.mended_links import with_mended_links
from newsletters.site.sharing import Card
from subscribers import languages

logger = logging.getLogger(__name__)


@public_page
def edition(request: HttpRequest, slug: str) -> HttpResponse:
    """503 for one that a newer version of Iria prepared: it may say for whom a part of it is, and this one would show
    that to everybody."""
    found = get_object_or_404(Edition.objects.readable(), slug=slug)
    try:
        content = with_mended_links(found, content_of(found))
    except NewerContent as newer:
        logger.error("Edition %s can't be shown: %s", found.pk, newer)  # noqa: TRY400 - a sentence for the operator
        head = listed_content_of(found)
        context = {"content": head, "subject": for_anybody(head, head.subject)}
        return render(request, "site/edition_of_a_newer_version.html", context, status=503)
    subject, preheader = for_anybody(content, content.subject), for_anybody(content, content.preheader)
    context = {
        "edition": found,
        "content": content,
        "subject": subject,
        "preheader": preheader,
        "introduction": _shown(content, content.introduction),
        "blocks": [
            {
                "template": kind_of(block.kind).template("site.html"),
                "article": block.article,
                "language": block.article.language if block.article else content.language,
                "words": _filled(content, block, "headline", block.words),
                "summary": _filled(content, block, "summary", block.summary),
                "text": _shown(content, block.html),
                "url": block.url,
                "label": block.label,
                "picture": block.picture,
                "more": kind_of(block.kind).said(block),
            }
            for block in content.blocks
            if is_complete(block)
        ],
        "date": long_date_of(content.date),
        "minutes": sum(article.reading_minutes for article in content.articles),
        "earlier": _neighbour(found, later=False),
        "later": _neighbour(found, later=True),
        "card": Card(subject, preheader or subject, f"{settings.SITE_URL}{found.get_absolute_url()}"),
    }
    response = render(request, "site/edition.html", context)
    return dated(response, found.frozen_at, institute_of(request).updated_at)


class NeighbouringEdition(NamedTuple):
    path: str
    name: str
    language: str


def _neighbour(edition: Edition, *, later: bool) -> NeighbouringEdition | None:
    """The newsletter's edition just before or just after this one in the archive."""
    if edition.queued_at is None:
        return None
    others = Edition.objects.public().filter(newsletter=edition.newsletter_id).exclude(pk=edition.pk)
    beyond = "gt" if later else "lt"
    same_moment = Q(queued_at=edition.queued_at, **{f"pk__{beyond}": edition.pk})
    order = ("queued_at", "pk") if later else ("-queued_at", "-pk")
    found = others.filter(Q(**{f"queued_at__{beyond}": edition.queued_at}) | same_moment).order_by(*order).first()
    if found is None:
        return None
    content = listed_content_of(found)
    return NeighbouringEdition(found.get_absolute_url(), for_anybody(content, content.subject), content.language)


def content_of(edition: Edition) -> EditionContent:
    """What a public edition says to everybody, without what is only for a segment. The database refuses one without a
    snapshot (what_is_sent_has_a_snapshot)."""
    return for_everybody(EditionContent.from_json(edition.snapshot or {}))


def listed_content_of(edition: Edition) -> EditionContent:
    """The same for lists of editions. One that a newer version of Iria prepared is listed by its head: after a
    downgrade the archive has no gap."""
    try:
        return content_of(edition)
    except NewerContent:
        return EditionContent.head_from_json(edition.snapshot or {})


def _filled(content: EditionContent, block: BlockContent, column: Column, text: str) -> str:
    return for_anybody(content, text) if kind_of(block.kind).merges(column) else text


def _shown(content: EditionContent, html: str) -> SafeString:
    # Cleaned once more: this page must not depend on every way by which a text came into an edition.
    return languages.directed(clean_body(html_for_anybody(content, html)), content.language)
