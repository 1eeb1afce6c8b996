"""The demo's readers are mailed by nobody but the built-in inbox.

They are invented, at domains that belong to others (RFC 2606), and the address of its editors belongs to somebody else
as well. Where mail leaves for a real server or service they are all suppressed, so that no edition, schedule, message,
test or export reaches them whatever is done with the demo; where the built-in inbox takes all mail, they are released
again. Called before any process of an installation sends.
"""

from __future__ import annotations

from django.conf import settings

from iria.demo.seed_files import read_toml
from iria.demo.seeding import read_readers
from lib.addresses import address_key
from subscribers import suppression
from subscribers.models import ConsentRecord, Subscriber, Suppression

BY = "demo data"
NOTE = "An address of the demo institute: only the built-in inbox gets its mail."


def keep_demo_in() -> int:
    """Suppress or release the readers of the demo, as EMAIL_URL has it. Returns how many were changed."""
    people = _demo_readers()
    if not people:
        return 0
    if settings.INBOX_ENABLED:
        entries = Suppression.objects.filter(by=BY, email__in={person.email for person in people} | _editors())
        return sum(suppression.release_entry(entry, note=NOTE, by=BY) for entry in entries)
    addresses = {person.email for person in people if not person.is_suppressed} | _editors()
    return sum(suppression.suppress(each, reason=Suppression.Reason.STAFF, note=NOTE, by=BY) for each in addresses)


def _editors() -> set[str]:
    """To whom the demo institute's notices go."""
    return {str(read_toml("institute.toml")["contact_email"])}


def _demo_readers() -> list[Subscriber]:
    """Those of seeds/readers.csv that were laid by the demo: the address alone could also have signed up."""
    keys = [address_key(reader.email) for reader in read_readers()]
    laid = ConsentRecord.objects.filter(source=ConsentRecord.Source.SEED, subscriber__email_key__in=keys)
    return list(Subscriber.objects.filter(pk__in=laid.values("subscriber_id")))
