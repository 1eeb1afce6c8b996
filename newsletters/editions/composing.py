"""Which articles go into an edition, and the draft that they make.

New means: published by the cut-off and in no earlier edition of this newsletter that reached anybody, or will. A
back-dated article that came late counts, since nobody got it yet; so does an article whose edition was called off
before anybody got it. Of one that was called off half-way some have it: it comes to nobody twice by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from newsletters.editions import drafts, editing, templates
from newsletters.editions.subjects import subject_of
from newsletters.models import Article, Edition, EditionItem, EditionTemplate, Newsletter, Occurrence
from newsletters.models.articles import ArticleQuerySet


def new_articles(
    newsletter: Newsletter, cutoff: datetime | None = None, *, topics: Collection[int] | None = None
) -> ArticleQuerySet:
    """The articles that readers of this newsletter have not been sent yet, newest first. `topics` are those to which
    the newsletter is limited, where the caller has read them already."""
    editions = Edition.objects.filter(newsletter=newsletter).that_count_as_sent()
    sent = EditionItem.objects.filter(article=OuterRef("pk"), edition__in=editions)
    articles = Article.objects.published(by=cutoff).filter(~Exists(sent))
    if topics is None:
        topics = list(newsletter.topics.values_list("pk", flat=True))
    if topics:
        articles = articles.filter(
            Exists(Article.topics.through.objects.filter(article=OuterRef("pk"), topic__in=topics))
        )
    return articles.newest_first()


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
        # One edition after another for a newsletter: each has the next number, and none takes another's articles.
        Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        new = new_articles(newsletter, cutoff).prefetch_related("topics")
        chosen = list(new[: newsletter.at_most] if articles is None else articles)
        last = Edition.objects.filter(newsletter=newsletter).aggregate(last=Max("number"))["last"] or 0
        edition = Edition.objects.create(
            newsletter=newsletter,
            number=last + 1,
            slug=_free_slug(f"{newsletter.slug}-{last + 1}"),
            subject=subject_of(newsletter, last + 1, cutoff),
            preheader="{{ others }}",
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


def _begin_from(edition: Edition, template: EditionTemplate, chosen: Sequence[Article]) -> None:
    """The template's words where it has any, and its blocks."""
    draft = templates.draft_from(template, chosen)
    edition.subject = draft.subject or edition.subject
    edition.preheader = draft.preheader or edition.preheader
    edition.introduction = draft.introduction
    edition.save(update_fields=["subject", "preheader", "introduction"])
    editing.set_blocks(edition, draft.blocks)


def _free_slug(wanted: str) -> str:
    """With a number behind it where it is taken: by an edition of a newsletter that bore this one's address before."""
    taken = set(Edition.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next(slug for n in range(1, len(taken) + 2) if (slug := wanted if n == 1 else f"{wanted}-{n}") not in taken)
