"""A process of an installation that does for a test what an operator, an editor or a reader would: one after the other,
without a start of Python for each.

On its standard input a line of JSON, [what, arguments]; on its standard output a line for each, {"answer": …} or
{"error": …}. It is the product's own commands and functions that run; only what has none is written with the models.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import IO, Any, Self

from tests.processes import ROOT


class ClerkError(Exception):
    """What was asked for was refused or failed; the message begins with the name of the exception."""


# --- In its process -------------------------------------------------------------------------------------------
def _command(words: list[str]) -> str:
    from django.core.management import call_command

    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def _lay(what: str, arguments: dict[str, Any]) -> dict[str, Any]:
    from tests.journeys import laying

    made: dict[str, Any] = getattr(laying, what)(**arguments)
    return made


def _outcomes(edition: int) -> dict[str, list[str]]:
    """The rows of the ledger, counted one by one: outcome → addresses."""
    from newsletters.models import Delivery
    from subscribers.models import Subscriber

    emails = dict(Subscriber.objects.values_list("pk", "email"))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for subscriber, outcome in Delivery.objects.filter(edition=edition).values_list("subscriber_id", "outcome"):
        found[outcome].append(emails[subscriber])
    return dict(found)


def _attempts(edition: int) -> dict[str, int]:
    from newsletters.models import Delivery
    from subscribers.models import Subscriber

    emails = dict(Subscriber.objects.values_list("pk", "email"))
    rows = Delivery.objects.filter(edition=edition).values_list("subscriber_id", "attempts")
    return {emails[subscriber]: attempts for subscriber, attempts in rows}


def _ids(tag: str) -> dict[str, int]:
    from subscribers.models import Subscription
    from tests.journeys.laying import slug_of

    rows = Subscription.objects.filter(mailing_list__slug=slug_of(tag), status="confirmed")
    return dict(rows.values_list("subscriber__email", "subscriber_id"))


def _unsubscribe_links(edition: int, emails: list[str]) -> dict[str, str]:
    from newsletters.models import Edition
    from subscribers import links
    from subscribers.models import Subscriber

    list_id = Edition.objects.values_list("newsletter__mailing_list_id", flat=True).get(pk=edition)
    people = Subscriber.objects.filter(email__in=emails).values_list("email", "pk")
    return {email: links.unsubscribe_url(pk, list_id, edition) for email, pk in people}


def _edit_everything(edition: int, word: str) -> None:
    """Article, newsletter, sender and design: all that the mails of an edition are made of."""
    from newsletters.models import Article, Edition, Newsletter

    being_sent = Edition.objects.get(pk=edition)
    changed = Article.objects.filter(edition_items__edition=edition)
    changed.update(title=f"{word} title", summary=f"{word} summary", body=f"<p>{word}</p>")
    newsletter = Newsletter.objects.get(pk=being_sent.newsletter_id)
    newsletter.from_name, newsletter.from_email = f"{word} sender", f"{word.lower()}@iria.example"
    newsletter.colour, newsletter.footer, newsletter.postal_address = "#AA0000", f"{word} footer", f"{word} street"
    newsletter.save()


def _why(edition: int) -> list[str]:
    """The sentences on an edition's page about why it does not move: computed then, and what was written down."""
    from django.test import RequestFactory

    from newsletters.admin.edition import watching
    from newsletters.admin.edition.edition_page import EditionPage
    from newsletters.models import Edition

    request = RequestFactory().get("/")
    page = EditionPage(request, Edition.objects.get(pk=edition))
    sentences: list[str] = json.loads(watching.answer_progress(request, page).content)["why"]
    return sentences


def _enqueue(name: str, arguments: list[int], times: int) -> None:
    """As a broker that delivers a task again, and again."""
    from iria.celery import app

    for _ in range(times):
        app.send_task(name, args=arguments)


