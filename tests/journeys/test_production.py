"""The whole story on PostgreSQL and Redis: the door, Celery workers and beat as processes of their own, real SMTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installations import Production, Site, link_to, links
from tests.processes import wait_until
from tests.servers import Postgres, Redis
from tests.smtp_server import SmtpServer

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
EMAIL = "anna.reader@readers.example"


@pytest.fixture
def database_url(postgres_server: Postgres, migrated: str, request: pytest.FixtureRequest) -> str:
    """A database of the test's own, with all tables."""
    return postgres_server.database(re.sub(r"\W", "_", request.node.name)[-50:], template=migrated)


@pytest.fixture
def iria(tmp_path: Path, database_url: str, redis_server: Redis, smtp_server: SmtpServer) -> Iterator[Production]:
    with Production(
        tmp_path / "iria", database_url=database_url, redis_url=redis_server.url, email_url=smtp_server.url,
        migrated=True,
    ) as installation:  # fmt: skip
        installation.lay("newsletter")
        yield installation


def test_a_reader_signs_up_confirms_gets_the_edition_and_leaves(iria: Production, smtp_server: SmtpServer) -> None:
    iria.lay("readers", plain=5, left=2)
    iria.web()
    iria.worker("mail,default")
    iria.worker("bulk")
    iria.beat()

    # Signing up: nothing but the address is said, and a mail comes.
    answer = iria.site.post(
        "/subscribe/", {"email": EMAIL, "name": "Anna", "lists": "iria-news", "topics": "middle-east"}
    )
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    wait_until(lambda: smtp_server.to(EMAIL), "the confirmation mail arrived", seconds=30)
    (confirmation,) = smtp_server.to(EMAIL)
    confirm = link_to(confirmation.text(), "confirm")
    assert len(links(confirmation.text())) == 1

    # A scanner opens the link, and nothing happens; the reader presses the button.
    assert iria.site.get(confirm).status_code == 200
    first = iria.lay("edition", number=1)["edition"]
    assert iria.site.post(confirm).status_code in {200, 302, 303}
    wait_until(lambda: len(smtp_server.to(EMAIL)) == 2, "the welcome mail arrived", seconds=30)
    assert "/preferences/" in smtp_server.to(EMAIL)[1].text()

    # The edition: to the five and to Anna, not to those who left.
    iria.manage("editions", "send", str(first), "--repeat")
    iria.wait_for_ledger(first, accepted=6)
    assert smtp_server.copies(subject="Edition 1") == {EMAIL: 1} | {
        f"anna-{n:05d}@readers.example": 1 for n in range(5)
    }
    mail = smtp_server.to(EMAIL)[2]
    header = str(mail.message["List-Unsubscribe"])
    one_click = re.search(r"<(https://[^>]+)>", header)
    assert one_click and "mailto:" not in header
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["List-Id"] and mail.message["Feedback-ID"] and mail.message["Precedence"] == "bulk"
    for link in links(mail.text()):
        assert iria.site.get(iria.site.destination(link)).status_code == 200, link
    assert "Exampleton" in mail.text()

    # The mail program's own button (RFC 8058): GET changes nothing, POST without cookies acts, 200 without redirect.
    assert iria.site.get(one_click[1]).status_code == 200
    assert iria.site.post(one_click[1], {"List-Unsubscribe": "One-Click"}).status_code == 200
    second = iria.lay("edition", number=2)["edition"]
    iria.manage("editions", "send", str(second), "--repeat")
    iria.wait_for_ledger(second, accepted=5)
    assert EMAIL not in smtp_server.copies(subject="Edition 2")
    wait_until(lambda: iria.status(second) == "sent", "the edition is finished", seconds=30)


def test_a_sign_up_while_the_broker_is_down_is_confirmed_later(
    iria: Production, smtp_server: SmtpServer, redis_server: Redis
) -> None:
    iria.web()
    iria.worker("mail,default")
    iria.beat()
    redis_server.stop()

    assert iria.site.post("/subscribe/", {"email": EMAIL, "lists": "iria-news"}).status_code == 200
    assert smtp_server.count() == 0

    redis_server.start()
    wait_until(lambda: smtp_server.to(EMAIL), "the confirmation mail arrived after all", seconds=60)
    confirm = link_to(smtp_server.to(EMAIL)[0].text(), "confirm")
    assert iria.site.post(confirm).status_code in {200, 302, 303}
    wait_until(lambda: len(smtp_server.to(EMAIL)) == 2, "the welcome mail arrived", seconds=30)


