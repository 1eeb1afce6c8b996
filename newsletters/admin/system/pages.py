"""The institute's standing pages: written in the articles' editor, with the list of those that are still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.characters import has_long_run_of_marks
from lib.readable_slugs import readable_slug
from newsletters.admin.content.form_saving import SavesByItself
from newsletters.admin.content.open_page import OpenForm, change_url
from newsletters.admin.content.rich_editor import ARTICLE, ProseWidget
from newsletters.articles.pages import begin_page, imitates, is_taken, save_page
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.models import Page
from newsletters.models.pages import EXPECTED_PAGES
from subscribers import languages
from subscribers.admin.plain_text_forms import PlainTexts

if TYPE_CHECKING:
    PageAdminBase = admin.ModelAdmin[Page]
else:
    PageAdminBase = admin.ModelAdmin

TITLES = {
    Page.Kind.PRIVACY: gettext_lazy("Privacy"),
    Page.Kind.IMPRINT: gettext_lazy("Imprint"),
    Page.Kind.ABOUT: gettext_lazy("About us"),
    Page.Kind.CONTACT: gettext_lazy("Contact"),
}


def address_to_write(kind: str) -> str:
    """Where a page of this kind is written: the form of the one that there is, or a new one."""
    found = Page.objects.filter(kind=kind).order_by("language").values_list("pk", flat=True).first()
    if found is not None:
        return reverse("admin:newsletters_page_change", args=[found])
    return f"{reverse('admin:newsletters_page_add')}?kind={kind}"


class PageForm(PlainTexts, OpenForm):
    markup = frozenset({"body"})

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False,
        help_text=gettext_lazy(
            "Choose one if you write this page anew in each language. Readers of other languages then see theirs."
        ),
    )  # fmt: skip

    class Meta:
        model = Page
        fields = ["kind", "title", "slug", "language", "body", "status", "in_footer", "position"]
        widgets = {
            "kind": forms.Select(
                choices=[
                    (Page.Kind.PRIVACY, gettext_lazy("Privacy notice: also linked in emails and sign-up forms")),
                    (Page.Kind.IMPRINT, gettext_lazy("Imprint: also linked in emails")),
                    (Page.Kind.ABOUT, gettext_lazy("About us")),
                    (Page.Kind.CONTACT, gettext_lazy("Contact")),
                    (Page.Kind.OTHER, gettext_lazy("Another page")),
                ]
            ),
            "body": ProseWidget(extensions=ARTICLE, pictures=True, attrs={"rows": 24, "class": "vLargeTextField"}),
            "status": forms.RadioSelect(
                choices=[
                    (Page.Status.DRAFT, gettext_lazy("Draft: only staff can see it")),
                    (Page.Status.PUBLISHED, gettext_lazy("Published")),
                ]
            ),
        }
        labels = {
            "kind": gettext_lazy("What it is"),
            "status": gettext_lazy("Who can read it"),
            "in_footer": gettext_lazy("Link it in the footer of the site"),
            "position": gettext_lazy("Order in the footer"),
        }
        help_texts = {
            "slug": gettext_lazy(
                "The last part of its web address, as in /privacy/. Leave it empty to make it from the title. If you "
                "change it later, the old address leads to the new one."
            ),
            "position": gettext_lazy("Lower numbers come first."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("kind", "status"):
            if name in self.fields:
                self.fields[name].choices = self.Meta.widgets[name].choices  # type: ignore[attr-defined]
        if "title" in self.fields and not self.instance.pk:
            self.fields["title"].widget.attrs["autofocus"] = True
        if "slug" in self.fields:
            self.fields["slug"].required = False  # made of the title when it is left empty
        if isinstance(language := self.fields.get("language"), forms.ChoiceField):
            offered = [(each.code, each.name) for each in languages.offered()]
            stored = self.instance.language
            if stored and not languages.is_offered(stored):  # it was offered once; saving doesn't lose it
                offered.append((stored, stored))
            language.choices = [("", _("One page for every language")), *offered]

    def clean_body(self) -> str:
        try:
            return clean_body(self.cleaned_data["body"])
        except BodyTooLong as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        words = _(
            "Someone else saved this page while you were working on it. Your text is below and hasn't been saved. "
            '<a href="{}" target="_blank" rel="noopener">Open their version</a>. '
            "To overwrite it with yours, save again."
        )
        self.tell_the_second_editor(words, preview_path)
        self._check_address(cleaned)
        self._check_kind(cleaned)
        if cleaned.get("status") == Page.Status.PUBLISHED and not cleaned.get("body") and "body" not in self.errors:
            self.add_error("body", _("Write the text before you publish the page, or save it as a draft."))
        return self.cleaned_data

    def _check_address(self, cleaned: dict[str, Any]) -> None:
        if "slug" in self.errors or "title" in self.errors or has_long_run_of_marks(cleaned["title"]):
            return  # said already, or by PlainTexts in a moment
        slug = cleaned["slug"] = (
            (cleaned.get("slug") or "").lower() or readable_slug(cleaned["title"]) or cleaned.get("kind", "page")
        )
        if is_taken(slug):
            self.add_error(
                "slug", _("/%(slug)s/ is already the address of another part of the site. Choose a different one.")
                % {"slug": slug},
            )  # fmt: skip
            return
        if imitates(slug) and slug != self.initial.get("slug"):
            self.add_error(
                "slug",
                _("/%(slug)s/ looks like another address of the site, or mixes two scripts. Choose a different one.")
                % {"slug": slug},
            )
            return
        same = Page.objects.filter(slug=slug, language=cleaned.get("language") or "").exclude(pk=self.instance.pk)
        if other := same.first():
            words = _('“<a href="{}">{}</a>” already has this address. Choose a different one.')
            self.add_error("slug", format_html(words, reverse("admin:newsletters_page_change", args=[other.pk]), other))

    def _check_kind(self, cleaned: dict[str, Any]) -> None:
        kind = cleaned.get("kind")
        if kind in (None, Page.Kind.OTHER):
            return
        same = Page.objects.filter(kind=kind, language=cleaned.get("language") or "").exclude(pk=self.instance.pk)
        if other := same.first():
            words = _('There is already such a page: <a href="{}">{}</a>. Change that one, or choose a language.')
            self.add_error("kind", format_html(words, reverse("admin:newsletters_page_change", args=[other.pk]), other))


@admin.register(Page)
class PageAdmin(SavesByItself, PageAdminBase):
    missing_in_words = gettext_lazy("This page doesn't exist.")
    deleted_in_words = gettext_lazy("This page was deleted.")
    form = PageForm
    list_display = ["title", "address", "kind", "shown_language", "shown_status", "in_footer", "position"]
    search_fields = ["title"]
    ordering = ["position", "pk"]
    list_per_page = 100
    fieldsets = [
        (None, {"fields": ["title", "body"], "classes": ["iria-writing"]}),
        (gettext_lazy("Where it belongs"), {"fields": ["kind", "language", "slug"]}),
        (gettext_lazy("Publish"), {"fields": ["status", "in_footer", "position"]}),
    ]

    def begin(self, title: str) -> Page:
        return begin_page(title)

    def preview_of(self, written: Page) -> str:
        return preview_path(written)

    def get_queryset(self, request: HttpRequest) -> Any:
        found = super().get_queryset(request)
        match = request.resolver_match
        return found.defer("body") if match and match.url_name == "newsletters_page_changelist" else found

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        kind = given.get("kind")
        if kind in EXPECTED_PAGES:
            given = {"title": str(TITLES[kind]), "position": 10 * (1 + EXPECTED_PAGES.index(kind)), **given}
        return given

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        missing: list[dict[str, str]] = []
        if self.has_add_permission(request):
            there = set(Page.objects.values_list("kind", flat=True))
            missing = [
                {"name": str(TITLES[kind]), "href": address_to_write(kind)}
                for kind in EXPECTED_PAGES
                if kind not in there
            ]
        return super().changelist_view(request, {**(extra_context or {}), "missing": missing})

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        save_page(obj)

    def response_add(self, request: HttpRequest, obj: Page, post_url_continue: str | None = None) -> HttpResponse:
        return self._next_if_asked(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Page) -> HttpResponse:
        return self._next_if_asked(request, obj) or super().response_change(request, obj)

    def _next_if_asked(self, request: HttpRequest, page: Page) -> HttpResponse | None:
        if "_publish" in request.POST and page.is_public:
            said = _('“{}” is public. <a href="{}">See it on the site</a>')
            messages.success(request, format_html(said, page.title, page.get_absolute_url()))
            return HttpResponseRedirect(change_url(page))
        if "_preview" not in request.POST:
            return None
        messages.success(request, _("“%(title)s” was saved.") % {"title": page.title})
        return HttpResponseRedirect(preview_path(page))

    def view_on_site(self, obj: Page) -> str:
        return obj.get_absolute_url() if obj.is_public else preview_path(obj)

    @admin.display(description=gettext_lazy("address"), ordering="slug")
    def address(self, page: Page) -> SafeString:
        where = page.path_in(languages.spoken())
        if not page.is_public:
            return format_html('<bdi dir="ltr">/{}/</bdi>', page.slug)
        return format_html('<a href="{}"><bdi dir="ltr">/{}/</bdi></a>', where, page.slug)

    @admin.display(description=gettext_lazy("language"), ordering="language")
    def shown_language(self, page: Page) -> str:
        return languages.language(page.language).name if page.language else _("every language")

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def shown_status(self, page: Page) -> str:
        return page.get_status_display()


def preview_path(page: Page) -> str:
    """The page as readers will see it, for staff only until it is published."""
    return languages.localised(reverse("site:page-preview", args=[page.pk]), page.written_in)
