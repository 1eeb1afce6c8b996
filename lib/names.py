"""Names of people: as they type them, since they stand in mails to others and none may lead anywhere; and of staff."""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from lib.characters import decomposed

# “bit.ly/x”: mail programs make a link of it. A dot alone isn't one: “J.R.R. Tolkien”, “St.John”.
_ADDRESS = re.compile(r"://|www\s?\.|@|[^\s.]\.[a-z]{2,24}[/\\:?#]", re.IGNORECASE)
_LOOKS_LIKE = str.maketrans("。．｡⁄∕", "...//")


class AddressInName(ValueError):
    """A web or email address where a name should be; the message is one sentence for the person who typed it."""

    def __init__(self) -> None:
        super().__init__(_("A name can’t contain a web or email address. Enter just your name."))


def check_name(name: str) -> str:
    """The name, if it leads nowhere. Raises `AddressInName`. Call it with a name whose length was checked."""
    if _ADDRESS.search(decomposed(name.translate(_LOOKS_LIKE))):
        raise AddressInName
    return name


def called(user: User) -> str:
    """Somebody of the staff by the name that outlives the account, at most 150 characters: what the columns hold."""
    return (user.get_full_name() or user.get_username())[:150]