def test_put_off_is_tried_again_and_refused_is_not(iria: Production, smtp_server: SmtpServer) -> None:
    iria.lay("readers", plain=20, reject=3, refuse=1, deferonce=2)
    iria.worker("bulk,default,mail")
    iria.beat()
    edition = iria.lay("edition", number=1)["edition"]
    iria.manage("editions", "send", str(edition), "--repeat")

    iria.wait_for_ledger(edition, accepted=22, rejected=4)

    copies = smtp_server.copies(subject="Edition 1")
    assert len(copies) == 22 and set(copies.values()) == {1}
    assert copies["deferonce-00001@readers.example"] == 1
    wait_until(lambda: iria.status(edition) == "sent", "the edition is finished", seconds=30)


def test_a_lost_answer_is_in_doubt_and_not_sent_again(iria: Production, smtp_server: SmtpServer) -> None:
    iria.lay("readers", plain=10, drop=2)
    iria.worker("bulk,default,mail")
    iria.beat()
    edition = iria.lay("edition", number=1)["edition"]
    iria.manage("editions", "send", str(edition), "--repeat")

    iria.wait_for_ledger(edition, accepted=10, in_doubt=2)

    assert smtp_server.copies(subject="Edition 1")["drop-00000@readers.example"] == 1


def test_a_worker_killed_in_the_middle_loses_nobody_and_sends_to_nobody_twice(iria: Production, tmp_path: Path) -> None:
    with SmtpServer(tmp_path / "slow", delay=0.05) as judge:
        iria.variables["EMAIL_URL"] = judge.url
        iria.lay("readers", plain=400)
        iria.beat()
        iria.worker("default,mail")
        victim = iria.worker("bulk")
        edition = iria.lay("edition", number=1)["edition"]
        iria.manage("editions", "send", str(edition), "--repeat")
        victim.wait_for(lambda: judge.count() >= 60, "sixty mails were taken")

        victim.kill()

        before = judge.count()
        assert before < 400, "the send was over before the kill: this test proved nothing"
        iria.worker("bulk")
        sums = iria.wait_for_ledger(edition, seconds=90, waiting=0, handed_out=0)
        assert sums["candidates"] == 400
        assert sums["accepted"] + sums["in_doubt"] == 400
        copies = judge.copies(subject="Edition 1")
        assert max(copies.values()) == 1, "somebody got it twice"
        # Whoever the ledger calls accepted was taken by the judge; who is missing there is in doubt, by name.
        assert judge.count() >= sums["accepted"]
        assert sums["in_doubt"] > 0


def test_production_pages_are_encrypted_hardened_and_their_static_files_cached(iria: Production) -> None:
    iria.web()

    home = iria.site.get("/")
    assert home.status_code == 200
    assert "max-age=31536000" in home.headers["Strict-Transport-Security"]
    assert "script-src 'self'" in home.headers["Content-Security-Policy"]
    assert home.headers["X-Content-Type-Options"] == "nosniff"
    static = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', home.text))
    assert static
    for path in static:
        answer = iria.site.get(path)
        assert answer.status_code == 200, path
        if not path.endswith(".ico"):
            assert "immutable" in answer.headers["Cache-Control"], path

    # Who came by http is sent to https; without the proxy's word for either, that would be a circle: a page says so.
    plain = Site(iria.site.base, iria.site_url, extra={"X-Forwarded-Proto": "http"})
    moved = plain.get("/")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{iria.site_url}/")
    assert plain.get("/healthz").status_code == 200
    silent = Site(iria.site.base, iria.site_url).get("/")
    assert silent.status_code == 503 and "X-Forwarded-Proto" in silent.text
    stranger = Site(iria.site.base, iria.site_url, extra={"Host": "elsewhere.example", "X-Forwarded-Proto": "https"})
    assert stranger.get("/").status_code == 400

    login = iria.site.get("/admin/login/")
    assert login.status_code == 200
    assert "Secure" in login.headers["Set-Cookie"]
    assert iria.site.get("/inbox/").status_code == 404
