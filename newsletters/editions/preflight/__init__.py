"""May this edition go out? One function for the panel beside the composer, the gate before sending, and the tests.

Blocking is only what is wrong for certain; an owner may override most of it, with a reason that is kept. Every finding
says what is wrong in a sentence, and where it is mended. Nothing here waits for the network: what a task found out
there is looked up (`outside`), with the time at which it was known.
"""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.db.models import QuerySet

from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight import (
    audience,
    block_readers,
    external,
    missing_values,
    newsletter,
    pictures,
    rendered_mail,
    variant_costs,
    variants,
    welcome,
    wording,
)
from newsletters.editions.preflight.background import Background, read_background
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.preflight.overriding import overrides_of
from newsletters.models import Edition
from newsletters.rendering.content import EditionContent
from subscribers.models import Subscription
from subscribers.segments.counting import TooSlow, in_time


def check(edition: Edition) -> list[Finding]:
    """All findings: those that block first, then those that were overridden, then what is only unwise."""
    return check_loaded(LoadedEdition(edition))


def check_loaded(loaded: LoadedEdition) -> list[Finding]:
    """The same, of an edition that the caller has read already."""
    content = loaded.content
    candidates, problem = audience.candidates_of(content)
    background = _background(loaded, candidates)
    findings = [*wording.unrenderable(content)]
    can_be_made = not findings
    findings += newsletter.check(loaded, background)
    findings += pictures.check(loaded)
    findings += audience.check(content, background, lambda: loaded.readership, problem)
    findings += audience.check_repeats(loaded.repeats)
    if can_be_made:
        findings += [*variants.check(content, lambda: loaded.readership)]
        findings += [*block_readers.check(content, lambda: loaded.readership)]
        findings += [*variant_costs.check(content, lambda: loaded.readership, lambda: loaded.mail)]
        findings += missing_values.check(content)
        findings += [*wording.check(content), *rendered_mail.check(content, lambda _content: loaded.mail)]
    findings += [*external.check(loaded, background)]
    if "readership" in loaded.__dict__ and loaded.readership.problem and not problem:  # it was asked, and not answered
        findings.append(Finding("uncounted", False, loaded.readership.problem, "audience"))
    return sorted(_overridden(loaded, findings), key=_order)


def check_welcome(loaded: LoadedEdition, content: EditionContent) -> list[Finding]:
    """May `content`, made of this draft, welcome who joins? The same, but for what an audience, a number and a place in
    the archive are needed for."""
    background = _background(loaded, Subscription.objects.none())
    findings = [*wording.unrenderable(content)]
    can_be_made = not findings
    # A welcome counts nothing, so that nothing needs to be said of it.
    findings += [found for found in newsletter.check(loaded, background) if found.code != "tracking_notice"]
    findings += [*pictures.check(loaded), *welcome.check(content)]
    if can_be_made:
        findings += [*block_readers.check_segments(content)]
        findings += [*wording.check(content), *rendered_mail.check(content)]
    findings += [*external.check(loaded, background)]
    return sorted(_overridden(loaded, findings), key=_order)


def _background(loaded: LoadedEdition, candidates: QuerySet[Subscription]) -> Background:
    domain = _domain_to_ask(loaded.content.from_email)
    if not loaded.content.asks_segments:
        return read_background(loaded.edition, candidates, domain)
    try:
        with in_time():
            return read_background(loaded.edition, candidates, domain)
    except TooSlow:  # whether there is anybody is found out when the edition begins
        return replace(read_background(loaded.edition, candidates.none(), domain), has_candidates=True)


def _domain_to_ask(address: str) -> str:
    return address.rpartition("@")[2].lower() if settings.CHECK_DNS else ""


def blocking(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.blocking]


def _overridden(loaded: LoadedEdition, findings: list[Finding]) -> list[Finding]:
    if not any(finding.overridable for finding in findings):
        return findings
    passed, ended = overrides_of(loaded.edition, loaded.fingerprint)
    return [_with_override(finding, passed, ended) if finding.overridable else finding for finding in findings]


def _with_override(finding: Finding, passed: dict[str, str], ended: dict[str, str]) -> Finding:
    if finding.code in passed:
        return replace(finding, blocking=False, overridden=passed[finding.code])
    return replace(finding, ended=ended.get(finding.code, ""))


def _order(finding: Finding) -> int:
    if finding.blocking:
        return 0
    return 1 if finding.overridden else 2


__all__ = ["Finding", "blocking", "check", "check_loaded", "check_welcome"]
