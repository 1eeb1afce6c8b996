"""What is known from outside: dead links, the sender's domain in DNS, a spam filter's judgement. Nothing asks here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight.background import Background
from newsletters.editions.preflight.edition_texts import links
from newsletters.editions.preflight.findings import Finding
from newsletters.rendering.content import EditionContent


def check(loaded: LoadedEdition, background: Background) -> Iterator[Finding]:
    if settings.CHECK_DNS and (domain := loaded.content.from_email.rpartition("@")[2].lower()):
        yield from _domain(domain, background.domain)
    seen = loaded.inspection
    if seen is None or seen.done_at is None:
        return
    yield from _links(seen.links, loaded.content)
    if seen.fingerprint == loaded.fingerprint:
        yield from _spam(seen.spam)


def _links(known: dict[str, Any], content: EditionContent) -> Iterator[Finding]:
    """Of what still stands in the edition."""
    told: set[str] = set()
    for link in links(content):
        answer = known.get(link.text)
        if answer and answer["problem"] and link.text not in told:
            told.add(link.text)
            message = _("The link “%(address)s” in %(name)s: %(problem)s.")
            yield Finding(
                "dead_link" if answer["dead"] else "link_unsure", False,
                message % {"address": link.text, "name": link.name, "problem": answer["problem"]}, link.field,
            )  # fmt: skip


def _domain(name: str, known: dict[str, Any]) -> Iterator[Finding]:
    """By the last look at the domain, for whichever edition: one that goes out by itself is looked at too late."""
    if known.get("spf") is None or known.get("dmarc") is None:
        message = (
            _("We haven't checked yet whether %s has SPF and DMARC records in DNS. Press “Check the links”.") % name
        )
        yield Finding("domain_unknown", False, message, "newsletter.from_email")
    records = (
        ("spf", _("%s has no SPF record in DNS. Mailbox providers reject mail without one.")),
        ("dmarc", _("%s has no DMARC record in DNS. Gmail, Yahoo and Outlook reject bulk mail without one.")),
        ("dkim", _("%s has no DKIM key in DNS for the selector in DKIM_SELECTOR, so its emails aren't signed.")),
    )
    for record, message in records:
        if known.get(record) is False:
            of = (known.get("spf_of") if record == "spf" else "") or name
            yield Finding(record, True, message % of, "newsletter.from_email")


def _spam(known: dict[str, Any]) -> Iterator[Finding]:
    if "score" in known and known["score"] >= known["limit"]:
        message = _("SpamAssassin rates it as spam (%(score).1f; the limit is %(limit).1f): %(rules)s.")
        rules = ", ".join(known["rules"]) or "–"
        yield Finding("spam", False, message % {**known, "rules": rules}, "")
