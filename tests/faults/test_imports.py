"""An import whose process is killed with SIGKILL again and again, on both databases: nothing twice, nothing half."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.commands import begin, to_the_end, variables_of
from tests.processes import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
MOST_KILLS = 3  # each start takes seconds
ROWS = 24_000  # so many that an import takes longer than a kill waits
LIST = "from subscribers.models import MailingList as L; L.objects.get_or_create(name='News', slug='news')"
RESUME = (
    "from subscribers.imports import running, working; from subscribers.models import Import;"
    "Import.objects.update(claimed_at=None);"
    "print('resuming', flush=True);"
    "[working.work_on(each, until=lambda: False) for each in working.waiting()]; print('ended', flush=True)"
)
COUNTS = (
    "import json; from subscribers.models import *; of = Import.objects.get();"
    "print(json.dumps([of.state, of.counts, Subscriber.objects.count(),"
    " Subscription.objects.filter(status='confirmed').count(), Subscription.objects.count(),"
    " ConsentRecord.objects.count(), Suppression.objects.count()]))"
)


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
@pytest.mark.timeout(300)
def test_killed_again_and_again_everybody_is_in_once(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgres_server") if database == "PostgreSQL" else None
    variables = variables_of(tmp_path, server)
    (tmp_path / "data").mkdir()
    to_the_end(tmp_path, variables, "migrate", "--verbosity", "0")
    to_the_end(tmp_path, variables, "shell", "--verbosity", "0", "-c", LIST)
    words = ["unsubscribed" if n % 10 == 0 else "bounced" if n % 15 == 1 else "confirmed" for n in range(ROWS)]
    file = tmp_path / "people.csv"
    file.write_text("email,status\n" + "".join(f"reader{n}@example.org,{word}\n" for n, word in enumerate(words)))
    random, kills = Random(7), 0
    command = ["import_people", str(file), "--list", "news", "--consent", "proven", "--json"]
    for _ in range(MOST_KILLS):
        with begin(tmp_path, variables, *command) as process:
            if kills:  # a worker goes on; before it begins there is nothing to interrupt
                process.wait_for_words("resuming", seconds=60)
                time.sleep(random.uniform(0.0, 0.5))
            else:
                wait_until((tmp_path / "data" / "imports").exists, "the import begins", seconds=60)
                time.sleep(0.3)
            if process.popen.poll() is not None or "ended" in process.output():
                break
            process.kill()
            kills += 1
        command = ["shell", "--verbosity", "0", "-c", RESUME]
    to_the_end(tmp_path, variables, "shell", "--verbosity", "0", "-c", RESUME)
    counted = json.loads(to_the_end(tmp_path, variables, "shell", "--verbosity", "0", "-c", COUNTS).splitlines()[-1])
    state, counts, people, confirmed, subscriptions, consents, suppressed = counted
    assert kills >= 2
    assert state == "done"
    assert counts["new"] == confirmed == words.count("confirmed")
    assert people == subscriptions == consents == words.count("confirmed") + words.count("unsubscribed")
    assert suppressed == words.count("bounced")
