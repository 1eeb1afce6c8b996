"""The staff's house: one admin site, in our words and our order, and a refusal that says who could.

Models are grouped by what people come for, not by the app that holds them; what nobody edits by hand is left out of
the index. A permission that is missing answers 403 with the roles that have it, never with a bare “Forbidden”.
"""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.contrib.admin.views.main import SEARCH_VAR
from django.core import checks
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from iria import front, resubmission
from lib.json_answers import refusal, wants_json

if TYPE_CHECKING:
    from django.contrib.admin.forms import AdminAuthenticationForm

# Heading, then the models under it in order, as "app_label.ObjectName".
SECTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("Publish"), ("newsletters.Article", "newsletters.Author", "newsletters.Picture", "newsletters.Comment",
                    "newsletters.FeedSource", "newsletters.ArchiveImport", "subscribers.Topic")),
    (_("Send"), ("newsletters.Edition", "newsletters.Newsletter", "newsletters.EditionTemplate",
                 "newsletters.ListWelcome",
                 "newsletters.Occurrence", "newsletters.RateLimit", "newsletters.SeedList")),
    (_("Readers"), ("subscribers.Subscriber", "subscribers.Segment", "subscribers.MailingList", "newsletters.ListText",
                    "subscribers.JoinRequest", "subscribers.Import", "subscribers.BulkJob", "subscribers.Attribute",
                    "subscribers.Tag",
                    "subscribers.Suppression", "newsletters.Feedback", "newsletters.RawEvent",
                    "subscribers.ConsentRecord", "mail.Message")),
    (_("Staff and institute"), ("newsletters.Institute", "newsletters.Page", "auth.User")),
)  # fmt: skip


# Each word is a condition within the one before it, and SQLite takes no condition that is a thousand deep.
MOST_SEARCH_WORDS = 20


class IriaAdminConfig(SimpleAdminConfig):
    """The pages are imported with the addresses (`iria.urls`), not by every process: a worker serves none of them, and
    they take 20 MB."""

    default_site = "iria.admin_site.IriaAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_pages, checks.Tags.admin)


