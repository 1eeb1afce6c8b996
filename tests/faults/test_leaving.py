"""Readers who leave while the edition goes out: no mail begins more than a second after their leaving was committed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.faults.conftest import Place
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.installations import Site

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
AFTER = 1.0
SLACK = 0.25  # for a judge that was busy when the mail came


def test_nobody_is_written_to_a_second_after_they_left(
    place: Place, make_trial: Callable[..., Trial], site: Site
) -> None:
    place.judge.become(delay=0.06 if SIZE.recipients < 10_000 else 0.02)
    trial = make_trial(plain=SIZE.recipients)
    leavers = Random(7).sample(sorted(trial.audience), SIZE.leavers)
    links = place.clerk.ask("unsubscribe_links", edition=trial.edition, emails=leavers)
    left_at: dict[str, float] = {}

    def leave(address: str) -> None:
        """The mail program's own button (RFC 8058)."""
        answer = site.post(links[address], {"List-Unsubscribe": "One-Click"})
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
