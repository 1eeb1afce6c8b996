"""Mend where a counted link leads after its mails were sent. Who changed what is kept, and so is what the mail said."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from lib.link_addresses import mailed_address
from newsletters.blocks.link_problems import is_web_address
from newsletters.models import CountedLink, MendedLink

LONGEST = 2000  # characters of an address


class UnusableAddress(ValueError):
    """An address that no reader could open; the message says why."""


def mend(edition_id: int, number: int, address: str, *, by: str) -> MendedLink | None:
    """Lead the link elsewhere from now on; the door sees it within seconds. None where it leads there already.
    Raises `UnusableAddress`, and `CountedLink.DoesNotExist` for a link that the edition hasn't got."""
    if len(address) > LONGEST:
        raise UnusableAddress(_("This address is too long. Enter at most %d characters.") % LONGEST)
    if "{{" in address:
        raise UnusableAddress(_("Merge fields work in the links of a text, and not in this address."))
    after = mailed_address(address)
    if not is_web_address(after):
        problem = _("“%(address)s” isn't a web address: enter it in full, like https://example.org/page.")
        raise UnusableAddress(problem % {"address": address[:200]})
    with transaction.atomic():
        link = CountedLink.objects.select_for_update().get(edition=edition_id, number=number)
        if link.url == after:
            return None
        mended = MendedLink.objects.create(
            edition_id=edition_id, number=number, before=link.url, after=after, by=by[:150]
        )
        link.url = after
        link.save(update_fields=["url"])
    return mended
