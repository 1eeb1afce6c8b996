"""Three beats at once over a hundred due dates: a hundred editions, whichever of them is killed in the middle."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.faults.clerk import Clerk
from tests.faults.ticking import Ticking
from tests.faults.trial import House
from tests.servers import Postgres

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]
OCCURRENCES = 100
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
