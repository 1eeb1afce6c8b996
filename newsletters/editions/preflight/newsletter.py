"""The newsletter and the installation: what stands around the words."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from newsletters.blocks.registry import is_complete, kind_of
from newsletters.editions.preflight.findings import Finding
from newsletters.models import Chunk, Edition
from newsletters.models.deliveries import Totals
from newsletters.rendering.content import EditionContent

BOUNCES = 0.02  # of the last edition's recipients


def check(edition: Edition, content: EditionContent) -> Iterator[Finding]:
    yield from _sender(content)
    yield from _blocks(edition, content)
    yield from _last_edition(edition)
    yield from _site()


def _sender(content: EditionContent) -> Iterator[Finding]:
    if not content.from_email or not content.from_name:
        message = _("The newsletter has no sender: give it a sender name and address.")
        yield Finding("sender", True, message, "newsletter.from_email")
    domain = content.from_email.rpartition("@")[2].lower()
    allowed = [name.lower() for name in settings.SENDER_DOMAINS]
    if domain and allowed and domain not in allowed:
        message = _("Mail from %(domain)s is not allowed here; senders must be at: %(allowed)s.")
        yield Finding(
            "from_domain", True, message % {"domain": domain, "allowed": ", ".join(allowed)}, "newsletter.from_email"
        )
    if not content.postal_address.strip():
        message = _("The newsletter has no postal address: the law of many countries wants one in every mail.")
        yield Finding("postal_address", True, message, "newsletter.postal_address")


def _blocks(edition: Edition, content: EditionContent) -> Iterator[Finding]:
    if not any(kind_of(block.kind).is_content for block in content.blocks):
        message = _("The edition has no articles: choose at least one, or write a text.")
        yield Finding("empty", True, message, "articles")
    for place, block in enumerate(content.blocks):
        if not is_complete(block):  # it would be left out of the mail
            yield Finding("incomplete", True, str(kind_of(block.kind).incomplete), f"block.{place}")
    for item in edition.items.select_related("article"):
        if item.article is not None and not item.article.is_public:
            message = _("“%s” is not published: publish it or take it out.") % item.article.title
            yield Finding("unpublished", True, message, f"page.{item.article.pk}")


def _last_edition(edition: Edition) -> Iterator[Finding]:
    last = Edition.objects.filter(newsletter=edition.newsletter_id, status=Edition.Status.SENT, candidates__gt=0)
    before = last.exclude(pk=edition.pk).order_by("-frozen_at").first()
    if before is None:
        return
    totals = Chunk.objects.filter(edition=before).totals_by_edition().get(before.pk, Totals())
    if totals.rejected > BOUNCES * before.candidates:
        message = _("%(share).1f %% of the last edition's mails were rejected. Above 2 %%, mailbox providers distrust "
                    "a sender. Its ledger says why.")  # fmt: skip
        yield Finding(
            "bounces", False, message % {"share": 100 * totals.rejected / before.candidates}, f"ledger.{before.pk}"
        )


def _site() -> Iterator[Finding]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"} or settings.SITE_URL.startswith("http:"):
        message = _("Links in the mail begin with %s, which readers elsewhere cannot open safely: set SITE_URL to your "
                    "public https address.") % settings.SITE_URL  # fmt: skip
        yield Finding("site_url", settings.PRODUCTION, message, "")
