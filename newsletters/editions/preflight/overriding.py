"""An owner's word that an edition may go out although something blocks it: bound to the content, with a reason."""

from __future__ import annotations

import logging
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lib.names import called
from newsletters.editions.preflight.findings import Finding
from newsletters.models import Edition, PreflightOverride

logger = logging.getLogger(__name__)
SHORTEST_REASON = 10  # characters: what is shorter explains nothing to who reads it next year


class NoReason(ValueError):
    """The override has no reason that anybody could understand later; the message says so."""


def override(
    edition: Edition, fingerprint: str, findings: list[Finding], *, reason: str, by: User
) -> PreflightOverride:
    """Override the findings that may be, as long as the edition says what it says now. Who may is the caller's to
    check. Raises `NoReason`."""
    reason = " ".join(reason.split())
    if len(reason) < SHORTEST_REASON:
        raise NoReason(_("Say why you are overriding this, so that others understand it later."))
    codes = sorted({finding.code for finding in findings if finding.overridable})
    logger.warning("Edition %s: user %s overrides %s", edition.pk, by.pk, ", ".join(codes))
    return PreflightOverride.objects.create(
        edition=edition,
        fingerprint=fingerprint,
        codes=codes,
        reason=reason[:500],
        by=by,
        by_name=called(by),
    )


def overrides_of(edition: Edition, fingerprint: str) -> tuple[dict[str, str], dict[str, str]]:
    """For each code that was overridden: who did, when and why. For this content, and for an earlier one, which ended
    when the edition was changed."""
    found: dict[str, str] = {}
    ended: dict[str, str] = {}
    for each in PreflightOverride.objects.filter(edition=edition).order_by("at", "pk"):
        local = each.at.astimezone(ZoneInfo(edition.newsletter.zone))
        words = _("%(who)s, %(when)s: %(reason)s") % {
            "who": each.by_name, "when": f"{date_format(local, 'j F Y, H:i')} {local:%Z}", "reason": each.reason,
        }  # fmt: skip
        found_for = found if each.fingerprint == fingerprint else ended
        found_for |= dict.fromkeys(each.codes, words)
    return found, ended
