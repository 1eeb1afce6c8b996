"""Feeds that articles come in by: add one after a look at what is in it, say what becomes of its articles and which of
its categories is which topic, and read what happened."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.dates import in_local_words
from lib.nudging import nudge
from newsletters.admin.content.publishing import PUBLISH
from newsletters.admin.roles import may
from newsletters.articles.feeds.due_feeds import poll_now
from newsletters.models import FeedCategory, FeedSource
from newsletters.models.feeds import MOST_FIRST
from newsletters.tasks import poll_feed

if TYPE_CHECKING:
    from newsletters.articles.feeds.fetching import FetchedFeed

    FeedSourceFormBase = forms.ModelForm[FeedSource]
    FeedSourceAdminBase = admin.ModelAdmin[FeedSource]
    FeedCategoryInlineBase = admin.TabularInline[FeedCategory, FeedSource]
else:
    FeedSourceFormBase = forms.ModelForm
    FeedSourceAdminBase = admin.ModelAdmin
    FeedCategoryInlineBase = admin.TabularInline

SHOWN = 10  # items before a feed is added
LOGGED = 50  # sentences of the log
State = FeedSource.State


class FeedSourceForm(FeedSourceFormBase):
    """A new address is asked for the feed before it is taken."""

    found: FetchedFeed | None = None
    may_publish = True

    class Meta:
        model = FeedSource
        fields = ["address", "name", "mode", "bring_first", "topics", "state"]
        widgets = {
            "address": forms.TextInput(attrs={"class": "vTextField", "inputmode": "url", "autocapitalize": "none"}),
            "mode": forms.RadioSelect,
            "topics": forms.CheckboxSelectMultiple,
            "state": forms.RadioSelect,
        }
        error_messages = {"address": {"unique": gettext_lazy("This feed is here already. Change that one.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(state := self.fields.get("state"), forms.ChoiceField):
            state.choices = [
                each for each in State.choices if each[0] != State.STOPPED or self.instance.state == State.STOPPED
            ]
        if isinstance(mode := self.fields.get("mode"), forms.ChoiceField):
            modes = FeedSource.Mode
            usable = {*modes} if self.may_publish else {modes.DRAFT, self.instance.mode}
            mode.choices = [each for each in modes.choices if each[0] in usable]
        if first := self.fields.get("bring_first"):
            first.widget.attrs["max"] = MOST_FIRST

    def clean_bring_first(self) -> int:
        number: int = self.cleaned_data["bring_first"]
        if number > MOST_FIRST:
            raise forms.ValidationError(_("At most %d older articles can come in.") % MOST_FIRST)
        return number

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        if "://" not in address:
            address = f"https://{address}"
        address = address.partition("#")[0]
        if "@" in address.partition("://")[2].partition("/")[0]:
            raise forms.ValidationError(_("Leave out the name and password: we read feeds that anybody may read."))
        if address == self.instance.address and self.instance.pk:
            return address
        from newsletters.articles.feeds.fetching import (  # with clients for DNS and HTTP
            FeedTrouble,
            fetch_feed,
            is_web_address,
        )

        if not is_web_address(address):
            raise forms.ValidationError(_("Enter the address of a feed or of a site. It begins with https://."))
        try:
            self.found = fetch_feed(address)
        except FeedTrouble as trouble:
            raise forms.ValidationError(str(trouble)) from None
        found = self.found.moved_to or (address if self._is_there(address) else self.found.address)
        if len(found) > 500:
            raise forms.ValidationError(_("The address of this feed is longer than 500 characters."))
        if FeedSource.objects.filter(address__iexact=found).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This feed is here already. Change that one."))
        return found

    def _is_there(self, address: str) -> bool:
        """A feed that redirects for now keeps the address that it was given; a page isn't one."""
        return self.found is not None and self.found.is_at(address)


