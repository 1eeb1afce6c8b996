"""Nobody who left, bounced, complained or was erased gets mail again by any file, in any order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import suppression
from subscribers.erasure import erase
from subscribers.models import MailingList, Subscriber, Subscription, Suppression
from subscribers.preferences.unsubscribing import unsubscribe
from subscribers.signup.double_opt_in import SignupRequest, request_subscription
from tests.factories import make_list, make_reader
from tests.subscribers.imports.bringing import bring, csv_file

PEOPLE = [f"{name}@example.org" for name in ("ada", "bob", "Cleo", "dörte")]
HERE = st.sampled_from(["leave", "leave all", "bounce", "complaint", "staff", "erase", "ask again"])
WORDS = st.sampled_from(
    ["confirmed", "enabled", "subscribed", "active", "unsubscribed", "bounced", "complained", "blocked", "pending"]
)
FILE = st.tuples(
    st.lists(st.tuples(st.sampled_from(PEOPLE), WORDS), min_size=1, max_size=6),
    st.sampled_from(["proven", "confirm", "none"]),
    st.sampled_from(["one", "two"]),
    st.booleans(),
)
STEP = st.one_of(st.tuples(st.just("here"), st.sampled_from(PEOPLE), HERE), st.tuples(st.just("file"), FILE))


class Remembered:
    """What people decided, kept beside the program: who must not be on which list any more."""

    def __init__(self) -> None:
        self.left: set[tuple[str, str]] = set()
        self.never: set[str] = set()

    def check(self) -> None:
        on = Subscription.objects.exclude(status=Subscription.Status.UNSUBSCRIBED).filter(confirmed_at__isnull=False)
        confirmed = on.filter(status=Subscription.Status.CONFIRMED, subscriber__is_suppressed=False)
        mailed = {(email, slug) for email, slug in confirmed.values_list("subscriber__email_key", "mailing_list__slug")}
        assert not mailed & self.left
        assert not {email for email, _slug in mailed} & self.never
        for email in self.never:
            assert suppression.is_suppressed(email)


def key(email: str) -> str:
    return email.replace("C", "c")


def _here(what: str, email: str, lists: list[MailingList], remembered: Remembered) -> None:
    person = Subscriber.objects.with_address(email).first()
    if what == "ask again":  # a stranger may type any address; nothing is confirmed by it
        request_subscription(SignupRequest(email=email, lists=lists))
        return
    if what in {"bounce", "complaint", "staff"}:
        suppression.suppress(email, reason=Suppression.Reason(what), by="Bea")
        remembered.never.add(key(email))
        return
    if person is None:
        return
    if what == "erase":
        erase(person, note="asked", by="Bea")
        remembered.never.add(key(email))
        return
    ended = unsubscribe(person.pk, None if what == "leave all" else lists[0].pk)
    remembered.left |= {(key(email), each.mailing_list.slug) for each in ended}
    if not person.subscriptions.exclude(status=Subscription.Status.UNSUBSCRIBED).exists() and ended:
        remembered.left |= {(key(email), each.slug) for each in lists}


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=20)
@given(steps=st.lists(STEP, min_size=2, max_size=7))
def test_no_file_brings_back_who_left_bounced_complained_or_was_erased(steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        lists = [make_list(name="One", slug="one"), make_list(name="Two", slug="two")]
        remembered = Remembered()
        for email in PEOPLE[:2]:
            make_reader(lists[0], email=email)
        for step in steps:
            if step[0] == "here":
                _here(step[2], step[1], lists, remembered)
            else:
                rows, consent, slug, overwrite = step[1]
                file = csv_file(Path(folder), "email,status", *(f"{email},{word}" for email, word in rows))
                options = ["--consent", consent, *(["--overwrite"] if overwrite else [])]
                dry = bring(file, *options, "--dry-run", to=slug)
                done = bring(file, *options, to=slug)
                for name in ("new", "changed", "same", "refused", "kept_out", "kept_out_reasons"):
                    assert done[name] == dry[name], name
                remembered.left |= {(key(email), slug) for email, word in rows if word == "unsubscribed"}
                for email, word in rows:
                    if word in {"bounced", "complained", "blocked"}:
                        remembered.never.add(key(email))
            remembered.check()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_of_two_rows_about_one_address_the_stricter_counts_whichever_comes_first(tmp_path: Path) -> None:
    make_list(name="One", slug="one")
    for word in ("unsubscribed", "bounced", "complained"):
        for order in (1, -1):
            email = f"{word}{order}@example.org".replace("-", "x")
            rows = [f"{email},confirmed", f"{email},{word}"][::order]
            bring(csv_file(tmp_path, "email,status", *rows), "--consent", "proven", to="one")
            assert not Subscription.objects.filter(subscriber__email=email, status="confirmed").exists()
            assert suppression.is_suppressed(email) == (word != "unsubscribed")


@pytest.mark.django_db
def test_who_was_erased_is_recognised_and_not_made_anew(tmp_path: Path, iria_news: MailingList) -> None:
    erase(make_reader(iria_news, email="Ada@Example.org"), note="asked", by="Bea")
    report = bring(csv_file(tmp_path, "email,status", "ada@example.org,confirmed"), "--consent", "proven")
    assert report["kept_out_reasons"] == {"erased": 1}
    assert not Subscriber.objects.exists()


@pytest.mark.django_db
def test_who_asked_again_after_leaving_is_not_confirmed_by_a_file(tmp_path: Path, iria_news: MailingList) -> None:
    person = make_reader(iria_news, email="ada@example.org")
    unsubscribe(person.pk, None)
    request_subscription(SignupRequest(email=person.email, lists=[iria_news]))
    report = bring(csv_file(tmp_path, "email,status", "ada@example.org,confirmed"), "--consent", "proven")
    assert report["kept_out_reasons"] == {"unsubscribed": 1}
    assert person.subscriptions.get().status == "pending"
