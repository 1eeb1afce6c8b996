"""A row of every kind of message, with fixed ids and dates, and the mail that it becomes, whole."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.contrib.auth.models import User

from mail.models import Message
from mail.outbox.sending import _write as write_whole
from newsletters.api.tokens import make_token
from newsletters.articles import comments, reviewing
from newsletters.editions import approving
from newsletters.events.receiving.keeping import keep_once
from newsletters.models import Institute, Occurrence, RawEvent, Reengagement
from subscribers.models import AddressChange, BulkJob, MailingList, Subscriber, Subscription, Topic, TopicSelection
from subscribers.sample_editions import SampleEdition
from tests.factories import make_article, make_edition, make_list, make_newsletter

ASKED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KINDS = (
    "confirmation",
    "reminder",
    "welcome",
    "preferences_link",
    "preferences_link.already",
    "confirm_address",
    "address_changed",
    "address_changed.done",
    "own_data",
    "join_received",
    "join_declined",
)
STAFF_KINDS = (
    "api_token_made", "approval_requested", "approval_rejected", "comments_held", "edition_drafted",
    "edition_kept_back",
    "invitation", "password_reset",
    "quiet_readers", "reply_forwarded",
    "review_requested", "review_returned", "trial",
)  # fmt: skip
LANGUAGES = ("en", "ar")
A_REPLY = """From: =?utf-8?q?Zo=C3=AB_=C3=9Cbersee?= <zoe@reader.example>
To: b-e-1-2@bounce.iria.example
Subject: Re: هدنة هشّة
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Thank you. One question: who counted?
"""
DESCRIPTION = "Our new articles, on weekday mornings when there are any."
SAMPLE = SampleEdition(
    "Who may pass & why", "/archive/iria-news-7/", date(2026, 3, 2), "en", "desk@iria.example",
    "/media/pictures/ab/0123456789abcdef-640.jpg", ("A shore", "شاطئ بلا بحر"), "every weekday",
)  # fmt: skip


def message_row(kind: str, language: str, *, email: str = "ada@example.org", list_name: str = "IRIA News") -> Message:
    """To a subscriber. A part of the name behind a dot says in which situation."""
    news = MailingList.objects.create(
        pk=9003, name=list_name, slug="iria-news", description=DESCRIPTION,
        from_name=list_name, from_email="news@iria.example", postal_address="1 Example Street\nSampleton",
    )  # fmt: skip
    review = MailingList.objects.create(pk=9004, name="Weekly <Review>", slug="review", position=200)
    topics = [Topic.objects.create(name=name, slug=name.lower().replace(" ", "-")) for name in ("Middle East", "US")]
    person = Subscriber.objects.create(pk=9009, email=email, name="Ada", language=language)
    status = {
        "confirmation": "pending", "reminder": "pending", "join_received": "held", "join_declined": "left",
    }.get(kind, "confirmed")  # fmt: skip
    pending = status == "pending"
    for pk, mailing_list in ((9011, news), (9012, review)):
        Subscription.objects.create(
            pk=pk, subscriber=person, mailing_list=mailing_list, requested_at=ASKED,
            status=status, confirmed_at=None if pending else ASKED,
            selection=TopicSelection.of(topics) if mailing_list == news else None,
        )  # fmt: skip
    AddressChange.objects.create(pk=9031, subscriber=person, email="ada@new.example", asked_at=ASKED)
    change = 0 if kind.endswith("done") else 9031
    context = {
        "subscriptions": [9011, 9012], "asked_at": int(ASKED.timestamp()), "already": kind.endswith("already"),
        "change": change,
    }  # fmt: skip
    return Message.objects.create(
        pk=9021, kind=kind.partition(".")[0], subscriber_id=person.pk, address=email, context=context, due_at=ASKED
    )


def staff_row(kind: str) -> Message:
    """To a member of staff, whose mails are in English."""
    context: dict[str, object]
    if kind == "comments_held":
        article = make_article(title="Wer darf die Meerengen passieren? " + "Ein langer Titel. " * 4)
        for name, text in (("Берта", "Well said. " * 60), ("ليلى", "تعليق أول\n\nhttps://example.org/a?b=c&d=e")):
            comments.hold(
                article, Institute(), name=name, email="b@readers.example", text=text, ip="192.0.2.1", answers=None
            )
        context = {"comments": list(article.comments.values_list("pk", flat=True))}
    elif kind == "api_token_made":
        bea = User.objects.create_user("bea@iria.example", "bea@iria.example", is_staff=True)
        context = {"token": make_token(bea, name="Übersicht <1>", days=30)[0].pk}
    elif kind == "invitation":
        bea = User.objects.create_user("bea@iria.example", "bea@iria.example", is_staff=True)
        context = {"user": bea.pk, "by": "Zoë Übersee"}
    elif kind in {"review_requested", "review_returned"}:
        ada = User.objects.create_user("ada", "ada@iria.example", first_name="Ada", is_staff=True)
        bea = User.objects.create_user("bea", "bea@iria.example", is_staff=True)
        article = make_article(title="هدنة هشّة: ماذا نعرف؟ " + "عنوان طويل. " * 4, status="draft")
        review = reviewing.ask(article, by=bea if kind == "review_returned" else ada)
        if kind == "review_returned":
            reviewing.send_back(article, by=ada, note="Say who counted.\n" + "And when, and where. " * 9)
        context = {"request": review.pk, "user": bea.pk}
    elif kind == "trial":
        context = {}
    elif kind == "reply_forwarded":
        keep_once("mail", A_REPLY.encode())
        context = {"event": RawEvent.objects.get().pk}
    elif kind in {"edition_drafted", "edition_kept_back"}:
        newsletter = make_newsletter(make_list(), name="Übersicht", mode="automatic", zone="Europe/Berlin")
        edition = make_edition(newsletter, articles=[make_article(title="هدنة هشّة: ماذا نعرف؟"), make_article()])
        edition.occurrence = Occurrence.objects.create(
            newsletter=newsletter, nominal="2026-03-03T07:00", due_at=ASKED, state="made",
            draft_revision=edition.revision if kind == "edition_drafted" else None,
            reason="Saved as a draft: Nobody has approved it." if kind == "edition_kept_back" else "",
        )  # fmt: skip
        edition.save()
        bea = User.objects.create_user("bea", "bea@iria.example", is_staff=True)
        context = {"occurrence": edition.occurrence.pk, "user": bea.pk}
    elif kind == "quiet_readers":
        newsletter = make_newsletter(make_list(), name="Übersicht")
        bea = User.objects.create_user("bea", "bea@iria.example", is_staff=True)
        question = Reengagement.objects.create(
            edition=make_edition(newsletter), days=30, unsubscribes=True, started_by=bea, found=1204,
            job=BulkJob.objects.create(action="leave", state="done", changed=1203, by="bea"),
        )  # fmt: skip
        context = {"reengagement": question.pk, "user": bea.pk}
    elif kind == "password_reset":
        User.objects.create_user("bea", "Bea@iria.example", "x", is_staff=True)
        User.objects.create_user("beatrix", "bea@iria.example", "x", is_staff=True)
        context = {}
    else:
        newsletter = make_newsletter(make_list(), name="Übersicht", needs_approval=True)
        edition = make_edition(
            newsletter,
            articles=[make_article(title="A lab visit 👩\u200d🔬 explains the drought")],
            subject="{{ newsletter }} {{ number }} for {{ first_name|you }}: {{ lead }}",
        )
        ada = User.objects.create_user("ada", "ada@iria.example", first_name="Ada", is_staff=True)
        bea = User.objects.create_user("bea", "bea@iria.example", is_staff=True)
        asked = approving.ask(edition, by=bea if kind == "approval_rejected" else ada)
        if kind == "approval_rejected":
            approving.give_back(edition, asked.pk, by=ada, note="The lead needs a second source.")
        context = {"approval": asked.pk, "user": bea.pk}
    # With a random salt a link's token would be another one each time: once in sixty it looks like a Bitcoin address.
    User.objects.update(password="!none yet" if kind == "invitation" else "pbkdf2_sha256$1$salt$YQ==")
    return Message.objects.create(pk=9022, kind=kind, address="bea@iria.example", context=context, due_at=ASKED)


def wire(row: Message) -> bytes:
    """The mail of a row, as it arrives."""
    message = write_whole(row)
    assert message is not None, row.reply
    return message.message().as_bytes(linesep="\r\n")
