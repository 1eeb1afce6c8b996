"""Editions drafted ahead of their date: who is told, and what becomes of them with and without a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from mail.models import Message
from mail.outbox.sending import _write
from newsletters.editions import approving, editing, transitions
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.schedule import drafted
from newsletters.editions.schedule.changing import move_date, restore_date, skip_date
from newsletters.editions.schedule.coming import next_dates
from newsletters.editions.schedule.making import tick
from newsletters.models import Edition, Newsletter, Occurrence
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader

pytestmark = pytest.mark.django_db

DUE = datetime(2026, 12, 23, 6, tzinfo=UTC)  # a Wednesday, seven in Berlin
AHEAD = DUE - timedelta(hours=24)


@pytest.fixture
def newsletter() -> Iterator[Newsletter]:
    with time_machine.travel(AHEAD - timedelta(hours=2), tick=False) as clock:
        mailing_list = make_list()
        make_reader(mailing_list)
        make_article(title="Wells run dry", published_at=AHEAD - timedelta(hours=5))
        made = make_newsletter(
            mailing_list, cadence="weekly", weekdays=[3], send_time=time(7), zone="Europe/Berlin",
            mode="automatic", draft_hours=24,
        )  # fmt: skip
        clock.move_to(AHEAD)
        yield made


@pytest.fixture
def publisher(newsletter: Newsletter) -> User:
    user = User.objects.create_user("ada", "ada@iria.example", is_staff=True)
    user.groups.add(Group.objects.get(name="Publisher"))
    User.objects.create_user("eve", "eve@iria.example", is_staff=True).groups.add(Group.objects.get(name="Editor"))
    return user


def draft() -> Edition:
    tick(AHEAD)
    return Edition.objects.select_related("newsletter", "occurrence").get()


def test_it_is_drafted_once_and_told_to_those_who_may_send(newsletter: Newsletter, publisher: User) -> None:
    assert tick(AHEAD - timedelta(minutes=1)) == []
    for minutes in (0, 0, 30, 600):
        tick(AHEAD + timedelta(minutes=minutes))
    edition = draft()
    assert edition.status == "draft" and edition.occurrence is not None
    assert edition.occurrence.due_at == DUE
    assert [row.address for row in Message.objects.filter(kind="edition_drafted")] == ["ada@iria.example"]


def test_without_a_word_it_goes_as_it_is_then(newsletter: Newsletter) -> None:
    edition = editing.reword(draft(), subject="As the editor has it")
    make_article(title="Too late", published_at=AHEAD + timedelta(hours=1))
    tick(DUE - timedelta(minutes=1))
    assert Edition.objects.get().status == "draft"
    with time_machine.travel(DUE, tick=False):
        tick(DUE)
    sent = Edition.objects.get(pk=edition.pk)
    assert (sent.status, sent.subject, sent.queued_by) == ("queued", "As the editor has it", "The schedule")
    assert [each.article.title for each in sent.items.all() if each.article] == ["Wells run dry"]
    assert tick(DUE + timedelta(minutes=1)) == []


def test_without_a_word_it_waits(newsletter: Newsletter) -> None:
    Newsletter.objects.update(mode="draft")
    draft()
    tick(DUE + timedelta(minutes=1))
    assert Edition.objects.get().status == "draft"
    assert not drafted.waits(newsletter)


def test_without_a_word_it_is_dropped_unless_somebody_worked_on_it(newsletter: Newsletter) -> None:
    Newsletter.objects.update(mode="drop")
    draft()
    tick(DUE)
    assert not Edition.objects.exists()
    dropped = Occurrence.objects.get()
    assert (dropped.state, dropped.reason) == ("skipped", "Nobody sent the draft in time, so it was dropped.")
    Edition.objects.all().delete()
    tick(DUE + timedelta(days=6))  # the next one
    editing.reword(Edition.objects.get(), subject="Worked on")
    tick(DUE + timedelta(days=7))
    assert Edition.objects.get().subject == "Worked on"


def test_what_stands_in_the_way_is_told_and_it_waits(newsletter: Newsletter, publisher: User) -> None:
    in_the_way: list[tuple[dict[str, Any], str]] = [
        ({"postal_address": ""}, "postal address"),
        ({"is_active": False}, "isn't active"),
        ({"weekdays": [4]}, "The schedule was changed"),
        ({"send_time": time(8)}, "The schedule was changed"),
    ]
    for changed, words in in_the_way:
        before = Newsletter.objects.values(*changed).get()
        edition = draft()
        Newsletter.objects.update(**changed)
        tick(DUE)
        occurrence = Occurrence.objects.get()
        assert words in occurrence.reason
        told = Message.objects.filter(kind="edition_kept_back")
        assert [row.address for row in told] == ["ada@iria.example"]
        told.delete()
        assert Edition.objects.get().status == "draft"
        edition.delete()
        occurrence.delete()
        Newsletter.objects.update(**before)


def test_what_comes_hours_late_waits(newsletter: Newsletter) -> None:
    draft()
    tick(DUE + timedelta(hours=3))
    assert Edition.objects.get().status == "draft"
    assert "was not running" in Occurrence.objects.get().reason


def test_sent_by_hand_before_its_date_it_does_not_go_again(newsletter: Newsletter) -> None:
    edition = draft()
    transitions.queue(edition.pk, revision=edition.revision, by="Ada")
    tick(DUE)
    assert not drafted.waits(newsletter)
    assert Edition.objects.get().queued_by == "Ada"


def test_one_draft_at_a_time_waits_however_far_ahead(newsletter: Newsletter) -> None:
    Newsletter.objects.update(weekdays=[3, 4, 5], draft_hours=120)
    for minute in range(4):
        tick(AHEAD + timedelta(minutes=minute))
    assert Edition.objects.count() == 1
    assert Occurrence.objects.get().state == "made", "and no later date is called missed"


def test_with_too_few_articles_it_is_drafted_when_there_are_enough_or_skipped_at_its_date(
    newsletter: Newsletter,
) -> None:
    Newsletter.objects.update(at_least=2)
    assert tick(AHEAD) == []
    make_article(published_at=AHEAD + timedelta(hours=3))
    assert tick(AHEAD + timedelta(hours=2)) == []
    [made] = tick(AHEAD + timedelta(hours=4))
    assert made.state == "made" and made.draft_revision is not None
    Newsletter.objects.update(at_least=9)
    week = timedelta(days=7)
    assert tick(DUE + week - timedelta(hours=1)) == []
    [skipped] = tick(DUE + week)
    assert (skipped.state, skipped.reason) == ("skipped", "New articles: 0. At least 9 are needed.")


def test_after_downtime_the_date_that_passed_is_sent_or_missed_and_the_next_is_drafted(newsletter: Newsletter) -> None:
    late = DUE + timedelta(days=6, hours=5)  # a day before the next one: this one's draft was never made
    tick(late)
    assert [(each.nominal, each.state) for each in Occurrence.objects.order_by("due_at")] == [
        ("2026-12-23T07:00", "missed"), ("2026-12-30T07:00", "made"),
    ]  # fmt: skip


def test_a_date_before_the_one_that_is_drafted_is_neither_lost_nor_made_twice(newsletter: Newsletter) -> None:
    """Skipped when the later one was drafted, and taken back; or moved there."""
    Newsletter.objects.update(weekdays=[3, 4, 5], draft_hours=48)
    skip_date(newsletter.pk, DUE.date())
    [made] = tick(AHEAD)
    assert made.nominal == "2026-12-24T07:00"
    restore_date(newsletter.pk, DUE.date())
    move_date(newsletter.pk, (DUE + timedelta(days=2)).date(), DUE + timedelta(hours=3))
    newsletter.refresh_from_db()
    assert [each.key for each in next_dates(newsletter, 3)] == [
        "2026-12-23T07:00", "2026-12-25T07:00", "2026-12-30T07:00",
    ]  # fmt: skip
    for late in range(0, 100, 2):
        tick(DUE + timedelta(hours=late / 2, minutes=1))
    rows = Occurrence.objects.order_by("due_at").values_list("nominal", "state")
    assert list(rows) == [
        ("2026-12-23T07:00", "skipped"), ("2026-12-25T07:00", "skipped"), ("2026-12-24T07:00", "made"),
    ]  # fmt: skip


def test_a_skip_is_recorded_when_its_date_comes_though_a_later_one_was_drafted(newsletter: Newsletter) -> None:
    Newsletter.objects.update(weekdays=[3, 4], draft_hours=48)
    skip_date(newsletter.pk, DUE.date(), reason="Away.")
    tick(AHEAD)
    [skipped] = tick(DUE)
    assert (skipped.nominal, skipped.reason) == ("2026-12-23T07:00", "Away.")


def test_a_changed_schedule_goes_on_at_once_and_the_draft_with_it_where_it_has_its_date_still(
    newsletter: Newsletter,
) -> None:
    draft()
    changed = Newsletter.objects.get()
    changed.weekdays = [2, 3]
    changed.save()
    tick(DUE)
    assert Edition.objects.get().status == "queued"
    tick(DUE + timedelta(days=6))
    assert Occurrence.objects.filter(nominal="2026-12-29T07:00").exists()


def test_sent_by_hand_and_called_back_it_does_not_go_by_itself(newsletter: Newsletter) -> None:
    edition = draft()
    transitions.queue(edition.pk, revision=edition.revision, by="Ada", window=timedelta(hours=1))
    transitions.undo_send(edition.pk, by="Ada")
    tick(DUE)
    assert Edition.objects.get().status == "draft"


def test_what_an_extra_edition_has_had_meanwhile_does_not_go_by_itself(newsletter: Newsletter, publisher: User) -> None:
    edition = draft()
    extra = make_edition(newsletter, articles=[item.article for item in edition.items.all() if item.article])
    transitions.queue(extra.pk, revision=extra.revision, by="Ada")
    tick(DUE)
    assert Edition.objects.get(pk=edition.pk).status == "draft"
    assert "has had some of its articles since" in Occurrence.objects.get().reason


def test_what_somebody_is_asked_to_approve_is_not_dropped(newsletter: Newsletter, publisher: User) -> None:
    newsletter.mailing_list.needs_approval = True
    newsletter.mailing_list.save()
    Newsletter.objects.update(mode="drop")
    edition = draft()
    approving.ask(edition, by=publisher)
    tick(DUE)
    assert Edition.objects.get() == edition


def test_the_mail_says_what_is_in_the_way(newsletter: Newsletter, publisher: User) -> None:
    newsletter.mailing_list.needs_approval = True
    newsletter.mailing_list.save()
    draft()
    mail = _write(Message.objects.get(kind="edition_drafted"))
    assert mail is not None
    text = str(mail.body)
    assert "but as it is, it can't" in " ".join(text.split())


# --- Skipping -----------------------------------------------------------------------------------------------------
def test_skipped_it_is_gone_and_its_articles_are_new(newsletter: Newsletter, publisher: User) -> None:
    edition = draft()
    browser = Client()
    browser.force_login(publisher)
    page = browser.get(reverse("admin:newsletters_edition_change", args=[edition.pk])).content.decode()
    assert "It goes out on Wednesday 23 December 2026 at 07:00" in page
    address = reverse("admin:newsletters_edition_skip", args=[edition.pk])
    fingerprint = LoadedEdition(edition).fingerprint
    shown = browser.get(f"{address}?seen={fingerprint}").content.decode()
    assert "Skip it this time" in shown and "has changed since that email" not in shown
    assert "has changed since that email" in browser.get(f"{address}?seen=x").content.decode()
    answer = browser.post(address, {"fingerprint": fingerprint}, follow=True).content.decode()
    assert "is skipped this time" in answer
    assert not Edition.objects.exists()
    assert Occurrence.objects.get().reason == "Skipped by ada."
    assert browser.post(address, {}).status_code == 404


def test_what_somebody_worked_on_stays_and_what_changed_is_looked_at_again(newsletter: Newsletter) -> None:
    edition = draft()
    seen = LoadedEdition(edition).fingerprint
    edition = editing.reword(edition, subject="Another")
    with pytest.raises(transitions.Conflict):
        drafted.skip(edition, by="Ada", fingerprint=seen)
    assert not drafted.skip(edition, by="Ada", fingerprint=LoadedEdition(edition).fingerprint)
    with pytest.raises(transitions.Refused):
        drafted.skip(edition, by="Ada", fingerprint=LoadedEdition(edition).fingerprint)
    tick(DUE)
    assert Edition.objects.get().status == "draft"


def test_the_page_of_sending_says_when_the_mail_showed_something_else(newsletter: Newsletter, publisher: User) -> None:
    edition = draft()
    browser = Client()
    browser.force_login(publisher)
    address = reverse("admin:newsletters_edition_send", args=[edition.pk])
    page = browser.get(f"{address}?seen=x").content.decode()
    assert "has changed since that email" in page
    assert 'value="2026-12-23T07:00"' in page, "its own date is proposed"
