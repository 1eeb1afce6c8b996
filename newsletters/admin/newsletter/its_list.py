"""A newsletter and the mailing list that it goes to, made together: most institutes have one of each, and what the
list says of itself (name, description, sender, postal address) is what the newsletter says.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.text import slugify

from lib.free_names import free_name
from mail.transport import bare_address
from newsletters.models import Institute, Newsletter
from subscribers.models import MailingList

INHERITED = ("from_name", "from_email", "postal_address")


def make_list_for(newsletter: Newsletter) -> MailingList:
    """A list of its name, offered in the sign-up form."""
    made = MailingList.objects.create(
        name=newsletter.name,
        slug=free_slug(MailingList, newsletter.slug),
        description=newsletter.description,
        **{name: getattr(newsletter, name) for name in INHERITED},
    )
    newsletter.mailing_list = made
    return made


def take_from_list(values: dict[str, Any], mailing_list: MailingList) -> None:
    """What was left empty, as the list has it."""
    for name in (*INHERITED, "description"):
        if not values.get(name):
            values[name] = getattr(mailing_list, name)


def first_values() -> dict[str, Any]:
    """What a new newsletter begins with: as the last one has it, else the institute."""
    institute = Institute.current()
    last = Newsletter.objects.order_by("-pk").first()
    if last is not None:
        return {name: getattr(last, name) for name in INHERITED} | {"zone": last.zone}
    return {
        "from_name": institute.name,
        "from_email": bare_address(settings.DEFAULT_FROM_EMAIL),
        "zone": institute.zone,
    }


def free_slug(model: type[MailingList | Newsletter], wished: str) -> str:
    """The address, with a number where it is another's."""
    stem = slugify(wished)[:70] or "newsletter"
    taken = set(model._default_manager.filter(slug__startswith=stem).values_list("slug", flat=True))
    return free_name(stem, taken)
