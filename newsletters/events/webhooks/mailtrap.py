"""Mailtrap, which tells of a mail that came in by its number alone."""

from __future__ import annotations

from newsletters.events.webhooks.service import Service


class Mailtrap(Service):
    brings_mail = False