class FeedCategoryInline(FeedCategoryInlineBase):
    model = FeedCategory
    fields = ["name", "items", "topic"]
    readonly_fields = ["name", "items"]
    extra = 0
    can_delete = False
    show_change_link = False
    template = "admin/edit_inline/tabular.html"

    def has_add_permission(self, request: HttpRequest, obj: FeedSource | None = None) -> bool:
        """They come with the items."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: FeedSource | None = None) -> bool:
        decides = obj is not None and obj.mode != FeedSource.Mode.DRAFT  # about what is published
        return super().has_change_permission(request, obj) and (not decides or may(request, PUBLISH))


@admin.register(FeedSource)
class FeedSourceAdmin(FeedSourceAdminBase):
    form = FeedSourceForm
    inlines = [FeedCategoryInline]
    list_display = ["shown_name", "mode_in_words", "state_in_words", "last_look"]
    list_filter = ["state", "mode"]
    search_fields = ["name", "address"]
    show_full_result_count = False
    actions = None
    change_form_template = "admin/newsletters/feedsource/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/check/", self.admin_site.admin_view(self.check_now), name="newsletters_feedsource_check"),
        ]
        return own + super().get_urls()

    def get_fields(self, request: HttpRequest, obj: FeedSource | None = None) -> Any:
        if obj is None:
            return ["address", "name", "mode", "bring_first", "topics"]
        return ["name", "address", "mode", "topics", "state"]

    def get_readonly_fields(self, request: HttpRequest, obj: FeedSource | None = None) -> Any:
        """Of a feed that publishes, for those who may not, all that decides about what readers see."""
        publishes = obj is not None and obj.mode != FeedSource.Mode.DRAFT and not may(request, PUBLISH)
        return ["address", "mode", "topics", "state"] if publishes else []

    def get_inlines(self, request: HttpRequest, obj: FeedSource | None) -> list[Any]:
        return [FeedCategoryInline] if obj is not None and obj.categories.exists() else []

    def get_form(self, request: HttpRequest, obj: FeedSource | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.may_publish = may(request, PUBLISH)
        return form

    @admin.display(description=gettext_lazy("feed"), ordering="name")
    def shown_name(self, source: FeedSource) -> str:
        return str(source)

    @admin.display(description=gettext_lazy("new articles"), ordering="mode")
    def mode_in_words(self, source: FeedSource) -> str:
        return source.get_mode_display().partition(":")[0].partition(",")[0]

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_in_words(self, source: FeedSource) -> str:
        if source.state == State.ACTIVE and source.problem:
            return source.problem
        return source.get_state_display()

    @admin.display(description=gettext_lazy("last checked"), ordering="polled_at")
    def last_look(self, source: FeedSource) -> str:
        return in_local_words(source.polled_at) if source.polled_at else _("not yet")

    # --- Pages --------------------------------------------------------------------------------------------------
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """With “Show the newest items” the form comes back with them, and nothing is saved."""
        if request.method == "POST" and "_preview" in request.POST:
            if not self.has_add_permission(request):
                raise PermissionDenied
            form = self.get_form(request)(request.POST)
            if form.is_valid() and form.found is not None:
                shown = copy(request)
                shown.method = "GET"
                shown.feed_form = form.cleaned_data  # type: ignore[attr-defined]  # for the template alone
                contents = form.found.contents
                more = {"preview": contents, "items": contents.items[:SHOWN] if contents else ()}
                return super().add_view(shown, form_url, {**(extra_context or {}), **more})
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        typed: dict[str, Any] | None = getattr(request, "feed_form", None)
        return typed if typed is not None else {"mode": FeedSource.Mode.DRAFT, "bring_first": 0}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        source = self.get_object(request, object_id)
        more = {"log": list(source.log.all()[:LOGGED]), "source": source} if source is not None else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def check_now(self, request: HttpRequest, pk: int) -> HttpResponse:
        source = FeedSource.objects.filter(pk=pk).first()
        if source is None:
            raise Http404
        if not self.has_change_permission(request, source):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        poll_now(source)
        nudge(poll_feed, source.pk)
        messages.success(request, _("We check this feed now. Reload this page in a moment."))
        return HttpResponseRedirect(reverse("admin:newsletters_feedsource_change", args=[source.pk]))

    def save_model(self, request: HttpRequest, obj: FeedSource, form: Any, change: bool) -> None:
        """Only what was typed: a worker may write what it found at the same moment."""
        if not change:
            contents = form.found.contents if form.found else None
            obj.name = obj.name or (contents.title if contents else "") or obj.address[:200]
            super().save_model(request, obj, form, change)
            nudge(poll_feed, obj.pk)
            return
        fields = [name for name in form.changed_data if name != "topics"]
        if "address" in fields:  # what was remembered was of another one
            obj.etag = obj.last_modified = ""
            fields += ["etag", "last_modified"]
        if fields and {"address", "state"} & set(fields):
            obj.failures, obj.problem, obj.poll_at, obj.looking_until = 0, "", timezone.now(), None
            fields += ["failures", "problem", "poll_at", "looking_until"]
        if fields:
            obj.save(update_fields=fields)
