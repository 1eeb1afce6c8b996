"""The two books side by side, when a trial is over: what the ledger says, and what the judge took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.clerk import Clerk
from tests.faults.judge import Judge
from tests.installations import LEDGER

ROWS = ("accepted", "deferred", "retrying", "rejected", "skipped", "in_doubt")  # who waits has no row
SHOWN = 10  # addresses in a report


@dataclass(frozen=True)
class Books:
    sums: dict[str, Any]
    outcomes: dict[str, set[str]]
    audience: dict[str, int]  # address → id, of everybody who was confirmed when it was sent
    copies: Counter[str]
    answered: set[str]
    strangers: set[str]  # who was sent the mail of another
    longest_pause: float

    @classmethod
    def of(cls, clerk: Clerk, judge: Judge, edition: int, audience: dict[str, int]) -> Books:
        return cls(
            sums=clerk.editions("ledger", edition),
            outcomes={name: set(emails) for name, emails in clerk.ask("outcomes", edition=edition).items()},
            audience=audience,
            copies=judge.copies(edition),
            answered=judge.answered(edition),
            strangers={m.address for m in judge.complete(edition) if audience.get(m.address) != m.subscriber},
            longest_pause=judge.longest_pause(edition),
        )

    def outcome(self, name: str) -> set[str]:
        return self.outcomes.get(name, set())

    @property
    def lost(self) -> set[str]:
        """Of whom the ledger says nothing at the end, or says accepted where no server took anything."""
        unwritten = set(self.audience).difference(*self.outcomes.values())
        # Whoever waits, is on their way or was called off before their turn is a number and has no row.
        numbers = self.sums["waiting"] + self.sums["handed_out"] + self.sums["cancelled"]
        numbers -= len(self.outcome("cancelled"))
        missing = unwritten if len(unwritten) != numbers else set()
        return missing | (self.outcome("accepted") - set(self.copies))

    @property
    def twice(self) -> set[str]:
        return {address for address, copies in self.copies.items() if copies > 1}

    @property
    def forgotten(self) -> set[str]:
        """Whose mail was taken and answered, and the ledger neither says so nor says that it does not know."""
        return self.answered - self.outcome("accepted") - self.outcome("in_doubt")

    def check(self, *, in_doubt: int = 0) -> None:
        """Nobody lost, nobody twice, nobody another's mail; the ledger sums, by its counters and by its rows; and at
        most so many in doubt, each by name."""
        assert self.sums["candidates"] == len(self.audience) == sum(self.sums[key] for key in LEDGER), self.sums
        assert {name: len(self.outcome(name)) for name in ROWS} == {name: self.sums[name] for name in ROWS}
        assert not self.twice, f"twice: {some(self.twice)}"
        assert not self.lost, f"lost: {some(self.lost)}"
        assert not self.strangers, f"another's mail: {some(self.strangers)}"
        assert not self.forgotten, f"answered and forgotten: {some(self.forgotten)}"
        assert self.sums["in_doubt"] <= in_doubt, f"{self.sums['in_doubt']} in doubt, at most {in_doubt} may be"

    def show(self, title: str) -> None:
        """For who reads the report."""
        reasons = self.sums["skipped_reasons"]
        print(f"{title}:")
        print("  ledger:", ", ".join(f"{key} {self.sums[key]:,}" for key in ("candidates", *LEDGER) if self.sums[key]))
        if reasons:
            print("  not sent since:", ", ".join(f"{why} {count:,}" for why, count in reasons.items()))
        print(
            f"  judge: {self.copies.total():,} mails to {len(self.copies):,} addresses, {len(self.answered):,} answered"
            f", twice {len(self.twice)}, lost {len(self.lost)}; longest pause {self.longest_pause:.1f} s"
        )
        if doubtful := self.outcome("in_doubt"):
            taken = len(doubtful & set(self.copies))
            print(f"  in doubt ({taken} of them were taken): {some(doubtful)}")


def some(addresses: Iterable[str]) -> str:
    found = sorted(addresses)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