def _staff(names: list[str]) -> dict[str, str]:
    """Signed-in publishers: user name → session key."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    from subscribers.admin.reauthentication import TYPED_AT

    keys = {}
    for name in names:
        user = User.objects.create(username=name, is_staff=True, is_superuser=True)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[TYPED_AT] = time.time()
        session.save()
        keys[name] = str(session.session_key)
    return keys


def _daily_newsletter(since: str, zone: str, send_time: str, articles_at: list[str], tag: str = "") -> None:
    """Sends by itself each day what is new; one article is new each day, and one reader wants it."""
    from datetime import datetime, time

    from django.db import transaction

    from newsletters.models import Article, Newsletter
    from tests.journeys import laying

    moments, name = [datetime.fromisoformat(moment) for moment in articles_at], f"article-{tag}" if tag else "article"
    with transaction.atomic():  # whoever looks for what is due sees all of it or nothing
        number = laying.newsletter(tag=tag)["newsletter"]
        laying.readers(plain=1, tag=tag)
        Article.objects.bulk_create(
            Article(
                title=f"Article {day}", slug=f"{name}-{day}", summary="A summary.", body="<p>A body.</p>",
                status=Article.Status.PUBLISHED, published_at=moment,
            )
            for day, moment in enumerate(moments)
        )  # fmt: skip
        daily = Newsletter.objects.get(pk=number)
        daily.cadence, daily.weekdays, daily.mode = Newsletter.Cadence.WEEKLY, [1, 2, 3, 4, 5, 6, 7], "automatic"
        daily.send_time, daily.zone = time.fromisoformat(send_time), zone
        daily.save()
        Newsletter.objects.filter(pk=number).update(cadence_since=datetime.fromisoformat(since))


def _occurrences(tag: str = "") -> dict[str, list[Any]]:
    """Of the newsletters whose tag begins so."""
    from newsletters.models import Edition, Occurrence
    from tests.journeys.laying import slug_of

    found = Occurrence.objects.filter(newsletter__slug__startswith=slug_of(tag))
    editions = Edition.objects.filter(newsletter__slug__startswith=slug_of(tag))
    return {
        "occurrences": list(found.values_list("nominal", flat=True)),
        "states": list(found.values_list("state", flat=True)),
        "editions": list(editions.values_list("occurrence__nominal", flat=True)),
        "numbers": list(editions.values_list("pk", flat=True)),
        "statuses": list(editions.values_list("status", flat=True)),
    }


def _held_by(pid: int) -> int:
    """How many chunks stand under the name of that process."""
    from newsletters.models import Chunk

    return Chunk.objects.filter(state=Chunk.State.CLAIMED, owner__contains=f"-{pid}-").count()


def _replayed(edition: int) -> int:
    """How many are accepted by what a journal told, which does not repeat a server's words."""
    from newsletters.models import Delivery

    return Delivery.objects.filter(edition=edition, outcome="accepted", reply="").count()


def _want_digests(tag: str, frequency: str, every: int) -> list[str]:
    """Of the readers of a list, each so many but one want digests. Their addresses."""
    from django.utils import timezone

    from subscribers.models import Subscription
    from tests.journeys.laying import slug_of

    rows = Subscription.objects.filter(mailing_list__slug=slug_of(tag), status="confirmed").order_by("subscriber")
    chosen = {pk: email for n, (pk, email) in enumerate(rows.values_list("pk", "subscriber__email")) if n % every}
    Subscription.objects.filter(pk__in=chosen).update(frequency=frequency, frequency_set_at=timezone.now())
    return list(chosen.values())


def _let_daily_digests_be_due(tag: str, edition: int) -> None:
    """The edition went out two days ago, and who wants digests has chosen daily ones. All of it at once, as a window
    is looked at once."""
    from datetime import timedelta

    from django.db import transaction
    from django.utils import timezone

    from newsletters.models import Edition
    from subscribers.models import DIGESTS, Subscription
    from tests.journeys.laying import slug_of

    with transaction.atomic():
        Edition.objects.filter(pk=edition).update(frozen_at=timezone.now() - timedelta(days=2))
        Subscription.objects.filter(mailing_list__slug=slug_of(tag), frequency__in=DIGESTS).update(frequency="daily")


def _daily_digests(tag: str) -> list[int]:
    """The editions that daily digests of a list have become."""
    from newsletters.models import DigestRun, Edition
    from tests.journeys.laying import slug_of

    made = Edition.objects.filter(newsletter__slug=slug_of(tag), digest="daily").values_list("pk", flat=True)
    runs = DigestRun.objects.filter(mailing_list__slug=slug_of(tag), frequency="daily")
    assert list(made) == list(runs.values_list("edition", flat=True)), "a window and its edition are one transaction"
    return list(made)


