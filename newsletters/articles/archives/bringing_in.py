"""A thing of an archive becomes an article, or changes the one that it became; never twice, never over an editor's
work.

Guarantee: the row of the item, the article and the line of the report are written in one transaction, and an item's id
is unique in its system and site: two workers, two archives of one site, or a worker that was killed and begins again,
bring in one article. It keeps its date, is news to nobody, and nobody is told. Pictures are fetched before, outside of
the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

from django.utils import timezone

from lib.entities import typed_text
from newsletters.articles.archives.archived_comments import bring_comments
from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.articles.archives.old_addresses import keep_old_addresses
from newsletters.articles.archives.pictures import ArchivePictures
from newsletters.articles.archives.preparing import ReadyArticle
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.author_names import authors_named
from newsletters.articles.feeds.categories import category_key
from newsletters.articles.feeds.fetching import private_hosts_for
from newsletters.articles.feeds.seen_items import digest
from newsletters.articles.publishing import lacking
from newsletters.articles.revisions import newest
from newsletters.articles.writing import save_article
from newsletters.articles.written_languages import is_known
from newsletters.models import ArchivedItem, ArchiveImport, ArchiveLine, Article, ArticleAuthor, Author, Picture

Outcome = ArchiveLine.Outcome
EDITED = "It has changed in the archive. Somebody has changed it here, so it stays as it is."
DELETED = "It came in before and was deleted here, so it doesn't come in again."


@dataclass(slots=True)
class WithPictures:
    """An article whose pictures are ours."""

    article: ReadyArticle
    html: str
    lead: Picture | None
    problems: list[str]


@dataclass(slots=True)
class Brought:
    outcome: str
    sentences: list[str] = field(default_factory=list)
    article: Article | None = None


def site_of(article: ReadyArticle) -> str:
    """The host that it was on; empty where the archive doesn't say."""
    try:
        host = urlsplit(article.address).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:255]


def item_of(system: str, article: ReadyArticle) -> ArchivedItem | None:
    found = ArchivedItem.objects.filter(system=system, site=site_of(article), key=digest(article.key))
    return found.select_related("article").first()


def outcome_of(item: ArchivedItem | None, article: ReadyArticle) -> Brought:
    """What would become of it now."""
    if item is None:
        return Brought(Outcome.NEW)
    if item.article is None:
        return Brought(Outcome.LEFT_OUT, [DELETED])
    if item.fingerprint == article.fingerprint:
        return Brought(Outcome.SAME, article=item.article)
    if is_edited(item.article, item):
        return Brought(Outcome.EDITED, [EDITED], item.article)
    return Brought(Outcome.CHANGED, article=item.article)


def is_edited(article: Article, item: ArchivedItem) -> bool:
    """By a person since we wrote it last: saved, or typed and kept until it is saved."""
    last = newest(article)
    return article.revision != item.written_revision or (last is not None and not last.is_applied)


