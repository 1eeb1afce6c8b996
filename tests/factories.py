"""Plain factories: keywords for what a test is about, and something sensible for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.text import slugify

from newsletters.articles.pages import save_page
from newsletters.delivery.engine import freezing
from newsletters.editions import composing, editing, numbering, snapshot, transitions
from newsletters.models import Article, ArticleAuthor, Author, Comment, Edition, Newsletter, Page, Picture
from subscribers.models import Attribute, MailingList, Subscriber, Subscription, Topic, TopicSelection

_numbers = count(1)


def make_topic(*, name: str = "", slug: str = "") -> Topic:
    name = name or f"Topic {next(_numbers)}"
    return Topic.objects.create(name=name, slug=slug or slugify(name))


def make_list(
    *,
    name: str = "",
    slug: str = "",
    topics: Iterable[Topic] = (),
    is_public: bool = True,
    from_name: str = "",
    from_email: str = "",
) -> MailingList:
    name = name or f"List {next(_numbers)}"
    mailing_list = MailingList.objects.create(
        name=name, slug=slug or slugify(name), is_public=is_public, from_name=from_name, from_email=from_email
    )
    mailing_list.topics.set(topics)
    return mailing_list


def make_subscriber(email: str = "", *, name: str = "") -> Subscriber:
    return Subscriber.objects.create(email=email or f"reader{next(_numbers)}@example.org", name=name)


def make_attribute(key: str = "city", kind: str = "text", **values: Any) -> Attribute:
    return Attribute.objects.create(key=key, kind=kind, **{"name": key.replace("_", " ").capitalize(), **values})


def make_subscription(
    subscriber: Subscriber,
    mailing_list: MailingList,
    *,
    status: str = Subscription.Status.CONFIRMED,
    topics: Iterable[Topic] = (),
    at: datetime | None = None,
) -> Subscription:
    at = at or timezone.now()
    return Subscription.objects.create(
        subscriber=subscriber,
        mailing_list=mailing_list,
        status=status,
        selection=TopicSelection.of(topics),
        requested_at=at,
        confirmed_at=None if status == Subscription.Status.PENDING else at,
        unsubscribed_at=at if status == Subscription.Status.UNSUBSCRIBED else None,
    )


def make_reader(mailing_list: MailingList, *, email: str = "", topics: Iterable[Topic] = ()) -> Subscriber:
    """Somebody who confirmed."""
    subscriber = make_subscriber(email)
    make_subscription(subscriber, mailing_list, topics=topics)
    return subscriber


def make_article(
    *,
    title: str = "",
    slug: str = "",
    summary: str = "What it says, in a sentence.",
    body: str = "<p>What happened, and what is known about it.</p>",
    topics: Iterable[Topic] = (),
    author: str = "",
    lead_picture: Picture | None = None,
    status: str = Article.Status.PUBLISHED,
    published_at: datetime | None = None,
) -> Article:
    """A published article, unless told; saved as it is, without the rules of newsletters.articles.writing."""
    number = next(_numbers)
    title = title or f"Article {number}"
    published = status == Article.Status.PUBLISHED
    article = Article.objects.create(
        title=title,
        slug=slug or f"{slugify(title)}-{number}",
        summary=summary,
        body=body,
        lead_picture=lead_picture,
        status=status,
        published_at=published_at or (timezone.now() if published else None),
    )
    article.topics.set(topics)
    if author:
        by, _created = Author.objects.get_or_create(name=author, defaults={"slug": slugify(author)})
        ArticleAuthor.objects.create(article=article, author=by)
    return article


def make_page(
    *,
    kind: str = Page.Kind.PRIVACY,
    title: str = "Privacy",
    slug: str = "",
    language: str = "",
    body: str = "<p>What we store, and for how long.</p>",
    status: str = Page.Status.PUBLISHED,
    in_footer: bool = True,
) -> Page:
    """A published page, saved with the rules of newsletters.articles.pages."""
    return save_page(
        Page(kind=kind, title=title, slug=slug, language=language, body=body, status=status, in_footer=in_footer)
    )


def make_comment(
    article: Article,
    *,
    text: str = "Well said.",
    name: str = "Berta",
    email: str = "berta@readers.example",
    parent: Comment | None = None,
    state: str = Comment.State.APPROVED,
    ip: str | None = None,
) -> Comment:
    decided_at = None if state == Comment.State.HELD else timezone.now()
    return Comment.objects.create(
        article=article, text=text, name=name, email=email, parent=parent, state=state, ip=ip, decided_at=decided_at
    )


def make_newsletter(
    mailing_list: MailingList | None = None,
    *,
    name: str = "",
    zone: str = "Europe/Berlin",
    needs_approval: bool = False,
    **fields: Any,
) -> Newsletter:
    """`needs_approval` is what its list asks for."""
    mailing_list = mailing_list or make_list()
    if needs_approval:
        mailing_list.needs_approval = True
        mailing_list.save()
    name = name or f"Newsletter {next(_numbers)}"
    given = {
        "from_name": "IRIA News",
        "from_email": "news@iria.example",
        "postal_address": "1 Example Street\nExampleton",
        # Most tests read where links lead in what was sent; those about counting say so.
        "tracking": Newsletter.Tracking.OFF,
    } | fields
    return Newsletter.objects.create(name=name, slug=slugify(name), mailing_list=mailing_list, zone=zone, **given)


def make_edition(
    newsletter: Newsletter | None = None, *, articles: Iterable[Article] = (), by: User | None = None, **fields: Any
) -> Edition:
    """A draft, with the articles given or else one of its own."""
    edition = composing.compose(newsletter or make_newsletter(), articles=list(articles) or [make_article()], by=by)
    if fields:
        edition = editing.reword(edition, **fields)
    return edition


def queue(edition: Edition, *, send_at: datetime | None = None) -> Edition:
    """Press Send."""
    return transitions.queue(edition.pk, revision=edition.revision, by="Ada", send_at=send_at)


def give_number(edition: Edition) -> Edition:
    """What beginning does, for tests that write by hand that it has begun."""
    number = numbering.number_to_give(edition)
    Edition.objects.filter(pk=edition.pk).update(number=number.number, slug=number.slug)
    edition.number, edition.slug = number.number, number.slug
    return edition


def begin(edition: Edition, *, candidates: int) -> bool:
    """Queued → sending, without an audience."""
    number = numbering.number_to_give(edition)
    content = number.put_into(snapshot.content_of(edition))
    return transitions.begin(
        edition.pk, revision=edition.revision, candidates=candidates, number=number, content=content
    )


def start(edition: Edition) -> Edition:
    """Press Send, and freeze the audience."""
    queue(edition)
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    return edition
