"""Suppression, erasure, and consent records that nobody can change."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.test import Client
from django.utils import timezone

from mail.models import Message
from mail.results import from_reply
from newsletters.delivery.engine import claiming, frozen, handing_out
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Attempt
from subscribers import consent, suppression
from subscribers.erasure import erase
from subscribers.models import ConsentRecord, MailingList, Subscriber, Suppression
from subscribers.models.consent import ConsentChanged
from subscribers.signup.double_opt_in import SignupOutcome, SignupRequest, add_confirmed, request_subscription
from subscribers.visitors import Visit
from tests.factories import make_edition, make_newsletter, make_reader, start

ADA = "ada@example.org"


def test_suppressing_and_releasing_change_the_list_the_flag_and_the_history(iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email=ADA)
    assert suppression.suppress("ADA@example.org", reason=Suppression.Reason.STAFF, note="asked by phone", by="bea")
    assert Subscriber.objects.get(pk=ada.pk).is_suppressed
    assert suppression.is_suppressed("Ada@Example.org")
    assert not suppression.suppress(ADA, reason=Suppression.Reason.BOUNCE)
    assert Suppression.objects.get().reason == "staff"
    assert suppression.release(ADA, note="changed her mind", by="bea")
    assert not suppression.release(ADA, note="again", by="bea")
    assert not Subscriber.objects.get(pk=ada.pk).is_suppressed
    history = ConsentRecord.objects.order_by("pk").values_list("action", "detail", "staff")
    assert list(history) == [
        ("suppressed", "by staff: asked by phone", "bea"),
        ("released", "changed her mind", "bea"),
    ]


def test_an_unknown_address_can_be_suppressed_before_it_ever_signs_up(iria_news: MailingList) -> None:
    suppression.suppress(ADA, reason=Suppression.Reason.STAFF)
    assert request_subscription(SignupRequest(email=ADA, lists=[iria_news])) is SignupOutcome.SUPPRESSED
    assert not Subscriber.objects.exists()


def test_erasing_leaves_a_hash_and_the_history_without_the_person(iria_news: MailingList) -> None:
    request_subscription(
        SignupRequest(email=ADA, name="Ada", lists=[iria_news], visit=Visit("/subscribe/", "192.0.2.1", "Firefox"))
    )
    ada = Subscriber.objects.get()
    suppression.suppress(ADA, reason=Suppression.Reason.BOUNCE, note=f"bounced: {ADA}")
    erase(ada, note="asked by letter", by="bea")
    assert not Subscriber.objects.exists()
    assert not Message.objects.exists()
    entry = Suppression.objects.get()
    assert (entry.email, entry.reason, entry.note) == ("", "erased", "asked by letter")
    assert suppression.is_suppressed(ADA)
    asked = ConsentRecord.objects.get(action="asked")
    assert (asked.subscriber, asked.ip, asked.user_agent, asked.page) == (None, None, "", "")
    assert asked.wording
    everything = [
        repr(row) for model in (ConsentRecord, Suppression, LogEntry) for row in model._default_manager.values()
    ]
    assert not [row for row in everything if ADA in row]


def test_an_erased_address_can_be_released_by_staff(iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email=ADA)
    erase(ada, note="", by="bea")
    assert suppression.release_entry(Suppression.objects.get(), note="wants to come back", by="bea")
    assert request_subscription(SignupRequest(email=ADA, lists=[iria_news])) is SignupOutcome.CONFIRMATION_QUEUED


def test_a_consent_record_is_never_changed_or_deleted(iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email=ADA)
    record = consent.record(ada, ConsentRecord.Action.ASKED, ConsentRecord.Source.FORM, wording="Yes")
    record.wording = "No"
    for change in (
        record.save,
        record.delete,
        ConsentRecord.objects.all().delete,
        lambda: ConsentRecord.objects.update(wording="No"),
        lambda: ConsentRecord.objects.update(subscriber=None, wording="No"),
        lambda: ConsentRecord.objects.bulk_update([record], ["wording"]),
    ):
        with pytest.raises(ConsentChanged), transaction.atomic():
            change()
    record.refresh_from_db()
    assert record.wording == "Yes"


def test_the_version_of_a_wording_changes_with_its_words() -> None:
    assert consent.version_of("Yes.") != consent.version_of("Yes!")
    assert consent.version_of("") == ""


def test_somebody_whom_staff_add_is_suppressed_when_the_address_was(iria_news: MailingList) -> None:
    suppression.suppress(ADA, reason=Suppression.Reason.COMPLAINT)
    add_confirmed(SignupRequest(email=ADA, lists=[iria_news], source=ConsentRecord.Source.STAFF), note="by letter")
    assert Subscriber.objects.get().is_suppressed


def test_after_an_erasure_the_address_stands_nowhere(iria_news: MailingList, admin_client: Client) -> None:
    ada = make_reader(iria_news, email=ADA)
    edition = start(make_edition(make_newsletter(iria_news)))
    (claim,) = claiming.claim("worker", timezone.now())
    hold = handing_out.take_up(claim, frozen.load(claim.edition_id, claim.content_hash))
    (handed,) = handing_out.exchange([hold], [1])[0].handed_out
    hold.record_result(from_reply(handed.member, 550, f"5.1.1 <{ADA}> unknown", stage="rcpt", email=ADA))
    handing_out.exchange([hold], [0])
    suppression.release(ADA, note="", by="bea")
    admin_client.post("/admin/subscribers/suppression/add/", {"email": ADA, "note": f"{ADA} wrote"})
    assert Attempt.objects.get().reply == f"550 5.1.1 <{ADA}> unknown"
    erase(ada, note="asked by letter", by="bea")
    for model in apps.get_models():
        for row in model._default_manager.values():
            assert ADA not in str(row), model
    assert count_outcomes(edition).rejected == 1
