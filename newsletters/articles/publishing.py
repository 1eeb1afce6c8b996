"""Publishing by a button alone: what an article has to have before readers see it, whichever page the button is on."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.articles.revisions import working_copy
from newsletters.articles.writing import save_article
from newsletters.models import Article

# By the field that a form has for it.
NEEDED: dict[str, str | Promise] = {
    "title": gettext_lazy("Write a headline before you publish."),
    "summary": gettext_lazy("Write a summary before you publish: lists and emails show it."),
    "body": gettext_lazy("Write the text before you publish."),
    "topics": gettext_lazy("Choose at least one topic. Readers follow topics."),
}
UNSAVED = gettext_lazy("This article has changes that aren't complete yet. Open it, and publish it there.")
UNDESCRIBED = gettext_lazy(
    "Describe the lead picture before you publish, for people who can't see it, or say that it is decorative."
)


class NotComplete(ValueError):
    """What the article lacks, in sentences for the person who pressed the button."""


def lacking(article: Article) -> Iterator[str]:
    """What is missing, a sentence each."""
    if working_copy(article) is not None:
        yield str(UNSAVED)
    yield from lacking_in_words(article, has_topics=article.topics.exists())


def lacking_in_words(article: Article, *, has_topics: bool) -> Iterator[str]:
    """The same of one that needn't be in the database yet."""
    for name, sentence in NEEDED.items():
        if not (has_topics if name == "topics" else getattr(article, name).strip()):
            yield str(sentence)
    if article.lead_picture is not None and not article.lead_picture.is_described:
        yield str(UNDESCRIBED)


def publish(article: Article, *, by: str = "", seen: int | None = None) -> None:
    """From now on, or from the time that it has, by whom a request for its review is answered. One that is published
    already stays as it is. `seen` is the revision that the person looked at: another one isn't published for it.
    `article` then says what the database says. Raises `NotComplete`."""
    with transaction.atomic():
        # A page that is open saves by itself: what `article` says may be older than what is stored.
        stored = Article.objects.select_for_update().get(pk=article.pk)
        if stored.status != Article.Status.PUBLISHED:
            if seen not in (None, stored.revision):
                raise NotComplete(_("It was changed since you opened this page. Look at it, then publish it."))
            if missing := list(lacking(stored)):
                raise NotComplete(" ".join(missing))
            stored.status = Article.Status.PUBLISHED
            save_article(stored, by=by)
    article.refresh_from_db()
