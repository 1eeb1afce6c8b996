"""The migration to numbers that sending gives: drafts lose theirs, and no decision lapses."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.utils import timezone

from newsletters.editions import approving
from newsletters.editions.loading import LoadedEdition
from newsletters.models import Approval, Edition, Inspection, Newsletter, PreflightOverride
from newsletters.rendering.content import digest
from tests.factories import give_number, make_edition, make_list, make_newsletter, make_reader, queue, start

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
migration: Any = import_module("newsletters.migrations.0041_drafts_lose_their_numbers")


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list, name="Letters")


def test_only_what_has_begun_or_waits_keeps_its_number(newsletter: Newsletter) -> None:
    sent = start(make_edition(newsletter))
    queued, draft, cancelled = (give_number(make_edition(newsletter)) for _ in range(3))
    queue(queued)
    Edition.objects.filter(pk=cancelled.pk).update(status=Edition.Status.CANCELLED)
    migration.take_numbers_back(apps, None)
    numbers = dict(Edition.objects.values_list("pk", "number"))
    assert numbers == {sent.pk: 1, queued.pk: 2, draft.pk: None, cancelled.pk: None}
    assert Edition.objects.get(pk=draft.pk).slug is None


@pytest.mark.parametrize(
    ("template", "before", "after"),
    [
        ("{{ newsletter }} {{ number }}", "Letters 7", "Letters {{ number }}"),
        ("No. {{number}} of {{ date }}: {{ lead }}", "No. 7 of 3 March 2026: {{ lead }}",
         "No. {{ number }} of 3 March 2026: {{ lead }}"),
        ("{{ newsletter }} {{ number }}", "Letters 8", "Letters 8"),
        ("{{ newsletter }} {{ number }}", "7 days in March", "7 days in March"),
        ("{{ lead }}", "Letters 7", "Letters 7"),
    ],
)  # fmt: skip
def test_a_draft_whose_subject_is_the_newsletters_own_gets_the_field_back(
    newsletter: Newsletter, template: str, before: str, after: str
) -> None:
    edition = make_edition(newsletter, subject=before)
    Newsletter.objects.update(subject_template=template)
    Edition.objects.filter(pk=edition.pk).update(number=7, slug="letters-7")
    migration.take_numbers_back(apps, None)
    edition.refresh_from_db()
    assert (edition.subject, edition.number) == (after, None)


def test_what_was_decided_holds(newsletter: Newsletter) -> None:
    sent, draft = start(make_edition(newsletter)), make_edition(newsletter)
    user = User.objects.create_user("ada", is_staff=True)
    approving.ask(draft, by=user)
    for edition in (sent, draft):
        old = digest(replace(LoadedEdition(edition).content, date=""))
        PreflightOverride.objects.create(edition=edition, fingerprint=old, codes=["tk"], reason="It is a name")
        Inspection.objects.create(edition=edition, fingerprint=old, asked_at=timezone.now())
    Approval.objects.update(fingerprint=digest(replace(LoadedEdition(draft).content, date="")))
    migration.bind_anew(apps, None)
    for edition in (sent, draft):
        now = LoadedEdition(edition).fingerprint
        assert PreflightOverride.objects.filter(edition=edition, fingerprint=now).exists()
        assert Inspection.objects.filter(edition=edition, fingerprint=now).exists()
    assert Approval.objects.get().fingerprint == LoadedEdition(draft).fingerprint
    migration.bind_anew(apps, None)  # once more changes nothing
    assert Approval.objects.get().fingerprint == LoadedEdition(draft).fingerprint


def test_a_draft_that_waits_for_approval_keeps_its_words(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="Letters 7")
    Newsletter.objects.update(subject_template="{{ newsletter }} {{ number }}")
    Edition.objects.filter(pk=edition.pk).update(number=7, slug="letters-7")
    edition.refresh_from_db()
    approving.ask(edition, by=User.objects.create_user("ada", "ada@iria.example", is_staff=True))
    migration.take_numbers_back(apps, None)
    edition.refresh_from_db()
    assert (edition.subject, edition.number) == ("Letters 7", None)


def test_on_the_way_back_every_edition_gets_a_number_and_an_address_of_its_own(newsletter: Newsletter) -> None:
    sent = start(make_edition(newsletter))
    drafts = [make_edition(newsletter) for _ in range(3)]
    Edition.objects.filter(pk=sent.pk).update(slug=f"{newsletter.slug}-3")
    migration.give_numbers_to_all(apps, None)
    numbers = dict(Edition.objects.values_list("pk", "number"))
    assert numbers == {sent.pk: 1} | {draft.pk: number for number, draft in enumerate(drafts, 2)}
    assert Edition.objects.values("slug").distinct().count() == 4
