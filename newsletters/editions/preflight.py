"""May this edition go out? One function for the panel beside the composer, the gate before sending, and the tests.

Blocking is only what is wrong for certain. Every finding says what is wrong in a sentence and which field mends it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from newsletters.editions import snapshot
from newsletters.models import Edition, Newsletter
from newsletters.rendering import merge
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import check_no_marker, render
from newsletters.rendering.slots import MARK
from subscribers.models import Subscription

CLIPPED_BYTES = 102_000  # Gmail shows no more of a message's HTML
LARGE_BYTES = 90_000
SUBJECT_FITS = 60  # characters


@dataclass(frozen=True, slots=True)
class Finding:
    """`field` names the form field that mends it, with “newsletter.” before it when it is the newsletter's."""

    code: str
    blocking: bool
    message: str
    field: str


def check(edition: Edition) -> list[Finding]:
    """All findings, the blocking ones first."""
    content = snapshot.of_edition(edition)
    findings = [
        *_newsletter(edition.newsletter),
        *_words(edition),
        *_markers(content),
        *_articles(edition),
        *_audience(edition),
        *_merge_fields(edition),
        *_site(),
    ]
    if not any(finding.blocking for finding in findings):
        findings += _mail(content)
    return sorted(findings, key=lambda finding: not finding.blocking)


def _newsletter(newsletter: Newsletter) -> Iterator[Finding]:
    if not newsletter.from_email or not newsletter.from_name:
        yield Finding(
            "sender", True, "The newsletter has no sender: give it a sender name and address.", "newsletter.from_email"
        )
    if not newsletter.postal_address.strip():
        yield Finding(
            "postal_address",
            True,
            "The newsletter has no postal address: the law of many countries wants one in every mail.",
            "newsletter.postal_address",
        )


def _words(edition: Edition) -> Iterator[Finding]:
    subject = edition.subject.strip()
    if not subject:
        yield Finding("subject", True, "The edition has no subject.", "subject")
    if not edition.preheader.strip():
        yield Finding("preheader", False, "Without a preheader, inboxes show the first words of the mail.", "preheader")
    for field in ("subject", "preheader", "introduction"):
        text = getattr(edition, field)
        if re.search(r"\bTK\b|\bTKTK\b", text):
            yield Finding("tk", True, f"“TK” is still in the {field}: something was to come there.", field)
        if field != "introduction" and any(not character.isprintable() for character in text):
            yield Finding("control", True, f"The {field} contains a line break or another control character.", field)


def _markers(content: EditionContent) -> Iterator[Finding]:
    """In whatever the mail says: a headline with one would break the mails of everybody."""
    try:
        check_no_marker(json.dumps(content.to_json(), ensure_ascii=False))
    except ValueError as problem:
        yield Finding("marker", True, str(problem), "introduction" if MARK in content.introduction else "articles")


def _articles(edition: Edition) -> Iterator[Finding]:
    items = list(edition.items.select_related("article"))
    if not items:
        yield Finding("empty", True, "The edition has no articles: choose at least one.", "articles")
    for item in items:
        if not item.article.is_public:
            yield Finding(
                "unpublished", True, f"“{item.article.title}” is not published: publish it or take it out.", "articles"
            )


def _audience(edition: Edition) -> Iterator[Finding]:
    newsletter = edition.newsletter
    anybody = Subscription.objects.filter(
        mailing_list_id=newsletter.mailing_list_id, status=Subscription.Status.CONFIRMED
    ).exists()
    if not anybody:
        yield Finding(
            "nobody", True, f"Nobody has confirmed a subscription to {newsletter.mailing_list.name} yet.", "newsletter"
        )


def _merge_fields(edition: Edition) -> Iterator[Finding]:
    for field in ("subject", "preheader", "introduction"):
        try:
            merge.check(getattr(edition, field))
        except merge.BadMergeField as problem:
            yield Finding("merge_field", True, str(problem), field)


def _site() -> Iterator[Finding]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"} or settings.SITE_URL.startswith("http:"):
        yield Finding(
            "site_url",
            settings.PRODUCTION,
            f"Links in the mail begin with {settings.SITE_URL}, which readers elsewhere cannot open safely:"
            " set SITE_URL to your public https address.",
            "",
        )


def _mail(content: EditionContent) -> Iterator[Finding]:
    """What can only be seen in the mail itself."""
    mail = render(content)
    if len(mail.subject) > SUBJECT_FITS:
        message = f"The subject has {len(mail.subject)} characters; most inboxes show about {SUBJECT_FITS}."
        yield Finding("subject_long", False, message, "subject")
    size = len(mail.html.encode())
    if size >= LARGE_BYTES:
        message = f"The mail has {size // 1024} KB of HTML; Gmail cuts it off at 100. Take articles out."
        yield Finding("size", size >= CLIPPED_BYTES, message, "articles")
    for article in content.articles:
        if article.picture and not article.picture.alt.strip():
            yield Finding("alt", False, f"The picture of “{article.headline}” has no alternative text.", "articles")
    yield from _links(content, lambda address: urlsplit(address).scheme in {"http", "https", "mailto"})


def _links(content: EditionContent, usable: Callable[[str], bool]) -> Iterator[Finding]:
    for address in re.findall(r'href="([^"]*)"', content.introduction):
        if not usable(address):
            yield Finding("link", True, f"The link “{address}” in the introduction leads nowhere.", "introduction")
