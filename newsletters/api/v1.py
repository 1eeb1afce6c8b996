"""The API's first version: read-only, four addresses. A face over the stages: it asks them and says what they answer.

An address keeps its meaning within a version: fields may be added, none goes or changes.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import NinjaAPI, Query
from ninja.errors import HttpError, ValidationError

from lib.problem_details import problem
from newsletters.api.answers import (
    EditionEntries,
    EditionEntry,
    EditionReportAnswer,
    EditionsQuery,
    ListQuery,
    NewsletterEntries,
    NewsletterEntry,
    NewsletterReportAnswer,
    ProblemDetails,
)
from newsletters.api.authentication import BearerToken, require_permission, within_limit_of_reports
from newsletters.editions.subjects import subject_in_words, subject_parts_of
from newsletters.models import Edition, Newsletter
from newsletters.models.editions import EditionStatus
from newsletters.reports.edition_report import report_edition
from newsletters.reports.newsletter_report import report_newsletter
from newsletters.reports.tables import as_json
from subscribers.throttling import Throttled

VIEW_EDITIONS, VIEW_NEWSLETTERS = "newsletters.view_edition", "newsletters.view_newsletter"
MOST_ERRORS = 5  # that one answer names
_REFUSALS: Any = {401: ProblemDetails, 403: ProblemDetails, 429: ProblemDetails}
_REFUSALS_OF_LISTS: Any = {**_REFUSALS, 422: ProblemDetails}
_REFUSALS_OF_REPORTS: Any = {**_REFUSALS, 404: ProblemDetails}

api = NinjaAPI(
    title="Iria", version="1", urls_namespace="api", auth=BearerToken(), docs_url=None,
    description="Editions, newsletters and their reports, for programs. Read-only.",
)  # fmt: skip


# --- Editions -----------------------------------------------------------------------------------------------------
@api.get("editions/", response={200: EditionEntries, **_REFUSALS_OF_LISTS}, url_name="editions")
def list_editions(request: HttpRequest, query: Query[EditionsQuery]) -> EditionEntries:
    """All editions that are there, drafts among them, the newest first."""
    require_permission(request, VIEW_EDITIONS)
    _refuse_unknown(request, query)
    rows = Edition.objects.select_related("newsletter").order_by("-pk")
    if query.newsletter is not None:
        rows = rows.filter(newsletter=query.newsletter)
    if query.status is not None:
        rows = rows.filter(status=query.status)
    if query.before is not None:
        rows = rows.filter(pk__lt=query.before)
    found = list(rows.defer("introduction")[: query.limit + 1])
    page = found[: query.limit]
    subjects = subject_parts_of(page)
    items = [_edition(each, subject_in_words(subjects[each.pk])) for each in page]
    return EditionEntries(items=items, next=_next(request, found, query.limit))


@api.get(
    "editions/{int:edition_id}/report/", response={200: EditionReportAnswer, **_REFUSALS_OF_REPORTS},
    url_name="edition-report",
)  # fmt: skip
def read_edition_report(request: HttpRequest, edition_id: int) -> HttpResponse:
    """What the report's page, its CSV and `manage.py report` say, at this moment."""
    require_permission(request, VIEW_EDITIONS)
    edition = Edition.objects.select_related("newsletter__mailing_list").filter(pk=edition_id).first()
    if edition is None:
        raise Http404(f"There is no edition with the id {edition_id}.")
    within_limit_of_reports(request)
    found = report_edition(edition)
    if found is None:
        raise Http404(f"Edition {edition_id} hasn't begun to go out, so there is nothing to report.")
    return _as_it_is(as_json(found))


def _edition(edition: Edition, subject: str) -> EditionEntry:
    begun = edition.frozen_at is not None
    return EditionEntry(
        id=edition.pk,
        newsletter_id=edition.newsletter_id,
        name=str(edition),
        number=edition.number,
        subject=subject,
        status=EditionStatus(edition.status),
        created_at=edition.created_at,
        send_at=edition.send_at,
        began_at=edition.frozen_at,
        finished_at=edition.finished_at,
        recipients=edition.recipients if begun else None,
        report=_absolute("edition-report", edition.pk) if begun else None,
    )


