"""Fifty people press Send at once: one starts it, the others are told who did, and one edition's worth of mail goes."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from tests.faults.conftest import Anywhere
from tests.faults.sizes import SIZE
from tests.faults.trial import Trial
from tests.installations import Site

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
PRESSES = 50
SECRET = "a" * 32  # a browser's CSRF cookie, and the same in its form


def test_of_fifty_presses_one_starts_it_and_the_others_are_told_who(
    anywhere: Anywhere, make_trial_anywhere: Callable[..., Trial], its_site: Site
) -> None:
    anywhere.judge.become(delay=0.005)
    trial = make_trial_anywhere(plain=anywhere.sized(SIZE.recipients // 4))
    site, names = its_site, [f"Publisher-{number}" for number in range(5)]
    keys = anywhere.clerk.ask("staff", names=names)
    page = f"{site.base}/admin/newsletters/edition/{trial.edition}/"
    together = Barrier(PRESSES)

    def press(number: int) -> str:
        """What the page says to this person then."""
        headers = site.headers | {"Referer": f"{site.site_url}/"}
        cookies = {"sessionid": keys[names[number % len(names)]], "csrftoken": SECRET}
        together.wait(30)
        answer = requests.post(
            f"{page}send/", data={"revision": "1", "when": "now", "csrfmiddlewaretoken": SECRET}, headers=headers,
            cookies=cookies, timeout=60, allow_redirects=False,
        )  # fmt: skip
        assert answer.status_code == 302, answer.text
        shown = requests.get(
            f"{page}change/", headers=headers, cookies=cookies | answer.cookies.get_dict(), timeout=60
        )  # fmt: skip
        assert shown.status_code == 200
        return html.unescape(shown.text)

    with ThreadPoolExecutor(PRESSES) as people:
        pages = list(people.map(press, range(PRESSES)))

    (winner,) = [name for name in names if name == trial.show()["sent_by"]]
    told = Counter(
        "told who" if f"{winner} already sent" in words else "won" if "is being sent." in words else "neither"
        for words in pages
    )
    print(f"{PRESSES} presses: {dict(told)}; it was {winner}")
    assert told == {"won": 1, "told who": PRESSES - 1}
    books = trial.finish()
    books.show(f"{PRESSES} presses of Send")
    books.check()
    assert books.outcome("accepted") == set(trial.audience)
