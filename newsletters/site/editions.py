"""An edition in the browser: what its snapshot says, as a page of the site, for nobody in particular.

Only the snapshot is read: articles and design may have changed since, what was sent has not. Personal merge fields
show their fallbacks.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString, mark_safe

from newsletters.articles.writing import clean_body
from newsletters.models import Edition
from newsletters.rendering.content import EditionContent
from newsletters.rendering.dates import long_date_of
from newsletters.rendering.mail import for_anybody, introduction_for_anybody
from newsletters.site.caching import public_page


@public_page
def edition(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Edition.objects.readable(), slug=slug)
    content = content_of(found)
    context = {
        "edition": found,
        "content": content,
        "subject": for_anybody(content, content.subject),
        "preheader": for_anybody(content, content.preheader),
        "introduction": _introduction(content),
        "date": long_date_of(content.date),
    }
    return render(request, "site/edition.html", context)


def content_of(edition: Edition) -> EditionContent:
    """What a public edition says. The database refuses one without a snapshot (what_is_sent_has_a_snapshot)."""
    return EditionContent.from_json(edition.snapshot or {})


def _introduction(content: EditionContent) -> SafeString:
    # Cleaned once more: this page must not depend on every way by which an introduction came into an edition.
    return mark_safe(clean_body(introduction_for_anybody(content)))  # noqa: S308
