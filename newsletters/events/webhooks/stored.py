"""What is made of a call that was kept: the feedback of a service, or a mail that came in by one."""

from __future__ import annotations

from newsletters.events.receiving.reading import Found
from newsletters.events.webhooks import inbound, services, tracking
from newsletters.events.webhooks.service import Direction, NotSetUp, Service, name_and_direction
from newsletters.models import RawEvent


def read_stored(event: RawEvent, body: bytes) -> Found:
    """As `receiving.reading.Reader`. Raises LookupError where there is no such service, or it isn't set up any more."""
    service = service_of(event.source)
    if service.direction is Direction.INBOUND:
        return inbound.read_call(service, event, body)
    return tracking.read_call(service, event, body)


def service_of(source: str) -> Service:
    name, direction = name_and_direction(source)
    try:
        service = services.service_named(name, direction)
    except NotSetUp as problem:
        raise LookupError(str(problem)) from None
    if service is None:
        raise LookupError(f"Nobody reads what comes from “{source}”.")
    return service
