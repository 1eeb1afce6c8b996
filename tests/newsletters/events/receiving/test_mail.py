"""A mail to a return path takes effect once; what isn't ours, or comes again, changes nobody."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from django.utils import timezone

from mail.models import Message
from mail.return_paths import edition_paths, message_path
from newsletters.editions.snapshot import content_of
from newsletters.events.receiving import keeping, replies
from newsletters.events.receiving.mail import receive
from newsletters.models import Delivery, Edition, Feedback, RawEvent
from newsletters.models.deliveries import Outcome, Reported
from newsletters.rendering.message import own_headers
from newsletters.rendering.recipients import Recipient
from subscribers import erasure, personal_data, timeline
from subscribers.models import ConsentRecord, Subscriber, Subscription, Suppression
from tests.factories import make_edition, make_list, make_newsletter, make_reader, make_subscription
from tests.newsletters.events.incoming_mail.mails import mail
from tests.newsletters.events.sent_mail import (
    NO_ROUTE,
    UNKNOWN,
    bounce,
    complaint,
    is_suppressed,
    path_of,
    sending,
    sent_to,
)  # fmt: skip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]
Effect = Feedback.Effect


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
