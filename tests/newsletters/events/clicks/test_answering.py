"""Following a counted link, through Django: it leads where the database says, and nowhere else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.test import Client

from newsletters.events.clicks import answering, counting, links
from newsletters.events.clicks.links import LinkTables
from newsletters.events.clicks.spool import Spool
from newsletters.models import ClickCount, CountedLink, Edition
from newsletters.reports.clicks import clicks_of
from subscribers import tokens
from subscribers.tokens import Purpose

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, spools: Path) -> None:
    monkeypatch.setattr(answering, "tables", LinkTables(spools))
    monkeypatch.setattr(answering, "spool", Spool(spools))


def path(edition: Edition, number: int | str = 1) -> str:
    return f"/c/{tokens.make(Purpose.CLICK, edition.pk)}/{number}/"


def counted(edition: Edition) -> list[tuple[int, int]]:
    counting.count_clicks(everything=True)
    found = clicks_of(edition)
    assert found is not None
    return [(link.people, link.machines) for link in found.links]


def test_a_link_leads_on_and_is_counted(client: Client, edition: Edition) -> None:
    response = client.get(path(edition), headers={"user-agent": FIREFOX})
    assert response.status_code == 302
    assert response["Location"] == "https://a.example/?x=1&y=2"
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies
    assert counted(edition) == [(1, 0), (0, 0), (0, 0)]


def test_an_address_beyond_ascii_is_escaped(client: Client, edition: Edition) -> None:
    assert client.get(path(edition, 2))["Location"] == "https://b.example/%C3%BC"


def test_a_head_request_is_a_machine(client: Client, edition: Edition) -> None:
    assert client.head(path(edition), headers={"user-agent": FIREFOX}).status_code == 302
    assert counted(edition)[0] == (0, 1)


@pytest.mark.parametrize("header", ["dnt", "sec-gpc"])
def test_who_asks_not_to_be_tracked_is_led_on_and_not_counted(client: Client, edition: Edition, header: str) -> None:
    assert client.get(path(edition), headers={header: "1", "user-agent": FIREFOX}).status_code == 302
    assert counted(edition)[0] == (0, 0)


@pytest.mark.parametrize(
    "number", ["0", "4", "99999", "-1", "1.0", "01x", "٣", "https:", "1e3", "x" * 500]
)  # fmt: skip
def test_there_is_no_other_link(client: Client, edition: Edition, number: str) -> None:
    assert client.get(path(edition, number)).status_code == 404
    assert counted(edition)[0] == (0, 0)


def test_forged_tokens_and_those_for_other_things_lead_nowhere(client: Client, edition: Edition) -> None:
    good = tokens.make(Purpose.CLICK, edition.pk)
    for token in (
        good[:-1] + ("A" if good[-1] != "A" else "B"), tokens.make(Purpose.UNSUBSCRIBE, edition.pk),
        tokens.make(Purpose.CLICK, edition.pk + 1), tokens.make(Purpose.CLICK, edition.pk, 1), "x", "A" * 199,
    ):  # fmt: skip
        assert client.get(f"/c/{token}/1/").status_code == 404
    assert not ClickCount.objects.exists()


def test_nothing_but_looking_is_allowed(client: Client, edition: Edition) -> None:
    assert client.post(path(edition)).status_code == 405


def test_a_mended_address_is_where_it_leads_from_then_on(
    client: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get(path(edition, 3))["Location"] == "https://c.example/"
    CountedLink.objects.filter(edition=edition, number=3).update(url="https://c.example/right")
    monkeypatch.setattr(links, "GOOD_SECONDS", 0.0)
    assert client.get(path(edition, 3))["Location"] == "https://c.example/right"


def test_links_work_while_the_database_is_away_also_for_a_process_that_has_just_begun(
    client: Client, edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(path(edition))
    monkeypatch.setattr(links, "GOOD_SECONDS", 0.0)

    def away(**_: object) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(CountedLink.objects, "filter", away)
    assert client.get(path(edition)).status_code == 302
    monkeypatch.setattr(answering, "tables", LinkTables(spools))
    assert client.get(path(edition)).status_code == 302
    other = LinkTables(spools)
    with pytest.raises(DatabaseError):
        other.read(edition.pk + 1)


def test_a_full_disk_leads_on_and_is_said_once(
    client: Client, edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spools.parent.joinpath("taken").write_text("a file where the folder should be")
    monkeypatch.setattr(answering, "spool", Spool(spools.parent / "taken"))
    for _ in range(3):
        assert client.get(path(edition)).status_code == 302
    assert caplog.text.count("Clicks can't be counted") == 1


def test_files_of_links_that_nobody_clicks_any_more_are_deleted(
    client: Client, edition: Edition, spools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(path(edition))
    file, long_ago = spools / f"links-{edition.pk}.json", time.time() - 86_400 * (links.KEPT_DAYS + 1)
    half_written, others = spools / "x.part", spools / "other.json"
    for each in (half_written, others):
        each.touch()
    assert links.forget_old_files(spools) == 0
    for each in (file, half_written, others):
        os.utime(each, (long_ago, long_ago))
    # A click keeps the file, though nothing in it has changed.
    monkeypatch.setattr(links, "GOOD_SECONDS", 0.0)
    client.get(path(edition))
    assert links.forget_old_files(spools) == 1
    assert file.exists() and others.exists() and not half_written.exists()
    os.utime(file, (long_ago, long_ago))
    assert links.forget_old_files(spools) == 1
    assert not file.exists()
    assert client.get(path(edition)).status_code == 302
    assert file.exists()
