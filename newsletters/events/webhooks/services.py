"""The services whose calls are taken: all that the installed django-anymail can read, as far as they are set up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from newsletters.events.webhooks.brevo import Brevo
from newsletters.events.webhooks.mailgun import Mailgun
from newsletters.events.webhooks.mailtrap import Mailtrap
from newsletters.events.webhooks.mandrill import Mandrill
from newsletters.events.webhooks.resend import Resend
from newsletters.events.webhooks.sendgrid import SendGrid
from newsletters.events.webhooks.service import Direction, NotSetUp, Service
from newsletters.events.webhooks.unisender_go import UnisenderGo


@cache
def known() -> Mapping[str, Mapping[Direction, type[Any]]]:
    """anymail's views by the names of its modules: {"postmark": {Direction.TRACKING: …}}."""
    from anymail.signals import inbound, tracking
    from anymail.urls import urlpatterns

    views = list(dict.fromkeys(pattern.callback.view_class for pattern in urlpatterns))
    found: dict[str, dict[Direction, type[Any]]] = {}
    for view in views:
        if any(view is not other and issubclass(view, other) for other in views):
            continue  # an old name of another service: Sendinblue's of Brevo
        directions = {tracking: [Direction.TRACKING], inbound: [Direction.INBOUND]}.get(view.signal, list(Direction))
        for direction in directions:
            found.setdefault(view.__module__.rpartition(".")[2], {})[direction] = view
    return found


def service_named(name: str, direction: Direction) -> Service | None:
    """None for one that anymail doesn't know. Raises `NotSetUp`."""
    view = known().get(name, {}).get(direction)
    if view is None:
        return None
    try:
        kind = _class_of(name)
    except ModuleNotFoundError as problem:  # after an upgrade without its packages
        raise NotSetUp(f"The package {problem.name} isn't installed: requirements/run.txt has it.") from None
    return kind(name, direction, view)


def may_ask_before_set_up(name: str, direction: Direction) -> bool:
    """Does the service ask for the address by HEAD before it gives its key?"""
    return direction in known().get(name, {}) and _CLASSES.get(name, Service).head_before_set_up


_CLASSES: Mapping[str, type[Service]] = {
    "brevo": Brevo, "mailgun": Mailgun, "mailtrap": Mailtrap, "mandrill": Mandrill, "resend": Resend,
    "sendgrid": SendGrid, "unisender_go": UnisenderGo,
}  # fmt: skip


def _class_of(name: str) -> type[Service]:
    if name == "amazon_ses":  # with a library that nobody else needs
        from newsletters.events.webhooks.amazon_ses import AmazonSes

        return AmazonSes
    return _CLASSES.get(name, Service)
