"""The page of an edition that is not composed any more: how far it is, its report, what needs a person, who decided."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.response import TemplateResponse

from newsletters.admin.edition import approving, dead_addresses, report, resolving, watching
from newsletters.admin.edition.composer.form import ComposerForm
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.roles import may
from newsletters.delivery.limits.stopped_domains import stopped_of
from newsletters.editions.repeats import articles_readers_have


def show_watch_page(
    request: HttpRequest, page: EditionPage, *, refusal: str = "", typed: ComposerForm | None = None, status: int = 200
) -> TemplateResponse:
    """The page of an edition that is no draft, or not the visitor's to change. `refusal` says why what was `typed` in
    the composer was not saved."""
    progress = watching.progress_context(page.edition)
    context = {
        **page.context(),
        **progress,
        "inbox_row": page.inbox_row,
        "report": report.context_of(page.edition),
        "stopped_domains": stopped_of(page.edition.pk),
        "dead": dead_addresses.context_of(request, page.edition),
        "needs": resolving.needs(request, page.edition, progress["sums"]),
        "content": page.content,
        "has_sent_articles": bool(articles_readers_have(page.content)),
        "decisions": approving.decisions_on(page),
        "may_see_ledger": may(request, "newsletters.view_delivery"),
        "refusal": refusal,
        "typed": typed,
    }
    return TemplateResponse(request, "admin/newsletters/edition/watch.html", context, status=status)
