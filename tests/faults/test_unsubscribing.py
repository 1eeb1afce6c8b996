"""Readers who leave while the edition goes out: no mail begins more than a second after their leaving was committed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.faults.conftest import Anywhere, Place
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.installations import Site

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
AFTER = 1.0
SLACK = 0.25  # for a judge that was busy when the mail came


def test_nobody_is_written_to_a_second_after_they_left(
    anywhere: Anywhere, make_trial_anywhere: Callable[..., Trial], its_site: Site
) -> None:
    anywhere.judge.become(delay=0.06 if SIZE.recipients < 10_000 else 0.02)
    trial = make_trial_anywhere(plain=anywhere.sized(SIZE.recipients))
    leavers = Random(7).sample(sorted(trial.audience), anywhere.sized(SIZE.leavers))
    links = anywhere.clerk.ask("unsubscribe_links", edition=trial.edition, emails=leavers)
    left_at: dict[str, float] = {}

    def leave(address: str) -> None:
        """The mail program's own button (RFC 8058)."""
        answer = its_site.post(links[address], {"List-Unsubscribe": "One-Click"})
        left_at[address] = time.time()  # the commit was before this
        assert answer.status_code == 200

    trial.send()
    trial.wait_for_taken(1)
    with ThreadPoolExecutor(4) as readers:
        list(readers.map(leave, leavers))
    books = trial.finish()

    books.show(f"{len(leavers):,} readers left during the send")
    books.check()
    written_to = {address for address in leavers if address in books.copies}
    spared = set(leavers) - written_to
    print(f"  {len(spared):,} of them were spared, {len(written_to):,} had their mail before")
    late = {
        mail.address: round(mail.began - left_at[mail.address], 2)
        for mail in trial.judge.complete(trial.edition)
        if mail.address in left_at and mail.began > left_at[mail.address] + AFTER + SLACK
    }
    assert not late, f"written to so many seconds after they had left: {late}"
    assert spared, "everybody had their mail before they left: this test proved nothing"
    assert books.outcome("skipped") == spared
    assert books.sums["skipped_reasons"] == {"left": len(spared)}


def test_where_a_server_is_slow_whoever_waits_is_looked_at_again(
    place: Place, make_trial: Callable[..., Trial], site: Site
) -> None:
    """An answer takes longer than a look at a recipient holds, so that everybody who was handed out behind the first
    mails must be looked at once more before theirs begins."""
    place.judge.become(delay=1.5)
    trial = make_trial(plain=60)
    leavers = sorted(trial.audience)
    links = place.clerk.ask("unsubscribe_links", edition=trial.edition, emails=leavers)
    trial.send()
    trial.wait_for_taken(1)  # whoever is handed out by now waits behind these
    left_at: dict[str, float] = {}
    for address in leavers:
        answer = site.post(links[address], {"List-Unsubscribe": "One-Click"})
        left_at[address] = time.time()
        assert answer.status_code == 200
    books = trial.finish()
    books.show("everybody left while the server thought about the first mails")
    books.check()
    late = {
        mail.address: round(mail.began - left_at[mail.address], 2)
        for mail in trial.judge.complete(trial.edition)
        if mail.began > left_at[mail.address] + AFTER + SLACK
    }
    assert not late, f"written to so many seconds after they had left: {late}"
    assert len(books.copies) <= 3 * 2 * place.judge.connections
