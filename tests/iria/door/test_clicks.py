"""Clicks at the door: answered without Django, from a table that one thread reads; what is no link of ours goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from iria.door.arriving import DoorLimits
from iria.door.clicks import Clicks, _visitor
from iria.door.door import Door
from iria.door.sockets import Sockets
from lib.networks import Networks
from lib.visitor_addresses import believed_entry
from newsletters.events.clicks import links
from newsletters.events.clicks.batches import ClickGroup, group_lines
from newsletters.events.clicks.links import LinkTables
from newsletters.events.clicks.spool import NETWORK, Click, Spool
from subscribers import tokens
from subscribers.tokens import Purpose
from tests.iria.door.requests_by_hand import Asked, Sent
from tests.iria.door.served import LIMITS, Made

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDITION = 12


class Tables(LinkTables):
    """Of the database it counts how often it is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.rows: dict[int, str] | None = {1: "https://a.example/?x=1&y=2", 2: "https://b.example/ü\r\nX-A: b"}
        self.asked = 0

    def _from_database(self, edition: int) -> Mapping[int, str]:
        self.asked += 1
        if self.rows is None:
            raise DatabaseError("away")
        return self.rows if edition == EDITION else {}


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(tmp_path)


def address(number: int | str = 1, *, edition: int = EDITION) -> str:
    return f"/c/{tokens.make(Purpose.CLICK, edition)}/{number}/"