def _articles_in_digests(edition: int) -> dict[str, int]:
    """How many articles of this digest are written down for each reader: so many will never come again."""
    from django.db.models import Count

    from newsletters.models import DigestArticle
    from subscribers.models import Subscriber

    emails = dict(Subscriber.objects.values_list("pk", "email"))
    rows = DigestArticle.objects.filter(edition=edition).values("subscriber_id").annotate(count=Count("pk"))
    return {emails[row["subscriber_id"]]: row["count"] for row in rows.order_by()}


def _came_back(edition: int) -> dict[str, list[str]]:
    """What came back of an edition: kind → addresses; and who is suppressed by now."""
    from newsletters.models import Feedback
    from subscribers.models import Subscriber

    found: defaultdict[str, list[str]] = defaultdict(list)
    for kind, address in Feedback.objects.filter(edition=edition).values_list("kind", "address"):
        found[kind].append(address)
    found["suppressed"] = list(Subscriber.objects.filter(is_suppressed=True).values_list("email", flat=True))
    return dict(found)


TASKS: dict[str, Callable[..., Any]] = {
    "command": _command, "lay": _lay, "outcomes": _outcomes, "attempts": _attempts, "ids": _ids,
    "unsubscribe_links": _unsubscribe_links, "edit_everything": _edit_everything, "enqueue": _enqueue, "staff": _staff,
    "daily_newsletter": _daily_newsletter, "occurrences": _occurrences,
    "came_back": _came_back, "why": _why, "held_by": _held_by, "replayed": _replayed,
    "want_digests": _want_digests, "let_daily_digests_be_due": _let_daily_digests_be_due,
    "daily_digests": _daily_digests, "articles_in_digests": _articles_in_digests,
}  # fmt: skip


def main() -> None:
    with os.fdopen(os.dup(1), "w", buffering=1) as out:
        os.dup2(2, 1)  # whatever else prints belongs to the log
        import django

        django.setup()
        from django.db import connection

        out.write("{}\n")
        for line in sys.stdin:
            what, arguments = json.loads(line)
            try:
                answer: dict[str, Any] = {"answer": TASKS[what](**arguments)}
            except Exception as error:  # noqa: BLE001 - it is told, and the next question may be answered
                traceback.print_exc()
                answer = {"error": f"{type(error).__name__}: {error}"}
            finally:
                connection.close()
            out.write(json.dumps(answer) + "\n")


# --- On the test's side ---------------------------------------------------------------------------------------
class Clerk:
    """`clerk.ask("outcomes", edition=3)`; may be asked from several threads, one after the other."""

    def __init__(self, variables: Mapping[str, str], log: Path, *, inside: Sequence[str] = ()) -> None:
        settings = {"DJANGO_SETTINGS_MODULE": "iria.settings"}  # unless the installation has others
        self._asking = threading.Lock()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*inside, sys.executable, "-m", "tests.clerk"], cwd=ROOT, env=settings | dict(variables),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, start_new_session=True,
            )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in: IO[str] = self._process.stdin
        self._out: IO[str] = self._process.stdout
        assert self._out.readline() == "{}\n", log.read_text()

    def ask(self, task: str, **arguments: Any) -> Any:
        with self._asking:
            self._in.write(json.dumps([task, arguments]) + "\n")
            self._in.flush()
            answer: dict[str, Any] = json.loads(self._out.readline())
        if "error" in answer:
            raise ClerkError(answer["error"])
        return answer["answer"]

    def lay(self, what: str, **arguments: int | str) -> dict[str, Any]:
        made: dict[str, Any] = self.ask("lay", what=what, arguments=arguments)
        return made

    def editions(self, action: str, edition: int) -> Any:
        """`manage.py editions <action> <edition> --json`."""
        more = ["--repeat"] if action == "send" else []  # trials send the same articles again and again
        return json.loads(self.ask("command", words=["editions", action, str(edition), "--json", *more]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._in.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._out.close()


if __name__ == "__main__":
    main()
