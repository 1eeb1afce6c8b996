"""A claim in this process's hands: its members, and what the next exchange is to tell the database about them.

Private to the engine. What happens to a mail is said to its hold by a method; nothing is forgotten before a transaction
that holds it was committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mail.results import Result
from mail.transport import Outgoing
from newsletters.delivery.engine.claiming import Claim
from newsletters.delivery.engine.frozen import FrozenEdition
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.outcomes import Settlement
from newsletters.delivery.ledger.reasons import Reason
from newsletters.models.deliveries import Outcome


class Hold:
    """Of `members`, those before `handed_to` are on their way or settled; nobody else writes them meanwhile."""

    __slots__ = (
        "_handed_to", "_members", "_on_their_way", "_rate", "_results", "_slot", "_stale", "_strikes", "_too_fast",
        "_unsent", "claim", "frozen", "kind",
    )  # fmt: skip

    def __init__(
        self, claim: Claim, frozen: FrozenEdition, members: list[Member], handed_to: int, *, kind: str
    ) -> None:
        self.claim = claim
        self.frozen = frozen
        self.kind = kind
        self._members = members
        self._handed_to = handed_to
        self._slot = 0
        self._rate = 0.0
        self._on_their_way: set[Member] = set()  # handed out to us, without a result that was settled
        self._results: list[Result | Settlement] = []
        self._stale: list[Member] = []
        self._unsent: list[Member] = []
        self._strikes: dict[Member, int] = {}
        self._too_fast: dict[Member, tuple[int, int]] = {}  # how often, and how many had been accepted the first time

    # --- What it knows --------------------------------------------------------------------------------------------
    @property
    def members(self) -> list[Member]:
        return self._members

    @property
    def handed_to(self) -> int:
        return self._handed_to

    @property
    def waiting(self) -> int:
        return len(self._members) - self._handed_to

    @property
    def slot(self) -> int:
        """Its place in the journal."""
        return self._slot

    @property
    def rate(self) -> float:
        """Its share of the mails a second, for who watches."""
        return self._rate

    @property
    def results(self) -> Sequence[Result | Settlement]:
        return self._results

    @property
    def stale(self) -> Sequence[Member]:
        """Not begun, since the check of them is too old: to be checked again."""
        return self._stale

    @property
    def unsent(self) -> Sequence[Member]:
        """Certainly not begun: to wait again."""
        return self._unsent

    @property
    def has_mail_on_its_way(self) -> bool:
        return bool(self._on_their_way)

    def known_ids(self) -> set[int]:
        """The subscriber ids of everybody who is on their way, or came back and was not told the database yet."""
        members = [*self._on_their_way, *self._unsent, *self._stale, *(result.key for result in self._results)]
        return {member.subscriber_id for member in members}

    # --- What happens to its mails --------------------------------------------------------------------------------
    def record_result(self, result: Result | Settlement) -> None:
        self._results.append(result)

    def remember_strikes(self, mail: Outgoing) -> None:
        """For the next time that the mail of this member is handed out."""
        if mail.strikes:
            self._strikes[mail.key] = mail.strikes

    def count_too_fast(self, member: Member, accepted: int) -> int:
        """How often the server said so of this member's mail, while it took as many others."""
        count, before = self._too_fast.get(member, (0, accepted))
        self._too_fast[member] = (count + 1, before)
        return min(count + 1, accepted - before)

    def strikes_of(self, member: Member) -> int:
        return self._strikes.get(member, 0)

    def mark_stale(self, member: Member) -> None:
        self._stale.append(member)

    def put_back(self, member: Member) -> None:
        self._unsent.append(member)

    def put_back_stale(self) -> None:
        """Who is stale waits again, instead of being checked again at once."""
        self._unsent, self._stale = [*self._unsent, *self._stale], []

    def put_back_orphans(self, orphans: Iterable[Member]) -> None:
        """They were handed out by a COMMIT whose answer was lost, and so begun by nobody."""
        self._unsent += orphans
        self._on_their_way.update(self._unsent)

    def doubt_unanswered(self) -> None:
        """We stop listening: who is on their way and has no answer is in doubt."""
        known = {result.key.subscriber_id for result in self._results}
        known.update(member.subscriber_id for member in (*self._unsent, *self._stale))
        self._results += [
            Settlement(member, Outcome.IN_DOUBT, Reason.STOPPED)
            for member in self._on_their_way
            if member.subscriber_id not in known
        ]

    # --- What the database was told, or tells ---------------------------------------------------------------------
    def take_slot(self, slot: int) -> None:
        """The claim stands in the journal."""
        self._slot = slot

    def set_rate(self, rate: float) -> None:
        self._rate = rate

    def exchanged(self, members: list[Member], handed_to: int, handed_out: Iterable[Member]) -> None:
        """An exchange was committed: what came back was told, and others are on their way."""
        self.forget_told()
        self._members, self._handed_to = members, handed_to
        self._on_their_way.update(handed_out)

    def forget_told(self) -> None:
        """All that came back was told the database."""
        self._on_their_way.difference_update(result.key for result in self._results)
        self._on_their_way.difference_update(self._unsent, self._stale)
        self._results, self._stale, self._unsent = [], [], []

    def keep_only(self, members: list[Member]) -> None:
        """The others, who waited, were given back."""
        self._members = members

    def catch_up(self, members: list[Member], handed_to: int) -> None:
        """So the chunk is, after a COMMIT whose answer was lost."""
        self._members, self._handed_to = members, handed_to
