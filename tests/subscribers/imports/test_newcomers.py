"""People who are new are merged in sets: with the same outcome, to the last column, as when each row is carried out by
itself."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import suppression
from subscribers.imports import deciding, newcomers, running, undoing, writing
from subscribers.models import ConsentRecord, Import, Subscriber, Subscription, Suppression, TaggedSubscriber
from tests.factories import make_attribute, make_list, make_reader, make_subscriber, make_topic
from tests.subscribers.imports.bringing import bring, csv_file

ADDRESSES = [
    "ada@example.org", "Bob.B@Example.org", "dörte@example.org", "cy@bücher.example", "here@example.org",
    "gone@example.org", "bounced@example.org", "o'hara+%s@example.org",
]  # fmt: skip
NAMES = ["", "Ada Lovelace", "Dörte \\t Böll", 'says "hi", %s', "O'Hara; DROP", "\\N", "علي"]
COLUMNS = {
    "Email Address": ADDRESSES,
    "First Name": NAMES,
    "Status": ["", "confirmed", "subscribed", "pending", "unsubscribed", "bounced"],
    "LANGUAGE": ["", "en", "ar"],
    "OPTIN_TIME": ["", "2019-12-31T23:00:00+01:00", "2031-01-01"],
    "CONFIRM_TIME": ["", "2020-03-01 10:00:00", "2030-01-01"],
    "CONFIRM_IP": ["", "192.0.2.7", "2001:db8::1", "nonsense"],
    "TAGS": ["", "a, b", "b"],
    "City": ["", "Cairo", "Köln \\ 'x'"],
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in COLUMNS.items()}), min_size=1, max_size=12
)
OPTIONS = st.tuples(
    st.sampled_from(["proven", "confirm", "none"]),
    st.sampled_from([(), ("--tag", "New", "--tag", "new")]),
    st.sampled_from([(), ("--topic", "arts")]),
    st.sampled_from([(), ("--evidence", "asked at the fair, 100 %s")]),
    st.sampled_from([("--list", "two"), ()]),
)
NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def _state() -> list[list[tuple[Any, ...]]]:
    """Every column that isn't an id or the moment of the import."""
    people = Subscriber.objects.values_list(
        "email", "email_key", "name", "language", "time_zone", "attributes", "paused_until", "is_suppressed"
    )
    subscriptions = Subscription.objects.values_list(
        "subscriber__email", "mailing_list__slug", "status", "selection__topics__slug", "requested_at", "confirmed_at",
        "unsubscribed_at", "remind_at", "origin", "frequency", "frequency_set_at",
    )  # fmt: skip
    consents = ConsentRecord.objects.exclude(source="form").values_list(
        "subscriber__email", "address_hash", "mailing_list__slug", "action", "source", "wording", "wording_version",
        "language", "page", "ip", "user_agent", "detail", "staff", "at", "origin", "leaving_reason",
    )  # fmt: skip
    tags = TaggedSubscriber.objects.values_list("subscriber__email", "tag__name")
    suppressed = Suppression.objects.values_list("email", "reason")
    return [sorted(each, key=repr) for each in (people, subscriptions, consents, tags, suppressed)]


def _bring(rows: list[dict[str, str]], options: list[str], *, by_sets: bool) -> tuple[Any, ...]:
    """The reports and the states after the import and after its undoing; rolled back."""
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(running.BATCH, connection.vendor, 3)
        if not by_sets:
            patch.setattr(deciding.Decider, "_newcomer", lambda self, row: None)
        one = make_list(name="One", slug="one", topics=[make_topic(name="Arts")])
        make_list(name="Two", slug="two")
        make_attribute("city")
        make_reader(one, email="here@example.org")
        make_subscriber("bounced@example.org")
        suppression.suppress("gone@example.org", reason=Suppression.Reason.ERASED)
        suppression.suppress("bounced@example.org", reason=Suppression.Reason.BOUNCE)
        file = Path(folder) / "people.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            lines = csv.DictWriter(out, list(rows[0]))
            lines.writeheader()
            lines.writerows(rows)
        before = _state()
        dry = bring(file, *options, "--dry-run", to="one")
        done = bring(file, *options, to="one")
        after = _state()
        undoing.start_undoing(Import.objects.get())
        assert not undoing.undo(Import.objects.get().pk)
        undone = _state()
        transaction.set_rollback(True)
    for what in (0, 1, 4):
        assert undone[what] == before[what]
    for report in (dry, done):
        for name in ("seconds", "rows_per_second", "import", "dry_run"):
            report.pop(name, None)
    return dry, done, after, undone


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=12)
@given(rows=ROWS, options=OPTIONS)
def test_by_sets_or_row_by_row_the_outcome_is_the_same(
    rows: list[dict[str, str]], options: tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
) -> None:
    consent, *more = options
    words = ["--consent", consent, "--map", "Status=status", *(word for each in more for word in each)]
    with time_machine.travel(NOW, tick=False):
        assert _bring(rows, words, by_sets=True) == _bring(rows, words, by_sets=False)


@pytest.mark.django_db
def test_who_is_new_takes_the_way_of_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_list(name="One", slug="one")
    merged: list[str] = []
    real = newcomers.add_newcomers

    def noting(some: Any, *others: Any) -> None:
        merged.extend(each.row.email for each in some)
        real(some, *others)

    monkeypatch.setattr(writing, "add_newcomers", noting)
    lines = [f"reader{n}@example.org,{word}" for n, word in enumerate(["confirmed", "pending", "", "bounced"])]
    bring(csv_file(tmp_path, "email,status", *lines), "--consent", "proven", to="one")
    bring(csv_file(tmp_path, "email,status", *lines), "--consent", "proven", to="one")
    assert merged == [f"reader{n}@example.org" for n in range(3)]
