"""The demo institute: fills an empty database from `seeds/`, and makes its first edition due.

Guarantee: all or nothing. The rows are written in one transaction, so a start that was interrupted finds an empty
database again; pictures have been written before under names made of their content, and are written again. A database
in which anything was made already is refused with `NotEmpty`, and nothing is touched. A seed file that is missing or
wrong raises `BadSeed`, which names the file and says what is wrong with it.
"""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from iria.demo import pages, seed_files
from iria.demo.seed_files import BadSeed, read_headed, read_toml
from lib.addresses import address_key, normalise
from newsletters.articles import pictures, writing
from newsletters.editions import composing, editing, transitions
from newsletters.models import Article, ArticleAuthor, Author, Edition, Institute, Newsletter, Page, Picture
from subscribers import suppression
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Suppression, Topic, TopicSelection
from subscribers.tokens import address_hash

WORDING = "Demo data: this reader isn't real and agreed to nothing."


class NotEmpty(Exception):
    """There is data already; the demo institute is only for an empty database."""


@dataclass(frozen=True, slots=True)
class ArticleSeed:
    slug: str
    title: str
    summary: str
    topics: tuple[str, ...]
    author: str
    published: datetime
    picture: str
    body: str


@dataclass(frozen=True, slots=True)
class ReaderSeed:
    email: str
    name: str
    topics: tuple[str, ...]
    state: str
    asked: datetime


STATES = ("confirmed", "paused", "suppressed", "pending", "left")


def load_demo() -> None:
    """Load everything, or raise `NotEmpty` or `BadSeed` and leave the database as it was."""
    refuse_unless_empty()
    articles, readers = read_articles(), read_readers()
    # Encoding takes nearly all of the time and needs no database: outside the transaction, two at a time.
    renditions = _render_pictures()
    with transaction.atomic():
        refuse_unless_empty()
        shown = _pictures(renditions)
        _institute(shown)
        topics = _topics()
        lists = _lists(topics)
        for seed in articles:
            _article(seed, topics, shown)
        pages.load_pages()
        newsletter = _newsletter(lists)
        _readers(readers, newsletter.mailing_list, topics)
        first_edition(newsletter)


def is_empty() -> bool:
    """Whether nobody has made anything yet; accounts of staff do not count."""
    models = (Article, Subscriber, Newsletter, MailingList, Topic, Institute, Page)
    return not any(model._default_manager.exists() for model in models)


def refuse_unless_empty() -> None:
    if not is_empty():
        raise NotEmpty(
            "The demo institute only loads into an empty database. This one already has data, so nothing was changed."
        )


def first_edition(newsletter: Newsletter) -> Edition:
    """Composed of all articles and due now: anyone who looks for due editions finds it and sends it.

    Where mail leaves for a real server it stays a draft: a demo sends nothing there by itself.
    """
    edition = composing.compose(newsletter)
    introduction = str(read_toml("newsletter.toml").get("introduction", ""))
    edition = editing.reword(edition, introduction=writing.clean_body(introduction))
    if not settings.INBOX_ENABLED:
        return edition
    return transitions.queue(edition.pk, revision=edition.revision, by="demo data", send_at=timezone.now())


