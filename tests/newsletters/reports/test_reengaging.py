"""Readers who went quiet are asked once; who reacts in any way stays, and the others are found, or taken as chosen."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from newsletters.delivery.ledger.dead_addresses import ENOUGH_ANSWERS, usual_share
from newsletters.editions import editing, preflight
from newsletters.editions.drafts import Block
from newsletters.editions.snapshot import content_of
from newsletters.models import Chunk, Edition, Newsletter, Reengagement
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.mail import render
from newsletters.rendering.message import build, personal
from newsletters.rendering.recipients import Recipient
from newsletters.reports.figures import report
from newsletters.reports.reengaging import CantAsk, finish_due
from newsletters.tasks import finish_reengagements
from subscribers import links
from subscribers.jobs import working
from subscribers.models import BulkJob, ConsentRecord, Segment, Subscriber
from subscribers.preferences import staying, unsubscribing
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import parse_rule
from subscribers.tasks import work_on_bulk_job
from tests.newsletters.reports.asking import (
    NAMES,
    all_but_one_react,
    asked_by,
    goes_out,
    names_of,
    on_the_list,
    told,
)
from tests.newsletters.reports.test_figures import NOW
from tests.newsletters.reports.test_newsletter_report import sent_by_reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clicks_of_everybody_are_counted")]


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
    with pytest.raises(CantAsk, match="asked already"):
        asked_by(boss, newsletter)
    edition.delete()
    assert asked_by(boss, newsletter).edition.include_segments == [quiet]


def test_without_the_rule_they_are_found_for_staff_and_nothing_is_done(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter)
    goes_out(asked)
    all_but_one_react(people, asked)
    with time_machine.travel(timezone.now() + timedelta(days=29, hours=23)):
        assert finish_due() == 0
    with time_machine.travel(timezone.now() + timedelta(days=30, hours=2)):
        assert (finish_due(), finish_due()) == (1, 0)
        asked.refresh_from_db()
        assert asked.silent
        assert names_of(people_in(parse_rule(asked.silent.rule))) == {"silent"}
    assert (asked.found, asked.job) == (1, None)
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
    client.post(f"/stay/{token}/")
    assert ConsentRecord.objects.count() == before + 1, "once, however often it is pressed"
    unsubscribing.unsubscribe(ada.pk, None)
    late = client.post(f"/stay/{token}/", follow=True)
    assert late.redirect_chain[0][0].endswith(f"/unsubscribe/{token}/")
    assert "Resubscribe" in late.content.decode()
    assert client.get(f"/stay/{token[:-2]}xx/").status_code == 404
    tested = links.unsubscribe_token(0, newsletter.mailing_list_id, asked.edition_id)
    assert "came with a test email" in client.post(f"/stay/{tested}/").content.decode()
    assert client.get("/stay/")["Location"] == "/subscribe/"  # as it stands in the archive


def test_a_link_in_a_text_is_each_reader_s_own_too_and_without_one_the_edition_is_not_sent(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    edition = asked_by(boss, newsletter).edition

    def codes() -> set[str]:
        return {each.code for each in preflight.check(edition)}

    assert "stay" not in codes()
    editing.set_blocks(edition, [Block(kind="text", html='<p>Press <a href="/stay/">here</a>, or leave.</p>')])
    edition.refresh_from_db()
    content, reader = content_of(edition), Recipient(7, "a@b.example", "", date(2026, 1, 1))
    _subject, body, text = personal(render(content), reader, content)
    token = links.unsubscribe_token(7, newsletter.mailing_list_id, edition.pk)
    assert links.stay_link(token) in body
    assert links.stay_link(token) in text
    assert "stay" not in codes()
    editing.set_blocks(edition, [Block(kind="text", html="<p>Stay or leave.</p>")])
    edition.refresh_from_db()
    assert "stay" in codes()


def test_a_question_to_the_quiet_says_nothing_of_what_is_usual(
    boss: User, newsletter: Newsletter, people: dict[str, Subscriber]
) -> None:
    asked = asked_by(boss, newsletter)
    goes_out(asked)
    later = sent_by_reader(newsletter, timezone.now() + timedelta(days=1))
    found = report(later)
    assert found
    assert len(found.earlier) == 2
    assert asked.edition not in found.earlier
    Chunk.objects.filter(edition=asked.edition).update(rejected=ENOUGH_ANSWERS)
    assert usual_share(later.pk) is None, "of too few answers"
