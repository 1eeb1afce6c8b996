"""May this edition go out? One function for the panel beside the composer, the gate before sending, and the tests.

Blocking is only what is wrong for certain; an owner may override most of it, with a reason that is kept. Every finding
says what is wrong in a sentence, and where it is mended. Nothing here waits for the network: what a task found out
there is looked up (`outside`), with the time at which it was known.
"""

from __future__ import annotations

from dataclasses import replace

from newsletters.editions import snapshot
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.preflight import audience, external, newsletter, rendered_mail, wording
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.preflight.overriding import overrides_of
from newsletters.models import Edition
from newsletters.rendering.content import EditionContent


def check(edition: Edition, content: EditionContent | None = None) -> list[Finding]:
    """All findings: those that block first, then those that were overridden, then what is only unwise. `content` is
    what would be sent, where the caller has it already."""
    content = content or snapshot.of_edition(edition)
    findings = [*wording.unrenderable(content)]
    can_be_made = not findings
    findings += [*newsletter.check(edition, content), *audience.check(content)]
    if can_be_made:
        findings += [*wording.check(content), *rendered_mail.check(content)]
    findings += [*external.check(edition, content)]
    return sorted(_overridden(edition, content, findings), key=_order)


def blocking(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.blocking]


def _overridden(edition: Edition, content: EditionContent, findings: list[Finding]) -> list[Finding]:
    if not any(finding.overridable for finding in findings):
        return findings
    passed = overrides_of(edition, fingerprint(content))
    return [
        replace(finding, blocking=False, overridden=passed[finding.code])
        if finding.overridable and finding.code in passed
        else finding
        for finding in findings
    ]


def _order(finding: Finding) -> int:
    if finding.blocking:
        return 0
    return 1 if finding.overridden else 2


__all__ = ["Finding", "blocking", "check"]