# --- Reading the files ----------------------------------------------------------------------------------------
def _date(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        raise BadSeed(f"{where}: “{text}” isn't a date like 2024-10-14 09:00.") from None


def _names(text: str, separator: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(separator) if name.strip())


def read_articles() -> list[ArticleSeed]:
    """`seeds/articles/<slug>.html`: a few lines “name: value”, a line of three dashes, and the text as HTML."""
    return [_read_article(path) for path in sorted((seed_files.SEEDS / "articles").glob("*.html"))]


def _read_article(path: Path) -> ArticleSeed:
    where = f"seeds/articles/{path.name}"
    fields, body = read_headed(path, {"title", "summary", "topics", "author", "published", "picture"})
    return ArticleSeed(
        slug=path.stem,
        title=fields["title"],
        summary=fields["summary"],
        topics=_names(fields["topics"], ","),
        author=fields["author"],
        published=_date(fields["published"], where),
        picture=fields["picture"],
        body=body,
    )


def read_readers() -> list[ReaderSeed]:
    """`seeds/readers.csv`: topics are divided by |, none means all."""
    with (seed_files.SEEDS / "readers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    readers = []
    for number, row in enumerate(rows, 2):
        where = f"seeds/readers.csv, line {number}"
        if row.get("state") not in STATES or None in row or None in row.values():
            raise BadSeed(f"{where}: there must be five columns, and the state one of {', '.join(STATES)}.")
        readers.append(
            ReaderSeed(
                email=normalise(row["email"]),
                name=row["name"],
                topics=_names(row["topics"], "|"),
                state=row["state"],
                asked=_date(row["asked"], where),
            )
        )
    return readers


# --- Writing the rows -----------------------------------------------------------------------------------------
def _institute(shown: dict[str, Picture]) -> None:
    row = read_toml("institute.toml")
    Institute.objects.create(**row | {"logo": shown[row["logo"]]})


def _topics() -> dict[str, Topic]:
    rows = read_toml("lists.toml")["topic"]
    topics = [Topic(slug=slugify(row["name"]), position=10 * n, **row) for n, row in enumerate(rows, 1)]
    return {topic.name: topic for topic in Topic.objects.bulk_create(topics)}


def _lists(topics: dict[str, Topic]) -> dict[str, MailingList]:
    lists = {}
    for n, row in enumerate(read_toml("lists.toml")["list"], 1):
        chosen = [_known(topics, name, "seeds/lists.toml") for name in row.pop("topics")]
        lists[row["slug"]] = made = MailingList.objects.create(position=10 * n, from_email=_sender(), **row)
        made.topics.set(chosen)
    return lists


def _sender() -> str:
    """Of a domain that this installation may send from: the demo's own would fail every check of a real recipient."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _known(topics: dict[str, Topic], name: str, where: str) -> Topic:
    if name not in topics:
        raise BadSeed(f"{where}: there is no topic “{name}” in seeds/lists.toml.")
    return topics[name]


def _render_pictures() -> dict[str, list[pictures.Rendition]]:
    files = {
        name: seed_files.SEEDS / "pictures" / str(entry.get("file", f"{name}.jpg"))
        for name, entry in read_toml("pictures.toml").items()
    }
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(files, pool.map(lambda path: pictures.render(path.read_bytes()), files.values()), strict=True))


def _pictures(renditions: dict[str, list[pictures.Rendition]]) -> dict[str, Picture]:
    return {
        name: pictures.store_picture(
            renditions[name], alt=entry["alt"], caption=entry.get("caption", ""), credit=entry.get("credit", "")
        )
        for name, entry in read_toml("pictures.toml").items()
    }


def _article(seed: ArticleSeed, topics: dict[str, Topic], shown: dict[str, Picture]) -> None:
    where = f"seeds/articles/{seed.slug}.html"
    if seed.picture not in shown:
        raise BadSeed(f"{where}: there is no picture “{seed.picture}” in seeds/pictures.toml.")
    body = seed.body
    for name, picture in shown.items():  # <img src="picture:desert-camps"> names a picture of pictures.toml
        body = body.replace(f'src="picture:{name}"', f'src="{pictures.picture_path(picture, 960)}"')
    article = writing.save_article(
        Article(
            title=seed.title,
            slug=seed.slug,
            summary=seed.summary,
            body=body,
            lead_picture=shown[seed.picture],
            status=Article.Status.PUBLISHED,
            published_at=seed.published,
        )
    )
    article.topics.set(_known(topics, name, where) for name in seed.topics)
    author, _created = Author.objects.get_or_create(name=seed.author, defaults={"slug": slugify(seed.author)})
    ArticleAuthor.objects.create(article=article, author=author)


def _newsletter(lists: dict[str, MailingList]) -> Newsletter:
    row = read_toml("newsletter.toml")
    row.pop("introduction", None)  # of its first edition
    subject = row.pop("subject")
    return Newsletter.objects.create(
        **row
        | {
            "from_email": _sender(),
            "mailing_list": lists[row["mailing_list"]],
            "cadence": Newsletter.Cadence.WEEKLY,
            "cadence_since": timezone.now(),
            "subject_template": subject,
        }
    )


def _readers(readers: list[ReaderSeed], mailing_list: MailingList, topics: dict[str, Topic]) -> None:
    people = Subscriber.objects.bulk_create(
        Subscriber(
            email=reader.email,
            email_key=address_key(reader.email),
            name=reader.name,
            paused_until=timezone.now() + timedelta(days=30) if reader.state == "paused" else None,
        )
        for reader in readers
    )
    Subscription.objects.bulk_create(
        Subscription(
            subscriber=person,
            mailing_list=mailing_list,
            selection=TopicSelection.of(_known(topics, name, "seeds/readers.csv") for name in reader.topics),
            **_subscription(reader),
        )
        for person, reader in zip(people, readers, strict=True)
    )
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            subscriber=person,
            address_hash=address_hash(person.email),
            mailing_list=mailing_list,
            action=action,
            source=ConsentRecord.Source.SEED,
            wording=WORDING,
            wording_version="demo",
            detail=f"Dated {reader.asked:%Y-%m-%d} in seeds/readers.csv.",
        )
        for person, reader in zip(people, readers, strict=True)
        for action in _consents(reader)
    )
    for person, reader in zip(people, readers, strict=True):
        if reader.state == "suppressed":
            suppression.suppress(
                person.email, reason=Suppression.Reason.BOUNCE, note="Demo data: a mailbox that was closed.", by="seeds"
            )


def _subscription(reader: ReaderSeed) -> dict[str, Any]:
    confirmed_at = reader.asked + timedelta(minutes=7)
    if reader.state == "pending":
        # Asked just now: nobody is reminded of, or expires by, a request that was made years ago in a file.
        return {"status": Subscription.Status.PENDING, "requested_at": timezone.now()}
    if reader.state == "left":
        return {
            "status": Subscription.Status.UNSUBSCRIBED,
            "requested_at": reader.asked,
            "confirmed_at": confirmed_at,
            "unsubscribed_at": reader.asked + timedelta(days=90),
        }
    return {"status": Subscription.Status.CONFIRMED, "requested_at": reader.asked, "confirmed_at": confirmed_at}


def _consents(reader: ReaderSeed) -> list[str]:
    actions = [ConsentRecord.Action.ASKED]
    if reader.state != "pending":
        actions.append(ConsentRecord.Action.CONFIRMED)
    if reader.state == "left":
        actions.append(ConsentRecord.Action.UNSUBSCRIBED)
    return [str(action) for action in actions]
