"""Needs your decision, in the admin: asked by GET, done by POST, for all or for the chosen, by those who may."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletters import tasks
from newsletters.admin.edition import resolving
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import transitions
from newsletters.models import Delivery, Edition
from newsletters.models.deliveries import Totals
from subscribers.models import Subscriber, Subscription
from tests.factories import begin, make_edition, make_list, make_newsletter, make_reader, make_subscription, queue
from tests.newsletters.admin.edition.conftest import at, words
from tests.newsletters.admin.edition.test_ledger import settle
from tests.newsletters.admin.edition.test_sending import grow_old

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PEOPLE = [
    ("ada@example.org", "in_doubt"), ("bea@example.org", "in_doubt"), ("cleo@example.org", "in_doubt"),
    ("dora@example.org", "rejected"), ("eve@example.org", "rejected"), ("finn@example.org", "accepted"),
    ("gus@example.org", "skipped"),
]  # fmt: skip
VERBS = ["mark-as-sent/", "resend/", "retry-failed/"]


def sent(edition: Edition, people: list[tuple[str, str]]) -> Edition:
    """The draft, sent to these people with these outcomes."""
    mailing_list = edition.newsletter.mailing_list
    make_reader(mailing_list)
    queue(edition)
    begin(edition, candidates=len(people))
    settle(edition, people)
    for person in Subscriber.objects.filter(email__in=[email for email, _outcome in people]):
        make_subscription(person, mailing_list)
    assert transitions.finish(edition.pk, skipped=sum(outcome == "skipped" for _email, outcome in people))
    edition.refresh_from_db()
    return edition


@pytest.fixture
def edition() -> Edition:
    """Sent, with three in doubt and two refused."""
    newsletter = make_newsletter(mailing_list=make_list(name="IRIA News"), name="Iria Weekly")
    return sent(make_edition(newsletter, subject="Ready"), PEOPLE)


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(resolving, "nudge", lambda task, *_args: calls.append(task))
    return calls


def sums(edition: Edition) -> Totals:
    found = count_outcomes(Edition.objects.get(pk=edition.pk))
    assert found.accounted_for == found.candidates
    return found


def ids(*names: str) -> list[int]:
    return [Subscriber.objects.get(email=f"{name}@example.org").pk for name in names]


def said(client: Client, edition: Edition, what: str, data: Any = None) -> str:
    return client.post(at(edition, what), data or {}, follow=True).content.decode()


# --- All of an edition --------------------------------------------------------------------------------------------
def test_the_page_of_an_edition_says_what_needs_a_person(publisher: Client, edition: Edition) -> None:
    page = words(edition, publisher)
    assert "Needs your decision" in page
    assert "3 emails are in doubt: the server may have taken them." in page
    assert "Retry failed…" in page
    assert "Mark as sent…</a>" in page


def test_one_is_spoken_of_as_one(publisher: Client, edition: Edition) -> None:
    said(publisher, edition, "mark-as-sent/", {"chosen": ids("ada", "bea")})
    page = words(edition, publisher)
    assert "1 email is in doubt: the server may have taken it." in page
    assert "Mark as sent…</a>" in page
    assert "Resend this email in doubt?" in words(edition, publisher, "resend/")


def test_where_nothing_needs_a_person_the_panel_is_not_there(publisher: Client, edition: Edition) -> None:
    said(publisher, edition, "mark-as-sent/")
    said(publisher, edition, "retry-failed/")
    Delivery.objects.filter(outcome="retrying").update(outcome="accepted")
    assert "Needs your decision" not in words(edition, publisher)


def test_they_were_sent(publisher: Client, edition: Edition, nudged: list[Any]) -> None:
    page = said(publisher, edition, "mark-as-sent/", {"seen": 3})
    assert "3 emails marked as sent." in page
    assert (sums(edition).accepted, sums(edition).in_doubt) == (4, 0)
    assert "3 emails marked as sent." in words(edition, publisher, "history/")
    assert set(Delivery.objects.filter(reason="set_by_staff").values_list("reply", flat=True)) == {
        "publisher: was sent"
    }
    assert nudged == []  # nobody is sent anything


def test_send_again_asks_once_more_and_says_that_a_reader_could_get_it_twice(
    publisher: Client, edition: Edition, nudged: list[Any]
) -> None:
    page = words(edition, publisher, "resend/")
    assert "Resend 3 emails in doubt?" in page
    assert "would get it twice" in page
    assert "shows as sending until these are done" in page
    assert sums(edition).in_doubt == 3
    assert "3 emails in doubt will be resent." in said(publisher, edition, "resend/", {"seen": 3})
    assert sums(edition).retrying == 3
    assert nudged == [tasks.send_slice]
    edition.refresh_from_db()
    assert edition.status == "sending"
    assert "3 emails in doubt will be resent." in words(edition, publisher, "history/")


def test_try_the_refused_again_says_who_is_left_out(publisher: Client, edition: Edition, nudged: list[Any]) -> None:
    Subscription.objects.filter(subscriber__email="dora@example.org").update(status=Subscription.Status.UNSUBSCRIBED)
    assert "Retry 2 rejected emails?" in words(edition, publisher, "retry-failed/")
    page = said(publisher, edition, "retry-failed/", {"seen": 2})
    assert "1 rejected email will be retried. 1 left unchanged: unsubscribed." in page
    assert (sums(edition).retrying, sums(edition).rejected) == (1, 1)
    assert nudged == [tasks.send_slice]


def test_after_the_lifetime_the_page_says_that_each_is_tried_once(publisher: Client, edition: Edition) -> None:
    assert "each gets one try" not in words(edition, publisher, "retry-failed/")
    Edition.objects.update(frozen_at="2020-01-01T00:00:00Z")
    assert "each gets one try" in words(edition, publisher, "retry-failed/")


@pytest.mark.parametrize("what", ["resend/", "retry-failed/"])
def test_sending_somebody_again_asks_for_a_recent_password_and_loses_nothing(
    publisher: Client, edition: Edition, what: str, nudged: list[Any]
) -> None:
    chosen = ids("ada", "bea") if what == "resend/" else ids("dora", "eve")
    form = {"seen": 2, "some": "1", "chosen": chosen}
    grow_old(publisher)
    page = publisher.post(at(edition, what), form).content.decode()
    assert "Password for publisher" in page
    assert all(f'name="chosen" value="{pk}"' in page for pk in chosen)
    assert (sums(edition).retrying, nudged) == (0, [])
    publisher.post(at(edition, what), form | {"_password": "pw"})
    assert sums(edition).retrying == 2


def test_a_second_press_does_nothing_and_says_so(publisher: Client, edition: Edition) -> None:
    said(publisher, edition, "resend/", {"seen": 3})
    page = said(publisher, edition, "resend/", {"seen": 3})
    assert "No email of this edition is in doubt now." in page
    assert sums(edition).retrying == 3
    assert "There is nothing left to resolve" in words(edition, publisher, "resend/")


def test_nobody_is_settled_whom_the_page_did_not_count(publisher: Client, edition: Edition) -> None:
    page = said(publisher, edition, "mark-as-sent/", {"seen": 2})
    assert "Nothing was changed. There were 2 when you opened the page, and now there are 3." in page
    assert sums(edition).in_doubt == 3


def test_of_a_cancelled_edition_nobody_is_sent_it_again(publisher: Client, edition: Edition) -> None:
    Edition.objects.update(status="cancelled")
    page = words(edition, publisher)
    assert "Mark as sent…</a>" in page
    assert "Resend…" not in page
    assert "Retry failed…" not in page
    for what in ("resend/", "retry-failed/"):
        assert "was cancelled, so it can&#x27;t be resent" in words(edition, publisher, what)
        assert "was cancelled, so it can&#x27;t be resent" in said(publisher, edition, what)
    assert sums(edition).in_doubt == 3
    assert "Resend…" not in words(edition, publisher, "ledger/?outcome=in_doubt")


# --- The chosen ---------------------------------------------------------------------------------------------------
def test_rows_in_doubt_and_refused_can_be_chosen_and_others_cannot(publisher: Client, edition: Edition) -> None:
    (ada,) = ids("ada")
    page = words(edition, publisher, "ledger/?outcome=in_doubt")
    assert f'<input type="checkbox" name="chosen" id="chosen-{ada}" value="{ada}">' in page
    assert f'<label for="chosen-{ada}">ada@example.org</label>' in page
    assert "Mark as sent…</button>" in page
    assert "Retry failed…</button>" not in page
    assert "Retry failed…</button>" in words(edition, publisher, "ledger/?outcome=rejected")
    for outcome in ("", "accepted", "skipped"):
        assert "checkbox" not in words(edition, publisher, f"ledger/?outcome={outcome}")


@pytest.mark.parametrize(
    ("what", "before", "after"), [("mark-as-sent/", "in_doubt", "accepted"), ("resend/", "in_doubt", "retrying")]
)
def test_the_chosen_are_named_and_only_they_are_settled(
    publisher: Client, edition: Edition, what: str, before: str, after: str
) -> None:
    (ada,) = ids("ada")
    page = words(edition, publisher, f"{what}?some=1&chosen={ada}")
    assert "<li>ada@example.org</li>" in page
    assert "bea@example.org" not in page
    assert sums(edition).in_doubt == 3
    back = publisher.post(at(edition, what), {"some": 1, "chosen": [ada], "seen": 1})
    assert back.headers["Location"] == at(edition, "ledger/?outcome=in_doubt")
    assert Delivery.objects.get(subscriber_id=ada).outcome == after
    assert sums(edition).in_doubt == 2


@pytest.mark.parametrize("what", VERBS)
@pytest.mark.parametrize("chosen", [[], ["x"], ["9" * 30], ["²"]])
def test_choosing_nobody_never_means_everybody(
    publisher: Client, edition: Edition, what: str, chosen: list[str]
) -> None:
    before = sums(edition)
    assert "Choose at least one recipient." in said(publisher, edition, what, {"some": 1, "chosen": chosen})
    query = "&".join(["some=1", *(f"chosen={value}" for value in chosen)])
    answer = publisher.get(at(edition, f"{what}?{query}"), follow=True)
    # Numbers beyond any id are refused before any page sees them.
    assert answer.status_code == 400 or "Choose at least one recipient." in answer.content.decode()
    assert sums(edition) == before


def test_the_ledger_with_ticks_costs_the_same_for_two_and_for_ninety(publisher: Client) -> None:
    def cost(count: int, what: str) -> int:
        edition = sent(make_edition(), [(f"c{count}-{what[:3]}-{n}@example.org", "in_doubt") for n in range(count)])
        everybody = Delivery.objects.filter(edition=edition).values_list("subscriber_id", flat=True)
        chosen = "&".join(f"chosen={subscriber_id}" for subscriber_id in everybody)
        publisher.get(at(edition, "ledger/?outcome=in_doubt"))
        with CaptureQueriesContext(connection) as captured:
            assert publisher.get(at(edition, f"{what}{chosen}")).status_code == 200
        return len(captured)

    for what in ("ledger/?outcome=in_doubt&", "mark-as-sent/?some=1&"):
        assert cost(2, what) == cost(90, what)


# --- Who may ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("what", VERBS)
def test_settling_is_for_those_who_send(editor: Client, edition: Edition, what: str) -> None:
    before = sums(edition)
    for answer in (editor.get(at(edition, what)), editor.post(at(edition, what))):
        assert answer.status_code == 403
        assert "You need the role Publisher or Owner" in answer.content.decode()
    assert sums(edition) == before
    page = words(edition, editor)
    assert "You need the role Publisher or Owner to resolve this." in page
    assert "Mark as sent…</a>" not in page
    assert "checkbox" not in words(edition, editor, "ledger/?outcome=in_doubt")


@pytest.mark.parametrize("what", [*VERBS, "missed.csv"])
def test_nobody_who_is_not_staff_settles_or_exports(client: Client, edition: Edition, what: str) -> None:
    answer = client.get(at(edition, what))
    assert answer.status_code == 302
    assert "/admin/login/" in answer.headers["Location"]
    assert client.post(at(edition, what)).status_code == 401
    assert sums(edition).in_doubt == 3


@pytest.mark.parametrize("what", VERBS)
def test_a_get_changes_nothing(publisher: Client, edition: Edition, what: str) -> None:
    before = list(Delivery.objects.order_by("pk").values())
    assert publisher.get(at(edition, what)).status_code == 200
    assert list(Delivery.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("what", VERBS)
def test_without_the_token_nothing_is_done(edition: Edition, what: str, browser_of: Callable[[str], Client]) -> None:
    browser_of("Publisher")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Group.objects.get(name="Publisher").user_set.get())
    assert strict.post(at(edition, what)).status_code == 403
    assert sums(edition).in_doubt == 3


# --- Who was missed -----------------------------------------------------------------------------------------------
def test_who_was_missed_is_a_spreadsheet_for_those_who_may_have_addresses(
    browser_of: Callable[[str], Client], edition: Edition
) -> None:
    Subscriber.objects.filter(email="bea@example.org").delete()
    Subscriber.objects.filter(email="eve@example.org").update(email="+eve@example.org")
    owner = browser_of("Owner")
    assert "Download missed recipients (CSV)" in words(edition, owner)
    answer = owner.get(at(edition, "missed.csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "-missed.csv" in answer.headers["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    heading, *rows = csv.reader(StringIO(text))
    assert heading == ["address", "number", "outcome", "in doubt", "reason", "why", "last reply", "when (UTC)"]
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("ada@example.org", "in_doubt", "yes"), ("", "in_doubt", "yes"), ("cleo@example.org", "in_doubt", "yes"),
        ("dora@example.org", "rejected", "no"), ("'+eve@example.org", "rejected", "no"),
        ("gus@example.org", "skipped", "no"),
    ]  # fmt: skip
    assert rows[-1][5] == "no article on the topics they follow"


def test_the_link_is_there_when_only_skips_were_missed(browser_of: Callable[[str], Client], edition: Edition) -> None:
    Delivery.objects.exclude(outcome="skipped").delete()
    edition.chunks.update(in_doubt=0, rejected=0)
    page = words(edition, browser_of("Manager"))
    assert "Needs your decision" not in page
    assert "Download missed recipients (CSV)" in page


def test_addresses_are_not_for_every_publisher(publisher: Client, edition: Edition) -> None:
    answer = publisher.get(at(edition, "missed.csv"))
    assert answer.status_code == 403
    assert "Manager or Owner" in answer.content.decode()
    assert "Download missed recipients" not in words(edition, publisher)
