"""Article, design and sender are edited in the middle of a send: everybody gets what was approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from tests.faults.conftest import Place
from tests.faults.judge_process import fingerprint
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
MAIL = (
    b"From: IRIA <a@x.example>\r\nSubject: One\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
    b'<a href="https://x.example/unsubscribe/abc/">leave</a> anna@x.example\r\n'
)


def test_the_fingerprint_sees_every_change_and_no_reader() -> None:
    whole = fingerprint(MAIL, "anna@x.example")
    other_reader = MAIL.replace(b"anna@", b"bert@").replace(b"/abc/", b"/d-_9/")
    assert fingerprint(other_reader, "bert@x.example") == whole
    for old, new in ((b"leave", b"Leave"), (b"IRIA", b"IRIS"), (b"One", b"Two")):
        assert fingerprint(MAIL.replace(old, new), "anna@x.example") != whole


def test_edits_during_the_send_change_no_mail_of_it(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.03, hashing=True)
    trial = make_trial(plain=400, choosy=200, others=1)
    trial.send()

    trial.during(2, lambda number: place.clerk.ask("edit_everything", edition=trial.edition, word=f"Edited{number}"))

    edited_at = trial.taken()
    books = trial.finish()
    books.show(f"everything edited twice, the second time after {edited_at} mails")
    books.check()
    hashes: defaultdict[str, set[str]] = defaultdict(set)
    for mail in trial.judge.complete(trial.edition):
        hashes[mail.address.partition("-")[0]].add(mail.hash)
    print(f"  variants: { {kind: sorted(found) for kind, found in hashes.items()} }")
    assert {kind: len(found) for kind, found in hashes.items()} == {"anna": 1, "choosy": 1}
    assert hashes["anna"] != hashes["choosy"]
