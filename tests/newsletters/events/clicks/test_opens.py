"""Opens: a picture of one pixel that is the same for everybody, counted by the hour, with machines apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from newsletters.events.clicks import answering, counting, hourly, machines
from newsletters.events.clicks.links import LinkTables
from newsletters.events.clicks.spool import OPEN, Spool
from newsletters.models import ClickCount, Edition, EditionHour, OpenCount
from subscribers import tokens
from subscribers.tokens import Purpose
from tests.newsletters.events.clicks.test_counting import FIREFOX, NOON, clicked, spooled

pytestmark = pytest.mark.django_db
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.4266; ms-office; MSOffice 16)"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, spools: Path) -> None:
    monkeypatch.setattr(answering, "tables", LinkTables(spools))
    monkeypatch.setattr(answering, "spool", Spool(spools))


def picture(edition: Edition) -> str:
    return f"/o/{tokens.make(Purpose.CLICK, edition.pk)}.gif"


def test_the_picture_is_one_pixel_that_nothing_keeps(client: Client, edition: Edition) -> None:
    response = client.get(picture(edition), headers={"user-agent": FIREFOX})
    assert (response.status_code, response["Content-Type"], len(response.content)) == (200, "image/gif", 43)
    assert response.content.startswith(b"GIF89a\x01\x00\x01\x00")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert client.head(picture(edition), headers={"user-agent": FIREFOX}).status_code == 200
    assert client.post(picture(edition)).status_code == 405
    counting.count_clicks(everything=True)
    assert sorted(OpenCount.objects.values_list("rule", "method", "opens")) == [("", "GET", 1), ("head", "HEAD", 1)]
    assert EditionHour.objects.get(kind=EditionHour.Kind.OPEN).people == 1
    assert not ClickCount.objects.exists()


@pytest.mark.parametrize("token", ["x", "A" * 31, "A" * 39, "A" * 300])
def test_there_is_no_picture_for_a_token_that_we_did_not_sign(client: Client, token: str) -> None:
    assert client.get(f"/o/{token}.gif").status_code == 404


@pytest.mark.parametrize("header", ["dnt", "sec-gpc"])
def test_who_asks_not_to_be_tracked_is_shown_it_and_not_counted(client: Client, edition: Edition, header: str) -> None:
    assert client.get(picture(edition), headers={header: "1"}).status_code == 200
    counting.count_clicks(everything=True)
    assert not OpenCount.objects.exists()


@pytest.mark.parametrize(
    ("agent", "rule"),
    [
        (FIREFOX, machines.PEOPLE),
        (OUTLOOK, machines.PEOPLE),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", machines.PEOPLE),
        ("Mozilla/5.0", machines.APPLE),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", machines.GMAIL),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", machines.YAHOO),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", machines.OUTLOOK),
        ("Microsoft Office Existence Discovery", machines.OUTLOOK),
        ("ProofpointURLDefense/1.0", machines.PROOFPOINT),
        ("BarracudaCentral/1.0", machines.BARRACUDA),
        ("python-requests/2.32", machines.ROBOT),
        ("", machines.NAMELESS),
    ],
)
def test_which_program_is_a_machine(edition: Edition, spools: Path, agent: str, rule: str) -> None:
    spooled(spools, clicked(edition, OPEN, agent=agent)).close()
    counting.count_clicks()
    row = OpenCount.objects.get()
    assert (row.rule, row.rules, row.opens) == (rule, machines.VERSION, 1)


def test_outlook_asks_about_a_link_before_a_browser_follows_it() -> None:
    assert machines.judge("GET", OUTLOOK) == machines.ROBOT


def test_opening_an_email_again_and_again_makes_nobody_a_machine(edition: Edition, spools: Path) -> None:
    spooled(spools, *(clicked(edition, OPEN, at=NOON + n / 10) for n in range(5))).close()
    counting.count_clicks()
    assert OpenCount.objects.get().opens == 5


def test_opens_are_judged_again_by_better_rules(
    edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(spools, clicked(edition, OPEN), clicked(edition, OPEN, who="b", agent="Mozilla/5.0")).close()
    counting.count_clicks()
    monkeypatch.setattr(machines, "VERSION", machines.VERSION + 1)
    monkeypatch.setattr(machines, "judge_open", lambda _method, agent: "new" if agent == FIREFOX else "")
    assert hourly.judge_again() == 2
    assert sorted(OpenCount.objects.values_list("rule", "opens")) == [("", 1), ("new", 1)]
    row = EditionHour.objects.get(kind=EditionHour.Kind.OPEN)
    assert (row.people, row.machines) == (1, 1)
