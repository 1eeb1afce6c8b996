"""The reminder: one, after two days, to who did not confirm; and to nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from mail.models import Message
from mail.outbox import posting
from newsletters.models import SendingGuard
from newsletters.tasks import reconcile
from subscribers import links, suppression
from subscribers.confirmation_link import ConfirmationLink
from subscribers.erasure import erase
from subscribers.models import MailingList, Subscriber, Subscription, Suppression
from subscribers.preferences import unsubscribing
from subscribers.signup import double_opt_in, reminding
from subscribers.signup.double_opt_in import SignupRequest, request_subscription, resend_confirmation
from subscribers.signup.reminding import remind_due
from tests.factories import make_list, make_subscriber, make_subscription
from tests.subscribers.conftest import Mails, links_in, path_of

ASKED = datetime(2026, 3, 2, 9, tzinfo=UTC)
TWO_DAYS = ASKED + timedelta(hours=48)


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def ask(*lists: MailingList, email: str = "ada@example.org") -> Subscriber:
    request_subscription(SignupRequest(email=email, lists=lists))
    return Subscriber.objects.with_address(email).get()


def messages_to(person: Subscriber) -> QuerySet[Message]:
    return Message.objects.filter(subscriber_id=person.pk)


def reminders() -> int:
    return Message.objects.filter(kind="reminder").count()


@pytest.fixture
def ada(iria_news: MailingList, mails: Mails) -> Subscriber:
    """Asked on 2 March, and her confirmation mail was accepted."""
    with at(ASKED):
        person = ask(iria_news)
        assert len(mails()) == 1
    return person


def test_who_did_not_confirm_is_reminded_once_after_two_days_with_a_link_that_works(
    browser: Client, ada: Subscriber, mails: Mails
) -> None:
    with at(TWO_DAYS - timedelta(seconds=1)):
        assert remind_due() == 0
    with at(TWO_DAYS + timedelta(seconds=1)):
        assert remind_due() == 1
        (reminder,) = mails()
        assert reminder.to == ["ada@example.org"]
        assert reminder.subject == "Reminder: confirm your subscription to IRIA News"
        assert "On 2 March 2026, we received a request" in str(reminder.body)
        assert "The link expires on 9 March 2026 at 09:00 UTC." in str(reminder.body)
        (link,) = links_in(reminder)
        assert "Your subscription is confirmed" in browser.post(path_of(link)).content.decode()
    for days in range(3, 40):
        with at(ASKED + timedelta(days=days)):
            assert remind_due() == 0
    assert reminders() == 1


def test_there_is_never_a_second_one_also_after_another_request(
    ada: Subscriber, iria_news: MailingList, mails: Mails
) -> None:
    with at(TWO_DAYS):
        remind_due()
        mails()
    with at(ASKED + timedelta(days=20)):
        ask(iria_news, make_list(name="Other"))
        (confirmation,) = mails()
        assert "one reminder" not in str(confirmation.body)
    with at(ASKED + timedelta(days=23)):
        assert remind_due() == 0
    assert reminders() == 1
    assert not Subscription.objects.filter(remind_at__isnull=False).exists()


def confirmed(person: Subscriber) -> None:
    subscription = person.subscriptions.get()
    double_opt_in.confirm(ConfirmationLink(subscription.requested_at, (subscription.pk,)))


WAYS_OUT: dict[str, Callable[[Subscriber], object]] = {
    "confirmed": confirmed,
    "left": lambda person: unsubscribing.unsubscribe(person.pk, None),
    "suppressed": lambda person: suppression.suppress(person.email, reason=Suppression.Reason.COMPLAINT),
    "erased": lambda person: erase(person, note="by letter", by="bea"),
    "refused the first mail": lambda person: messages_to(person).update(state=Message.State.FAILED),
    "the first mail still waits": lambda person: messages_to(person).update(state=Message.State.WAITING),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_nobody_is_reminded_who(ada: Subscriber, way: str) -> None:
    with at(ASKED + timedelta(hours=1)):
        WAYS_OUT[way](ada)
    with at(TWO_DAYS):
        assert remind_due() == 0
    assert reminders() == 0


@pytest.mark.parametrize("way", ["confirmed", "left", "suppressed", "erased"])
def test_a_reminder_that_waits_is_dropped_when_it_has_lost_its_sense(ada: Subscriber, mails: Mails, way: str) -> None:
    with at(TWO_DAYS):
        assert remind_due() == 1
        WAYS_OUT[way](ada)
        assert [mail for mail in mails() if "Reminder" in mail.subject] == []


def test_after_the_link_has_ended_nobody_is_reminded(ada: Subscriber) -> None:
    with at(ASKED + timedelta(days=7)):
        assert remind_due() == 0
    assert reminders() == 0
    assert not Subscription.objects.filter(remind_at__isnull=False).exists()  # and not looked at again


def test_who_asked_again_is_reminded_two_days_after_the_last_request_and_of_everything(
    ada: Subscriber, iria_news: MailingList, mails: Mails
) -> None:
    other = make_list(name="Other")
    with at(ASKED + timedelta(hours=40)):
        ask(other)
        mails()
    with at(TWO_DAYS):
        assert remind_due() == 0
    with at(ASKED + timedelta(hours=88)):
        assert remind_due() == 1
        (reminder,) = mails()
    assert "IRIA News" in reminder.body
    assert "Other" in reminder.body
    assert "on 9 March 2026 at 09:00" in reminder.body  # the older request's, so that the promise holds for both


def test_a_new_confirmation_mail_puts_the_reminder_off(ada: Subscriber, mails: Mails) -> None:
    with at(ASKED + timedelta(hours=30)):
        resend_confirmation(ada)
        mails()
    with at(TWO_DAYS):
        assert remind_due() == 0
    with at(ASKED + timedelta(hours=78)):
        assert remind_due() == 1


def test_a_reminder_counts_among_the_three_confirmations_of_a_day(
    ada: Subscriber, iria_news: MailingList, mails: Mails
) -> None:
    with at(TWO_DAYS):
        assert remind_due() == 1
        outcomes = [request_subscription(SignupRequest(email=ada.email, lists=[iria_news])) for _ in range(3)]
    assert [outcome.name for outcome in outcomes] == ["CONFIRMATION_QUEUED", "CONFIRMATION_QUEUED", "LIMITED"]


def crowd(mailing_list: MailingList, size: int) -> None:
    """People who asked at ASKED and whose confirmation was accepted, as a flood leaves them."""
    people = Subscriber.objects.bulk_create(
        Subscriber(email=f"bogus{n}@example.org", email_key=f"bogus{n}@example.org") for n in range(size)
    )
    Subscription.objects.bulk_create(
        Subscription(subscriber=p, mailing_list=mailing_list, requested_at=ASKED, remind_at=TWO_DAYS) for p in people
    )
    Message.objects.bulk_create(
        Message(kind="confirmation", subscriber_id=p.pk, address=p.email, due_at=ASKED, state=Message.State.SENT)
        for p in people
    )


def test_a_flood_brings_no_more_reminders_in_a_day_than_the_installation_allows(
    iria_news: MailingList, settings: Settings
) -> None:
    settings.SIGNUP_REMINDERS_A_DAY = 30
    crowd(iria_news, 250)
    with at(TWO_DAYS):
        assert [remind_due() for _ in range(3)] == [30, 0, 0]
    with at(TWO_DAYS + timedelta(hours=23)):
        assert remind_due() == 0
    with at(TWO_DAYS + timedelta(hours=25)):
        assert remind_due() == 30
    with at(ASKED + timedelta(days=8)):  # what is left has lapsed with its links, and is looked at once
        for _ in range(7):
            remind_due()
    assert reminders() == 60
    assert not Subscription.objects.filter(remind_at__isnull=False).exists()


def test_a_look_takes_a_batch_and_costs_as_much_however_many_wait(
    iria_news: MailingList, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "BATCH", 5)
    counts = []
    for size in (10, 60):
        Subscriber.objects.all().delete()
        crowd(iria_news, size)
        with (
            at(TWO_DAYS),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            assert remind_due() == 5
        counts.append(len(queries))
    assert counts[0] == counts[1]
    with at(ASKED), CaptureQueriesContext(connection) as idle:
        remind_due()
    assert len(idle) == 1


def test_a_look_is_an_index_scan_of_what_is_due(iria_news: MailingList) -> None:
    waiting = Subscription.objects.filter(remind_at__lte=TWO_DAYS).order_by("remind_at", "pk").values("subscriber")
    if connection.vendor == "sqlite":
        assert "to_be_reminded" in waiting[:200].explain()
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "to_be_reminded" in waiting[:200].explain()


def test_reminders_can_be_turned_off(ada: Subscriber, settings: Settings, mails: Mails) -> None:
    settings.SIGNUP_REMINDERS_A_DAY = 0
    with at(TWO_DAYS):
        assert remind_due() == 0
    with at(ASKED):
        ask(make_list(name="Other"))
        (confirmation,) = mails()
        assert "one reminder" not in str(confirmation.body)


def test_a_crash_leaves_neither_the_mark_nor_the_mail(ada: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object, **__: object) -> None:
        raise RuntimeError("power loss")

    with at(TWO_DAYS):
        with monkeypatch.context() as patched:
            patched.setattr(posting, "post", dies)
            with pytest.raises(RuntimeError):
                remind_due()
        ada.refresh_from_db()
        assert ada.reminded_at is None
        assert reminders() == 0
        assert remind_due() == 1


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_write_one_reminder_a_person(iria_news: MailingList) -> None:
    crowd(iria_news, 40)
    start = threading.Barrier(4)
    written: list[int] = []

    def look() -> None:
        start.wait()
        try:
            written.append(remind_due())
        finally:
            connection.close()

    with at(TWO_DAYS):
        workers = [threading.Thread(target=look) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sum(written) == 40
    assert reminders() == 40
    assert Message.objects.filter(kind="reminder").values("subscriber_id").distinct().count() == 40


def test_the_reconcile_of_beat_and_of_up_reminds_unless_sending_is_halted(ada: Subscriber) -> None:
    SendingGuard.objects.update_or_create(pk=1, defaults={"halted_why": "A restored backup."})
    with at(TWO_DAYS):
        reconcile()
        assert reminders() == 0
        SendingGuard.objects.update(halted_why="")
        reconcile()
    assert reminders() == 1


def test_people_from_before_there_were_reminders_get_none(iria_news: MailingList) -> None:
    make_subscription(make_subscriber("old@example.org"), iria_news, status="pending", at=ASKED)
    with at(TWO_DAYS):
        assert remind_due() == 0


def test_the_reminder_is_in_the_readers_language(ada: Subscriber, mails: Mails) -> None:
    Subscriber.objects.update(language="ar")
    with at(TWO_DAYS):
        remind_due()
        (reminder,) = mails()
    assert '<html lang="ar" dir="rtl"' in str(reminder.alternatives[0][0])
    assert links.confirm_url(ASKED, [ada.subscriptions.get().pk]) in str(reminder.body)
