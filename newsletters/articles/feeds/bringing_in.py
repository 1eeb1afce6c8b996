"""An item of a feed becomes an article, or changes the one that it became; never twice, never over an editor's work.

Guarantee: the row of the item and the article are written in one transaction, and the item's id is unique in its feed:
two workers, or one that was killed and begins again, bring in one article. Pictures are fetched before, outside of it.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from lib.dates import in_local_words
from newsletters.articles.author_names import authors_named
from newsletters.articles.feeds.categories import topics_for
from newsletters.articles.feeds.contents import IncomingItem
from newsletters.articles.feeds.incoming_pictures import PictureFetching
from newsletters.articles.feeds.seen_items import Keys, has_changed, note_change, row_of
from newsletters.articles.feeds.source_log import write_log
from newsletters.articles.feeds.xml_feeds import plain_as_html
from newsletters.articles.publishing import lacking
from newsletters.articles.revisions import newest
from newsletters.articles.writing import reading, save_article
from newsletters.models import Article, ArticleAuthor, FeedItem, FeedSource, Picture

Mode = FeedSource.Mode


def bring_in(source: FeedSource, item: IncomingItem, keys: Keys, mode: str) -> Article | None:
    """The article of a new item; None when another worker was first. The log says what came of it."""
    if FeedItem.objects.filter(source=source, key=keys.id).exists():
        return None
    pictures = PictureFetching(source)
    lead = pictures.fetch(item.picture) if item.picture else None
    body = _body(item, mode, pictures)
    try:
        with transaction.atomic():
            row = row_of(source, item, keys)
            row.save()
            article = _write(source, item, mode, body, lead)
            missing = list(lacking(article)) if mode != Mode.DRAFT else []
            if mode != Mode.DRAFT and not missing:
                article.status = Article.Status.PUBLISHED
                save_article(article)
            _count_original_words(article, item)
            row.article, row.written_revision = article, article.revision
            row.save(update_fields=["article", "written_revision"])
            _log_arrival(source, article, missing, pictures.problems)
    except IntegrityError:
        if FeedItem.objects.filter(source=source, key=keys.id).exists():
            return None
        raise
    return article


def _body(item: IncomingItem, mode: str, pictures: PictureFetching) -> str:
    """The whole text; of an article that stays where it is, what it is about: the text is read there."""
    if mode == Mode.LINK:
        return plain_as_html(item.summary or item.title)
    return pictures.with_own_pictures(item.html) or plain_as_html(item.summary)


def _write(source: FeedSource, item: IncomingItem, mode: str, body: str, lead: Picture | None) -> Article:
    article = Article(
        title=item.title, summary=item.summary, body=body, lead_picture=lead,
        original_url=item.link if mode == Mode.LINK else "", published_at=item.published or timezone.now(),
        comments_open=mode != Mode.LINK,  # readers have no page here to comment on
    )  # fmt: skip
    if mode == Mode.DRAFT:
        article.published_at = None  # from when an editor publishes it
    save_article(article)
    article.topics.set(topics_for(source, item.topics))
    for position, author in enumerate(authors_named(item.author.split(", "))):
        ArticleAuthor.objects.create(article=article, author=author, position=position)
    return article


def _count_original_words(article: Article, item: IncomingItem) -> None:
    """Of an article that is read elsewhere, the time that it takes there."""
    if article.original_url and item.html:
        words, minutes = reading(item.html)
        Article.objects.filter(pk=article.pk).update(word_count=words, reading_minutes=minutes)


def _log_arrival(source: FeedSource, article: Article, missing: list[str], problems: list[str]) -> None:
    if missing:
        write_log(source, f"“{article.title}” is held as a draft. {' '.join(missing)}", is_problem=True)
    elif article.status == Article.Status.PUBLISHED and not article.is_public and article.published_at:
        write_log(source, f"“{article.title}” came in. It is published on {in_local_words(article.published_at)}.")
    elif article.status == Article.Status.PUBLISHED:
        write_log(source, f"“{article.title}” came in and is published.")
    else:
        write_log(source, f"“{article.title}” came in as a draft.")
    for problem in problems[:5]:
        write_log(source, f"“{article.title}”: {problem}", is_problem=True)


def update(source: FeedSource, row: FeedItem, item: IncomingItem) -> bool:
    """Write again the article of an item that has changed. What an editor changed stays, and the log says so."""
    article = row.article
    if article is None:
        return False
    pictures = PictureFetching(source)
    mode = Mode.LINK if article.original_url else Mode.DRAFT
    is_edited = _is_edited(article, row)
    lead = pictures.fetch(item.picture) if item.picture and not is_edited else None
    body = "" if is_edited else _body(item, mode, pictures)
    with transaction.atomic():
        row = FeedItem.objects.select_for_update(of=("self",)).get(pk=row.pk)
        article = Article.objects.select_for_update().filter(feed_items=row).first()
        if article is None or not has_changed(row, item):
            return False
        note_change(row, item)
        if is_edited or _is_edited(article, row):
            write_log(
                source,
                f"“{article.title}” has changed in the feed. Somebody has changed it here, so it stays as it is.",
                is_problem=True,
            )
            row.save()
            return False
        article.title, article.summary, article.body = item.title, item.summary, body
        if lead is not None or item.picture is None:  # one that can't be had just now stays
            article.lead_picture = lead
        if mode == Mode.LINK and item.link:
            article.original_url = item.link
        if article.status == Article.Status.PUBLISHED and (missing := list(lacking(article))):
            write_log(
                source,
                f"“{item.title or row.key}” has changed in the feed and lacks something, so what was published stays. "
                + " ".join(missing),
                is_problem=True,
            )
            row.save()
            return False
        save_article(article)
        _count_original_words(article, item)
        row.written_revision = article.revision
        row.save()
        write_log(source, f"“{article.title}” has changed in the feed, and here.")
    return True


def _is_edited(article: Article, row: FeedItem) -> bool:
    """By a person since we wrote it last: saved, or typed and kept until it is saved."""
    last = newest(article)
    return article.revision != row.written_revision or (last is not None and not last.is_applied)
