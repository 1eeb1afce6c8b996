"""Segments: a page that builds a rule, counts it and shows a few people meanwhile, and says why somebody is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.addresses import address_key
from subscribers.admin.big_tables import AnyAdmin
from subscribers.admin.plain_text_forms import PlainTexts
from subscribers.admin.segment_builder import Builder
from subscribers.models import Segment, Subscriber
from subscribers.segments import counting
from subscribers.segments.explaining import explain
from subscribers.segments.rules import BadRule, Group, parse_rule
from subscribers.segments.uses import uses_of

if TYPE_CHECKING:
    SegmentFormBase = forms.ModelForm[Segment]
else:
    SegmentFormBase = forms.ModelForm


class SegmentForm(PlainTexts, SegmentFormBase):
    class Meta:
        model = Segment
        fields = ["name", "slug", "description"]
        help_texts = {"slug": gettext_lazy("How the terminal and other programs call it. Empty: made of the name.")}
        widgets = {"description": forms.TextInput(attrs={"class": "vTextField"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("slug") and data.get("name"):
            data["slug"] = self.fields["slug"].clean(data["name"][:80]) or "segment"
            if Segment.objects.filter(slug=data["slug"]).exclude(pk=self.instance.pk).exists():
                self.add_error("slug", _("Another segment has this address. Enter one of its own."))
        return data


@admin.register(Segment)
class SegmentAdmin(AnyAdmin):
    list_display = ["name", "description", "created_by", "updated_at"]
    search_fields = ["name", "slug"]
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        """One that a draft is to go to stays: without it nobody could send the draft."""
        return not (obj is not None and uses_of(obj.pk)) and super().has_delete_permission(request, obj)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._page(request, Segment())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        segment = self.get_object(request, object_id)
        if not isinstance(segment, Segment):
            raise Http404
        if not self.has_view_or_change_permission(request, segment):
            raise PermissionDenied
        if request.method == "POST" and not self.has_change_permission(request, segment):
            raise PermissionDenied
        return self._page(request, segment)

    def _page(self, request: HttpRequest, segment: Segment) -> HttpResponse:
        if request.method != "POST":
            rule, problem = _stored(segment)
            builder = Builder.of_rule(rule)
            if rule is not None:
                builder.rule()  # says what of it isn't there any more
            return self._show(request, segment, SegmentForm(instance=segment), builder, problem=problem)
        builder, form = Builder.of_form(request.POST), SegmentForm(request.POST, instance=segment)
        if builder.press(request.POST):
            return self._show(request, segment, SegmentForm(initial=_typed_texts(request)), builder)
        made = builder.rule()
        if not form.is_valid() or made is None:
            return self._show(request, segment, form, builder, status=422)
        return self._save(request, form.save(commit=False), made)

    def _save(self, request: HttpRequest, segment: Segment, rule: Group) -> HttpResponse:
        is_new = segment._state.adding
        segment.rule = rule.to_json()
        if is_new and request.user.is_authenticated:
            segment.created_by = request.user
        segment.save()
        if is_new:
            self.log_addition(request, segment, _("Created the segment."))
        else:
            self.log_change(request, segment, _("Changed the segment."))
        messages.success(request, _("%s was saved.") % segment.name)
        return HttpResponseRedirect(reverse("admin:subscribers_segment_change", args=[segment.pk]))

    def _show(
        self, request: HttpRequest, segment: Segment, form: SegmentForm, builder: Builder, *,
        problem: str = "", status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        may_change = self.has_add_permission(request) if segment.pk is None else self.has_change_permission(request)
        context = {
            **self.admin_site.each_context(request),
            "title": segment.name if segment.pk else _("New segment"),
            "opts": self.opts,
            "segment": segment,
            "form": form,
            "errors": form.errors,
            "node": builder.context(),
            "problem": problem,
            "may_change": may_change,
            "may_delete": bool(segment.pk) and self.has_delete_permission(request, segment),
            "uses": uses_of(segment.pk) if segment.pk else [],
            **self._found(request, builder),
            **self._why(request, segment),
        }
        return TemplateResponse(request, "subscribers/admin/segment.html", context, status=status)

    def _found(self, request: HttpRequest, builder: Builder) -> dict[str, Any]:
        """How many the rule means as it stands, and a few of them."""
        shown = Builder(builder.root, builder.vocabulary)
        before = {node.path: node.error for node in shown.root.walk()}
        rule = shown.rule()
        for node in shown.root.walk():  # what a condition lacks is said when somebody saves, not while they choose
            node.error = before[node.path]
        if rule is None:
            return {"count": None}
        may_see = request.user.has_perm("subscribers.view_subscriber")
        try:
            people = counting.count(rule)
            sample = counting.sample(rule) if may_see else ()
        except counting.TooSlow as problem:
            return {"count": None, "too_slow": str(problem)}
        return {"count": people, "sample": sample, "may_see": may_see}

    def _why(self, request: HttpRequest, segment: Segment) -> dict[str, Any]:
        """Of the saved rule and the address that was asked about."""
        address = request.GET.get("address", "").strip()[:254]
        if not (address and segment.pk and request.user.has_perm("subscribers.view_subscriber")):
            return {}
        person = Subscriber.objects.filter(email_key=address_key(address)).first()
        if person is None:
            return {"asked": address, "nobody": True}
        try:
            return {"asked": address, "person": person, "why": explain(parse_rule(segment.rule), person)}
        except BadRule as problem:
            return {"asked": address, "why_not_known": str(problem)}


def _stored(segment: Segment) -> tuple[Group | None, str]:
    if segment._state.adding:
        return None, ""
    try:
        return parse_rule(segment.rule), ""
    except BadRule as problem:
        return None, str(problem)


def _typed_texts(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in SegmentForm.Meta.fields}
