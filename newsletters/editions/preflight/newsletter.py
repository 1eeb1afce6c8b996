"""The newsletter and the installation: what stands around the words."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from lib.percentages import percent
from newsletters.articles import tracking_notice
from newsletters.blocks.registry import is_complete, kind_of
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight.background import Background
from newsletters.editions.preflight.findings import Finding
from newsletters.models import Page
from newsletters.models.pages import EXPECTED_PAGES, REQUIRED_PAGES
from newsletters.rendering.content import EditionContent
from newsletters.rendering.tracked_links import BY_READER

BOUNCES = 0.02  # of the last edition's recipients


def check(loaded: LoadedEdition, background: Background) -> Iterator[Finding]:
    yield from _sender(loaded.content)
    yield from _blocks(loaded)
    yield from _last_edition(background)
    yield from _site()
    if loaded.content.tracking == BY_READER and (problem := tracking_notice.problem()):
        yield Finding("tracking_notice", True, problem, "institute_page.privacy")
    if background.is_first:
        yield from _pages()


def _sender(content: EditionContent) -> Iterator[Finding]:
    if not content.from_email or not content.from_name:
        message = _("The newsletter has no sender. Add a sender name and address.")
        yield Finding("sender", True, message, "newsletter.from_email")
    domain = content.from_email.rpartition("@")[2].lower()
    allowed = [name.lower() for name in settings.SENDER_DOMAINS]
    if domain and allowed and domain not in allowed:
        message = _("You can't send mail from %(domain)s here. Senders must be at: %(allowed)s.")
        yield Finding(
            "from_domain", True, message % {"domain": domain, "allowed": ", ".join(allowed)}, "newsletter.from_email"
        )
    if not content.postal_address.strip():
        message = _("The newsletter has no postal address. Many countries require one by law in every email.")
        yield Finding("postal_address", True, message, "newsletter.postal_address")


def _blocks(loaded: LoadedEdition) -> Iterator[Finding]:
    content = loaded.content
    if not any(kind_of(block.kind).is_content for block in content.blocks):
        message = _("The edition has no articles. Add at least one, or write a text.")
        yield Finding("empty", True, message, "articles")
    for place, block in enumerate(content.blocks):
        if not is_complete(block):  # it would be left out of the mail
            yield Finding("incomplete", True, str(kind_of(block.kind).incomplete), f"block.{place}")
    for saved in loaded.draft.blocks:
        article = loaded.references.article_of(saved)
        if article is not None and not article.is_public:
            message = _("“%s” isn't published. Publish it or remove it.") % article.title
            yield Finding("unpublished", True, message, f"page.{article.pk}")


def _last_edition(background: Background) -> Iterator[Finding]:
    if background.last_edition is None:
        return
    number, totals = background.last_edition[0], background.last_edition[1].of_recipients
    if totals.rejected > BOUNCES * totals.candidates:
        message = _("%(share)s of the last edition's emails were rejected. Above 2%%, mailbox providers distrust "
                    "a sender. Its ledger says why.")  # fmt: skip
        yield Finding(
            "bounces", False, message % {"share": percent(totals.rejected / totals.candidates)}, f"ledger.{number}"
        )


def _pages() -> Iterator[Finding]:
    """Before the first edition alone: someone who sends without an imprint has been asked once."""
    there = dict(Page.objects.exclude(kind=Page.Kind.OTHER).order_by("status").values_list("kind", "status"))
    for kind in EXPECTED_PAGES:
        status = there.get(kind)
        if status == Page.Status.DRAFT:
            message = _("Your page “%s” isn't published yet. Finish it before the first edition goes out.")
        elif status is None and kind in REQUIRED_PAGES:
            message = _("Your site has no page “%s”. Many countries require one, and every email links to it.")
        else:
            continue
        yield Finding(f"page_{kind}", False, message % kind.label, f"institute_page.{kind}")


def _site() -> Iterator[Finding]:
    if settings.SITE_IS_LOCAL and not settings.INBOX_ENABLED:
        message = (
            _(
                "Links in the email would start with %s, which nobody else can open, not even to unsubscribe."
                " Set SITE_URL to your public https address."
            )
            % settings.SITE_URL
        )
        yield Finding("site_local", True, message, "")
    elif settings.SITE_IS_LOCAL or settings.SITE_URL.startswith("http:"):
        message = (
            _(
                "Links in the email start with %s, which readers elsewhere can't open safely."
                " Set SITE_URL to your public https address."
            )
            % settings.SITE_URL
        )
        yield Finding("site_url", settings.PRODUCTION, message, "")
