"""What became of the rows of a file, counted; the reasons in codes that are kept and in words that are shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_HERE: dict[str, str | Promise] = {
    "unsubscribed": _("unsubscribed here"),
    "bounced": _("email to this address bounces"),
    "complained": _("reported an email as spam here"),
    "suppressed": _("suppressed here by staff"),
    "erased": _("asked us to erase everything about them"),
}
KEPT_OUT_BY_FILE: dict[str, str | Promise] = {
    "unsubscribed_there": _("unsubscribed in the file"),
    "not_subscribed_there": _("not subscribed in the file"),
    "bounced_there": _("bounced in the file"),
    "complained_there": _("reported spam in the file"),
    "blocked_there": _("blocked in the file"),
}
KEPT_OUT = _HERE | KEPT_OUT_BY_FILE


@dataclass
class Counts:
    """Of rows, each in one place: new + changed + same + kept_out. Refused rows were counted when they were staged."""

    new: int = 0
    changed: int = 0
    same: int = 0
    kept_out: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0  # subscriptions
    unconfirmed: int = 0

    def add(self, other: Counts) -> None:
        self.new += other.new
        self.changed += other.changed
        self.same += other.same
        self.kept_out.update(other.kept_out)
        self.confirmed += other.confirmed
        self.unconfirmed += other.unconfirmed

    def packed(self) -> dict[str, Any]:
        return {
            "new": self.new, "changed": self.changed, "same": self.same, "kept_out": sum(self.kept_out.values()),
            "kept_out_reasons": dict(self.kept_out), "confirmed": self.confirmed, "unconfirmed": self.unconfirmed,
        }  # fmt: skip

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> Counts:
        reasons = Counter(packed.get("kept_out_reasons", {}))
        numbers = {name: packed.get(name, 0) for name in ("new", "changed", "same", "confirmed", "unconfirmed")}
        return cls(**numbers, kept_out=reasons)
