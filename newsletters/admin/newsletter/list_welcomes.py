"""The emails that welcome people to lists: look at one, send a test of it, stop using it. They are chosen on the page
of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition import preview, test_mails
from newsletters.admin.edition.edition_page import CHANGE, rendered_lately
from newsletters.admin.roles import may, require
from newsletters.delivery.test_mails import send_test
from newsletters.editions.list_welcomes import content_of_welcome, language_in_words
from newsletters.models import ListWelcome, Newsletter
from newsletters.rendering.block_readers import in_all
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import for_anybody
from newsletters.rendering.message import personal

if TYPE_CHECKING:
    ListWelcomeAdminBase = admin.ModelAdmin[ListWelcome]
else:
    ListWelcomeAdminBase = admin.ModelAdmin


def welcomes_in_words(newsletter: Newsletter) -> SafeString | str:
    """Which emails welcome people to the list of this newsletter, with a link to each."""
    found = ListWelcome.objects.filter(mailing_list=newsletter.mailing_list_id)
    if not newsletter.pk or not found:
        return _("The usual one. To write your own, compose an edition and choose “Use as welcome” on its page.")
    return format_html_join(
        SafeString("<br>"),
        '<a href="{}">{}</a> ({})',
        ((each.admin_url, subject_in_words(each), language_in_words(each.language)) for each in found),
    )


def subject_in_words(welcome: ListWelcome) -> str:
    """As nobody in particular gets it."""
    try:
        content = content_of_welcome(welcome)
    except ValueError:
        return welcome.subject
    return for_anybody(content, content.subject)


@admin.register(ListWelcome)
class ListWelcomeAdmin(ListWelcomeAdminBase):
    list_display = ["shown_subject", "mailing_list", "shown_language", "newsletter", "chosen_by", "chosen_at"]
    list_filter = ["mailing_list"]
    list_select_related = ["mailing_list", "newsletter"]
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It is made of a draft, on its page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ListWelcome | None = None) -> bool:
        """Another takes its place."""
        return False

    @admin.display(description=gettext_lazy("subject"))
    def shown_subject(self, welcome: ListWelcome) -> str:
        return subject_in_words(welcome)

    @admin.display(description=gettext_lazy("readers’ language"), ordering="language")
    def shown_language(self, welcome: ListWelcome) -> str:
        return language_in_words(welcome.language)

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any) -> URLPattern:
            name = f"newsletters_listwelcome_{route}"
            found: URLPattern = path(f"<int:pk>/{route}/", self.admin_site.admin_view(view), name=name)
            return found

        return [at("html", self._html), at("text", self._text), at("test", self._test), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        welcome = self._get(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": subject_in_words(welcome),
            "subtitle": None,
            "opts": self.opts,
            "original": welcome,
            "welcome": welcome,
            "language": language_in_words(welcome.language),
            "testing": test_mails.addresses_context(request),
            "may_test": may(request, CHANGE),
            "may_stop": self.has_delete_permission(request, welcome),
        }
        return TemplateResponse(request, "admin/newsletters/listwelcome/welcome.html", context)

    def _get(self, request: HttpRequest, pk: int | str) -> ListWelcome:
        welcome = self.get_object(request, str(pk))
        if not self.has_view_permission(request, welcome):
            raise PermissionDenied(_("You don't have permission to view welcome emails."))
        if welcome is None:
            raise Http404(_("This welcome email isn't used any more."))
        return welcome

    def _html(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._part(request, pk, "html")

    def _text(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._part(request, pk, "text")

    def _part(self, request: HttpRequest, pk: int, part: str) -> HttpResponse:
        """As somebody gets it who is in all segments and follows everything."""
        welcome = self._get(request, pk)
        reader = preview.sample_reader()
        try:
            content = _shown(welcome)
            mail = rendered_lately(content, content.articles)
            _subject, html, text = personal(mail, reader.recipient_of(content), content)
        except ValueError as problem:
            return preview.said(_("We can't build the email: %s") % problem)
        if part == "text":
            return preview.said(text)
        return preview.framed(HttpResponse(preview.for_frame(html, dark="dark" in request.GET)))

    def _test(self, request: HttpRequest, pk: int) -> HttpResponse:
        welcome = self._get(request, pk)
        require(request, CHANGE, _("Send a test"))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            content = _shown(welcome)
            addresses = test_mails.addresses_asked(request)
            test_mails.count_tests(request, len(addresses))
            test_mails.tell_outcomes(request, send_test(content, addresses, acting_name(request)))
        except ValueError as problem:
            messages.error(request, str(problem))
        return HttpResponseRedirect(welcome.admin_url + "#test")


def _shown(welcome: ListWelcome) -> EditionContent:
    return in_all(content_of_welcome(welcome))
