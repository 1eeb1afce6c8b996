"""The links of mails to one person: absolute, from SITE_URL alone, never from a request's Host header.

An edition makes several a recipient, so the address patterns are resolved once and a link is a token and a join.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.urls import reverse

from mail import return_paths
from mail.writing import fields
from mail.writing.identity import ascii_domain
from subscribers.tokens import Purpose, make

UNSUBSCRIBING_BOX = "unsubscribe"  # at BOUNCE_DOMAIN
STAY_PATH = "/stay/"  # what staff type as a button's address; in an email it becomes the reader's own link
_PLACE = "TOKEN"


@lru_cache(maxsize=8)
def _around(view: str) -> tuple[str, str]:
    """What stands before and after the token in the path of the view. These addresses begin at the root of the site;
    to ask for the views of all others, the staff's pages too, would take a process that sends 10 MB."""
    before, after = reverse(view, urlconf="subscribers.mailed_urls", args=[_PLACE]).split(_PLACE)
    return before, after


def _link(view: str, token: str) -> str:
    before, after = _around(view)
    return f"{settings.SITE_URL}{before}{token}{after}"


def preferences_link(token: str) -> str:
    return _link("preferences", token)


def preferences_url(subscriber_id: int, made_at: datetime | None = None) -> str:
    """`made_at` is when the mail with the link is written. A link without it, as in the editions of before, opens
    nothing for those who changed their address since (`subscribers.preferences.links`)."""
    return preferences_link(make(Purpose.PREFERENCES, subscriber_id, *_times(made_at)))


def _times(made_at: datetime | None) -> list[int]:
    return [int(made_at.timestamp())] if made_at else []


def new_address_url(change_id: int, asked_at: datetime) -> str:
    """The link that confirms a new address: good for this one request."""
    return _link("new_address", make(Purpose.NEW_ADDRESS, change_id, int(asked_at.timestamp())))


def own_data_url(subscriber_id: int, asked_at: datetime) -> str:
    """The link to the file of everything that is held about somebody."""
    return _link("own_data", make(Purpose.OWN_DATA, subscriber_id, int(asked_at.timestamp())))


def reading_url(subscriber_id: int, asked_at: datetime) -> str:
    """The link to what is recorded of somebody's reading, and to its end."""
    return _link("own_reading", make(Purpose.OWN_DATA, subscriber_id, int(asked_at.timestamp())))


def erase_url(subscriber_id: int, asked_at: datetime) -> str:
    return _link("erase_me", make(Purpose.OWN_DATA, subscriber_id, int(asked_at.timestamp())))


def unsubscribe_link(token: str) -> str:
    return _link("unsubscribe", token)


def stay_link(token: str) -> str:
    """Where readers say that they want to stay; with the token that unsubscribes, since the same mail has that, too."""
    return _link("stay", token)


def unsubscribe_ways(token: str) -> list[str]:
    """The addresses of List-Unsubscribe (RFC 2369 §3.2): the link, and where returned mail is read a mailto too, whose
    subject holds the token: an address would be folded to lower case on its way."""
    ways = [unsubscribe_link(token)]
    if return_paths.is_used():
        ways.append(f"mailto:{UNSUBSCRIBING_BOX}@{ascii_domain(settings.BOUNCE_DOMAIN)}?subject=unsubscribe%20{token}")
    return ways


def one_click_fields(token: str) -> dict[str, str]:
    """The header fields of a message to one reader of a list (RFC 8058)."""
    return {
        "List-Unsubscribe": fields.uri_list(*unsubscribe_ways(token)),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def unsubscribe_token(
    subscriber_id: int, mailing_list_id: int, edition_id: int = 0, made_at: datetime | None = None
) -> str:
    """`made_at` is for the link to the preferences on the page that the link opens, as in `preferences_url`."""
    return make(Purpose.UNSUBSCRIBE, subscriber_id, mailing_list_id, edition_id, *_times(made_at))


def unsubscribe_url(
    subscriber_id: int, mailing_list_id: int, edition_id: int = 0, made_at: datetime | None = None
) -> str:
    """Always works."""
    return unsubscribe_link(unsubscribe_token(subscriber_id, mailing_list_id, edition_id, made_at))


def confirm_url(asked_at: datetime, subscription_ids: list[int]) -> str:
    """The link of one confirmation mail: good for exactly the subscriptions that the mail names."""
    return _link("confirm", make(Purpose.CONFIRM, int(asked_at.timestamp()), *subscription_ids))


def subscribe_url() -> str:
    return settings.SITE_URL + reverse("subscribers:subscribe")
