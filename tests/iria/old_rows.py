"""What older versions of Iria wrote, laid where they stopped, and what must have become of it in the newest.

All of it goes the long way together, once: that way takes the processor half a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from mail.models import Message
from newsletters.models import ArticleText, Delivery, Edition, EditionItem, RateLimit
from newsletters.rendering.content import digest_of_json
from subscribers import suppression
from subscribers.models import ConsentRecord, MailingList, Subscriber, Suppression
from subscribers.tokens import address_hash

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
OF_PERMISSION = {"change_pace": "change_ratelimit", "view_outboxmail": "view_message"}


@dataclass(frozen=True)
class OldRows:
    """Rows that a version wrote whose newest migration was `stop`."""

    stop: tuple[str, str]
    lay: Callable[[Any], None]  # with the models of then
    check: Callable[[], None]


def permitted(apps: Any, app: str, model: str, code: str) -> None:
    """A group that holds it."""
    kind = ContentType.objects.get_or_create(app_label=app, model=model)[0]
    named = {"content_type": kind, "codename": code}
    held = Permission.objects.get_or_create(**named, defaults={"name": "old"})[0]
    Group.objects.create(name=code).permissions.add(held)


def of_first_editions(apps: Any) -> None:
    def make(app: str, model: str, **values: Any) -> Any:
        return apps.get_model(app, model).objects.create(**values)

    mailing_list = make("subscribers", "MailingList", name="News", slug="news")
    newsletter = make(
        "newsletters", "Newsletter", name="News", slug="news", from_name="News", from_email="news@iria.example",
        postal_address="Beirut", mailing_list=mailing_list,
    )  # fmt: skip
    article = make("newsletters", "Article", title="Grain prices", slug="grain", body="<p>Dear</p>", published_at=AT)
    edition = make(
        "newsletters", "Edition", newsletter=newsletter, number=1, slug="news-1", status="sent", content_hash="old",
        snapshot={"articles": [{"id": 1}], "lifetime_hours": 30},
    )  # fmt: skip
    make("newsletters", "EditionItem", edition=edition, article=article)
    chunk = make("newsletters", "Chunk", edition=edition, wave=AT, seq=0, members=b"", n=1)
    make(
        "newsletters", "Delivery", edition=edition, chunk=chunk, subscriber_id=1, fence=0, variant=0, outcome="skipped",
        reason="paced", settled_at=AT,
    )  # fmt: skip
    make("newsletters", "Pace", domain="gmail.com", per_second=5.0)
    permitted(apps, "newsletters", "pace", "change_pace")


def first_editions_are_there() -> None:
    edition = Edition.objects.get()
    snapshot: dict[str, Any] = edition.snapshot or {}
    assert snapshot["blocks"] == [{"kind": "article", "article": {"id": 1}}]
    assert "articles" not in snapshot
    assert edition.content_hash == digest_of_json(snapshot)
    assert edition.lifetime_hours == 30
    item = EditionItem.objects.get()
    assert (item.kind, item.key) == ("article", f"a{item.pk}")
    assert [each.reason for each in Delivery.objects.all()] == ["throttled"]
    assert ArticleText.objects.get().title == "Grain prices"
    assert [(each.domain, each.per_second) for each in RateLimit.objects.all()] == [("gmail.com", 5.0)]


def of_the_outbox(apps: Any) -> None:
    ada = apps.get_model("subscribers", "Subscriber").objects.create(
        email="ada@example.org", email_key="ada@example.org"
    )
    outbox = apps.get_model("subscribers", "OutboxMail").objects
    outbox.create(
        pk=40, kind="confirmation", subscriber_id=ada.pk, state="sent", due_at=AT, sent_at=AT, attempts=2, reply=""
    )
    outbox.create(
        pk=41, kind="welcome", subscriber_id=ada.pk, context={"subscriptions": [7]}, due_at=AT, attempts=1, reply="451"
    )
    permitted(apps, "subscribers", "outboxmail", "view_outboxmail")


def the_outbox_is_messages() -> None:
    sent, row = Message.objects.filter(pk__in=(40, 41)).order_by("pk")
    ada = Subscriber.objects.get(email="ada@example.org")
    assert (sent.kind, sent.address, sent.subscriber_id) == ("confirmation", "ada@example.org", ada.pk)
    assert (sent.state, sent.sent_at, sent.attempts, sent.provider_id) == ("sent", AT, 2, None)
    assert (row.state, row.attempts, row.reply, row.context) == ("waiting", 1, "451", {"subscriptions": [7]})
    assert Message.objects.create(kind="welcome", address="bob@example.org", due_at=AT).pk > 41


def of_addresses_as_typed(apps: Any) -> None:
    people, suppressed = (apps.get_model("subscribers", name).objects for name in ("Subscriber", "Suppression"))
    people.create(email="Straße@faß.de", email_key="strasse@xn--fa-hia.de")
    suppressed.create(email="ſam@example.org", address_hash=address_hash("sam@example.org"), reason="staff")
    suppressed.create(email="", address_hash=address_hash("ssad@example.org"), reason=Suppression.Reason.ERASED)


def addresses_have_the_form_that_mails_go_to() -> None:
    person = Subscriber.objects.get(email__contains="xn--")
    assert (person.email, person.email_key) == ("Straße@xn--fa-hia.de", "straße@xn--fa-hia.de")
    assert suppression.is_suppressed("ſam@example.org")
    assert not suppression.is_suppressed("sam@example.org")
    assert suppression.is_suppressed("ßad@example.org")  # known by the hash of how it was folded then, and by no more


def of_tokens_in_consents(apps: Any) -> None:
    consents = apps.get_model("subscribers", "ConsentRecord").objects
    pages = [
        "/subscribe/",
        "/ar/subscribe/",
        "/preferences/",
        "/preferences/OgAA-x/",
        "/unsubscribe/a_b/",
        "/confirm/c/",
    ]
    for page in [*pages, ""]:
        consents.create(address_hash="x", action="asked", source="form", page=page)


def tokens_in_consents_are_forgotten() -> None:
    assert list(ConsentRecord.objects.filter(address_hash="x").order_by("pk").values_list("page", flat=True)) == [
        "/subscribe/", "/ar/subscribe/", "/preferences/", "/preferences/…/", "/unsubscribe/…/", "/confirm/…/", "",
    ]  # fmt: skip


def of_newsletters_for_two(apps: Any) -> None:
    apps.get_model("newsletters", "Newsletter").objects.update(needs_approval=True)


def lists_need_two() -> None:
    assert MailingList.objects.get().needs_approval


def everyone_may_do_what_they_might() -> None:
    groups = Group.objects.filter(name__in=OF_PERMISSION).values_list("name", "permissions__codename")
    assert dict(groups) == OF_PERMISSION


# In the order of the migrations.
OLD_ROWS = [
    OldRows(("newsletters", "0004_inspections_and_overrides"), of_first_editions, first_editions_are_there),
    OldRows(("subscribers", "0007_indexes_for_searches"), of_the_outbox, the_outbox_is_messages),
    OldRows(
        ("subscribers", "0011_plain_words_for_labels"), of_addresses_as_typed, addresses_have_the_form_that_mails_go_to
    ),
    OldRows(("subscribers", "0013_requests_of_forms"), of_tokens_in_consents, tokens_in_consents_are_forgotten),
    OldRows(("newsletters", "0032_plain_words_for_undo_and_email_service"), of_newsletters_for_two, lists_need_two),
]
