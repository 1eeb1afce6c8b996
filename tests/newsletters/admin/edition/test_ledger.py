"""The ledger on the staff's pages: who got it, who did not and why; its filters, pages and export."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lib.csv_download import harmless
from newsletters.models import Attempt, Chunk, Delivery, Edition, Newsletter
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber
from tests.factories import (
    make_edition,
    make_subscriber,
)
from tests.newsletters.admin.edition.conftest import at, words

pytestmark = pytest.mark.django_db


def settle(edition: Edition, outcomes: list[tuple[str, str]]) -> None:
    """One settled chunk with these (address, outcome) pairs; the last reply of a refusal is hostile."""
    chunk = Chunk.objects.create(
        edition=edition, wave=timezone.now(), seq=1, members=b"", n=len(outcomes), handed_to=len(outcomes),
        settled=len(outcomes), state=Chunk.State.DONE,
        skip_reasons={"no_topic": sum(outcome == Outcome.SKIPPED for _email, outcome in outcomes)},
        **{name: sum(outcome == name for _email, outcome in outcomes) for name in Outcome.values},
    )  # fmt: skip
    for email, outcome in outcomes:
        subscriber = make_subscriber(email)
        Delivery.objects.create(
            edition=edition, subscriber_id=subscriber.pk, chunk=chunk, fence=1, variant=1, outcome=outcome,
            reason="no_topic" if outcome == Outcome.SKIPPED else "", settled_at=timezone.now(),
            smtp_code=550 if outcome == Outcome.REJECTED else None,
        )  # fmt: skip
        if outcome == Outcome.REJECTED:
            Attempt.objects.create(
                edition=edition, subscriber_id=subscriber.pk, outcome=outcome, at=timezone.now(),
                reply="=cmd()<script>alert(1)</script>",
            )  # fmt: skip
    Edition.objects.filter(pk=edition.pk).update(candidates=len(outcomes))


PEOPLE = [("ada@example.org", "accepted"), ("bea@example.org", "rejected"), ("cleo@example.org", "skipped")]


def test_progress_says_where_everybody_is(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    answer = editor.get(at(sending, "progress.json")).json()
    assert answer["figures"] == {
        "waiting": 0, "handed_out": 0, "accepted": 1, "deferred": 0, "retrying": 0, "rejected": 1, "skipped": 1,
        "cancelled": 0, "in_doubt": 0,
    }  # fmt: skip
    # Who was never due is no recipient.
    assert (answer["recipients"], answer["settled"], answer["status"]) == (2, 2, "sending")
    assert answer["sentence"] == "Sending: 1 email accepted so far, of 2 recipients."
    assert answer["sentence"] in words(sending, editor)


def test_the_ledger_says_who_got_it_who_did_not_and_why(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    page = words(sending, editor, "ledger/")
    for text in ("ada@example.org", "Accepted", "550", "no article on the topics they follow"):
        assert text in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_ledger_does_not_repeat_the_codes_with_which_a_reply_begins(editor: Client, sending: Edition) -> None:
    settle(sending, [("bea@example.org", "rejected")])
    Delivery.objects.update(smtp_code=550, enhanced_status="5.1.1")
    Attempt.objects.update(reply="550 5.1.1 No such mailbox")
    assert words(sending, editor, "ledger/").count("5.1.1") == 1


def test_the_ledger_is_filtered_by_outcome_and_searched_by_address(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    page = words(sending, editor, "ledger/?outcome=rejected")
    assert "bea@example.org" in page
    assert "ada@example.org" not in page
    for wanted in ("ADA@example.org", "ada"):
        page = words(sending, editor, f"ledger/?q={wanted}")
        assert "ada@example.org" in page
        assert "bea@example.org" not in page
    assert "No recipients match." in words(sending, editor, "ledger/?q=nobody@example.org")


def test_the_ledger_pages_by_the_last_row_and_counts_nothing(editor: Client, sending: Edition) -> None:
    settle(sending, [(f"r{n:03}@example.org", "accepted") for n in range(150)])
    with CaptureQueriesContext(connection) as captured:
        page = words(sending, editor, "ledger/")
    assert not [q["sql"] for q in captured if "COUNT(" in q["sql"] and "newsletters_delivery" in q["sql"]]
    assert "r099@example.org" in page
    assert "r100@example.org" not in page
    link = page.split('href="?')[-1].split('"')[0].replace("&amp;", "&")
    following = words(sending, editor, f"ledger/?{link}")
    assert "r100@example.org" in following
    assert "r149@example.org" in following
    assert "r099@example.org" not in following


def test_the_ledger_costs_the_same_for_two_and_for_ninety(editor: Client, newsletter: Newsletter) -> None:
    def cost(count: int) -> int:
        edition = make_edition(newsletter)
        settle(edition, [(f"c{count}-{n}@example.org", "rejected") for n in range(count)])
        editor.get(at(edition, "ledger/"))
        with CaptureQueriesContext(connection) as captured:
            assert editor.get(at(edition, "ledger/")).status_code == 200
        return len(captured)

    assert cost(2) == cost(90)


def test_somebody_erased_is_still_counted_without_an_address(editor: Client, sending: Edition) -> None:
    settle(sending, PEOPLE)
    Subscriber.objects.filter(email="ada@example.org").delete()
    page = words(sending, editor, "ledger/")
    assert "erased (number" in page
    assert "ada@example.org" not in page


def test_the_export_holds_everybody_and_no_formula(browser_of: Callable[[str], Client], sending: Edition) -> None:
    settle(sending, [*PEOPLE, ("+dora@example.org", "accepted")])
    answer = browser_of("Owner").get(at(sending, "ledger.csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(StringIO(text)))
    assert [row[0] for row in rows] == ["address", *(email for email, _ in PEOPLE), "'+dora@example.org"]
    assert rows[2][7] == "'=cmd()<script>alert(1)</script>"
    filtered = browser_of("Superuser").get(at(sending, "ledger.csv?outcome=skipped"))
    assert b"".join(filtered.streaming_content).count(b"\r\n") == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("ada@example.org") == "ada@example.org"


def test_exporting_addresses_is_for_those_who_look_after_people(publisher: Client, sending: Edition) -> None:
    answer = publisher.get(at(sending, "ledger.csv"))
    assert answer.status_code == 403
    assert "Manager or Owner" in answer.content.decode()
    assert "Download as CSV" not in words(sending, publisher, "ledger/")


def test_the_history_says_who_pressed_what(publisher: Client, edition: Edition) -> None:
    publisher.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    publisher.post(at(edition, "undo-send/"))
    history = words(edition, publisher, "history/")
    assert history.index("Undid the send.") != history.index("Sent.")
    assert "publisher" in history
