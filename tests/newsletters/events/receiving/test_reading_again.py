"""What came in is judged again by better rules: what they did wrongly before is taken back, and the rest stays."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from pytest_django import Settings

from newsletters.events.feedback import effects
from newsletters.events.feedback.mail_events import EventKind, MailEvent
from newsletters.events.receiving import keeping, mail, reading
from newsletters.events.receiving.reading import Found
from newsletters.events.receiving.reading_again import read_again
from newsletters.models import Feedback, RawEvent
from subscribers.models import Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.sent_mail import FULL, UNKNOWN, bounce, complaint, path_of, sent_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]


@pytest.fixture
def ada() -> Subscriber:
    return make_reader(make_list(), email="ada@reader.example")


def wrongly(kind: EventKind | None) -> reading.Reader:
    """A reader that takes every mail for this."""

    def read(event: RawEvent, body: bytes) -> Found:
        found = mail.read_event(event, body)
        events = [] if kind is None else [_as(each, kind) for each in found.events]
        return Found("wrong", events, rules=0)

    return read


def _as(event: MailEvent, kind: EventKind) -> MailEvent:
    return MailEvent(kind, event.key, event.target, event.at, event.address)


def receive_wrongly(monkeypatch: pytest.MonkeyPatch, kind: EventKind | None, raw: bytes) -> None:
    with monkeypatch.context() as patched:
        patched.setitem(reading._readers, "mail", wrongly(kind))
        mail.receive(raw)


def test_a_full_mailbox_that_was_taken_for_a_dead_one_is_released(
    ada: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    receive_wrongly(monkeypatch, EventKind.HARD, bounce(path_of(edition, ada), ada.email, FULL))
    ada.refresh_from_db()
    assert ada.is_suppressed
    changes = read_again()
    assert (changes.read, changes.changed, changes.released) == (1, 1, 1)
    assert not Subscriber.objects.get().is_suppressed
    assert Feedback.objects.get().kind == Feedback.Kind.FULL
    assert Feedback.objects.get().effect == Feedback.Effect.COUNTED
    assert read_again().changed == 0


def test_a_bounce_that_was_not_understood_takes_effect(ada: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    receive_wrongly(monkeypatch, None, bounce(path_of(edition, ada), ada.email, UNKNOWN))
    assert not Feedback.objects.exists()
    assert read_again().changed == 1
    ada.refresh_from_db()
    assert ada.is_suppressed


def test_a_complaint_stands_whatever_becomes_of_the_bounces(ada: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    mail.receive(complaint(path_of(edition, ada), ada.email))
    receive_wrongly(monkeypatch, EventKind.HARD, bounce(path_of(edition, ada), ada.email, FULL))
    read_again()
    ada.refresh_from_db()
    assert ada.is_suppressed


def test_an_event_that_cannot_be_read_any_more_keeps_no_other_from_it(
    ada: Subscriber, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    keeping.keep_once("postmark", b"{}")  # which isn't set up
    RawEvent.objects.update(state=RawEvent.State.DONE)
    receive_wrongly(monkeypatch, None, bounce(path_of(edition, ada), ada.email, UNKNOWN))
    call_command("read_events_again")
    assert capsys.readouterr().out == (
        "Events read: 1. Something else than before: 1. Addresses released: 0.\n"
        "Could not be read, and were left as they are: 1. The log says why of each.\n"
    )


def test_what_reads_the_same_keeps_what_it_has(ada: Subscriber, capsys: pytest.CaptureFixture[str]) -> None:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    mail.receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    before = list(Feedback.objects.values())
    call_command("read_events_again")
    assert capsys.readouterr().out == "Events read: 1. Something else than before: 0. Addresses released: 0.\n"
    assert list(Feedback.objects.values()) == before
    assert effects.key_of("x") != effects.key_of("y")


def test_one_bounce_that_was_wrong_takes_no_other_with_it(ada: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)
    editions = [make_edition(newsletter) for _ in range(2)]
    for edition in editions:
        sent_to(edition, ada)
    mail.receive(bounce(path_of(editions[0], ada), ada.email, UNKNOWN))
    receive_wrongly(monkeypatch, EventKind.HARD, bounce(path_of(editions[1], ada), ada.email, FULL))
    assert read_again().released == 0
    ada.refresh_from_db()
    assert ada.is_suppressed
    assert list(Feedback.objects.order_by("pk").values_list("kind", "undone_at")) == [("hard", None), ("full", None)]


def test_what_nobody_can_attribute_any_more_stands(ada: Subscriber, settings: Settings) -> None:
    """A new secret without the old one beside it: our own return paths are strangers then."""
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    mail.receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-" * 4, []
    assert (read_again().read, read_again().released) == (1, 0)
    ada.refresh_from_db()
    assert ada.is_suppressed
