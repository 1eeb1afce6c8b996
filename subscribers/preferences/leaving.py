"""Why somebody unsubscribes, in the reader's words: optional and never in the way. And whether less often is less."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from subscribers.models import Frequency, LeavingReason, Subscription

REASONS = (
    (LeavingReason.TOO_MANY.value, _("Too many emails")),
    (LeavingReason.NOT_RELEVANT.value, _("Not what I want to read about")),
    (LeavingReason.OTHER_WAY.value, _("I read you on the site or elsewhere")),
    (LeavingReason.NEVER_ASKED.value, _("I didn’t subscribe")),
    (LeavingReason.OTHER.value, _("Another reason")),
)


def reason_from(posted: str) -> str:
    """The reason that was chosen; empty for none, and for what no form of ours offers: leaving always works."""
    return posted if posted in LeavingReason.values else ""


def may_be_weekly(subscription: Subscription) -> bool:
    """Whether “once a week instead” is less than what they get."""
    often = subscription.frequency in (Frequency.EACH, Frequency.DAILY)
    return often and subscription.status == Subscription.Status.CONFIRMED
