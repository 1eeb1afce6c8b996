"""Where webhooks enter the program. django-anymail, with all that it loads, is imported only when one does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from newsletters.events.receiving.reading import Found, waiting_to_be_fetched
from newsletters.models import RawEvent

PATH = "/webhooks/"


@csrf_exempt  # who calls is no browser: its signature stands for the token
def receive(request: HttpRequest, service: str, direction: str) -> HttpResponse:
    from newsletters.events.webhooks.calls import receive_call

    return receive_call(request, service, direction)


def read_event(event: RawEvent, body: bytes) -> Found:
    """As `receiving.reading.Reader`, for what any service told us. Raises LookupError for a source that is none, or
    that isn't set up any more."""
    from newsletters.events.webhooks.stored import read_stored

    return read_stored(event, body)


def fetch_kept_mails() -> int:
    """Those that services keep on their own side; how many calls were worked off. Raises DatabaseError."""
    if not waiting_to_be_fetched(1):
        return 0
    from newsletters.events.webhooks.fetching_kept import fetch_waiting

    return fetch_waiting()


# With and without a slash at the end: a redirect would lose what was posted. Mailgun sends a mail that came in whole
# when the address has “mime” in it.
address = re_path(
    rf"^{PATH.lstrip('/')}(?P<service>[a-z0-9_]{{1,17}})/(?P<direction>tracking|inbound|inbound_mime)/?$",
    receive,
    name="webhook",
)
