"""What a row means for the people who are there. The dry run and the import ask the same, so they say the same.

The rule that no file can break: who left, bounced, complained, was suppressed or erased stays so. A file may only make
permission stricter for them. Somebody who left every list they were on isn't put on another one by a file either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from subscribers.imports.counting import Counts
from subscribers.imports.known_people import CONFIRMED, LEFT, PENDING, Known, KnownPerson
from subscribers.imports.options import ImportOptions, Targets
from subscribers.imports.staging import StagedRow
from subscribers.imports.standing import STRICT, SUPPRESSED_FOR, Standing
from subscribers.imports.words import moment
from subscribers.models import ConsentRecord, Import, MailingList, Suppression
from subscribers.models.attributes import tag_key

_HERE = {
    Suppression.Reason.STAFF.value: "suppressed", Suppression.Reason.BOUNCE.value: "bounced",
    Suppression.Reason.COMPLAINT.value: "complained", Suppression.Reason.ERASED.value: "erased",
}  # fmt: skip
_THERE = {
    Standing.NOT_SUBSCRIBED: "not_subscribed_there", Standing.UNSUBSCRIBED: "unsubscribed_there",
    Standing.BLOCKED: "blocked_there", Standing.BOUNCED: "bounced_there", Standing.COMPLAINED: "complained_there",
}  # fmt: skip
_STANDINGS = tuple(Standing)  # by number
# What only few rows say. Without it somebody who is not known here is a newcomer: the same on each list.
_UNUSUAL = frozenset({"subscriptions", "topics", "time_zone", "paused_until", "created_at"})
# What a row may say of its lists apart from its standing.
_OF_LISTS = frozenset({"subscriptions", "topics", "asked_at", "confirmed_at", "left_at"})
_STATUS_OF = {PENDING: Standing.PENDING, CONFIRMED: Standing.PROVEN, LEFT: Standing.UNSUBSCRIBED}


@dataclass(slots=True)
class NewSubscription:
    mailing_list: int
    status: str
    selection: int | None
    requested_at: datetime
    confirmed_at: datetime | None
    unsubscribed_at: datetime | None


@dataclass(slots=True)
class Consent:
    """A record to be added: what happened, on which list, and how that is known."""

    mailing_list: int
    action: str
    at: datetime
    detail: str
    ip: str | None = None


@dataclass(slots=True)
class RowDecision:
    """What is to be done for one row; nothing, when nothing is set."""

    row: StagedRow
    person: KnownPerson | None = None
    is_new: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    subscriptions: list[NewSubscription] = field(default_factory=list)
    # Of subscriptions that are there: id and the moment it is confirmed or ended.
    confirm: list[tuple[int, datetime]] = field(default_factory=list)
    end: list[tuple[int, datetime]] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    suppress: Suppression.Reason | None = None
    tags: tuple[str, ...] = ()  # names of those that the person doesn't have yet


class Newcomer(NamedTuple):
    """Somebody who is not known here at all: nobody that a rule could keep out, and nothing to compare."""

    row: StagedRow
    requested_at: datetime
    confirmed_at: datetime | None
    proof: str  # what the consent record says; "" when nothing is confirmed


@dataclass(slots=True)
class DecidedBatch:
    """What is to be done for those rows of a batch of which something is, and how all of them count."""

    decisions: list[RowDecision]
    newcomers: list[Newcomer]
    counts: Counts


class Wish(NamedTuple):
    """What a row wants for one list."""

    mailing_list: MailingList
    standing: Standing
    topics: Sequence[str] | None
    requested_at: datetime | None
    confirmed_at: datetime | None
    left_at: datetime | None


class Decider:
    def __init__(self, options: ImportOptions, targets: Targets, file_name: str, now: datetime) -> None:
        self.options, self.targets, self.now = options, targets, now
        self._file = file_name[:60]
        self._takes_proof = options.consent != Import.Consent.NONE
        self._usual: dict[Standing, tuple[Wish, ...]] = {}
        self._proves_all = bool(options.evidence) and options.consent == Import.Consent.PROVEN

    def decide(self, rows: Sequence[StagedRow], known: Known) -> DecidedBatch:
        counts = Counts()
        decisions = []
        newcomers = []
        for row in rows:
            if known.is_stranger(row.key) and (newcomer := self._newcomer(row)) is not None:
                newcomers.append(newcomer)
                continue
            decision = RowDecision(row, known.people.get(row.key))
            outcome = self._decide(decision, known.reason(row.key), counts)
            if outcome == "new":
                counts.new += 1
            elif outcome == "changed":
                counts.changed += 1
            elif outcome == "same":
                counts.same += 1
            else:
                counts.kept_out[outcome] += 1
            if outcome in {"new", "changed"} or _does_something(decision):
                decisions.append(decision)
        confirmed = sum(each.confirmed_at is not None for each in newcomers)
        counts.new += len(newcomers)
        counts.confirmed += confirmed * len(self.targets.lists)
        counts.unconfirmed += (len(newcomers) - confirmed) * len(self.targets.lists)
        return DecidedBatch(decisions, newcomers, counts)

    def _newcomer(self, row: StagedRow) -> Newcomer | None:
        """What a row means that says the same of all lists; None for any other, which takes the long way."""
        if row.standing >= STRICT or not row.details.keys().isdisjoint(_UNUSUAL):
            return None
        wish = next(self._wishes(row, _STANDINGS[row.standing]), None)
        if wish is None:  # no list is left: only the person is new
            return Newcomer(row, self.now, None, "")
        requested_at, confirmed_at = self._moments(row, wish)
        return Newcomer(row, requested_at, confirmed_at, self._proof_words(row) if confirmed_at is not None else "")

    def _decide(self, decision: RowDecision, suppressed: str, counts: Counts) -> str:
        """“new”, “changed”, “same”, or the reason why the person is kept out."""
        row, person = decision.row, decision.person
        standing = _STANDINGS[row.standing]
        if suppressed or standing in SUPPRESSED_FOR or standing is Standing.NOT_SUBSCRIBED:
            if not suppressed:
                decision.suppress = SUPPRESSED_FOR.get(standing)
                self._bring_suppressed(decision, standing, counts)
            return _THERE[standing] if standing >= STRICT else _HERE[suppressed]
        if standing < STRICT and person is not None and person.left_everything:
            return "unsubscribed"
        stayed_off = [self._decide_list(decision, wish, counts) for wish in self._wishes(row, standing)]
        if standing is Standing.UNSUBSCRIBED:
            decision.is_new = person is None and bool(decision.subscriptions)
            if decision.is_new:
                decision.fields = {"name": row.name, "language": row.language}
            return _THERE[standing]
        if stayed_off and all(stayed_off):
            return "unsubscribed"
        self._decide_fields(decision)
        decision.is_new = person is None
        if person is None:
            return "new"
        return "changed" if _does_something(decision) else "same"

    def _bring_suppressed(self, decision: RowDecision, standing: Standing, counts: Counts) -> None:
        """Our own export knows more of somebody who is suppressed than that: all of it, for when they are released."""
        row = decision.row
        if decision.person is not None or "subscriptions" not in row.details:
            return
        for wish in self._wishes(row, standing):
            self._decide_list(decision, wish, counts)
        self._decide_fields(decision)
        decision.is_new = True

    def _wishes(self, row: StagedRow, standing: Standing) -> Iterator[Wish]:
        """Per list: our own export says it of each, other files say one thing of all that were chosen."""
        details = row.details
        if details.keys().isdisjoint(_OF_LISTS):
            if standing not in self._usual:
                self._usual[standing] = tuple(
                    Wish(each, standing, None, None, None, None) for each in self.targets.lists
                )
            yield from self._usual[standing]
            return
        if (own := details.get("subscriptions")) is not None:
            yield from self._own_wishes(own, standing)
            return
        asked, confirmed, left = (_read(details.get(name)) for name in ("asked_at", "confirmed_at", "left_at"))
        for mailing_list in self.targets.lists:
            yield Wish(mailing_list, standing, details.get("topics"), asked, confirmed, left)

    def _own_wishes(self, subscriptions: Sequence[dict[str, Any]], standing: Standing) -> Iterator[Wish]:
        wishes: dict[int, Wish] = {}
        for each in subscriptions:
            mailing_list = self.targets.list_named(str(each.get("list", "")))
            if mailing_list is None:
                continue
            own = _STATUS_OF.get(str(each.get("status")), Standing.PENDING)
            topics = each.get("topics")
            moments = (_read(each.get(name)) for name in ("requested_at", "confirmed_at", "unsubscribed_at"))
            wish = Wish(
                mailing_list, max(own, standing) if standing is Standing.UNSUBSCRIBED else own,
                [str(topic) for topic in topics] if isinstance(topics, list) else None, *moments,
            )  # fmt: skip
            earlier = wishes.get(mailing_list.pk)
            if earlier is None or wish.standing >= earlier.standing:
                wishes[mailing_list.pk] = wish
        yield from wishes.values()

    def _decide_list(self, decision: RowDecision, wish: Wish, counts: Counts) -> bool:
        """True when the person stays off this list because they left it."""
        known = decision.person.subscriptions.get(wish.mailing_list.pk) if decision.person else None
        if wish.standing is Standing.UNSUBSCRIBED:
            self._leave(decision, wish, known)
            return False
        requested_at, confirmed_at = self._moments(decision.row, wish)
        if known is not None:
            if known.left_before:
                return True
            if known.status == PENDING and confirmed_at is not None:
                decision.confirm.append((known.pk, confirmed_at))
                decision.consents.append(self._proof(decision.row, wish.mailing_list, confirmed_at))
                counts.confirmed += 1
            return False
        status = PENDING if confirmed_at is None else CONFIRMED
        selection = self.targets.selection(wish.mailing_list, wish.topics)
        decision.subscriptions.append(
            NewSubscription(wish.mailing_list.pk, status, selection, requested_at, confirmed_at, None)
        )
        if confirmed_at is None:
            counts.unconfirmed += 1
        else:
            counts.confirmed += 1
            decision.consents.append(self._proof(decision.row, wish.mailing_list, confirmed_at))
        return False

    def _moments(self, row: StagedRow, wish: Wish) -> tuple[datetime, datetime | None]:
        """When they asked, and when they agreed as far as the file says it: None when it doesn't prove that they
        did."""
        proven = wish.standing is Standing.PROVEN and self._takes_proof
        if not proven and not (wish.standing is Standing.UNPROVEN and self._proves_all):
            # As old as the import: a request of long ago would be deleted as never confirmed.
            return self.now, None
        confirmed_at = min(wish.confirmed_at or wish.requested_at or self.now, self.now)
        return min(wish.requested_at or confirmed_at, confirmed_at), confirmed_at

    def _proof(self, row: StagedRow, mailing_list: MailingList, at: datetime) -> Consent:
        confirmed = ConsentRecord.Action.CONFIRMED.value
        return Consent(mailing_list.pk, confirmed, at, self._proof_words(row), row.details.get("ip"))

    def _proof_words(self, row: StagedRow) -> str:
        said = row.details.get("evidence") or self.options.evidence
        return f"{self._file}, row {row.line}: {said}"[:500]

    def _leave(self, decision: RowDecision, wish: Wish, known: Any) -> None:
        if known is not None and known.status == LEFT:
            return
        at = min(wish.left_at or self.now, self.now)
        detail = f"{self._file}, row {decision.row.line}: unsubscribed there"
        consent = Consent(wish.mailing_list.pk, ConsentRecord.Action.UNSUBSCRIBED.value, at, detail)
        decision.consents.append(consent)
        if known is not None:
            decision.end.append((known.pk, at))
            return
        selection = self.targets.selection(wish.mailing_list, wish.topics)
        requested_at = min(wish.requested_at or at, at)
        decision.subscriptions.append(
            NewSubscription(wish.mailing_list.pk, LEFT, selection, requested_at, wish.confirmed_at, at)
        )

    def _decide_fields(self, decision: RowDecision) -> None:
        row, person = decision.row, decision.person
        attributes = row.details.get("attributes", {})
        tags = (*self.options.tags, *row.details.get("tags", ()))
        if person is None:
            decision.fields = {"name": row.name, "language": row.language, "attributes": attributes}
            if "time_zone" in row.details:
                decision.fields["time_zone"] = row.details["time_zone"]
            for name in ("paused_until", "created_at"):
                if name in row.details:
                    decision.fields[name] = _read(row.details[name])
            decision.tags = tags
            return
        for name, value in (("name", row.name), ("language", row.language)):
            present = getattr(person, name)
            if value and value != present and (self.options.overwrite or not present):
                decision.fields[name] = value
        both = person.attributes | attributes if self.options.overwrite else attributes | person.attributes
        if attributes and repr(sorted(both.items())) != repr(sorted(person.attributes.items())):  # True isn't 1
            decision.fields["attributes"] = both
        decision.tags = tuple(tag for tag in tags if tag_key(tag) not in person.tags) if tags else ()


def _does_something(decision: RowDecision) -> bool:
    return bool(
        decision.fields or decision.subscriptions or decision.confirm or decision.end or decision.suppress
        or decision.tags
    )  # fmt: skip


def _read(text: Any) -> datetime | None:
    return moment(text) if isinstance(text, str) else None
