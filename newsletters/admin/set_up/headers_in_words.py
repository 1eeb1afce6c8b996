"""What the test mail said and what can be known of it: what we sent, and what the server answered. Whether a receiver
found SPF, DKIM and DMARC in order stands in the mail that arrived, and nowhere else.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from mail.models import Message
from mail.transport import bare_address
from newsletters.delivery.trial_mail import return_path, sender


class Explained(NamedTuple):
    name: str
    value: str
    meaning: str


def what_it_says(row: Message) -> list[Explained]:
    from_header = sender()
    address = bare_address(from_header)
    domain = address.rpartition("@")[2]
    said = [
        Explained(_("From"), from_header, _("Readers see this as the sender.")),
        _where_bounces_go(domain),
        _way(),
    ]
    if row.state != Message.State.SENT:
        return [
            *said,
            Explained(_("Answer"), row.reply, _("The email didn't leave. Fix this, then send another test.")),
        ]
    said.append(Explained(_("Answer"), row.reply or _("Accepted"), _("The server has taken the email.")))
    if settings.INBOX_ENABLED:
        nothing = _("Nobody checked it, because the email never left this machine. Set EMAIL_URL to send for real.")
        return [*said, Explained("SPF, DKIM, DMARC", "–", nothing)]
    selector = settings.DKIM_SELECTOR
    return [
        *said,
        Explained(
            "SPF",
            return_path().rpartition("@")[2],
            _("The DNS of this domain has to name your mail server as one that may send for it."),
        ),
        Explained(
            "DKIM",
            f"{selector}._domainkey.{domain}" if selector else _("no selector set"),
            _("Your mail server or service signs each email; its public key is in the DNS of your domain."),
        ),
        Explained(
            "DMARC",
            f"_dmarc.{domain}",
            _("Passes if SPF or DKIM passes for the domain in From. Large mailbox providers require it."),
        ),
    ]


def _where_bounces_go(senders_domain: str) -> Explained:
    path = return_path()
    domain = path.rpartition("@")[2]
    if domain == senders_domain:
        meaning = _("Servers send bounces here. It is at the same domain as the sender, so SPF can count for DMARC.")
    else:
        meaning = _(
            "Servers send bounces here. SPF counts for DMARC if this domain belongs to the same organization as the"
            " sender's."
        )
    return Explained(_("Return-Path"), path, meaning)


def _way() -> Explained:
    route = settings.EMAIL_ROUTE
    if settings.INBOX_ENABLED:
        return Explained(_("Sent by"), _("the built-in inbox"), _("It catches all mail. Nothing leaves this machine."))
    if not route.is_smtp:
        return Explained(_("Sent by"), route.backend, _("A mail service takes all mail for you."))
    encrypted = route.tls != "none"
    meaning = _("Encrypted on the way there.") if encrypted else _("Not encrypted on the way there.")
    return Explained(_("Sent by"), f"{route.host}:{route.port}", meaning)
