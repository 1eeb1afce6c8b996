"""What people agreed to: the words of the form, and the one function that writes it down.

Records are only ever added (the model refuses all else). The version of a wording is its own fingerprint, so the
words cannot change without the version changing with them.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from django.utils import timezone
from django.utils.translation import gettext

from subscribers.models import ConsentRecord, MailingList, Subscriber
from subscribers.tokens import address_hash
from subscribers.visitors import Visit

NOWHERE = Visit()


def signup_wording() -> str:
    """The sentence beside the button of every sign-up form, recorded with each request."""
    return gettext(
        "I want to receive what I choose here by email. I can unsubscribe at any time with one click in any email."
    )


def version_of(wording: str) -> str:
    return blake2b(wording.encode(), digest_size=4).hexdigest() if wording else ""


def record(
    subscriber: Subscriber,
    action: ConsentRecord.Action,
    source: ConsentRecord.Source,
    *,
    mailing_list: MailingList | None = None,
    visit: Visit = NOWHERE,
    wording: str = "",
    detail: str = "",
    leaving_reason: str = "",
    staff: str = "",
    at: datetime | None = None,
) -> ConsentRecord:
    """Add one record; `at` is when it happened, if not now. Call it in the transaction that does what it says."""
    return ConsentRecord.objects.create(
        subscriber=subscriber,
        address_hash=address_hash(subscriber.email),
        mailing_list=mailing_list,
        action=action,
        source=source,
        wording=wording,
        wording_version=version_of(wording),
        page=visit.page,
        origin=visit.origin,
        ip=visit.ip,
        user_agent=visit.user_agent,
        language=visit.language,
        detail=detail[:500],
        leaving_reason=leaving_reason,
        staff=staff[:150],
        at=at or timezone.now(),
    )
