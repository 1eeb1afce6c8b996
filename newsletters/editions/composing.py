"""The draft that an edition begins as: its words and its first articles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator

from newsletters.editions import drafts, editing, templates
from newsletters.editions.new_articles import find_new_articles
from newsletters.editions.subjects import subject_of
from newsletters.models import Article, Edition, EditionTemplate, Newsletter, Occurrence
from newsletters.rendering import merge

PREHEADER_FITS = 130  # characters


def compose(
    newsletter: Newsletter,
    *,
    by: User | None = None,
    articles: Sequence[Article] | None = None,
    cutoff: datetime | None = None,
    occurrence: Occurrence | None = None,
    template: EditionTemplate | None = None,
) -> Edition:
    """A draft with these articles, or with the new ones by the newsletter's rule; from a template, where one is given
    or is the newsletter's usual one for what is made by itself."""
    cutoff = cutoff or timezone.now()
    with transaction.atomic():
        # One edition after another for a newsletter: none takes another's articles.
        Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        new = find_new_articles(newsletter, cutoff).prefetch_related("topics")
        chosen = list(new[: newsletter.at_most] if articles is None else articles)
        edition = Edition.objects.create(
            newsletter=newsletter,
            subject=subject_of(newsletter, cutoff),
            preheader=_preheader_of(chosen),
            cutoff_at=cutoff,
            occurrence=occurrence,
            created_by=by,
        )
        if occurrence is not None and template is None:
            template = templates.usual(newsletter)
        if template is None:
            editing.set_blocks(edition, drafts.articles([article.pk for article in chosen]))
        else:
            _begin_from(edition, template, chosen)
    return edition


def _preheader_of(chosen: Sequence[Article]) -> str:
    """The headlines that follow the first; if there is only one, its summary."""
    summary = " ".join(chosen[0].summary.split()) if len(chosen) == 1 else ""
    if not summary or merge.has_braces(summary):
        return "{{ others }}"
    return Truncator(summary).chars(PREHEADER_FITS)


def _begin_from(edition: Edition, template: EditionTemplate, chosen: Sequence[Article]) -> None:
    """The template's words where it has any, and its blocks."""
    draft = templates.draft_from(template, chosen)
    edition.subject = draft.subject or edition.subject
    edition.preheader = draft.preheader or edition.preheader
    edition.introduction = draft.introduction
    edition.include_segments, edition.exclude_segments = list(draft.include_segments), list(draft.exclude_segments)
    edition.save(update_fields=["subject", "preheader", "introduction", "include_segments", "exclude_segments"])
    editing.set_blocks(edition, draft.blocks)
