"""`manage.py up` on SQLite in a fresh folder: what a newcomer sees, and what a stop in the middle of a send leaves."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.installations import Embedded, link_to, links
from tests.processes import wait_until
from tests.smtp_server import SmtpServer

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def mails_of(iria: Embedded, edition: int) -> list[dict[str, Any]]:
    """The inbox's mails of an edition, by their Message-ID: subjects differ from reader to reader."""
    return [m for m in iria.inbox() if str(iria.mail(m["id"])["Message-ID"]).startswith(f"<edition.{edition}.")]


def test_the_first_start_sends_the_due_edition_to_the_inbox_by_itself(tmp_path: Path) -> None:
    iria = Embedded(tmp_path)
    with iria.up() as process:
        assert f"Iria is ready at http://localhost:{iria.port}" in process.output()
        assert iria.site.get("/").status_code == 200
        wait_until(iria.inbox, "a mail is in the inbox", seconds=120)
        process.wait_for(lambda: any(e["status"] == "sent" for e in iria.editions()), "an edition is sent", seconds=60)

        (edition,) = [each for each in iria.editions() if each["status"] == "sent"]
        sums = iria.ledger(edition["id"])
        assert sums["accepted"] > 0
        assert sums["accepted"] + sums["skipped"] == sums["candidates"]
        assert sums["skipped"] == sum(sums["skipped_reasons"].values())
        messages = mails_of(iria, edition["id"])
        assert len(messages) == sums["accepted"]
        assert len({each["envelope_to"] for each in messages}) == sums["accepted"]
        moments = [each["received_at"] for each in iria.inbox()]
        assert moments == sorted(moments, reverse=True)

        text = iria.text_of(messages[0]["id"])
        found = [iria.site.destination(link) for link in links(text)]
        assert any("/articles/" in link for link in found)
        for link in found:
            assert iria.site.get(link).status_code == 200, link
        assert iria.site.post(link_to(text, "unsubscribe")).status_code == 200
        assert not re.search(r"Traceback|Error", process.output()), process.output()
        assert process.terminate() < 5
        assert process.popen.returncode == 0

    # The second start sends nothing anew and remembers everything.
    with iria.up() as process:
        assert len(mails_of(iria, edition["id"])) == sums["accepted"]
        assert "Login:" not in process.output()


def test_a_stop_in_the_middle_of_a_send_is_quick_and_the_next_start_goes_on(tmp_path: Path) -> None:
    with SmtpServer(tmp_path / "smtp", delay=0.05) as judge:
        iria = Embedded(tmp_path, EMAIL_URL=judge.url)
        iria.manage("migrate", "--verbosity", "0")
        iria.lay("newsletter")
        iria.lay("readers", plain=600)
        edition = iria.lay("edition", number=1)["edition"]
        with iria.up() as process:
            assert iria.site.get("/inbox/").status_code == 404  # mail goes elsewhere: nothing is caught
            iria.manage("editions", "send", str(edition), "--repeat")
            process.wait_for(lambda: judge.count() >= 60, "sixty mails were taken", seconds=60)
            took = process.terminate()
            assert took < 5, f"stopping took {took:.1f} s"
            assert judge.count() < 600, "the send was over before the stop: this test proved nothing"
        assert iria.ledger(edition)["waiting"] > 0

        with iria.up() as process:
            process.wait_for(lambda: judge.count() >= 600, "all mails were taken", seconds=120)
            process.wait_for(lambda: iria.status(edition) == "sent", "the edition is finished", seconds=60)
            sums = iria.ledger(edition)
        assert (sums["candidates"], sums["accepted"]) == (600, 600), json.dumps(sums)
        copies = judge.copies(subject="Edition 1")
        assert len(copies) == 600 and set(copies.values()) == {1}