class Bringing:
    """One import at work: what its articles have in common is read once."""

    def __init__(self, of: ArchiveImport, source: ArchiveSource | None) -> None:
        self.of, self.source = of, source
        self.choices = ArchiveChoices.unpacked(of.options)
        rows = of.categories.exclude(topic=None).values_list("key", "topic")
        self._topics = {key: topic for key, topic in rows if topic is not None}
        self._made_authors: list[int] = []

    def with_pictures(self, article: ReadyArticle) -> WithPictures:
        """Outside of a transaction: this may take a while."""
        if outcome_of(item_of(self.of.system, article), article).outcome not in (Outcome.NEW, Outcome.CHANGED):
            return WithPictures(article, "", None, [])
        pictures = ArchivePictures(self.of, self.source, private_hosts_for(self.of.address or article.address))
        lead = article.lead()
        picture = pictures.fetch(lead) if lead else None
        html = pictures.with_own_pictures(article.html, article.credits)
        return WithPictures(article, html, picture, pictures.problems)

    def bring(self, ready: WithPictures) -> Brought:
        """Within a transaction. Raises `BodyTooLong`, and `IntegrityError` when another worker was first."""
        item = item_of(self.of.system, ready.article)
        brought = outcome_of(item, ready.article)
        if brought.outcome == Outcome.NEW:
            item = ArchivedItem(
                system=self.of.system, site=site_of(ready.article), key=digest(ready.article.key), made_by=self.of
            )
            article = self._make(ready, brought.sentences)
        elif brought.outcome == Outcome.CHANGED and brought.article is not None and item is not None:
            article = self._change(brought.article, ready, brought.sentences)
        else:
            return brought
        item.article, item.written_revision = article, article.revision
        item.fingerprint = ready.article.fingerprint
        item.was_published = bool(ready.article.published)
        item.save()
        brought.article = article
        brought.sentences += [*ready.article.sentences, *ready.problems]
        return brought

    def _make(self, ready: WithPictures, sentences: list[str]) -> Article:
        said = ready.article
        article = Article(
            title=said.headline, summary=said.summary, body=ready.html, lead_picture=ready.lead,
            slug=unquote(said.slug)[:120], comments_open=said.are_comments_open, language=_language(said.language),
        )  # fmt: skip
        if not said.is_draft:
            article.published_at = said.published_at
        save_article(article)
        topics = self._topics_of(said)
        article.topics.set(topics)
        self._write_byline(article, said)
        if not said.is_draft and self.choices.publish:
            self._publish(article, sentences)
        if self.choices.with_comments and said.comments:
            bring_comments(article, said.comments)
        self._date(article, said)
        for path in keep_old_addresses(article, said.addresses):
            sentences.append(f"Its old address {path} leads to another article already.")
        return article

    def _publish(self, article: Article, sentences: list[str]) -> None:
        """With the date that it had. What an article must have before readers see it holds for these as well."""
        if article.lead_picture is not None and not article.lead_picture.is_described:
            article.lead_picture.is_decorative = True  # as it was there; nothing is made up
            article.lead_picture.save(update_fields=["is_decorative"])
        if missing := list(lacking(article)):
            sentences += ["It is held as a draft.", *missing]
            return
        article.status = Article.Status.PUBLISHED
        Article.objects.filter(pk=article.pk).update(status=article.status)

    def _change(self, article: Article, ready: WithPictures, sentences: list[str]) -> Article:
        said = ready.article
        article.title, article.summary, article.body = said.headline, said.summary, ready.html
        if ready.lead is not None or said.picture is None:  # one that can't be had just now stays
            article.lead_picture = ready.lead
        if article.status == Article.Status.PUBLISHED and (missing := list(lacking(article))):
            sentences += ["It lacks something now, so what was published stays.", *missing]
            article.refresh_from_db()
            return article
        save_article(article)
        self._date(article, said)
        keep_old_addresses(article, said.addresses)
        return article

    def _date(self, article: Article, said: ReadyArticle) -> None:
        """When it was changed there: the day on which it came here isn't a change."""
        changed = datetime.fromisoformat(said.changed) if said.changed else said.published_at
        if changed is not None:
            Article.objects.filter(pk=article.pk).update(updated_at=min(changed, timezone.now()))

    def _write_byline(self, article: Article, said: ReadyArticle) -> None:
        names = [typed_text(name) for name, _about in said.authors]
        last = Author.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for position, author in enumerate(authors_named(names, dict(said.authors))):
            ArticleAuthor.objects.create(article=article, author=author, position=position)
            if author.pk > last:
                self._made_authors.append(author.pk)

    def _topics_of(self, said: ReadyArticle) -> list[int]:
        keys = [category_key(name) for name in (*said.topics, *said.tags)]
        found = list(dict.fromkeys(self._topics[key] for key in keys if key in self._topics))
        return found or list(self.choices.topics)

    def made_authors(self) -> list[int]:
        """Since this was asked last."""
        made, self._made_authors = self._made_authors, []
        return made


def _language(code: str) -> str:
    """Django's code for what an archive says; empty where it doesn't, or where we don't know it."""
    whole = code.lower().replace("_", "-")
    return next((each for each in (whole, whole.partition("-")[0]) if each and is_known(each)), "")
