from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register
from django.core.mail.utils import DNS_NAME

from mail import checks
from mail.writing import identity


class MailConfig(AppConfig):
    name = "mail"

    def ready(self) -> None:
        register(checks.check_bounce_domain)
        # What Django writes itself, as `sendtestemail`, would name this machine in its Message-ID: often “localhost”.
        DNS_NAME._fqdn = identity.mail_domain()
