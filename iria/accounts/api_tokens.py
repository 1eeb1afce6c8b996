"""API tokens: everybody on the staff makes their own; who manages the staff sees and revokes those of all.

A token is shown in the answer that made it and never again; a page that is reloaded makes no second one. Making one
takes a password typed lately: a token works on after the session has ended.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from iria.accounts.messages import post_api_token_made
from lib.dates import in_local_words
from lib.query_numbers import read_number
from newsletters.admin.acting_user import acting_name
from newsletters.api.tokens import DAYS, USUAL_DAYS, CantMakeToken, TokenMadeAlready, make_token, revoke_token
from newsletters.models import ApiToken
from subscribers.admin.plain_text_forms import PlainTexts
from subscribers.admin.reauthentication import unless_recent

logger = logging.getLogger(__name__)
MANAGES_STAFF = "auth.change_user"
MOST_SHOWN = 100


def _new_key() -> str:
    return secrets.token_hex(16)


class ApiTokenForm(PlainTexts, forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=80,
        help_text=gettext_lazy("For example “Board dashboard”. Give each program a token of its own."),
    )  # fmt: skip
    days = forms.TypedChoiceField(
        label=gettext_lazy("How long it works"), coerce=int, initial=USUAL_DAYS,
        choices=[(days, gettext_lazy("%d days") % days) for days in DAYS],
    )  # fmt: skip
    idempotency_key = forms.RegexField(
        r"\A[0-9a-f]{32}\Z", label=gettext_lazy("This form"), initial=_new_key,
        widget=forms.HiddenInput({"autocomplete": "off"}),  # Firefox would fill in that of the page before
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy("Open the page anew.")),
    )  # fmt: skip


def api_tokens(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, ApiTokenForm())
    if "revoke" in request.POST:
        return _revoke(request)
    if (question := unless_recent(request)) is not None:
        return question
    form = ApiTokenForm(request.POST)
    return _make(request, form) if form.is_valid() else _page(request, form, status=422)


def _make(request: HttpRequest, form: ApiTokenForm) -> HttpResponse:
    owner = User.objects.get(pk=request.user.pk or 0)
    try:
        row, text = make_token(owner, **form.cleaned_data)
    except TokenMadeAlready:
        messages.warning(
            request,
            _("The token was made, and isn't shown again. If you haven't copied it, revoke it and make another."),
        )
        return HttpResponseRedirect(reverse("admin:api_tokens"))
    except CantMakeToken as why:
        form.add_error(None, str(why))
        return _page(request, form, status=422)
    post_api_token_made(row)
    logger.info("User %s made API token %s", owner.pk, row.pk)
    return _page(request, ApiTokenForm(), made=row, text=text)


def _revoke(request: HttpRequest) -> HttpResponse:
    owner = None if request.user.has_perm(MANAGES_STAFF) else User.objects.get(pk=request.user.pk or 0)
    revoked = revoke_token(read_number(request.POST["revoke"]) or 0, owner=owner, by=acting_name(request))
    if revoked is None:
        messages.error(request, _("This token had ended already."))
    else:
        logger.info("User %s revoked API token %s", request.user.pk, revoked.pk)
        messages.success(request, _("“%s” doesn't work any more.") % revoked.name)
    return HttpResponseRedirect(reverse("admin:api_tokens"))


def _page(
    request: HttpRequest, form: ApiTokenForm, *, made: ApiToken | None = None, text: str = "", status: int = 200
) -> HttpResponse:
    working = ApiToken.objects.that_work().select_related("user")
    own = working.filter(user=request.user.pk)
    others = working.exclude(user=request.user.pk) if request.user.has_perm(MANAGES_STAFF) else working.none()
    shown = [_shown(each) for each in others[: MOST_SHOWN + 1]]
    context = {
        **admin.site.each_context(request),
        "title": _("API tokens"),
        "form": form,
        "made": made,
        "token": text,
        "own": [_shown(each) for each in own],
        "others": shown[:MOST_SHOWN],
        "more": MOST_SHOWN if len(shown) > MOST_SHOWN else 0,
        "example": f"{settings.SITE_URL}{reverse('api:editions')}",
    }
    return TemplateResponse(request, "admin/api_tokens.html", context, status=status)


def _shown(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "name": token.name,
        "whose": str(token.user),
        "until": in_local_words(token.expires_at),
        "used": in_local_words(token.last_used_at) if token.last_used_at else _("never"),
    }
