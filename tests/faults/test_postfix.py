"""A real Postfix as the relay: each answer that is not about a reader, and workers killed meanwhile. The ledger is
compared with the Maildir, which knows who got what.

One installation on SQLite for all of them, each with a list of its own.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import psutil
import pytest
from aiosmtpd.controller import Controller

from tests.clerk import Clerk
from tests.conftest import missing
from tests.installations import LEDGER, Embedded
from tests.processes import ROOT, Process, wait_until
from tests.servers import Postfix, ServerMissing, free_port

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]
TAGS = (f"postfix{number}" for number in itertools.count(1))
KILLS = (100, 250)  # after so many mails that Postfix took; what it has delivered by then says nothing of the sender
CONNECTIONS = 4


@dataclass
class Relayed:
    """An installation that sends by a Postfix."""

    iria: Embedded
    postfix: Postfix
    process: Process
    clerk: Clerk

    def kill_the_sender(self) -> None:
        """SIGKILL to the child that is connected to Postfix; the supervisor starts another."""
        found: list[psutil.Process] = []

        def sends() -> bool:
            found[:] = [child for child in self.process.family()[1:] if self._is_connected(child)]
            return bool(found)

        wait_until(sends, "the worker is connected to Postfix", seconds=60)
        found[0].kill()

    def _is_connected(self, process: psutil.Process) -> bool:
        try:
            return any(c.raddr and c.raddr.port == self.postfix.port for c in process.net_connections(kind="tcp"))
        except psutil.NoSuchProcess:
            return False


class PostedEdition:
    """One edition to readers of its own, whose names say what Postfix is to answer."""

    def __init__(self, relayed: Relayed, **readers: int) -> None:
        self._relayed, self._clerk = relayed, relayed.clerk
        self.tag = next(TAGS)
        self._clerk.lay("newsletter", tag=self.tag)
        self._clerk.lay("readers", tag=self.tag, **readers)
        self.pk: int = self._clerk.lay("edition", number=1, tag=self.tag)["edition"]
        self.audience: dict[str, int] = self._clerk.ask("ids", tag=self.tag)
        self._clerk.editions("send", self.pk)

    def show(self) -> dict[str, Any]:
        shown: dict[str, Any] = self._clerk.editions("show", self.pk)
        return shown

    def sums(self) -> dict[str, Any]:
        found: dict[str, Any] = self._clerk.editions("ledger", self.pk)
        assert found["candidates"] == len(self.audience) == sum(found[key] for key in LEDGER) or not found["candidates"]
        return found

    def named(self, kind: str) -> set[str]:
        return {address for address in self.audience if address.startswith(f"{kind}-")}

    def delivered(self) -> Counter[str]:
        return self._relayed.postfix.delivered(f"{self.tag}.readers.example")

    def has_accepted(self, count: int) -> bool:
        return int(self.sums()["accepted"]) >= count

    def attempts(self) -> dict[str, int]:
        found: dict[str, int] = self._clerk.ask("attempts", edition=self.pk)
        return found

    def wait(self, condition: Callable[[], object], what: str, seconds: float = 90, every: float = 0.2) -> None:
        try:
            wait_until(condition, what, seconds=seconds, every=every)
        except AssertionError as failure:
            raise AssertionError(f"{failure} It shows {self.show()}: {self._relayed.postfix.log()[-1500:]}") from None

    def wait_until_nobody_waits(self) -> None:
        def settled() -> bool:
            sums = self.sums()
            return sums["candidates"] > 0 and not sums["waiting"] + sums["handed_out"] + sums["retrying"]

        self.wait(settled, "everybody has an outcome")

    def compare(self, *, in_doubt: int = 0) -> dict[str, set[str]]:
        """The ledger with the Maildir: nobody twice, nobody lost, nobody unsaid. Everybody by outcome."""
        found = {name: set(emails) for name, emails in self._clerk.ask("outcomes", edition=self.pk).items()}
        accepted, doubtful = found.get("accepted", set()), found.get("in_doubt", set())
        self.wait(lambda: accepted <= set(self.delivered()), "Postfix has delivered what it took")
        copies = self.delivered()
        assert set(copies.values()) <= {1}, f"twice: {[each for each, count in copies.items() if count > 1]}"
        assert set(copies) <= accepted | doubtful, "delivered, and the ledger does not say so"
        assert len(doubtful) <= in_doubt
        return found


@pytest.fixture(scope="module")
def relayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relayed]:
    folder = tmp_path_factory.mktemp("postfix")
    with ExitStack() as stack:
        try:
            postfix = stack.enter_context(Postfix())
        except ServerMissing as problem:
            missing(str(problem), required_by="IRIA_REQUIRE_SERVERS")
        settings = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", "FAULTS_CHUNK_SIZE": "50"}
        returning = {"BOUNCE_DOMAIN": "bounce.iria.example", "BOUNCE_MAILDIR": str(postfix.returned)}
        iria = Embedded(folder, EMAIL_URL=postfix.url, **returning, **settings)
        process = stack.enter_context(iria.up())
        yield Relayed(iria, postfix, process, stack.enter_context(Clerk(iria.variables, folder / "clerk.log")))


def test_each_answer_to_some_readers_and_kills_meanwhile(relayed: Relayed) -> None:
    """550 5.1.1, 550 5.2.2, 421 at RCPT, 554 behind the content; the worker killed twice."""
    relayed.postfix.restart(
        tables={
            "recipients": "/^full-/ 550 5.2.2 Mailbox full\n/^close-/ 421 4.3.2 This server goes down",
            "contents": "/^refuse-/ 554 5.6.0 We do not want this",
            "unknown": "/^reject-/",
        }
    )
    edition = PostedEdition(relayed, plain=500, reject=20, full=20, close=5, refuse=10)
    for enough in KILLS:
        edition.wait(partial(edition.has_accepted, enough), f"{enough} were accepted", every=0.05)
        relayed.kill_the_sender()
    edition.wait_until_nobody_waits()

    found = edition.compare(in_doubt=len(KILLS) * CONNECTIONS)
    doubtful = found.get("in_doubt", set())
    assert found["rejected"] | doubtful >= edition.named("reject") | edition.named("full") | edition.named("refuse")
    # On a busy machine some of them are due again by now: deferred, or on their way once more.
    assert edition.named("close").isdisjoint(found["accepted"] | found["rejected"])
    assert found["accepted"] | doubtful >= edition.named("anna")
    print(f"{len(found['accepted'])} accepted, {len(found['rejected'])} rejected, {len(doubtful)} in doubt")


def test_a_refusal_stands_although_postfix_hangs_up_behind_the_twentieth(relayed: Relayed) -> None:
    """smtpd_hard_error_limit as it is shipped; only the second that it sleeps behind each error is left out."""
    relayed.postfix.restart(tables={"recipients": "/^full-/ 550 5.2.2 Mailbox full"}, smtpd_error_sleep_time="0")
    edition = PostedEdition(relayed, plain=12, full=240)
    edition.wait_until_nobody_waits()
    assert "too many errors" in relayed.postfix.log(), "Postfix never hung up: this test proved nothing"
    found = edition.compare()
    assert found == {"accepted": edition.named("anna"), "rejected": edition.named("full")}


def test_at_mail_it_is_about_us_so_everybody_waits_and_then_gets_it(relayed: Relayed) -> None:
    relayed.postfix.restart(tables={"senders": "/./ 450 4.3.0 Not now, please"})
    edition = PostedEdition(relayed, plain=40)
    edition.wait(lambda: "450 4.3.0" in edition.show()["trouble"], "the edition says Postfix's words")
    sums = edition.sums()
    assert sums["waiting"] + sums["handed_out"] == 40
    relayed.postfix.restart()
    edition.wait_until_nobody_waits()
    assert edition.compare() == {"accepted": set(edition.audience)}
    assert set(edition.attempts().values()) == {1}


def test_a_relay_with_a_rate_gets_what_it_takes_and_nobodys_attempt_is_counted(relayed: Relayed) -> None:
    """450 4.7.1 Error: too much mail, at MAIL. Postfix counts in whole seconds, so twenty in one are ten a second."""
    relayed.postfix.restart(smtpd_client_message_rate_limit="20", anvil_rate_time_unit="1s")
    edition = PostedEdition(relayed, plain=90)
    said: list[str] = []

    def is_said() -> bool:
        said[:] = [each for each in relayed.clerk.ask("why", edition=edition.pk) if "too much mail" in each]
        return bool(said)

    edition.wait(is_said, "the page says that we are too fast")
    edition.wait_until_nobody_waits()
    assert edition.compare() == {"accepted": set(edition.audience)}
    assert set(edition.attempts().values()) == {1}
    wait_until(lambda: edition.show()["status"] == "sent", "the edition is sent")
    told = relayed.postfix.log().count("rate limit exceeded")
    print(f"90 mails at about 10 a second: “too much mail” {told} times; {said[0]}")


def test_too_large_for_the_relay_pauses_before_the_first_reader(relayed: Relayed) -> None:
    relayed.postfix.restart(message_size_limit="2000", mailbox_size_limit="0", virtual_mailbox_limit="0")
    edition = PostedEdition(relayed, plain=40)
    edition.wait(lambda: edition.show()["status"] == "paused", "the edition is paused")
    assert "up to 2000 bytes" in edition.show()["paused_why"]
    edition.wait(lambda: edition.sums()["waiting"] == 40, "everybody waits")
    assert edition.compare() == {}


def test_a_relay_that_knows_nobody_pauses_and_suppresses_nobody(relayed: Relayed) -> None:
    relayed.postfix.restart(tables={"unknown": "/./"}, smtpd_error_sleep_time="0")
    edition = PostedEdition(relayed, plain=300)
    edition.wait(lambda: edition.show()["status"] == "paused", "the edition is paused")
    assert "User unknown in virtual mailbox table" in edition.show()["paused_why"]
    edition.wait(lambda: not edition.sums()["handed_out"], "nobody is on their way")
    counts = relayed.clerk.editions("dead-addresses", edition.pk)
    assert "suppressed" not in counts
    assert counts["held"] + counts.get("waiting", 0) == len(edition.compare()["rejected"])


BOUNCING = {
    "gone": "550 5.1.1 {}: Recipient address rejected: User unknown in virtual mailbox table",
    "full": "552 5.2.2 {}: The mailbox is over its quota",
    "blocked": "550 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org",
}


class Refusing:
    """The readers' server, behind the relay: refuses by the name of the reader."""

    async def handle_RCPT(self, _server: Any, _session: Any, _envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        return BOUNCING[address.partition("-")[0]].format(f"<{address}>")


@pytest.fixture
def bouncing(relayed: Relayed) -> Iterator[None]:
    """Postfix takes all mail, and their server refuses some of it afterwards."""
    server = Controller(Refusing(), hostname="127.0.0.1", port=free_port())
    server.start()
    names = "|".join(BOUNCING)
    relayed.postfix.restart(tables={"transports": f"/^({names})-/ smtp:[127.0.0.1]:{server.port}"})
    yield
    server.stop()


@pytest.mark.usefixtures("bouncing")
def test_what_postfix_bounces_later_comes_back_and_takes_effect(relayed: Relayed) -> None:
    """It writes reports of its own by RFC 3464 to the return paths, which are fetched from a Maildir."""
    edition = PostedEdition(relayed, plain=30, gone=2, full=2, blocked=4)
    edition.wait_until_nobody_waits()
    assert edition.sums()["accepted"] == 38, "a relay takes everything: only what comes back tells"

    def came_back() -> dict[str, list[str]]:
        found: dict[str, list[str]] = relayed.clerk.ask("came_back", edition=edition.pk)
        return found

    edition.wait(lambda: sum(map(len, {**came_back(), "suppressed": []}.values())) == 8, "all is back")
    found = came_back()
    assert set(found["hard"]) == edition.named("gone")
    assert set(found["full"]) == edition.named("full")
    assert set(found["policy"]) == edition.named("blocked")
    assert set(found["suppressed"]) & set(edition.audience) == edition.named("gone")
    edition.wait(lambda: not list((relayed.postfix.returned / "new").iterdir()), "the Maildir is empty")


@pytest.mark.usefixtures("bouncing")
def test_a_pipe_from_the_mail_server_takes_a_mail_once(relayed: Relayed) -> None:
    """A report as Postfix wrote it, given to the program that its pipe would start."""
    reports = relayed.postfix.returned / "new"
    seen: list[bytes] = []

    def caught() -> bool:
        with suppress(OSError):  # fetched between the look and the opening
            seen[:] = [each.read_bytes() for each in reports.iterdir()][:1] or seen
        return bool(seen)

    edition = PostedEdition(relayed, plain=1, gone=1)
    edition.wait(caught, "Postfix has written a report", every=0.01)
    edition.wait(lambda: relayed.clerk.ask("came_back", edition=edition.pk).get("hard"), "it was fetched")
    for raw, said in ((seen[0], "Received before."), (seen[0] + b"\n", "hard: ")):
        done = subprocess.run(
            [sys.executable, "manage.py", "receive_mail"],
            cwd=ROOT, env={"DJANGO_SETTINGS_MODULE": "iria.settings", **relayed.iria.variables}, input=raw,
            capture_output=True, timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout.decode().startswith(said)
