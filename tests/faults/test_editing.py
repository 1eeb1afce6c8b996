"""Article, design and sender are edited in the middle of a send: everybody gets what was approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from tests.faults.conftest import Anywhere
from tests.faults.judge_process import fingerprint
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
MAIL = (
    b"From: IRIA <a@x.example>\r\nSubject: One\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="="\r\n'
    b"\r\n--=\r\nContent-Type: text/plain\r\n\r\nHello: https://x.example/unsubscribe/abc/ anna@x.example\r\n"
    b"\r\n--=\r\nContent-Type: text/html\r\n\r\n"
    b'<a href="https://x.example/unsubscribe/abc/">leave</a> anna@x.example\r\n'
    b"\r\n--=--\r\n"
)


def test_the_fingerprint_sees_every_change_and_no_reader() -> None:
    whole = fingerprint(MAIL, "anna@x.example")
    other_reader = MAIL.replace(b"anna@", b"bert@").replace(b"/abc/", b"/d-_9/")
    assert fingerprint(other_reader, "bert@x.example") == whole
    for old, new in ((b"leave", b"Leave"), (b"IRIA", b"IRIS"), (b"One", b"Two"), (b"Hello", b"Hallo")):
        assert fingerprint(MAIL.replace(old, new), "anna@x.example") != whole


def test_edits_during_the_send_change_no_mail_of_it(
    anywhere: Anywhere, make_trial_anywhere: Callable[..., Trial]
) -> None:
    crowd = anywhere.sized(max(600, SIZE.recipients // 10))
    anywhere.judge.become(delay=0.05, hashing=True)
    trial = make_trial_anywhere(plain=crowd * 2 // 3, choosy=crowd // 3, others=1)
    trial.send()

    def edit(number: int) -> None:
        anywhere.clerk.ask("edit_everything", edition=trial.edition, word=f"Edited{number}")

    trial.during(2, edit)

    edited_at = trial.taken()
    anywhere.lose_all_workers()  # who has the variants in its memory makes room for who has to load them
    loaded_at = trial.taken()
    assert loaded_at < len(trial.audience), "the send was over before the kill: no process had to load the variants"
    books = trial.finish()
    books.show(f"everything edited twice, the second time after {edited_at} mails; those after {loaded_at} by others")
    books.check(in_doubt=(1 if anywhere.small else 3) * anywhere.judge.connections)
    hashes: defaultdict[str, set[str]] = defaultdict(set)
    for mail in trial.judge.complete(trial.edition):
        hashes[mail.address.partition("-")[0]].add(mail.hash)
    print(f"  variants: { {kind: sorted(found) for kind, found in hashes.items()} }")
    assert {kind: len(found) for kind, found in hashes.items()} == {"anna": 1, "choosy": 1}
    assert hashes["anna"] != hashes["choosy"]
