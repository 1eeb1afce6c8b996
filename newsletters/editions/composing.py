"""The draft that an edition begins as: its words and its first articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from newsletters.editions import editing, templates
from newsletters.editions.choosing import choose_articles
from newsletters.editions.drafts import Draft
from newsletters.editions.looking_back import end_blocks
from newsletters.editions.subjects import subject_of
from newsletters.editions.topic_sections import in_sections
from newsletters.models import Article, Edition, EditionTemplate, Newsletter, Occurrence

PREHEADER = "{{ lead_summary }}"  # of the article that leads for each reader


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
        if occurrence is not None and template is None:
            template = templates.usual(newsletter)
        draft = begin_draft(newsletter, cutoff, articles=articles, template=template)
        edition = Edition.objects.create(
            newsletter=newsletter,
            subject=draft.subject,
            preheader=draft.preheader,
            introduction=draft.introduction,
            include_segments=list(draft.include_segments),
            exclude_segments=list(draft.exclude_segments),
            cutoff_at=cutoff,
            occurrence=occurrence,
            created_by=by,
        )
        editing.set_blocks(edition, draft.blocks)
    return edition


def begin_draft(
    newsletter: Newsletter,
    cutoff: datetime,
    *,
    articles: Sequence[Article] | None = None,
    template: EditionTemplate | None = None,
) -> Draft:
    """What such an edition says; nothing is saved. The template's words stand where it has any, and its blocks around
    the articles; what looks back at earlier editions comes last, and only where the rule chose the articles."""
    chosen = choose_articles(newsletter, cutoff) if articles is None else list(articles)
    arrange = _arrangement(newsletter, chosen) if articles is None else templates.one_after_another
    if template is None:
        draft = Draft(blocks=tuple(arrange(chosen)))
    else:
        draft = templates.draft_from(template, chosen, arrange)
    if articles is None:
        draft = replace(draft, blocks=(*draft.blocks, *end_blocks(newsletter, cutoff, [each.pk for each in chosen])))
    return replace(
        draft, subject=draft.subject or subject_of(newsletter, cutoff), preheader=draft.preheader or PREHEADER
    )


def _arrangement(newsletter: Newsletter, chosen: Sequence[Article]) -> templates.Arrange:
    """How articles that no section of a template takes stand among themselves."""
    if not newsletter.by_topic or not chosen:
        return templates.one_after_another
    topics = set(newsletter.topics.values_list("pk", flat=True))
    return lambda articles: in_sections(articles, topics, chosen[0].pk)
