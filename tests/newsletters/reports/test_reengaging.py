"""Readers who went quiet are asked once; who reacts in any way stays, and the others are found, or taken as chosen."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from mail.models import Message
from mail.outbox.sending import _write as write_whole
from newsletters.articles import tracking_notice
from newsletters.editions.snapshot import content_of
from newsletters.models import Agent, Delivery, Edition, Newsletter, ReaderCount, Reengagement
from newsletters.models.deliveries import Outcome
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.mail import render
from newsletters.rendering.message import build
from newsletters.rendering.recipients import Recipient
from newsletters.reports.list_figures import count_list
from newsletters.reports.reengaging import CantAsk, ask_quiet_readers, finish_due
from newsletters.tasks import finish_reengagements
from subscribers import links
from subscribers.jobs import working
from subscribers.models import BulkJob, ConsentRecord, Segment, Subscriber, Subscription
from subscribers.preferences import changes, staying, unsubscribing
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import parse_rule
from subscribers.tasks import work_on_bulk_job
from tests.factories import make_list, make_newsletter, make_page, make_reader, start
from tests.newsletters.reports.test_figures import DAY, NOW
from tests.newsletters.reports.test_newsletter_report import deliver, sent_by_reader

pytestmark = pytest.mark.django_db
NAMES = ("silent", "stays", "opens", "clicks", "changes", "leaves", "new")


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss@iria.example", "boss@iria.example")


@pytest.fixture
def newsletter() -> Newsletter:
    make_page(body=f"<p>{tracking_notice.sentence('en')}</p>")
    return make_newsletter(make_list(name="News"), name="Weekly", tracking=Newsletter.Tracking.READER)


@pytest.fixture
def people(newsletter: Newsletter) -> dict[str, Subscriber]:
    """All but the last have gone quiet: here for long, and sent an edition that they didn't open."""
    now = timezone.now()
    made = {name: make_reader(newsletter.mailing_list, email=f"{name}@example.org") for name in NAMES}
    sent_by_reader(newsletter, now - 95 * DAY)
    edition = sent_by_reader(newsletter, now - 5 * DAY)
    for person in list(made.values())[:-1]:
        Subscriber.objects.filter(pk=person.pk).update(created_at=now - 300 * DAY)
        Subscription.objects.filter(subscriber=person).update(confirmed_at=now - 300 * DAY)
        deliver(edition, person)
    count_list(newsletter.mailing_list)
    return made


def asked_by(boss: User, newsletter: Newsletter, *, unsubscribes: bool = False) -> Reengagement:
    return ask_quiet_readers(newsletter, days=30, unsubscribes=unsubscribes, by=boss)


def goes_out(asked: Reengagement) -> None:
    """To everybody whom it is for, and all of it accepted."""
    asked.edition = start(asked.edition)
    chunk = asked.edition.chunks.get()
    for person in people_in(parse_rule(Segment.objects.get(pk=asked.edition.include_segments[0]).rule)):
        Delivery.objects.update_or_create(
            edition=asked.edition, subscriber_id=person.pk,
            defaults={
                "chunk": chunk, "fence": 1, "variant": 0, "outcome": Outcome.ACCEPTED, "settled_at": timezone.now(),
            },
        )  # fmt: skip


def reads(person: Subscriber, edition: Edition, kind: str, *, rule: str = "") -> None:
    agent, _new = Agent.objects.get_or_create(name="Firefox")
    now = timezone.now()
    ReaderCount.objects.create(
        edition=edition, subscriber_id=person.pk, kind=kind, agent=agent, rule=rule, rules=1, times=1, first_at=now,
        last_at=now,
    )  # fmt: skip


def all_but_one_react(people: dict[str, Subscriber], asked: Reengagement) -> None:
    edition, news = asked.edition, asked.edition.newsletter.mailing_list_id
    stay = links.unsubscribe_token(people["stays"].pk, news, edition.pk)
    assert Client().post(f"/stay/{stay}/").status_code == 200
    reads(people["opens"], edition, ReaderCount.OPEN)
    reads(people["clicks"], Edition.objects.exclude(pk=edition.pk).latest("pk"), ReaderCount.CLICK)  # an older one
    reads(people["silent"], edition, ReaderCount.CLICK, rule="early")  # a machine
    changes.set_frequency(people["changes"].pk, news, "weekly")
    Client().post(links.unsubscribe_link(links.unsubscribe_token(people["leaves"].pk, news, edition.pk)))