# --- Newsletters ----------------------------------------------------------------------------------------------------
@api.get("newsletters/", response={200: NewsletterEntries, **_REFUSALS_OF_LISTS}, url_name="newsletters")
def list_newsletters(request: HttpRequest, query: Query[ListQuery]) -> NewsletterEntries:
    """All newsletters, the newest first."""
    require_permission(request, VIEW_NEWSLETTERS)
    _refuse_unknown(request, query)
    rows = Newsletter.objects.select_related("mailing_list").order_by("-pk")
    if query.before is not None:
        rows = rows.filter(pk__lt=query.before)
    found = list(rows[: query.limit + 1])
    items = [
        NewsletterEntry(
            id=each.pk, name=each.name, address=each.slug, description=each.description, language=each.language,
            list_name=each.mailing_list.name, is_active=each.is_active, tracking=each.tracking,
            report=_absolute("newsletter-report", each.pk),
        )
        for each in found[: query.limit]
    ]  # fmt: skip
    return NewsletterEntries(items=items, next=_next(request, found, query.limit))


@api.get(
    "newsletters/{int:newsletter_id}/report/", response={200: NewsletterReportAnswer, **_REFUSALS_OF_REPORTS},
    url_name="newsletter-report",
)  # fmt: skip
def read_newsletter_report(request: HttpRequest, newsletter_id: int) -> HttpResponse:
    """What the report's page, its CSV and `manage.py report` say, at this moment."""
    require_permission(request, VIEW_NEWSLETTERS, VIEW_EDITIONS)
    newsletter = Newsletter.objects.select_related("mailing_list").filter(pk=newsletter_id).first()
    if newsletter is None:
        raise Http404(f"There is no newsletter with the id {newsletter_id}.")
    within_limit_of_reports(request)
    return _as_it_is(as_json(report_newsletter(newsletter)))


# --- What they share --------------------------------------------------------------------------------------------------
def _refuse_unknown(request: HttpRequest, query: ListQuery) -> None:
    """A name that is mistyped would otherwise ask for everything, and of one that stands twice the last would
    win. (The library drops what it doesn't know.)"""
    known = list(type(query).model_fields)
    words = f"This isn't one of {', '.join(known)}"
    wrong = [{"loc": ("query", name), "msg": words} for name in request.GET if name not in known]
    twice = [name for name in known if len(request.GET.getlist(name)) > 1]
    if wrong := wrong + [{"loc": ("query", name), "msg": "Give it once"} for name in twice]:
        raise ValidationError(wrong)


def _as_it_is(report: str) -> HttpResponse:
    return HttpResponse(report, content_type="application/json")


def _absolute(name: str, *args: int) -> str:
    """Of the site's own address: a request can say any host."""
    return settings.SITE_URL + reverse(f"api:{name}", args=args)


def _next(request: HttpRequest, found: list[Any], limit: int) -> str | None:
    """The address of the page that follows, with what was asked; None when there is none."""
    if len(found) <= limit:
        return None
    query = request.GET.copy()
    query["before"] = str(found[limit - 1].pk)
    return f"{settings.SITE_URL}{request.path}?{query.urlencode()}"


# --- Refusals -------------------------------------------------------------------------------------------------------
@api.exception_handler(HttpError)
def refuse(request: HttpRequest, refusal: HttpError) -> HttpResponse:
    if refusal.status_code == 401:
        sentence = "Send a token that works: “Authorization: Bearer iria_…”. Staff make them under API tokens."
        return problem(401, sentence, headers={"WWW-Authenticate": 'Bearer realm="Iria"'})
    return problem(refusal.status_code, refusal.message)


@api.exception_handler(Throttled)
def refuse_for_now(request: HttpRequest, limit: Throttled) -> HttpResponse:
    sentence = f"Too many requests. Try again in {limit.retry_after} seconds."
    return problem(429, sentence, headers={"Retry-After": str(limit.retry_after)})


@api.exception_handler(Http404)
def say_it_is_not_there(request: HttpRequest, why: Http404) -> HttpResponse:
    return problem(404, str(why))


@api.exception_handler(ValidationError)
def say_what_is_wrong(request: HttpRequest, wrong: ValidationError) -> HttpResponse:
    errors = [{"name": str(each["loc"][-1])[:80], "detail": f"{each['msg']}."} for each in wrong.errors[:MOST_ERRORS]]
    return problem(422, " ".join(f"{each['name']}: {each['detail']}" for each in errors), errors=errors)


@api.exception_handler(Exception)
def leave_it_to_the_site(request: HttpRequest, error: Exception) -> HttpResponse:
    """Logged and answered as everywhere (iria.error_pages): the library would show the traceback while developing."""
    raise error
