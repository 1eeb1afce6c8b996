"""The report of an edition as data: what is known, off or usual, and one number wherever it is printed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletters.events.clicks.sums import add_clicks, add_hours
from newsletters.models import Agent, ClickCount, CountedLink, Delivery, Edition, EditionHour, Newsletter, ReaderCount
from newsletters.models.deliveries import Outcome
from newsletters.reports import recipient_groups, tables
from newsletters.reports.edition_report import EditionReport, report_edition
from newsletters.reports.measures import Coverage, Level, Unit, complaint_level
from newsletters.reports.programs import device_of, program_of
from subscribers.models import LeavingReason, Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.reports.test_figures import DAY, LEFT, NOW, happens, sent

pytestmark = pytest.mark.django_db
HOUR = DAY / 24


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


def clicked(edition: Edition, *hours: tuple[int, int], machines: int = 0) -> None:
    """So many clicks of people so many hours after it began, on its only link."""
    link, _new = CountedLink.objects.get_or_create(edition=edition, number=1, url="https://a.example/")
    assert edition.frozen_at
    first = edition.frozen_at.replace(minute=0, second=0, microsecond=0)
    for at, clicks in hours:
        add_clicks({(link.pk, first + at * HOUR, False): clicks})
    if machines:
        add_clicks({(link.pk, first, True): machines})


def found(edition: Edition, now: datetime = NOW) -> EditionReport:
    report = report_edition(edition, now)
    assert report is not None
    return report


def test_a_draft_has_none(newsletter: Newsletter) -> None:
    assert report_edition(make_edition(newsletter)) is None


def test_what_is_not_counted_says_so_and_is_never_zero(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    edition.tracking = Newsletter.Tracking.OFF
    report = found(edition)
    assert not report.counts_clicks
    for key, known in (
        ("clicks", Coverage.OFF),
        ("clickers", Coverage.OFF),
        ("opens", Coverage.OFF),
        ("delivered", Coverage.NO),
    ):
        measure = report.measure(key)
        assert (measure.count, measure.share, measure.coverage) == (None, None, known)
        assert measure.note
    assert report.providers is None


def test_where_clicks_are_counted_nobody_clicking_is_zero(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    clicked(edition)
    clicks = found(edition).measure("clicks")
    assert (clicks.count, clicks.share, clicks.coverage) == (0, 0.0, Coverage.YES)
    assert found(edition).measure("clickers").coverage == Coverage.NO


def test_clicks_stand_beside_the_median_of_earlier_editions_at_the_same_age(newsletter: Newsletter) -> None:
    for days, early, late in ((40, 10, 90), (30, 20, 80), (20, 60, 5)):
        clicked(sent(newsletter, NOW - days * DAY, accepted=100), (0, early), (30, late))
    uncounted = sent(newsletter, NOW - 10 * DAY, accepted=100)
    edition = sent(newsletter, NOW - DAY, recipients=200, accepted=200)
    clicked(edition, (0, 30), (3, 6), machines=17)
    report = found(edition)
    clicks = report.measure("clicks")
    assert (clicks.count, clicks.unit) == (36, Unit.RATE)
    assert clicks.share == 0.18
    assert clicks.usual == 0.2  # of the first day: 10, 20 and 60 of 100; without the edition that counted none
    assert report.compared == 4
    assert report.measure("machine_clicks").count == 17
    assert found(uncounted).measure("clicks").coverage == Coverage.OFF
    first, second, *_rest = report.hours
    assert (first.people, first.machines, first.usual) == (30, 17, 40.0)  # 20 of 100 brought to 200 recipients
    assert (second.people, second.usual) == (0, 0.0)
    assert len(report.hours) == 25  # as old as it is; never more than 48
    assert len(found(edition, NOW + 9 * DAY).hours) == 48


def opened(edition: Edition, people: int, machines: int = 0) -> None:
    assert edition.frozen_at
    hour = edition.frozen_at.replace(minute=0, second=0, microsecond=0)
    add_hours(EditionHour.Kind.OPEN, {(edition.pk, hour, False): people, (edition.pk, hour, True): machines})


def test_opens_are_an_estimate_beside_what_is_usual_and_never_a_false_zero(newsletter: Newsletter) -> None:
    for days, number in ((40, 30), (30, 20), (20, 50)):
        opened(sent(newsletter, NOW - days * DAY, accepted=100), number)
    edition = sent(newsletter, NOW - DAY, accepted=100)
    edition.tracking = Newsletter.Tracking.ANONYMOUS
    assert (found(edition).measure("opens").count, found(edition).measure("opens").coverage) == (None, Coverage.NO)
    opened(edition, 40, machines=60)
    opens = found(edition).measure("opens")
    assert (opens.count, opens.share, opens.usual) == (40, 0.4, 0.3)
    assert "60 loads by machines, 60% of all" in opens.note


def test_readers_who_clicked_are_known_where_readers_are_told_apart(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    edition.tracking = Newsletter.Tracking.READER
    clicked(edition, (0, 9))
    agents = [Agent.objects.create(name=name) for name in ("Firefox", "Chrome", "Scanner")]
    for person, agent, kind, rule in (
        (1, 0, "c", ""), (1, 1, "c", ""), (2, 0, "c", ""), (3, 2, "c", "robot"), (4, 0, "o", ""),
    ):  # fmt: skip
        ReaderCount.objects.create(
            edition=edition, subscriber_id=person, kind=kind, agent=agents[agent], rule=rule, rules=1, times=3,
            first_at=NOW, last_at=NOW,
        )  # fmt: skip
    clickers = found(edition).measure("clickers")
    assert (clickers.count, clickers.share) == (2, 0.02)


def test_two_earlier_editions_make_no_habit_for_clicks(newsletter: Newsletter) -> None:
    for days in (4, 3):
        clicked(sent(newsletter, NOW - days * DAY, accepted=100), (0, 10))
    edition = sent(newsletter, NOW - DAY, accepted=100)
    clicked(edition, (0, 10))
    report = found(edition)
    assert report.measure("clicks").usual is None
    assert report.hours[0].usual is None


def test_reasons_for_leaving_are_those_of_this_edition(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    other = sent(newsletter, NOW - 9 * DAY, accepted=100)
    for pk, reason in ((edition.pk, "too_many"), (edition.pk, "too_many"), (edition.pk, ""), (other.pk, "other")):
        happens(newsletter.mailing_list, LEFT, NOW - HOUR, f"edition {pk}", reason)
    assert [(each.key, each.count) for each in found(edition).reasons] == [("too_many", 2), ("not_said", 1)]
    assert found(edition).reasons[0].name == str(LeavingReason.TOO_MANY.label)


def test_complaints_are_judged_as_the_providers_do() -> None:
    levels = [complaint_level(number, 10_000) for number in (0, 9, 10, 29, 30)]
    assert levels == [
        Level.GOOD,
        Level.GOOD,
        Level.HIGH,
        Level.HIGH,
        Level.STOP,
    ]
    assert complaint_level(0, 0) == Level.NONE


def delivered(edition: Edition, *people: tuple[str, str, Outcome]) -> None:
    chunk = edition.chunks.get()
    for number, (email, language, outcome) in enumerate(people, 10_000):
        person = Subscriber.objects.create(email=email, language=language) if email else None
        Delivery.objects.create(
            edition=edition, subscriber_id=person.pk if person else number, chunk=chunk, fence=1, variant=0,
            outcome=outcome, settled_at=NOW,
        )  # fmt: skip


def test_recipients_are_grouped_by_provider_and_language_once_sending_is_over(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipient_groups, "STEP", 2)
    edition = sent(newsletter, NOW - DAY, recipients=7, accepted=5, rejected=1, skipped=1)
    delivered(
        edition, ("a@gmail.com", "ar", Outcome.ACCEPTED), ("b@googlemail.com", "", Outcome.REJECTED),
        ("c@hotmail.co.uk", "ar", Outcome.ACCEPTED), ("d@gmail.com.example", "en", Outcome.ACCEPTED),
        ("e@icloud.com", "en", Outcome.SKIPPED), ("", "", Outcome.ACCEPTED), ("f@yahoo.fr", "", Outcome.ACCEPTED),
    )  # fmt: skip
    assert recipient_groups.count_waiting()
    assert not recipient_groups.count_waiting(), "it is counted once"
    report = found(edition)
    assert report.providers is not None
    assert [(g.key, g.recipients, g.accepted, g.rejected) for g in report.providers] == [
        ("gmail", 2, 1, 1), ("outlook", 1, 1, 0), ("yahoo", 1, 1, 0), ("erased", 1, 1, 0), ("other", 1, 1, 0)
    ]  # fmt: skip
    assert report.languages is not None
    assert [(g.key, g.recipients) for g in report.languages] == [("", 2), ("ar", 2), ("en", 1), ("erased", 1)]


def test_recipients_are_grouped_again_when_an_edition_was_sent_on(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, recipients=1, accepted=1)
    delivered(edition, ("a@gmail.com", "", Outcome.REJECTED))
    assert recipient_groups.count_waiting()
    Delivery.objects.filter(edition=edition).update(outcome=Outcome.ACCEPTED)
    Edition.objects.filter(pk=edition.pk).update(finished_at=NOW + DAY)
    assert recipient_groups.count_waiting()
    report = found(edition)
    assert report.providers is not None
    assert [(g.accepted, g.rejected) for g in report.providers] == [(1, 0)]


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 15; {}) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "device", "program"),
    [
        (f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1", "phone", "safari"),
        (f"{IPHONE} Mobile/15E148", "phone", "apple_app"),
        (f"{IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1", "phone", "chrome"),
        (f"{ANDROID.format('Pixel 9')} Chrome/140.0 Mobile Safari/537.36", "phone", "chrome"),
        (f"{ANDROID.format('SM-X910')} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36", "tablet", "samsung"),
        ("Mozilla/5.0 (iPad; CPU OS 18_6) AppleWebKit/605.1.15 Version/18.6 Mobile Safari/604.1", "tablet", "safari"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "computer", "edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "computer", "firefox"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.6 Safari/605.1.15", "computer", "safari"),
        ("Lynx/2.9", "other", "other"),
    ],
)
def test_device_and_program_by_the_name_of_the_program(agent: str, device: str, program: str) -> None:
    assert (device_of(agent), program_of(agent)) == (device, program)


def test_devices_and_programs_are_those_of_people(newsletter: Newsletter) -> None:
    edition = sent(newsletter, NOW - DAY, accepted=100)
    clicked(edition)
    for name, rule, clicks in ((IPHONE, "", 5), ("Firefox/140 Windows NT", "", 7), ("Chrome/1 Mobile", "robot", 90)):
        ClickCount.objects.create(
            link=edition.links.get(), hour=NOW, agent=Agent.objects.create(name=name), method="GET", rule=rule,
            rules=1, clicks=clicks,
        )  # fmt: skip
    report = found(edition)
    assert [(each.key, each.count) for each in report.devices] == [("computer", 7), ("phone", 5)]
    assert [(each.key, each.count) for each in report.programs] == [("firefox", 7), ("apple_app", 5)]


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("report", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def edition(newsletter: Newsletter) -> Iterator[Edition]:
    edition = sent(newsletter, NOW - DAY, recipients=2000, accepted=1990, rejected=10)
    clicked(edition, (0, 1204))
    Edition.objects.filter(pk=edition.pk).update(tracking=Newsletter.Tracking.ANONYMOUS)
    edition.refresh_from_db()
    yield edition


def test_terminal_csv_and_json_print_the_same_numbers(edition: Edition) -> None:
    report = found(edition)
    as_json = json.loads(printed(str(edition.pk), "--json"))
    rows = list(csv.DictReader(StringIO(printed(str(edition.pk), "--csv"))))
    measures = {row["key"]: row for row in rows if row["section"] == "measure"}
    words = printed(str(edition.pk))
    assert {each["key"]: each["count"] for each in as_json["measures"]} == {m.key: m.count for m in report.measures}
    assert {key: row["count"] for key, row in measures.items()} == {
        m.key: "" if m.count is None else str(m.count) for m in report.measures
    }
    for measure in report.measures:
        line = next(line for line in words.splitlines() if line.startswith(measure.name))
        assert tables.count_in_words(measure) in line
    assert measures["opens"]["state"] == "not known"
    assert [row["count"] for row in rows if row["section"] == "link"] == ["1204"]
    names = {row["key"]: row["name"] for row in rows if row["section"] == "edition"}
    assert (names["began_at"], names["counted_at"]) == ("Began (UTC)", "Counted (UTC)")
    assert {row["note"] for row in rows if row["section"] in {"provider", "language"}} == {
        "Counted when sending is over."
    }


@pytest.mark.parametrize("wrong", ["0", "999999", "weekly", "-1", "9" * 40])
def test_an_edition_that_is_not_there_is_a_sentence(edition: Edition, wrong: str) -> None:
    with pytest.raises(CommandError, match="There is no"):
        printed("--", wrong)


def test_a_draft_is_a_sentence(newsletter: Newsletter) -> None:
    with pytest.raises(CommandError, match="hasn't begun to go out"):
        printed(str(make_edition(newsletter).pk))


def test_an_edition_after_many_costs_as_many_queries_as_one_after_few(newsletter: Newsletter) -> None:
    def cost() -> int:
        edition = Edition.objects.select_related("newsletter").order_by("-frozen_at")[0]
        with CaptureQueriesContext(connection) as captured:
            found(edition)
        return len(captured)

    for days in range(30, 26, -1):
        clicked(sent(newsletter, NOW - days * DAY, accepted=90), (0, 5))
    before = cost()
    for days in range(20, 5, -1):
        clicked(sent(newsletter, NOW - days * DAY, accepted=90), (0, 5))
    assert cost() == before <= 17
