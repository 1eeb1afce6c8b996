"""The old outbox and the messages that took its place, there and back. `tests/iria/old_rows.py` has what
becomes of its rows in the newest version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission

from tests.iria.old_rows import of_the_outbox
from tests.migrating import schema_of, the_long_way

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("newest_again")]
BEFORE = ("subscribers", "0007_indexes_for_searches")
BEHIND = [("mail", "0001_messages"), ("subscribers", "0009_remove_the_outbox")]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_on_the_way_back_subscribers_keep_theirs_and_staff_have_none() -> None:
    apps = schema_of(*BEHIND)
    ada = apps.get_model("subscribers", "Subscriber").objects.create(
        email="ada@example.org", email_key="ada@example.org"
    )
    messages = apps.get_model("mail", "Message").objects
    messages.create(pk=7, kind="welcome", address=ada.email, subscriber_id=ada.pk, due_at=AT, reply="x")
    messages.create(kind="comments_held", address="editor@iria.example", due_at=AT)
    back = the_long_way().migrate([BEFORE]).apps.get_model("subscribers", "OutboxMail").objects
    assert list(back.values_list("pk", "kind", "subscriber_id", "reply")) == [(7, "welcome", ada.pk, "x")]
    assert back.create(kind="welcome", subscriber_id=ada.pk, due_at=AT).pk > 7


@pytest.mark.either_database
@pytest.mark.parametrize("mail_was_migrated_before", [False, True])
def test_who_might_look_at_the_outbox_may_look_at_messages(mail_was_migrated_before: bool) -> None:
    apps = schema_of(BEFORE)
    if not mail_was_migrated_before:
        Permission.objects.filter(content_type__app_label="mail").delete()
    of_the_outbox(apps)
    the_long_way().migrate(BEHIND)
    (group,) = Group.objects.filter(name="view_outboxmail")
    assert [str(each.codename) for each in group.permissions.all()] == ["view_message"]