def ask_all(tables: Tables, *asked: Asked, proxies: int = 0) -> tuple[list[Sent], list[Click]]:
    """What the door answers to all of them at once, and what it noted. 200: Django answered."""
    folder = tables._folder
    assert folder is not None
    spool = Spool(folder)

    async def run() -> list[Sent]:
        door = Door(
            django,
            limits=DoorLimits(**LIMITS),  # type: ignore[arg-type]
            threads=2,
            per_visitor=50,
            proxies=proxies,
            sockets=Sockets(0, per_visitor=None, together=1000),
            opened=lambda: None,
        )
        loop = asyncio.get_running_loop()
        door.__rsgi_init__(loop)
        door.clicks = Clicks(proxies=proxies, tables=tables, spool=spool)
        sent = [Sent() for _ in asked]
        try:
            await asyncio.gather(
                *(door.__rsgi__(each, into) for each, into in zip(asked, sent, strict=True))  # type: ignore[arg-type]
            )
        finally:
            door.__rsgi_del__(loop)
        return sent

    def django(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        return Made([b"Django"])

    sent = asyncio.run(run())
    groups, damaged = group_lines(b"".join(path.read_bytes() for path in folder.glob("*.clicks")))
    assert not damaged
    return sent, [noted for group in groups for noted in clicks_of(group)]


def clicks_of(group: ClickGroup) -> Iterator[Click]:
    kind = group.kind
    for at, who in zip(group.times, group.people, strict=True):
        visitor, subscriber = ("", who) if isinstance(who, int) else (who, 0)
        yield Click(at, kind.edition, kind.number, kind.method, visitor, kind.agent, subscriber, kind.seen)


def test_a_click_is_answered_and_noted_without_django(tables: Tables) -> None:
    [sent], [noted] = ask_all(tables, Asked(address(), given={"user-agent": FIREFOX}))
    assert (sent.status, sent.headers["location"]) == (302, "https://a.example/?x=1&y=2")
    assert (sent.headers["cache-control"], sent.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert (noted.edition, noted.number, noted.method, noted.agent) == (EDITION, 1, "GET", FIREFOX)


def test_no_address_becomes_a_header(tables: Tables) -> None:
    [sent], _ = ask_all(tables, Asked(address(2)))
    assert sent.headers["location"] == "https://b.example/%C3%BC%0D%0AX-A:%20b"


def test_a_storm_reads_the_table_once(tables: Tables) -> None:
    sent, noted = ask_all(tables, *(Asked(address(), client=f"192.0.2.{n % 200}:1") for n in range(500)))
    assert {each.status for each in sent} == {302}
    assert len(noted) == 500
    assert tables.asked == 1


@pytest.mark.parametrize(
    "path",
    ["/c/", "/c/x/1/", address(3), address(0), address("x"), address(edition=13), "/c/" + "A" * 200 + "/1/", "/cx/"],
)
def test_what_is_no_link_of_ours_goes_to_django(tables: Tables, path: str) -> None:
    [sent], noted = ask_all(tables, Asked(path))
    assert (sent.status, noted) == (200, [])


def test_another_method_goes_to_django(tables: Tables) -> None:
    [sent], noted = ask_all(tables, Asked(address(), method="DELETE"))
    assert (sent.status, noted) == (200, [])


def test_who_asks_not_to_be_tracked_is_not_noted(tables: Tables) -> None:
    sent, noted = ask_all(tables, Asked(address(), given={"dnt": "1"}), Asked(address(), given={"sec-gpc": "1"}))
    assert ([each.status for each in sent], noted) == ([302, 302], [])


def test_behind_a_proxy_visitors_are_told_apart(tables: Tables, tmp_path: Path) -> None:
    asked = [Asked(address(), given={"x-forwarded-for": f"9.9.9.9, 192.0.2.{n}"}) for n in (1, 2, 2)]
    _, noted = ask_all(tables, *asked, proxies=1)
    assert len({each.visitor for each in noted}) == 2
    for path in tmp_path.glob("*.clicks"):
        path.unlink()
    _, noted = ask_all(tables, *asked)
    assert len({each.visitor for each in noted}) == 1, "without one, the header is the visitor's own word"


def test_of_a_header_only_the_entry_of_our_proxy_is_kept(tables: Tables) -> None:
    """What stands before it is the visitor's own, kilobytes of it with each click."""
    _visitor.cache_clear()
    asked = [Asked(address(), given={"x-forwarded-for": f"{n}" * 8000 + ", 192.0.2.1"}) for n in range(9)]
    _, noted = ask_all(tables, *asked, proxies=1)
    assert len({each.visitor for each in noted}) == 1
    assert _visitor.cache_info().currsize == 1
    assert len(believed_entry("1, " + "9" * 8000, proxies=1)) <= 101


def test_while_the_database_is_away_it_answers_from_what_it_knows(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_all(tables, Asked(address()))
    tables.rows = None
    monkeypatch.setattr(links, "GOOD_SECONDS", 0.0)
    [sent], _ = ask_all(tables, Asked(address()))
    assert sent.status == 302
    begun_anew = Tables(tables._folder or Path())
    begun_anew.rows = None
    [sent], _ = ask_all(begun_anew, Asked(address()))
    assert sent.status == 302
    [sent], _ = ask_all(begun_anew, Asked(address(edition=13)))
    assert sent.status == 200, "Django says what is wrong"


def picture(edition: int = EDITION, *, reader: int = 0) -> str:
    token = tokens.make(Purpose.READER, reader, edition) if reader else tokens.make(Purpose.CLICK, edition)
    return f"/o/{token}.gif"


def test_the_picture_is_shown_without_django_and_without_a_database(tables: Tables) -> None:
    tables.rows = None
    [sent, head], noted = ask_all(
        tables, Asked(picture(), given={"user-agent": FIREFOX}), Asked(picture(reader=77), method="HEAD")
    )
    assert (sent.status, sent.headers["content-type"], len(sent.body)) == (200, "image/gif", 43)
    assert sent.headers["cache-control"] == "no-store"
    assert (head.status, head.headers["content-length"], head.body) == (200, "43", b"")
    assert sorted((each.edition, each.number, each.method, each.subscriber) for each in noted) == [
        (EDITION, 0, "GET", 0), (EDITION, 0, "HEAD", 77),
    ]  # fmt: skip
    assert tables.asked == 0


@pytest.mark.parametrize("path", ["/o/", "/o/x.gif", picture()[:-4], picture() + "/", "/o/" + "A" * 200 + ".gif"])
def test_what_is_no_picture_of_ours_goes_to_django(tables: Tables, path: str) -> None:
    [sent], noted = ask_all(tables, Asked(path))
    assert (sent.status, noted) == (200, [])
    assert "image/gif" not in sent.headers.get("content-type", "")


def test_a_click_says_whose_it_was_where_its_token_does(tables: Tables) -> None:
    token = tokens.make(Purpose.READER, 77, EDITION)
    [sent], [noted] = ask_all(tables, Asked(f"/c/{token}/1/"))
    assert (sent.status, sent.headers["location"]) == (302, "https://a.example/?x=1&y=2")
    assert (noted.edition, noted.number, noted.subscriber) == (EDITION, 1, 77)


def test_who_asks_not_to_be_tracked_is_noted_where_a_setting_says_so(tables: Tables, settings: Settings) -> None:
    settings.HONOUR_DO_NOT_TRACK = False
    _, noted = ask_all(tables, Asked(address(), given={"dnt": "1"}), Asked(picture(), given={"sec-gpc": "1"}))
    assert len(noted) == 2


def test_of_a_scanners_network_the_rule_is_noted_and_no_address(tables: Tables, settings: Settings) -> None:
    settings.SCANNER_NETWORKS = Networks(["203.0.113.0/24", "2001:db8:77::/48"])
    clients = ("203.0.113.9:1", "[2001:db8:77::9]:1", "198.51.100.77:1")
    _, noted = ask_all(tables, *(Asked(address(), client=client, given={"user-agent": FIREFOX}) for client in clients))
    assert sorted(each.seen for each in noted) == ["", NETWORK, NETWORK]
