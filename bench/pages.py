"""Times pages of the admin as its visitors get them: Django's whole way from request to response, by its test client,
in a process with the measured installation's environment.

A page takes its turn in every round of one run, the trivial page too, so that the ratio of the two holds on other
machines. Each page is opened once before, so that templates are compiled and connections open; what Iria itself keeps
of a mail between two looks is forgotten before each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html as lxml_html

from lib.fragments import VERSION
from newsletters.admin.edition.edition_page import rendered_lately
from newsletters.models import Article
from subscribers.models import Subscriber

TRIVIAL = "/admin/password_change/"
A_PAGE = 50  # rows
KEYSTROKES = {
    "one letter": "r",
    "a word of many articles": "ceasefire",
    "several words": "ceasefire and border report",
    "the beginning of an address": "reader4999",
    "an address": "reader777@example.net",
    "a name": "Okafor",
    "nothing there is": "xyzzy",
}


@dataclass(frozen=True)
class Page:
    name: str
    target: float | None  # milliseconds at most
    open: Callable[[], Any]


class Visitor:
    """An owner at work."""

    def __init__(self, ids: dict[str, int]) -> None:
        self.ids = ids
        self.client = Client(SERVER_NAME="localhost", headers={"host": settings.ALLOWED_HOSTS[0].lstrip(".*")})
        self.client.force_login(User.objects.get(pk=ids["staff"]))
        self._saves = 0

    def get(self, path: str) -> Any:
        answer = self.client.get(path, secure=True)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}.")
        return answer

    def edition(self, which: str, route: str) -> str:
        return f"/admin/newsletters/edition/{self.ids[which]}/{route}"

    def search(self, typed: str) -> None:
        """As the dialog asks after each key."""
        address = f"/admin/search/?{urlencode({'q': typed})}"
        answer = self.client.get(address, headers={"accept": "application/json"}, secure=True)
        if answer.status_code != 200:
            raise RuntimeError(f"The search answered {answer.status_code}.")

    def preview(self) -> None:
        rendered_lately.cache_clear()
        for part in ("html", "text"):
            self.get(self.edition("long", f"preview/{part}/"))

    def compose(self) -> None:
        rendered_lately.cache_clear()
        self.get(self.edition("long", "change/"))

    def save(self) -> None:
        """As the page's script does when typing pauses: one word was changed."""
        self._saves += 1
        self._form["subject"] = f"The week in {self._saves} words, {timezone.now():%H:%M:%S.%f}"
        answer = self.client.post(
            self.edition("long", "change/"), self._form, headers={"accept": "application/json"}, secure=True
        )
        if answer.status_code != 200:
            raise RuntimeError(f"The save answered {answer.status_code}: {answer.content[:500]!r}")
        self._form["revision"] = answer.json()["revision"]

    def load_form(self) -> None:
        page = lxml_html.fromstring(self.get(self.edition("long", "change/")).content)
        self._form: dict[str, Any] = {}
        for name, value in page.get_element_by_id("edition-form").form_values():
            self._form.setdefault(name, []).append(value)

    def cold_dashboard(self) -> None:
        cache.clear()
        self.get("/admin/")