def told() -> list[str]:
    """Subject and text of what staff were sent."""
    mails = [write_whole(row) for row in Message.objects.filter(kind="quiet_readers")]
    return [f"{mail.subject}\n{mail.body}" for mail in mails if mail is not None]


def names_of(people: Iterable[Subscriber]) -> set[str]:
    return {person.email.partition("@")[0] for person in people}


def on_the_list(newsletter: Newsletter) -> set[str]:
    rows = Subscription.objects.filter(mailing_list=newsletter.mailing_list_id, status=Subscription.Status.CONFIRMED)
    return {email.partition("@")[0] for email in rows.values_list("subscriber__email", flat=True)}


def test_the_draft_asks_the_quiet_and_the_segment_is_made_once(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter)
    edition = asked.edition
    assert edition.status == Edition.Status.DRAFT
    assert edition.subject == "Do you still want to hear from us?"
    assert [item.kind for item in edition.items.all()] == ["text", "button"]
    (quiet,) = edition.include_segments
    assert names_of(people_in(parse_rule(Segment.objects.get(pk=quiet).rule))) == set(NAMES[:-1])
    assert asked_by(boss, newsletter).edition.include_segments == [quiet]


def test_without_the_rule_they_are_found_for_staff_and_nothing_is_done(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter)
    goes_out(asked)
    all_but_one_react(people, asked)
    with time_machine.travel(timezone.now() + timedelta(days=29, hours=23)):
        assert finish_due() == 0
    with time_machine.travel(timezone.now() + timedelta(days=30, hours=1)):
        assert (finish_due(), finish_due()) == (1, 0)
    asked.refresh_from_db()
    assert (asked.found, asked.job) == (1, None)
    assert asked.silent
    assert names_of(people_in(parse_rule(asked.silent.rule))) == {"silent"}
    assert "silent" in on_the_list(newsletter)
    (mail,) = told()
    assert "1 readers didn't react" not in mail
    assert "1 reader didn't react" in mail
    assert f"?segment={asked.silent.slug}" in mail


