"""What a row says of its person's permission, from the most lenient to the strictest.

Of several rows about one address the strictest counts. What is stricter than `UNPROVEN` never leads to mail.
"""

from __future__ import annotations

from enum import IntEnum

from subscribers.models import Suppression


class Standing(IntEnum):
    PROVEN = 0  # subscribed, and the row says since when or how they agreed
    UNPROVEN = 1  # subscribed, as the file claims
    PENDING = 2  # the other system waited for their confirmation
    NOT_SUBSCRIBED = 3  # known there, and never asked for mail
    UNSUBSCRIBED = 4
    BLOCKED = 5  # by staff there
    BOUNCED = 6
    COMPLAINED = 7


STRICT = Standing.NOT_SUBSCRIBED  # from here on nobody is subscribed

SUPPRESSED_FOR = {
    Standing.BLOCKED: Suppression.Reason.STAFF,
    Standing.BOUNCED: Suppression.Reason.BOUNCE,
    Standing.COMPLAINED: Suppression.Reason.COMPLAINT,
}
