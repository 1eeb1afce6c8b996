"""The rows of the old outbox, those that waited included, are messages after the migration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

import tests.migrating
from mail.models import Message
from mail.outbox.sending import send_due
from tests.factories import make_list, make_subscriber, make_subscription
from tests.migrating import migrate_to_newest

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("subscribers", "0007_indexes_for_searches")
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def migrate_back() -> Any:
    """To the schema with the old outbox; returns its model. What is not of the outbox is kept."""
    return tests.migrating.migrate_back(*BEFORE).get_model("subscribers", "OutboxMail")


@pytest.fixture(autouse=True)
def _newest_again() -> Iterator[None]:
    yield
    migrate_to_newest()


def test_every_row_becomes_a_message_and_what_waited_is_sent(mailoutbox: list[Any]) -> None:
    ada = make_subscriber("ada@example.org")
    subscription = make_subscription(ada, make_list(), status="confirmed")
    old_outbox = migrate_back()
    old_outbox.objects.create(
        pk=40, kind="confirmation", subscriber_id=ada.pk, state="sent", due_at=AT, sent_at=AT, attempts=2, reply=""
    )
    waiting = old_outbox.objects.create(
        pk=41, kind="welcome", subscriber_id=ada.pk, context={"subscriptions": [subscription.pk]}, due_at=AT,
        attempts=1, reply="451 later",
    )  # fmt: skip
    migrate_to_newest()
    sent, row = Message.objects.order_by("pk")
    assert (sent.pk, sent.kind, sent.address, sent.subscriber_id) == (40, "confirmation", "ada@example.org", ada.pk)
    assert (sent.state, sent.sent_at, sent.attempts, sent.provider_id) == ("sent", AT, 2, None)
    assert (row.pk, row.state, row.attempts, row.reply) == (41, "waiting", 1, "451 later")
    assert (row.context, row.created_at) == ({"subscriptions": [subscription.pk]}, waiting.created_at)
    assert send_due() == 1
    assert mailoutbox[0].to == ["ada@example.org"]
    assert mailoutbox[0].extra_headers["Message-ID"].startswith("<welcome.41.")
    assert Message.objects.create(kind="welcome", address="bob@example.org", due_at=AT).pk > 41


def test_on_the_way_back_subscribers_keep_theirs_and_staff_have_none() -> None:
    ada = make_subscriber("ada@example.org")
    Message.objects.create(pk=7, kind="welcome", address=ada.email, subscriber_id=ada.pk, due_at=AT, reply="x")
    Message.objects.create(kind="comments_held", address="editor@iria.example", due_at=AT)
    back = migrate_back()
    assert list(back.objects.values_list("pk", "kind", "subscriber_id", "reply")) == [(7, "welcome", ada.pk, "x")]
    assert back.objects.create(kind="welcome", subscriber_id=ada.pk, due_at=AT).pk > 7


@pytest.mark.either_database
@pytest.mark.parametrize("mail_was_migrated_before", [False, True])
def test_who_might_look_at_the_outbox_may_look_at_messages(mail_was_migrated_before: bool) -> None:
    migrate_back()
    if not mail_was_migrated_before:
        Permission.objects.filter(content_type__app_label="mail").delete()
    of_outbox = ContentType.objects.get_or_create(app_label="subscribers", model="outboxmail")[0]
    group = Group.objects.create(name="Desk")
    named = {"content_type": of_outbox, "codename": "view_outboxmail"}
    group.permissions.add(Permission.objects.get_or_create(**named, defaults={"name": "old"})[0])
    migrate_to_newest()
    assert [str(each.codename) for each in group.permissions.all()] == ["view_message"]