def test_by_the_rule_only_those_who_did_nothing_are_unsubscribed_and_it_can_be_undone(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    before = on_the_list(newsletter)
    asked = asked_by(boss, newsletter, unsubscribes=True)
    goes_out(asked)
    all_but_one_react(people, asked)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        finish_reengagements()
        asked.refresh_from_db()
        assert asked.job
        assert told() == []  # the job is at work
        work_on_bulk_job(asked.job.pk)
        finish_reengagements()
    assert before - on_the_list(newsletter) == {"silent", "leaves"}
    (mail,) = told()
    assert "1 quiet reader unsubscribed" in mail
    assert f"/bulkjob/{asked.job.pk}/" in mail
    job = BulkJob.objects.get(pk=asked.job.pk)
    assert working.start_undoing(job)
    work_on_bulk_job(job.pk)
    assert before - on_the_list(newsletter) == {"leaves"}  # who left by themselves stays away


def test_who_reacts_while_a_batch_begins_is_not_taken(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_by(boss, newsletter, unsubscribes=True)
    goes_out(asked)
    all_but_one_react(people, asked)
    lock = Subscriber.objects.select_for_update

    reacted: list[bool] = []

    def reacting_first() -> Any:
        if not reacted:
            reacted.append(True)
            staying.stay(people["silent"].pk, newsletter.mailing_list_id, edition_id=asked.edition_id)
        return lock()

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        finish_due()
        asked.refresh_from_db()
        assert asked.job
        monkeypatch.setattr(Subscriber.objects, "select_for_update", reacting_first)
        work_on_bulk_job(asked.job.pk)
    assert reacted
    assert BulkJob.objects.get().state == BulkJob.State.DONE
    assert "silent" in on_the_list(newsletter)


def test_an_edition_that_told_nobody_apart_finds_nobody(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter, unsubscribes=True)
    goes_out(asked)
    Edition.objects.filter(pk=asked.edition_id).update(tracking=Newsletter.Tracking.ANONYMOUS)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        finish_due()
    assert not BulkJob.objects.exists()
    (mail,) = told()
    assert "nobody knows who reacted" in mail


def test_the_question_is_not_in_the_archive_and_opens_by_its_link(
    client: Client, boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter)
    goes_out(asked)
    path = asked.edition.path
    assert path not in client.get("/archive/").content.decode()
    assert path not in client.get("/sitemap-editions-1.xml").content.decode()
    assert client.get(path).status_code == 200


def test_where_readers_are_not_told_apart_it_is_not_offered(boss: User, newsletter: Newsletter) -> None:
    for tracking, words in (("off", "aren't counted"), ("anonymous", "without knowing whose"), ("reader", "90 days")):
        Newsletter.objects.filter(pk=newsletter.pk).update(tracking=tracking)
        newsletter.refresh_from_db()
        with pytest.raises(CantAsk, match=words):
            asked_by(boss, newsletter)
        browser = Client()
        browser.force_login(boss)
        page = browser.get(f"/admin/newsletters/newsletter/{newsletter.pk}/re-engage/").content.decode()
        assert words in html.unescape(page)
        assert "Make the draft" not in page


def test_staff_ask_from_the_report_and_only_who_changes_subscriptions_has_people_unsubscribed(
    newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    browser, editor = Client(), User.objects.create_user("ed@iria.example", "ed@iria.example", is_staff=True)
    editor.groups.add(Group.objects.get(name="Editor"))
    browser.force_login(editor)
    page = f"/admin/newsletters/newsletter/{newsletter.pk}/re-engage/"
    assert page in browser.get(f"/admin/newsletters/newsletter/{newsletter.pk}/report/").content.decode()
    assert 'name="unsubscribes"' not in browser.get(page).content.decode()
    assert browser.post(page, {"days": "6"}).status_code == 422
    made = browser.post(page, {"days": "14", "unsubscribes": "on"})
    asked = Reengagement.objects.get()
    assert made["Location"].endswith(f"/edition/{asked.edition_id}/change/")
    assert (asked.days, asked.unsubscribes, asked.started_by) == (14, False, editor)
    assert "Not sent yet" in browser.get(page).content.decode()
    editor.groups.set([Group.objects.get(name="Manager")])
    assert browser.get(page).status_code == 403


def test_the_button_of_the_email_is_each_reader_s_own_and_a_page_asks_before_anything_is_recorded(
    client: Client, boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter)
    content = content_of(asked.edition)
    ada = people["stays"]
    reader = Recipient(ada.pk, ada.email, "Ada", date(2026, 1, 1))
    mail = message_from_bytes(CompiledMail(render(content), content).wire(reader, NOW), policy=policy.default)
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    tokens = {token for part in parts for token in re.findall(r"/stay/([\w-]+)/", part)}
    assert len(parts) == 2
    slow = build(render(content), reader, content, date=NOW)
    (token,) = tokens
    assert f"/stay/{token}/" in str(slow.body)
    before = ConsentRecord.objects.count()
    page = client.get(f"/stay/{token}/").content.decode()
    assert "Keep my subscription" in page
    assert ConsentRecord.objects.count() == before
    assert "still subscribed" in client.post(f"/stay/{token}/").content.decode()
    record = ConsentRecord.objects.latest("pk")
    assert (record.subscriber_id, record.detail) == (ada.pk, f"stays, asked by edition {asked.edition_id}")
    unsubscribing.unsubscribe(ada.pk, None)
    assert "unsubscribed" in client.post(f"/stay/{token}/").content.decode()
    assert client.get(f"/stay/{token[:-2]}xx/").status_code == 404
    assert client.get("/stay/")["Location"] == "/subscribe/"  # as it stands in the archive
