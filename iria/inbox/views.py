"""`/inbox/`: the mails that the catcher took. Only where mail is caught; elsewhere these pages do not exist.

A mail is shown as its reader would see it, and as what it is: somebody's HTML. It lies in a sandboxed frame at an
address of its own, with a policy of its own that lets no script run and nothing be loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib import messages as notices
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from iria.inbox.reading import take_apart, with_links, with_links_in_new_tabs
from iria.inbox.store import KEEP, LONGEST_SEARCH, Store, Summary
from lib.hosts import is_loopback
from lib.query_numbers import read_number
from subscribers.visitors import client_address

PER_PAGE = 50
_ONLY_SUPERUSERS = gettext_lazy(
    "From another machine only a superuser can read this inbox: some emails in it hold links to choose a new password."
)
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {site} data:; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def only_where_mail_is_caught(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """And only for people at this machine and superusers: these mails hold links that confirm and unsubscribe, and
    some that give an account a new password."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not settings.INBOX_ENABLED:
            raise Http404("The inbox is off: this Iria sends real mail.")
        user = request.user
        if is_from_this_machine(request) or (user.is_active and getattr(user, "is_superuser", False)):
            return view(request, **kwargs)
        if user.is_active and getattr(user, "is_staff", False):
            site: Any = admin.site
            answer: HttpResponse = site.refused(request, _ONLY_SUPERUSERS)
            return answer
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))

    return never_cache(guarded)


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether a browser on this very machine asked, and not a proxy or a tunnel on it for somebody elsewhere."""
    if not settings.SITE_IS_LOCAL or not is_loopback(urlsplit(f"//{request.get_host()}").hostname or ""):
        return False
    if not settings.TRUSTED_PROXIES and any(name in request.headers for name in FORWARDED):
        return False
    address = client_address(request)
    return address is not None and address.is_loopback


def store() -> Store:
    return opened(settings.INBOX_FILE)


@cache
def opened(path: Path) -> Store:
    return Store(path)


def found(message_id: int) -> tuple[Summary, bytes]:
    """Both in one go, since the mail may be cleared away between two looks."""
    summary, source = store().summary(message_id), store().raw(message_id)
    if summary is None or source is None:
        raise Http404("This email is no longer in the inbox.")
    return summary, source


@only_where_mail_is_caught
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    count = store().count(search)
    pages = max(1, -(-count // PER_PAGE))
    page = min(max(1, read_number(request.GET.get("page")) or 1), pages)
    mails = store().newest(search=search, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    return render(
        request,
        "inbox/list.html",
        {
            "mails": mails,
            "search": search,
            "count": count,
            "page": page,
            "pages": pages,
            "newer": _page(search, page - 1) if page > 1 else "",
            "older": _page(search, page + 1) if page < pages else "",
            "first": (page - 1) * PER_PAGE + 1,
            "last": (page - 1) * PER_PAGE + len(mails),
        },
    )


def _page(search: str, number: int) -> str:
    return "?" + urlencode(({"q": search} if search else {}) | {"page": str(number)})


@only_where_mail_is_caught
@require_safe
def messages_json(request: HttpRequest) -> HttpResponse:
    """For scripts and tests: an array, newest first; `?q=` searches, `?limit=` takes only the newest."""
    limit = read_number(request.GET.get("limit"))
    mails = store().newest(search=request.GET.get("q", ""), limit=KEEP if limit is None else limit)
    return JsonResponse([_as_json(mail) for mail in mails], safe=False)


def _as_json(mail: Summary) -> dict[str, int | str]:
    return {
        "id": mail.id,
        "envelope_from": mail.envelope_from,
        "envelope_to": mail.envelope_to,
        "from": mail.sender,
        "to": mail.recipients,
        "subject": mail.subject,
        "received_at": mail.received_at.isoformat().replace("+00:00", "Z"),
    }


@only_where_mail_is_caught
@require_safe
def message(request: HttpRequest, message_id: int, part: str = "") -> HttpResponse:
    summary, source = found(message_id)
    parts = take_apart(source)
    shown = part or ("mail" if parts.html else "text")
    newer, older = store().neighbours(message_id)
    return render(
        request,
        "inbox/message.html",
        {
            "mail": summary,
            "parts": parts,
            "shown": shown,
            "text": with_links(parts.text) if shown == "text" else "",
            "source": source.decode("utf-8", "replace") if shown == "source" else "",
            "newer": newer,
            "older": older,
        },
    )


@only_where_mail_is_caught
@require_safe
def html_part(request: HttpRequest, message_id: int) -> HttpResponse:
    """What stands in the frame."""
    _, source = found(message_id)
    html = take_apart(source).html
    if not html:
        raise Http404("This email has no HTML part.")
    response = HttpResponse(with_links_in_new_tabs(html))
    response["Content-Security-Policy"] = MAIL_POLICY.format(site=settings.SITE_URL)
    response["Referrer-Policy"] = "no-referrer"
    return response


@only_where_mail_is_caught
@require_safe
def raw(request: HttpRequest, message_id: int) -> HttpResponse:
    """The bytes as received."""
    _, source = found(message_id)
    response = HttpResponse(source, content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="{message_id}.eml"'
    return response


@only_where_mail_is_caught
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    gone = store().clear()
    notices.success(request, "One email was deleted." if gone == 1 else f"{gone:,} emails were deleted.")
    return HttpResponseRedirect(reverse("inbox:inbox"))
