"""A thing of an archive becomes an article, or changes the one that it became; never twice, never over an editor's
work.

Guarantee: the row of the item, the article and the line of the report are written in one transaction, and an item's id
is unique in its system and site: two workers, two archives of one site, or a worker that was killed and begins again,
bring in one article. It keeps its date, is news to nobody, and nobody is told. Pictures are fetched before, outside of
the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

from django.utils import timezone

from newsletters.articles.archives.archived_comments import bring_comments
from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.articles.archives.old_addresses import keep_old_addresses
from newsletters.articles.archives.pictures import ArchivePictures
from newsletters.articles.archives.preparing import ReadyArticle
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.author_names import authors_named
from newsletters.articles.feeds.categories import category_key
from newsletters.articles.feeds.contents import IncomingPicture
from newsletters.articles.feeds.fetching import private_hosts_for
from newsletters.articles.feeds.seen_items import digest
from newsletters.articles.publishing import lacking, lacking_in_words
from newsletters.articles.revisions import newest
from newsletters.articles.searching import indexed_together
from newsletters.articles.writing import BodyTooLong, save_article
from newsletters.articles.written_languages import is_known
from newsletters.models import ArchivedItem, ArchiveImport, ArchiveLine, Article, ArticleAuthor, Author, Picture

Outcome = ArchiveLine.Outcome
WRITTEN = {Outcome.NEW, Outcome.CHANGED}
MOST_KNOWN_PICTURES = 1000  # that are kept in mind
EDITED = "It has changed in the archive. Somebody has changed it here, so it stays as it is."
DELETED = "It came in before and was deleted here, so it doesn't come in again."


@dataclass(slots=True)
class WithPictures:
    """An article whose pictures are ours; without text or pictures when it isn't `whole`, since nothing was to be
    written of it at that time."""

    article: ReadyArticle
    whole: bool
    html: str
    lead: Picture | None
    problems: list[str]


@dataclass(slots=True)
class Brought:
    outcome: str
    sentences: list[str] = field(default_factory=list)
    article: Article | None = None


def site_of(article: ReadyArticle) -> str:
    """Where its key is unique: host and path of a site, since one host may have several that all count from 1; empty
    where the key is unique in the world."""
    try:
        parts = urlsplit(article.site)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    beside = f":{port}" if port not in {None, 80, 443} else ""
    return f"{host.removeprefix('www.')}{beside}{parts.path.rstrip('/')}"[:255]


Key = tuple[str, str]  # site, digest of the id there


def key_of(article: ReadyArticle) -> Key:
    return site_of(article), digest(article.key)


def items_of(system: str, articles: Iterable[ReadyArticle]) -> dict[Key, ArchivedItem]:
    """Those that came in before, in one query."""
    digests = {digest(article.key) for article in articles}
    found = ArchivedItem.objects.filter(system=system, key__in=digests).select_related("article")
    return {(item.site, item.key): item for item in found}


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
    title = item.article.title
    replaced = [f"Its headline here is “{title}”."] if title != article.headline else []
    return Brought(Outcome.CHANGED, replaced, item.article)


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
        self._pictures: dict[IncomingPicture, Picture | None] = {}
        self.forget()

    def forget(self) -> None:
        """What a transaction that was rolled back may have made."""
        self._authors: dict[str, list[Author]] = {}
        self._made_authors: set[int] = set()

    def with_pictures(self, article: ReadyArticle, item: ArchivedItem | None) -> WithPictures:
        """Outside of a transaction: this may take a while."""
        if outcome_of(item, article).outcome not in WRITTEN:
            return WithPictures(article, False, "", None, [])
        if len(self._pictures) > MOST_KNOWN_PICTURES:
            self._pictures.clear()
        private = private_hosts_for(self.of.address or article.address)
        pictures = ArchivePictures(self.of, self.source, private, self._pictures)
        lead = article.lead()
        picture = pictures.fetch(lead) if lead else None
        html = pictures.with_own_pictures(article.html, article.credits)
        return WithPictures(article, True, html, picture, pictures.problems)

    def bring_all(self, batch: list[WithPictures]) -> list[Brought]:
        """Within a transaction. Ends before the first one that would be written now and isn't whole: prepare that one
        again. Raises `IntegrityError` when another worker was first; then `forget`."""
        items = self._held_items([ready.article for ready in batch])
        brought: list[Brought] = []
        addresses: dict[Article, tuple[str, ...]] = {}
        with indexed_together():
            for ready in batch:
                item = items.get(key_of(ready.article))
                if not ready.whole and outcome_of(item, ready.article).outcome in WRITTEN:
                    break
                found = self._bring_apart(ready, item)
                if found.article is not None and found.outcome in WRITTEN:
                    addresses[found.article] = ready.article.addresses
                brought.append(found)
        by_article = {each.article: each for each in brought}
        for article, path in keep_old_addresses(addresses):
            by_article[article].sentences.append(f"Its old address {path} leads to another article already.")
        return brought

    def _held_items(self, articles: list[ReadyArticle]) -> dict[Key, ArchivedItem]:
        """With a lock on the articles that would change, so that what an editor saves meanwhile is seen, or waits."""
        items = items_of(self.of.system, articles)
        known = [(article, item) for article in articles if (item := items.get(key_of(article)))]
        changing = {item.article_id or 0 for article, item in known if item.fingerprint != article.fingerprint}
        if not changing:
            return items
        held = Article.objects.select_for_update().filter(pk__in=changing).order_by("pk").in_bulk()
        items = items_of(self.of.system, articles)
        for item in items.values():
            if item.article_id in held:
                item.article = held[item.article_id]
        return items

    def _bring_apart(self, ready: WithPictures, item: ArchivedItem | None) -> Brought:
        try:
            return self._bring(ready, item)
        except BodyTooLong as problem:  # raised before anything is written
            return Brought(Outcome.LEFT_OUT, [str(problem)])

    def _bring(self, ready: WithPictures, item: ArchivedItem | None) -> Brought:
        brought = outcome_of(item, ready.article)
        if brought.outcome == Outcome.NEW:
            site, key = key_of(ready.article)
            item = ArchivedItem(system=self.of.system, site=site, key=key, made_by=self.of)
            article = self._make(ready, brought.sentences)
        elif brought.outcome == Outcome.CHANGED and brought.article is not None and item is not None:
            article = brought.article
            if not self._change(article, ready, brought.sentences):
                brought.outcome = Outcome.EDITED  # the same change is tried again with the next archive
                return brought
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
            published_at=None if said.is_draft else said.published_at,
        )  # fmt: skip
        topics = self._topics_of(said)
        if not said.is_draft and self.choices.publish:
            self._publish(article, sentences, has_topics=bool(topics))
        save_article(article)
        Article.topics.through.objects.bulk_create(
            [Article.topics.through(article_id=article.pk, topic_id=topic) for topic in topics]
        )
        self._write_byline(article, said)
        if self.choices.with_comments and said.comments:
            bring_comments(article, said.comments)
        self._date(article, said)
        return article

    def _publish(self, article: Article, sentences: list[str], *, has_topics: bool) -> None:
        """With the date that it had. What an article must have before readers see it holds for these as well."""
        if article.lead_picture is not None and not article.lead_picture.is_described:
            article.lead_picture.is_decorative = True  # as it was there; nothing is made up
            article.lead_picture.save(update_fields=["is_decorative"])
        if missing := list(lacking_in_words(article, has_topics=has_topics)):
            sentences += ["It is held as a draft.", *missing]
        else:
            article.status = Article.Status.PUBLISHED

    def _change(self, article: Article, ready: WithPictures, sentences: list[str]) -> bool:
        """False when it stays as it is."""
        said = ready.article
        article.title, article.summary, article.body = said.headline, said.summary, ready.html
        if ready.lead is not None or said.picture is None:  # one that can't be had just now stays
            article.lead_picture = ready.lead
        if article.status == Article.Status.PUBLISHED and (missing := list(lacking(article))):
            sentences += ["It lacks something now, so what was published stays.", *missing]
            article.refresh_from_db()
            return False
        save_article(article)
        self._date(article, said)
        return True

    def _date(self, article: Article, said: ReadyArticle) -> None:
        """When it was changed there: the day on which it came here isn't a change."""
        changed = datetime.fromisoformat(said.changed) if said.changed else said.published_at
        if changed is not None:
            Article.objects.filter(pk=article.pk).update(updated_at=min(changed, timezone.now()))

    def _write_byline(self, article: Article, said: ReadyArticle) -> None:
        bylines: dict[int, ArticleAuthor] = {}
        for name, about in said.authors:
            if name not in self._authors:
                last = Author.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
                self._authors[name] = authors_named([name], {name: about})
                self._made_authors.update(author.pk for author in self._authors[name] if author.pk > last)
            for author in self._authors[name]:
                bylines.setdefault(author.pk, ArticleAuthor(article=article, author=author, position=len(bylines)))
        ArticleAuthor.objects.bulk_create(bylines.values())  # the index reads them at the end of the batch

    def _topics_of(self, said: ReadyArticle) -> list[int]:
        keys = [category_key(name) for name in (*said.topics, *said.tags)]
        found = list(dict.fromkeys(self._topics[key] for key in keys if key in self._topics))
        return found or list(self.choices.topics)

    def made_authors(self) -> list[int]:
        """Since this was asked last."""
        made, self._made_authors = sorted(self._made_authors), set()
        return made


def _language(code: str) -> str:
    """Django's code for what an archive says; empty where it doesn't, or where we don't know it."""
    whole = code.lower().replace("_", "-")
    return next((each for each in (whole, whole.partition("-")[0]) if each and is_known(each)), "")
