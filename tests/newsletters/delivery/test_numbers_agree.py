"""One edition, whose list holds people who were never due: every page, the report and the terminal say one number."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from iria.runner.terminal_news import line
from lib.html_text import html_to_words
from newsletters.delivery.engine import sending
from newsletters.editions import transitions
from newsletters.models import Edition, Newsletter
from newsletters.reports.figures import report
from subscribers.models import Subscriber
from tests.factories import make_article, make_edition, make_reader, make_topic, start
from tests.newsletters.delivery.conftest import Scripted

DUE, OTHER_TOPIC, PAUSED, SUPPRESSED = 7, 3, 2, 1
ASIDE = OTHER_TOPIC + PAUSED + SUPPRESSED


@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    water, fire = make_topic(name="Water"), make_topic(name="Fire")
    readers = newsletter.mailing_list
    for number in range(DUE):
        make_reader(readers, topics=[water] if number % 2 else [])
    for _ in range(OTHER_TOPIC):
        make_reader(readers, topics=[fire])
    for _ in range(PAUSED):
        person = make_reader(readers)
        Subscriber.objects.filter(pk=person.pk).update(paused_until=timezone.now() + timedelta(days=3))
    Subscriber.objects.filter(pk=make_reader(readers).pk).update(is_suppressed=True)
    return make_edition(newsletter, articles=[make_article(topics=[water])], subject="About water")


@pytest.fixture
def admin(edition: Edition) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="pw"))
    return client


def words(client: Client, path: str) -> str:
    return " ".join(html_to_words(client.get(path).content.decode()).split())


def test_the_promise_the_progress_and_what_came_of_it_are_one_number(
    admin: Client, edition: Edition, scripted: Scripted
) -> None:
    page = f"/admin/newsletters/edition/{edition.pk}/"
    assert f"Send to {DUE} readers of" in words(admin, f"{page}send/")

    # Before anybody is known to be skipped.
    edition = start(edition)
    assert edition.candidates == DUE + ASIDE
    assert edition.recipients == DUE
    assert line(edition) == f"{edition} is going out to {DUE} readers."
    progress = admin.get(f"{page}progress.json").json()
    assert (progress["recipients"], progress["settled"], progress["figures"]["waiting"]) == (DUE, 0, DUE)
    assert progress["figures"]["skipped"] == ASIDE
    assert f"of {DUE} recipients" in progress["sentence"]
    assert f"of {DUE} recipients" in words(admin, "/admin/")

    sending.send_slice()
    edition.refresh_from_db()
    assert edition.status == Edition.Status.SENT
    assert edition.recipients == DUE
    assert line(edition) == f"{edition} sent: {DUE} of {DUE} accepted; {ASIDE} skipped"
    progress = admin.get(f"{page}progress.json").json()
    assert (progress["recipients"], progress["settled"]) == (DUE, DUE)
    assert sum(count for state, count in progress["figures"].items() if state != "skipped") == DUE
    said = words(admin, f"{page}change/")
    assert f"Sent: {DUE} emails accepted, of {DUE} recipients (100%)." in said
    assert f"Shares are of its {DUE} recipients." in said
    assert f'value="{DUE}"' in admin.get(f"{page}change/").content.decode()
    assert re.search(rf"\({DUE} recipients\) · {ASIDE} skipped", words(admin, f"{page}ledger/"))
    assert f"{DUE} of {DUE} accepted; {ASIDE} skipped" in words(admin, "/admin/")
    listed = admin.get("/admin/newsletters/edition/").content.decode()
    assert f'<td class="field-recipients">{DUE}</td><td class="field-accepted">{DUE} (100%)</td>' in listed

    found = report(edition)
    assert found is not None
    assert found.recipients == DUE
    assert found.outcomes["accepted"].share == 1  # type: ignore[index]
    out = StringIO()
    call_command("editions", "ledger", edition.pk, stdout=out)
    lines: dict[str, str] = dict(
        text.rsplit(maxsplit=1) for text in out.getvalue().splitlines() if not text.startswith(" ")
    )
    assert (lines["recipients"], lines["accepted"], lines["skipped"]) == (str(DUE), str(DUE), str(ASIDE))
    out = StringIO()
    call_command("editions", "show", edition.pk, stdout=out, json=True)
    shown = json.loads(out.getvalue())
    assert (shown["recipients"], shown["candidates"]) == (DUE, DUE + ASIDE)


def test_cancelled_before_anybody_had_it_nobody_was_due_twice(admin: Client, edition: Edition) -> None:
    edition = start(edition)
    transitions.cancel(edition.pk, by="Ada")
    from newsletters.delivery.engine import reconciling

    reconciling.reconcile(timezone.now())
    edition.refresh_from_db()
    assert line(edition) == f"{edition} was cancelled: 0 of {DUE} accepted, {DUE} cancelled; {ASIDE} skipped"
