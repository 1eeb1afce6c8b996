"""Several beats at once: one edition for each due date, whichever of them is killed in the middle; and none at all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.clerk import Clerk
from tests.faults.conftest import Place
from tests.faults.sizes import SIZE
from tests.faults.ticking import Ticking
from tests.faults.trial import House, Trial
from tests.processes import Process, wait_until
from tests.servers import Postgres

pytestmark = [pytest.mark.fault, pytest.mark.timeout(SIZE.timeout)]
OCCURRENCES = 40
REAL = 5  # due dates that come while real beats run
BEAT = "Sending due task reconcile"  # as a beat's log has it
ZONE = "Europe/Berlin"


@pytest.fixture
def house(tmp_path: Path, postgres_server: Postgres, migrated: str) -> Iterator[House]:
    """Tables alone: nothing of it runs but the beats."""
    with House(
        tmp_path / "iria", database_url=postgres_server.database("beats", template=migrated),
        redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1/", migrated=True,
    ) as house:  # fmt: skip
        yield house


def at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(ZONE)).astimezone(UTC)


def test_three_beats_make_one_edition_an_occurrence(house: House, tmp_path: Path) -> None:
    last = datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=1)
    days = [last - timedelta(days=back) for back in reversed(range(OCCURRENCES))]
    log = tmp_path / "beats.log"
    with ExitStack() as stack:
        clerk = stack.enter_context(Clerk(house.variables, tmp_path / "clerk.log"))
        clerk.ask(
            "daily_newsletter", since=at(days[0], 0, 0).isoformat(), zone=ZONE, send_time="07:00",
            articles_at=[at(day, 6, 0).isoformat() for day in days],
        )  # fmt: skip
        beats = [stack.enter_context(Ticking(house.variables, log)) for _ in range(4)]
        spare = beats.pop()
        for beat in (*beats, spare):
            beat.wait_until_ready()
        made = 0
        for number, day in enumerate(days):
            for hour, minute in ((6, 59), (7, 0), (7, 15)):
                moment = at(day, hour, minute)
                for beat in beats:
                    beat.told(moment)
                if number == OCCURRENCES // 2 and minute == 0:
                    beats[0].kill()  # perhaps in the middle of making it
                    beats[0] = spare
                    spare.told(moment)
                made += sum(beat.answer() for beat in beats)

        found = clerk.ask("occurrences")
    print(f"{len(days)} due dates, 3 beats, one killed: {len(found['editions'])} editions, {made} were told of them")
    nominal = [f"{day.isoformat()}T07:00" for day in days]
    assert sorted(found["occurrences"]) == nominal
    assert sorted(found["editions"]) == nominal
    assert set(found["states"]) == {"made"}
    assert made in {OCCURRENCES, OCCURRENCES - 1}  # the killed one may have made one and told nobody
    with contextlib.suppress(FileNotFoundError):
        assert "Traceback" not in log.read_text()


def test_real_beats_make_one_edition_an_occurrence_and_each_reader_gets_it_once(place: Place) -> None:
    """Three more of them, with the installation's own workers, who look for what is due as well."""
    with ExitStack() as stack:
        beats = [stack.enter_context(place.iria.another_beat(10 + number)) for number in range(3)]
        for beat in beats:
            beat.wait_for_words(BEAT, seconds=60)
        now = datetime.now(ZoneInfo(ZONE))
        due = now.replace(second=0, microsecond=0) - timedelta(minutes=1)
        for number in range(REAL):
            place.clerk.ask(
                "daily_newsletter", tag=f"clock-{number}", since=(due - timedelta(hours=1)).isoformat(), zone=ZONE,
                send_time=f"{due:%H:%M}", articles_at=[(due - timedelta(minutes=30)).isoformat()],
            )  # fmt: skip
            wait_until(partial(has_made, place, number + 1), "an edition is made of it", seconds=30)
            if number == REAL // 2:
                beats.pop().kill()
        wait_until(lambda: set(made(place)["statuses"]) == {"sent"}, "the editions are sent", seconds=60, every=0.25)
        heard = [times(beat) for beat in beats]
        for beat, before in zip(beats, heard, strict=True):  # whoever would make another one has had the time to
            beat.wait_for(partial(has_beaten, beat, before + 3), "it beat three times more")
        found = made(place)
    print(f"{REAL} due dates, 4 beats, one killed: {len(found['editions'])} editions; beats until then: {heard}")
    nominal = [f"{due:%Y-%m-%dT%H:%M}"] * REAL
    assert found["occurrences"] == found["editions"] == nominal
    assert set(found["states"]) == {"made"}
    assert [place.judge.count(edition) for edition in found["numbers"]] == [1] * REAL


def has_made(place: Place, count: int) -> bool:
    return len(made(place)["editions"]) >= count


def times(beat: Process) -> int:
    return beat.output().count(BEAT)


def has_beaten(beat: Process, count: int) -> bool:
    return times(beat) >= count


def made(place: Place) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = place.clerk.ask("occurrences", tag="clock-")
    return found


def test_a_send_goes_on_while_the_only_beat_is_gone(place: Place, make_trial: Callable[..., Trial]) -> None:
    place.judge.become(delay=0.02)
    trial = make_trial(plain=SIZE.recipients // 3)
    place.beat.wait_for_words(BEAT)
    trial.send()
    try:
        trial.during(1, lambda _number: place.beat.kill())
        books = trial.finish()
    finally:
        place.beat = place.iria.beat()
    books.show("the only beat killed in the middle")
    books.check()
    assert books.outcome("accepted") == set(trial.audience)
    place.beat.wait_for_words(BEAT, seconds=60)  # on the file that the killed one left