def check_pages(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """Django's check of them, which looks at those that are imported."""
    admin.autodiscover()
    return check_admin_app(app_configs, **options)


class IriaAdminSite(admin.AdminSite):
    site_header = _("Iria")
    site_title = _("Iria")
    index_title = _("Dashboard")

    @property
    def login_form(self) -> type[AdminAuthenticationForm]:  # type: ignore[override]
        from iria.accounts.sign_in import SignInForm  # which needs the models, and this class is made before them

        return SignInForm

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from newsletters.admin.system.halting import notice

        return {**super().each_context(request), "sending_stopped": notice(request)}

    def get_urls(self) -> list[Any]:
        from iria.accounts.api_tokens import api_tokens
        from iria.accounts.profile import profile
        from newsletters.admin import search
        from newsletters.admin.set_up import views

        return [
            path("profile/", self.admin_view(profile), name="profile"),
            path("api-tokens/", self.admin_view(api_tokens), name="api_tokens"),
            path("search/", self.admin_view(search.answer), name=search.URL_NAME),
            path("set-up/", self.admin_view(views.overview), name="set_up"),
            path("set-up/<slug:key>/", self.admin_view(views.step), name="set_up_step"),
            *super().get_urls(),
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from newsletters.admin import dashboard

        troubles = front.noted_troubles() if request.user.is_superuser else []
        more = {"dashboard": dashboard.context(request), "set_up_troubles": troubles}
        return super().index(request, {**(extra_context or {}), **more})

    def app_index(  # type: ignore[override]
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our sections are no apps of Django's, whose page lists other things under another name."""
        return HttpResponseRedirect(reverse("admin:index"))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from iria.accounts import log_in

        if request.method != "POST":
            return super().login(request, extra_context)
        try:
            with log_in.admitted(request):
                answer = super().login(request, extra_context)
        except log_in.TooManyLogins as limit:
            return log_in.too_many(request, limit.seconds)
        return self._begin_set_up(request, answer)

    def _begin_set_up(self, request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        """The first login of an installation that holds nothing leads to its set-up, and not to an empty dashboard."""
        from newsletters.admin.set_up import steps

        there = answer.get("Location") == reverse("admin:index") and steps.may_set_up(request)
        if there and not steps.is_begun(steps.what_there_is()):
            return HttpResponseRedirect(reverse("admin:set_up"))
        return answer

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        found: list[Any] = super().get_app_list(request, app_label)
        if app_label is not None:
            return found
        models = {f"{app['app_label']}.{model['object_name']}": model for app in found for model in app["models"]}
        sections = []
        for number, (heading, names) in enumerate(SECTIONS):
            entries = [models.pop(name) for name in names if name in models]
            if entries:
                sections.append(
                    {
                        "name": heading, "app_label": f"section-{number}", "app_url": "", "has_module_perms": True,
                        "models": entries,
                    }
                )  # fmt: skip
        # A model that nobody thought of yet is shown last under its own app rather than lost.
        for app in found:
            left = [model for model in app["models"] if f"{app['app_label']}.{model['object_name']}" in models]
            if left:
                sections.append({**app, "models": left})
        return sections

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        def answering_refusals(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                self._require_a_right_to_the_model(request)
                answer: HttpResponseBase = view(request, *args, **kwargs)
            except PermissionDenied as refusal:
                return self.refused(request, str(refusal))
            return answer

        # Django marks views through attributes (csrf_exempt and others); they must survive the wrapping.
        answering_refusals.__dict__.update(getattr(view, "__dict__", {}))
        inner = super().admin_view(answering_refusals, cacheable)

        def keeping_what_was_typed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            _shorten_search(request)
            leaving = request.path == reverse("admin:logout")
            if request.method == "POST" and not leaving and not self.has_permission(request):
                return resubmission.signed_out(request)
            return inner(request, *args, **kwargs)

        return update_wrapper(keeping_what_was_typed, inner)

    def _require_a_right_to_the_model(self, request: HttpRequest) -> None:
        """Raise `PermissionDenied` for what nobody like this visitor may do to any row of the model, before one is
        looked up: else the refusal of a row would tell that it is there (Django's own pages look first). A page about
        no row refuses by itself, in words of its own."""
        match = request.resolver_match
        if match is None or not (match.args or match.kwargs):
            return
        name = match.url_name or ""
        for model, model_admin in self._registry.items():
            options = model._meta
            prefix = f"{options.app_label}_{options.model_name}_"
            if name.startswith(prefix):
                named = [f"{options.app_label}.{code}" for code, _words in options.permissions]
                usual = model_admin.get_model_perms(request)
                page = name.removeprefix(prefix)
                if (
                    not (any(usual.values()) or any(map(request.user.has_perm, named)))
                    or (page == "delete" and not usual["delete"])
                    or (page == "change" and request.method == "POST" and not usual["change"])
                ):
                    raise PermissionDenied
                return

    def refused(self, request: HttpRequest, message: str) -> HttpResponse:
        """403, in words: what was refused, what the visitor is, and who could do it."""
        from newsletters.admin.roles import held_by, who_may_open, why_nobody_may

        if wants_json(request):
            you_may_not = gettext("You don't have permission to do this.")
            return refusal(message or why_nobody_may(request) or you_may_not, 403)
        context = {
            **self.each_context(request),
            "title": _("Permission denied"),
            "message": message or why_nobody_may(request),
            "nobody_may": not message and bool(why_nobody_may(request)),
            "roles": held_by(request.user),
            "who_could": "" if message else who_may_open(request),
        }
        return TemplateResponse(request, "admin/refused.html", context, status=403)


def _shorten_search(request: HttpRequest) -> None:
    """Look for the first words of a very long search, and say so."""
    words = request.GET.get(SEARCH_VAR, "").split()
    if len(words) <= MOST_SEARCH_WORDS:
        return
    shorter = request.GET.copy()
    shorter[SEARCH_VAR] = " ".join(words[:MOST_SEARCH_WORDS])
    request.GET = shorter  # type: ignore[assignment]
    messages.warning(request, _("We only searched for the first %d words.") % MOST_SEARCH_WORDS)
