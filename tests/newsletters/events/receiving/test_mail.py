"""A mail to a return path takes effect once; what isn't ours, or comes again, changes nobody."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from mail.models import Message
from mail.return_paths import edition_paths, message_path
from newsletters.delivery.ledger import dead_addresses
from newsletters.editions.snapshot import content_of
from newsletters.events.feedback.effects import take_effect
from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.events.receiving import keeping, replies
from newsletters.events.receiving.mail import receive
from newsletters.models import Delivery, Edition, Feedback, RawEvent, StoppedDomain
from newsletters.models.deliveries import Outcome, Reported
from newsletters.rendering.message import own_headers
from newsletters.rendering.recipients import Recipient
from subscribers import erasure, merging, personal_data, timeline
from subscribers.models import ConsentRecord, Subscriber, Subscription, Suppression
from tests.factories import begin, make_edition, make_list, make_newsletter, make_reader, make_subscription, queue
from tests.newsletters.events.incoming_mail.mails import mail
from tests.newsletters.events.sent_mail import (
    BLOCKED,
    FULL,
    NO_ROUTE,
    UNKNOWN,
    bounce,
    complaint,
    path_of,
    sent_to,
)  # fmt: skip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]
Effect = Feedback.Effect


@pytest.fixture
def ada() -> Subscriber:
    return make_reader(make_list(), email="ada@reader.example")


@pytest.fixture
def edition(ada: Subscriber) -> Edition:
    mailing_list = ada.subscriptions.get().mailing_list
    edition = make_edition(make_newsletter(mailing_list, reply_to="desk@iria.example"))
    sent_to(edition, ada)
    return edition


def sending(edition: Edition) -> None:
    queue(edition)
    assert begin(edition, candidates=3)


def is_suppressed(person: Subscriber) -> bool:
    person.refresh_from_db()
    return person.is_suppressed


def test_an_address_that_does_not_exist_is_suppressed_at_once(edition: Edition, ada: Subscriber) -> None:
    assert receive(bounce(path_of(edition, ada), ada.email, UNKNOWN)) is not None
    assert is_suppressed(ada)
    feedback = Feedback.objects.get()
    assert (feedback.kind, feedback.effect, feedback.status) == ("hard", Effect.SUPPRESSED, "5.1.1")
    assert "User unknown" in feedback.words
    assert feedback.raw is not None
    assert b"User unknown" in keeping.body_of(feedback.raw)
    assert Delivery.objects.get().reported == Reported.BOUNCED


def test_the_same_mail_again_does_nothing(edition: Edition, ada: Subscriber) -> None:
    raw = bounce(path_of(edition, ada), ada.email, UNKNOWN)
    receive(raw)
    before = ConsentRecord.objects.count()
    assert receive(raw) is None
    assert (RawEvent.objects.count(), Feedback.objects.count()) == (1, 1)
    assert ConsentRecord.objects.count() == before


@pytest.mark.parametrize("path", ["bounces@bounce.iria.example", "b-e-1-1-00" + "0" * 32 + "@bounce.iria.example"])
def test_a_bounce_without_a_return_path_of_ours_suppresses_nobody(
    path: str, edition: Edition, ada: Subscriber
) -> None:  # fmt: skip
    receive(bounce(path, ada.email, UNKNOWN))
    assert not is_suppressed(ada)
    assert not Feedback.objects.exists()
    assert not RawEvent.objects.exists()  # anybody can write there: it would fill the database


def test_a_return_path_of_one_reader_says_nothing_of_the_address_of_another(edition: Edition, ada: Subscriber) -> None:
    other = make_reader(make_list(), email="other@reader.example")
    receive(bounce(path_of(edition, ada), other.email, UNKNOWN))
    assert not is_suppressed(other)
    assert is_suppressed(ada)  # whose mail was forwarded there


def test_nobody_is_suppressed_for_the_address_that_they_had_before(edition: Edition, ada: Subscriber) -> None:
    raw = bounce(path_of(edition, ada), ada.email, UNKNOWN)
    ada.email, ada.address_since = "ada@new.example", timezone.now()
    ada.save()
    receive(raw)
    assert not is_suppressed(ada)
    assert Feedback.objects.get().effect == Effect.NONE


def test_soft_bounces_of_so_many_mails_suppress(ada: Subscriber) -> None:
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)
    for number in range(5):
        edition = make_edition(newsletter)
        sent_to(edition, ada)
        assert is_suppressed(ada) is False
        for _again in range(3):  # one mail counts once, however often servers write about it
            at = timezone.now() + timedelta(seconds=_again)
            receive(bounce(path_of(edition, ada), ada.email, NO_ROUTE, at=at))
        assert is_suppressed(ada) is (number == 4)
    assert set(Feedback.objects.values_list("effect", flat=True)) >= {Effect.COUNTED, Effect.SUPPRESSED}


def test_full_mailboxes_are_counted_apart(ada: Subscriber) -> None:
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)
    for said in (NO_ROUTE, FULL) * 4:
        edition = make_edition(newsletter)
        sent_to(edition, ada)
        receive(bounce(path_of(edition, ada), ada.email, said))
    assert not is_suppressed(ada)
    assert Feedback.objects.filter(kind="full").count() == Feedback.objects.filter(kind="soft").count() == 4


def test_a_refusal_by_policy_stops_the_domain_and_suppresses_nobody(edition: Edition, ada: Subscriber) -> None:
    sending(edition)
    others = [make_reader(make_list(), email=f"r{n}@reader.example") for n in range(2)]
    sent_to(edition, *others)
    for person in (ada, *others):
        assert not StoppedDomain.objects.exists()
        receive(bounce(path_of(edition, person), person.email, BLOCKED))
        assert not is_suppressed(person)
    stopped = StoppedDomain.objects.get()
    assert (stopped.edition, stopped.domain) == (edition, "reader.example")
    assert "Spamhaus" in stopped.words


def test_who_complains_gets_nothing_more_of_anything(edition: Edition, ada: Subscriber) -> None:
    receive(complaint(path_of(edition, ada), ada.email))
    assert is_suppressed(ada)
    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINT
    assert Delivery.objects.get().reported == Reported.COMPLAINED


def test_a_complaint_that_names_no_return_path_of_ours_does_nothing(edition: Edition, ada: Subscriber) -> None:
    receive(complaint("news@iria.example", ada.email))
    assert not is_suppressed(ada)


def test_who_writes_to_unsubscribe_leaves_the_list_of_that_mail(edition: Edition, ada: Subscriber) -> None:
    other = make_list()
    make_subscription(ada, other)
    receive(mail(f"Ada <{ada.email}>", "unsubscribe", ""), recipient=path_of(edition, ada))
    assert ada.subscriptions.get(mailing_list=other).status == Subscription.Status.CONFIRMED
    left = ada.subscriptions.exclude(mailing_list=other).get()
    assert left.status == Subscription.Status.UNSUBSCRIBED
    assert Delivery.objects.get().reported is None


def test_the_mailto_of_a_mail_unsubscribes_from_its_list(edition: Edition, ada: Subscriber) -> None:
    """As a mail program writes it: to the address, with the subject, of that field alone."""
    content = content_of(edition)
    recipient = Recipient(ada.pk, ada.email, "", timezone.localdate(), ())
    field = own_headers(content, recipient, date=timezone.now())["List-Unsubscribe"]
    web, mailto = field.split(", ")
    assert web.startswith("<https://")
    to, _, subject = mailto.strip("<>").removeprefix("mailto:").partition("?subject=")
    receive(mail(f"Ada <{ada.email}>", unquote(subject), "").replace(b"bounces@news.example", to.encode()))
    assert ada.subscriptions.get().status == Subscription.Status.UNSUBSCRIBED
    assert Feedback.objects.get().effect == Effect.LEFT


def test_writing_to_unsubscribe_without_its_token_unsubscribes_nobody(edition: Edition, ada: Subscriber) -> None:
    assert receive(mail(ada.email, "unsubscribe", ""), recipient="unsubscribe@bounce.iria.example") is None
    assert not RawEvent.objects.exists()
    assert ada.subscriptions.get().status == Subscription.Status.CONFIRMED


def test_a_vacation_note_is_left_alone(edition: Edition, ada: Subscriber) -> None:
    note = mail(ada.email, "Out of office", "This address no longer exists. I am away.", "Auto-Submitted: auto-replied")
    receive(note, recipient=path_of(edition, ada))
    assert not is_suppressed(ada)
    assert not Feedback.objects.exists()
    assert not Message.objects.exists()


def test_an_answer_of_a_reader_goes_to_the_newsletter(edition: Edition, ada: Subscriber) -> None:
    receive(mail(f"Ada <{ada.email}>", "Re: News", "Who counted?"), recipient=path_of(edition, ada))
    message = Message.objects.get()
    assert (message.kind, message.address) == ("reply_forwarded", "desk@iria.example")


def test_an_answer_in_html_alone_is_forwarded_as_words(edition: Edition, ada: Subscriber) -> None:
    html = "<style>p {color: red}</style><p>Who <b>counted</b>?</p><p>Ada &amp; Bob</p>"
    receive(mail(ada.email, "Re: News", html, "Content-Type: text/html"), recipient=path_of(edition, ada))
    text = replies.write_reply(Message.objects.get(), replies.ReplyContext(RawEvent.objects.get().pk)).body
    assert "Who counted ?\nAda & Bob\n" in text
    assert "<b>" not in text
    assert "color" not in text


def test_a_loop_of_answers_ends(edition: Edition, ada: Subscriber) -> None:
    from newsletters.events.receiving.replies import MOST_AN_HOUR

    for number in range(MOST_AN_HOUR + 5):
        receive(mail(ada.email, f"Re: {number}", "Ping"), recipient=path_of(edition, ada))
    assert Message.objects.count() == MOST_AN_HOUR


def test_a_bounce_of_a_confirmation_counts_too(ada: Subscriber) -> None:
    message = Message.objects.create(kind="confirmation", address=ada.email, due_at=timezone.now(), state="sent")
    receive(bounce(message_path(message.pk, ""), ada.email, UNKNOWN))
    assert is_suppressed(ada)
    assert Feedback.objects.get().message_id == message.pk


def test_who_was_in_doubt_was_sent_to_if_their_mail_comes_back(ada: Subscriber) -> None:
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sending(edition)
    sent_to(edition, ada, outcome=Outcome.IN_DOUBT)
    receive(bounce(path_of(edition, ada), ada.email, NO_ROUTE))
    assert Delivery.objects.get().outcome == Outcome.ACCEPTED


def test_a_person_s_page_and_file_show_it_and_erasing_forgets_whose_it_was(edition: Edition, ada: Subscriber) -> None:
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    ada.refresh_from_db()
    shown = timeline.page_of_timeline(ada, timeline.kinds(), 1).entries
    assert [entry.title for entry in shown if entry.kind == "feedback"] == ["no such address: address suppressed"]
    assert personal_data.collect(ada)["bounces_and_complaints"][0]["words"]
    erasure.erase(ada, note="asked", by="Ada")
    feedback = Feedback.objects.get()
    assert (feedback.address, feedback.address_hash, feedback.words, feedback.raw) == ("", "", "", None)
    assert (feedback.kind, feedback.edition) == ("hard", edition)
    assert not RawEvent.objects.exists()


def test_a_delay_is_no_bounce(ada: Subscriber) -> None:
    """Servers tell of mails that they still try: most arrive, and nobody is to be suppressed for greylisting."""
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)
    for _ in range(6):
        edition = make_edition(newsletter)
        sent_to(edition, ada)
        raw = bounce(path_of(edition, ada), ada.email, NO_ROUTE).replace(b"Action: failed", b"Action: delayed")
        receive(raw)
    assert not is_suppressed(ada)
    assert not Feedback.objects.exists()
    assert not Delivery.objects.exclude(reported=None).exists()


def test_a_test_mail_that_bounces_is_nobody_s(edition: Edition) -> None:
    path = edition_paths(edition.pk, "")(0)
    receive(bounce(path, "editor@iria.example", UNKNOWN))
    assert not Feedback.objects.exists()


def test_a_person_who_was_merged_is_suppressed_under_the_address_that_bounced(ada: Subscriber) -> None:
    other = make_reader(make_list(), email="other@reader.example")
    edition = make_edition(make_newsletter(ada.subscriptions.get().mailing_list))
    sent_to(edition, ada)
    path = path_of(edition, ada)
    merging.merge(other, ada, email="ada@reader.example", note="one person", by="Ada")
    receive(bounce(path, "ada@reader.example", UNKNOWN))
    assert is_suppressed(other)
    assert Feedback.objects.get().effect == Effect.SUPPRESSED


def test_one_bounce_does_not_hurry_what_waits_for_its_minute(edition: Edition, ada: Subscriber) -> None:
    """What a server says while we send waits, in case it is wrong about everybody."""
    people = [make_reader(make_list(), email=f"r{number}@reader.example") for number in range(8)]
    dead_addresses.record([(edition.pk, person.pk, person.email) for person in people])
    receive(bounce(path_of(edition, ada), ada.email, UNKNOWN))
    assert is_suppressed(ada)
    assert not any(is_suppressed(person) for person in people)


def test_nobody_s_word_makes_a_domain_refuse(edition: Edition, ada: Subscriber) -> None:
    """Readers who are gone name another domain in bounces that they wrote themselves."""
    sending(edition)
    others = [make_reader(make_list(), email=f"r{n}@attacker.example") for n in range(4)]
    sent_to(edition, *others)
    paths = [path_of(edition, person) for person in others]
    for person in others:
        erasure.erase(person, note="asked", by="Ada")
    for path in paths:
        receive(bounce(path, "victim@large.example", BLOCKED))
    assert not StoppedDomain.objects.exists()


def test_a_large_domain_is_not_stopped_for_three_of_its_readers(edition: Edition, ada: Subscriber) -> None:
    sending(edition)
    people = [make_reader(make_list(), email=f"r{number}@large.example") for number in range(70)]
    sent_to(edition, *people)
    for person in people[:3]:
        receive(bounce(path_of(edition, person), person.email, BLOCKED))
    assert not StoppedDomain.objects.exists()
    for person in people[3:4]:
        receive(bounce(path_of(edition, person), person.email, BLOCKED))
    assert StoppedDomain.objects.get().domain == "large.example"


def test_somebody_who_has_joined_again_since_stays(edition: Edition, ada: Subscriber) -> None:
    event = MailEvent(
        EventKind.UNSUBSCRIBE, "told late", MailTarget(edition=edition.pk, subscriber=ada.pk),
        timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    take_effect("postmark", [event])
    assert ada.subscriptions.get().status == Subscription.Status.CONFIRMED


def test_many_messages_that_bounce_within_an_hour_are_not_believed() -> None:
    people = [make_reader(make_list(), email=f"r{number}@reader.example") for number in range(13)]
    for person in people:
        message = Message.objects.create(kind="confirmation", address=person.email, due_at=timezone.now(), state="sent")
        receive(bounce(message_path(message.pk, ""), person.email, UNKNOWN))
    effects = list(Feedback.objects.order_by("pk").values_list("effect", flat=True))
    assert effects == [Effect.SUPPRESSED] * 10 + [Effect.HELD] * 3
