"""Put an article into an edition: the newsletter's newest draft, or a new one."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.models import User
from django.db import transaction

from lib.names import called
from newsletters.editions import drafts, editing
from newsletters.editions.composing import compose
from newsletters.models import Article, Edition, Newsletter

SUBJECT = "{{ lead }}"  # where the newsletter proposes none: its first headline


def put_into_draft(article: Article, newsletter: Newsletter, *, by: User | None) -> Edition:
    """The draft that now has the article, behind what is in it. Asking twice adds it once.

    Raises `Refused` when the draft can't be changed any more; nothing was changed then, and the caller's transaction
    may go on.
    """
    with transaction.atomic():
        Newsletter.objects.select_for_update().get(pk=newsletter.pk)
        # Locked before it is read, so that a composer that saves just now is waited for.
        drafts_there = Edition.objects.filter(newsletter=newsletter, status=Edition.Status.DRAFT)
        edition = drafts_there.select_for_update().order_by("-pk").first()
        if edition is None:
            edition = compose(newsletter, by=by, articles=[article])
        draft = drafts.draft_of(edition)
        if article.pk not in {block.article_id for block in draft.blocks}:
            draft = replace(draft, blocks=(*draft.blocks, *drafts.articles([article.pk])))
        draft = replace(draft, subject=draft.subject or SUBJECT)
        name = called(by) if by else ""
        return editing.save(edition.pk, draft, revision=edition.revision, by=name, user=by)