def _pages(visitor: Visitor) -> list[Page]:
    ids = visitor.ids
    found = [
        Page("a trivial page", None, lambda: visitor.get(TRIVIAL)),
        Page("preview of 20 articles, HTML and text", 150, visitor.preview),
        Page("composer, 20 articles", 500, visitor.compose),
        Page("a save by itself, 20 articles", None, visitor.save),
        Page("dashboard, nothing cached", 300, visitor.cold_dashboard),
        Page("dashboard", 300, lambda: visitor.get("/admin/")),
    ]
    found += [
        Page(f"the search (⌘K), {what}", 100, lambda typed=typed: visitor.search(typed))  # type: ignore[misc]
        for what, typed in KEYSTROKES.items()
    ]
    last = {model: min(model.objects.count(), 10_000) // A_PAGE for model in (Article, Subscriber)}
    lists = {
        "articles": "newsletters/article/",
        "articles, searched": "newsletters/article/?q=ceasefire",
        "articles, drafts of a topic": "newsletters/article/?status__exact=draft&topics__id__exact=1",
        "articles, the last page": f"newsletters/article/?p={last[Article]}",
        "editions": "newsletters/edition/",
        "editions, searched": "newsletters/edition/?q=Week",
        "recipients of an edition": f"newsletters/edition/{ids['sent']}/ledger/",
        "recipients in doubt": f"newsletters/edition/{ids['sent']}/ledger/?outcome=in_doubt",
        "recipients, searched": f"newsletters/edition/{ids['sent']}/ledger/?q=reader4999",
        "recipients, the last page": f"newsletters/edition/{ids['sent']}/ledger/?after=498000",
        "an edition that was sent": f"newsletters/edition/{ids['sent']}/change/",
        "subscribers": "subscribers/subscriber/",
        "subscribers, an address": "subscribers/subscriber/?q=reader777@example.net",
        "subscribers, the beginning of an address": "subscribers/subscriber/?q=reader4999",
        "subscribers, a name": "subscribers/subscriber/?q=Okafor",
        "subscribers, nobody's name": "subscribers/subscriber/?q=xyzzy",
        "subscribers, by address": "subscribers/subscriber/?o=0",
        "subscribers, who left": "subscribers/subscriber/?status=left",
        "subscribers, who is pending": "subscribers/subscriber/?status=pending",
        "subscribers, suppressed": "subscribers/subscriber/?is_suppressed__exact=1",
        "subscribers, the last page": f"subscribers/subscriber/?p={last[Subscriber]}",
        "consent records": "subscribers/consentrecord/",
        "consent records, who left": "subscribers/consentrecord/?action__exact=left",
        "consent records, by staff": "subscribers/consentrecord/?source__exact=staff",
        "consent records, searched": "subscribers/consentrecord/?q=reader777@example.net",
        "suppressed addresses": "subscribers/suppression/",
        "suppressed addresses, searched": "subscribers/suppression/?q=reader777@example.net",
        "suppressed addresses, complaints": "subscribers/suppression/?reason__exact=complaint",
        "messages": "mail/message/",
        "messages, waiting": "mail/message/?state__exact=waiting",
        "messages, searched": "mail/message/?q=reader777@example.net",
        "comments": "newsletters/comment/",
        "comments, approved": "newsletters/comment/?state=approved",
        "due dates": "newsletters/occurrence/",
    }
    return found + [
        Page(name, 300, lambda path=path: visitor.get(f"/admin/{path}"))  # type: ignore[misc]
        for name, path in lists.items()
    ]


def time_pages(rounds: int, **ids: int) -> list[dict[str, Any]]:
    """Milliseconds of each page, the median of the rounds, and how many queries it takes."""
    visitor = Visitor(ids)
    visitor.load_form()
    pages = _pages(visitor)
    queries = {}
    for page in pages:
        page.open()
        with CaptureQueriesContext(connection) as captured:
            page.open()
        queries[page.name] = len(captured)
    times: dict[str, list[float]] = {page.name: [] for page in pages}
    worked: dict[str, list[float]] = {page.name: [] for page in pages}
    for _ in range(rounds):
        for page in pages:
            began, working = time.perf_counter(), time.process_time()
            page.open()
            times[page.name].append((time.perf_counter() - began) * 1000)
            worked[page.name].append((time.process_time() - working) * 1000)
    trivial = median(times["a trivial page"])
    return [
        {
            "page": page.name, "ms": round(median(times[page.name]), 1), "target_ms": page.target,
            "cpu_ms": round(median(worked[page.name]), 1),
            "times_trivial": round(median(times[page.name]) / trivial, 2), "queries": queries[page.name],
            "rounds": [round(each, 1) for each in times[page.name]],
        }
        for page in pages
    ]  # fmt: skip


def time_site(times: int, **paths: str) -> dict[str, float]:
    """Milliseconds of processor for each public page, made by Django: the median.

    Templates are compiled before, and what all pages share of a version of the site is read before.
    """
    as_the_door: dict[str, Any] = {"SERVER_NAME": "localhost", VERSION: "bench"}
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0].lstrip(".*")}, **as_the_door)
    found = {}
    for name, path in paths.items():
        worked = []
        for _ in range(times + 3):
            working = time.process_time()
            answer = client.get(path, secure=True)
            b"".join(answer)
            worked.append((time.process_time() - working) * 1000)
        found[name] = round(median(worked[3:]), 2)
    return found
