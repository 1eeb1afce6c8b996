"""The demo reaches the built-in inbox and nobody else, whatever EMAIL_URL is and was."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from iria.demo import seeding
from iria.demo.keeping_in import BY, keep_demo_in
from mail.models import Message
from mail.outbox.kinds import NoLongerNeeded, write_message
from newsletters.articles.comment_messages import tell_editors
from newsletters.delivery.test_mails import send_test
from newsletters.editions import snapshot
from newsletters.models import Article, Comment, Edition
from subscribers.models import Subscriber, Subscription, Suppression
from tests.factories import make_comment, make_reader

pytestmark = [pytest.mark.django_db, pytest.mark.either_database, pytest.mark.slow]


def mailable() -> set[str]:
    confirmed = Subscription.objects.filter(status=Subscription.Status.CONFIRMED, subscriber__is_suppressed=False)
    return set(confirmed.values_list("subscriber__email", flat=True))


def test_with_a_real_mail_server_the_demo_is_loaded_but_mails_nobody(settings: Settings) -> None:
    settings.INBOX_ENABLED = False
    call_command("seed", verbosity=0)
    assert Edition.objects.get().status == Edition.Status.DRAFT
    assert Subscriber.objects.count() >= 40
    assert mailable() == set()
    assert not Subscriber.objects.filter(is_suppressed=False).exists(), "one who is pending would be reminded"


def test_a_mail_server_that_is_set_later_gets_none_of_the_demo_and_all_of_the_others(settings: Settings) -> None:
    settings.INBOX_ENABLED = True
    seeding.load_demo()
    assert Edition.objects.get().status != Edition.Status.DRAFT
    before = mailable()
    assert len(before) > 30 and keep_demo_in() == 0
    mailing_list = Subscription.objects.first().mailing_list  # type: ignore[union-attr]
    mine = make_reader(mailing_list)

    settings.INBOX_ENABLED = False
    assert keep_demo_in() > 30
    assert mailable() == {mine.email}
    assert keep_demo_in() == 0, "a second start changes nothing"

    settings.INBOX_ENABLED = True
    keep_demo_in()
    assert mailable() == before | {mine.email}
    assert Suppression.objects.exclude(by=BY).count() == 1, "the one that the demo shows stays"
    assert not Suppression.objects.filter(by=BY).exists()


def test_a_person_who_signed_up_with_an_address_of_the_file_is_no_reader_of_the_demo(settings: Settings) -> None:
    settings.INBOX_ENABLED = False
    Subscriber.objects.create(email="amira.haddad@example.org", email_key="amira.haddad@example.org")
    assert keep_demo_in() == 0


def test_the_notices_of_the_demo_institute_go_to_nobody_either(settings: Settings) -> None:
    """Its contact address belongs to somebody else. A person who makes the institute theirs gets them."""
    settings.INBOX_ENABLED = False
    seeding.load_demo()
    keep_demo_in()
    make_comment(Article.objects.all()[0], state=Comment.State.HELD)
    assert tell_editors(timezone.now()) == 1
    with pytest.raises(NoLongerNeeded, match="suppressed"):
        write_message(Message.objects.get())
    Message.objects.update(address="desk@mine.example")
    assert "waiting" in write_message(Message.objects.get()).body


def test_no_message_and_no_test_leaves_for_a_reader_of_the_demo(settings: Settings) -> None:
    settings.INBOX_ENABLED = False
    seeding.load_demo()
    keep_demo_in()
    person = Subscriber.objects.order_by("pk")[0]
    context = {"confirmation": {"subscriptions": [1], "asked_at": 0}, "reminder": {"subscriptions": [1], "asked_at": 0},
               "welcome": {"subscriptions": [1]}, "preferences_link": {}}  # fmt: skip
    for kind, stored in context.items():
        row = Message(kind=kind, address=person.email, subscriber_id=person.pk, context=stored)
        with pytest.raises(NoLongerNeeded, match="suppressed"):
            write_message(row)
    content = snapshot.of_edition(Edition.objects.get())
    assert "suppressed" in send_test(content, [person.email], "Ada")[0]
