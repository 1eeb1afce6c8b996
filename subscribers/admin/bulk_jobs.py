"""Change many people at once: choose them in the list, say what is to be done, and watch it, stop it or undo it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lib.nudging import nudge
from lib.query_numbers import read_numbers
from subscribers.admin.big_tables import BigTable, ReadOnly
from subscribers.admin.people_search import people_like
from subscribers.admin.reauthentication import unless_recent
from subscribers.attributes.holding import get_or_create_tag
from subscribers.jobs import selecting, working
from subscribers.jobs.actions import MOST_ASKED
from subscribers.models import BulkJob, MailingList, Tag

Action = BulkJob.Action
CHANGE, ERASE = "subscribers.change_subscription", "subscribers.delete_subscriber"
_KNOWN_FILTERS = {"list", "status", "is_suppressed__exact", "tag", "segment", "o", "p", "q"}
_TASK = "subscribers.tasks.work_on_bulk_job"


class BulkJobForm(forms.Form):
    """What is to be done with so many people."""

    action = forms.ChoiceField(label=gettext_lazy("What to do"), choices=Action.choices, widget=forms.RadioSelect)
    mailing_list = forms.ModelChoiceField(
        queryset=MailingList.objects.all(), label=gettext_lazy("Mailing list"), required=False,
        empty_label=gettext_lazy("All lists (only to unsubscribe)"),
    )  # fmt: skip
    proof = forms.CharField(
        label=gettext_lazy("Where their consent comes from"), required=False, max_length=400,
        help_text=gettext_lazy(
            "To add people who already agreed, say where and when; it's kept in their history. Without it each gets "
            "one email to confirm. People who unsubscribed or are suppressed are never added."
        ),
    )  # fmt: skip
    tag = forms.CharField(label=gettext_lazy("Tag"), required=False, max_length=60)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=400,
        help_text=gettext_lazy("To unsubscribe or erase: why, and at whose request."),
    )  # fmt: skip
    sure = forms.BooleanField(
        label=gettext_lazy("Erase these people. I know that this can't be undone."), required=False
    )

    def __init__(self, *args: Any, people: int, may_erase: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        if not may_erase:
            kinds = [choice for choice in Action.choices if choice[0] != Action.ERASE]
            self.fields["action"].choices = kinds  # type: ignore[attr-defined]
            del self.fields["sure"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        action = data.get("action")
        if action == Action.ADD_TO_LIST:
            if data.get("mailing_list") is None:
                self.add_error("mailing_list", _("Choose the list to add them to."))
            elif not data.get("proof") and self.people > MOST_ASKED:
                words = _("We send at most %(most)s confirmation emails at once. Say where their consent comes from.")
                self.add_error("proof", words % {"most": f"{MOST_ASKED:,}"})
        if action in (Action.TAG, Action.UNTAG) and not data.get("tag"):
            self.add_error("tag", _("Enter a tag."))
        if action == Action.UNTAG and data.get("tag") and not Tag.objects.called(data["tag"]).exists():
            self.add_error("tag", _("There's no tag with this name."))
        if action in (Action.UNSUBSCRIBE, Action.ERASE) and not data.get("note"):
            self.add_error("note", _("Say why, and at whose request."))
        if action == Action.ERASE and not data.get("sure"):
            self.add_error("sure", _("Tick this to erase them."))
        return data

    def options(self) -> dict[str, Any]:
        data = self.cleaned_data
        mailing_list = data["mailing_list"].pk if data["mailing_list"] else None
        match data["action"]:
            case Action.ADD_TO_LIST:
                return {"list": mailing_list, "proof": data["proof"]}
            case Action.TAG | Action.UNTAG:
                return {"tag": get_or_create_tag(data["tag"]).pk}
            case Action.UNSUBSCRIBE:
                return {"list": mailing_list, "note": data["note"]}
            case _:
                return {"note": data["note"]}


def selection_of(request: HttpRequest) -> dict[str, Any]:
    """What was ticked, or with “select all” what the filters and the search of the list find. Raises `ValueError`."""
    if request.POST.get("select_across") != "1":
        return selecting.by_numbers(read_numbers(request.POST.getlist("_selected_action")))
    if not set(request.GET) <= _KNOWN_FILTERS:  # one that this doesn't know must not mean more people than are shown
        raise ValueError("an unknown filter")
    suppressed = request.GET.get("is_suppressed__exact")
    found = selecting.by_filters(
        mailing_list=request.GET.get("list", ""),
        status=request.GET.get("status", ""),
        suppressed=None if suppressed is None else suppressed == "1",
        tag=request.GET.get("tag", ""),
        segment=request.GET.get("segment", ""),
    )
    if not (term := request.GET.get("q", "").strip()):
        return found
    # A search finds so few that they can be kept, and a job would search anew for each batch.
    people = selecting.people_of(found).filter(pk__in=people_like(term))
    return selecting.by_numbers(list(people.values_list("pk", flat=True)))


def choose_view(request: HttpRequest, numbers: list[int] | None = None) -> HttpResponseBase:
    """The page between the list and the job. It is posted to with what was ticked, and with what is to be done."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    if (question := unless_recent(request)) is not None:
        return question
    back = f"{reverse('admin:subscribers_subscriber_changelist')}?{request.GET.urlencode()}"
    try:
        selection = selecting.by_numbers(numbers) if numbers is not None else selection_of(request)
    except ValueError:
        messages.warning(request, _("Choose some people first, at most 1,000 at once, or all that the filters find."))
        return HttpResponseRedirect(back)
    people = selecting.people_of(selection).count()
    begun = "_begin" in request.POST
    may_erase = request.user.has_perm(ERASE)
    form = BulkJobForm(request.POST if begun else None, people=people, may_erase=may_erase)
    if begun and form.is_valid():
        with transaction.atomic():
            job = working.begin(form.cleaned_data["action"], form.options(), selection, by=request.user.get_username())
            nudge(_TASK, job.pk)
        return HttpResponseRedirect(reverse("admin:subscribers_bulkjob_change", args=[job.pk]))
    ticked = request.POST.getlist("_selected_action") if numbers is None else [str(number) for number in numbers]
    kept = [("_selected_action", number) for number in ticked]
    kept += [("select_across", value) for value in request.POST.getlist("select_across")]
    context = {
        **admin.site.each_context(request),
        "title": _("Change many people"),
        "form": form,
        "people": people,
        "kept": kept,
        "query": request.GET.urlencode(),
        "back": back,
    }
    return render(request, "subscribers/admin/bulk_choose.html", context, status=422 if form.errors else 200)


@admin.register(BulkJob)
class BulkJobAdmin(ReadOnly, BigTable):
    list_display = ["action", "state", "total", "changed", "by", "created_at"]
    ordering = ["-pk"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(CHANGE)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("begin/", view(choose_view), name="subscribers_bulkjob_begin"),
            path("<int:pk>/do/<slug:what>/", view(self.do_view), name="subscribers_bulkjob_do"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = get_object_or_404(BulkJob, pk=object_id) if object_id.isdecimal() else get_object_or_404(BulkJob, pk=0)
        context = {
            **self.admin_site.each_context(request),
            "title": _in_words(job),
            "job": job,
            "opts": self.opts,
            "is_moving": job.state in working.AT_WORK,
            "percent": 100 * job.done // job.total if job.total else 100,
            "left_out": sorted(job.left_out.items()),
            "can_go_on": job.state in (BulkJob.State.STOPPED, BulkJob.State.FAILED),
        }
        return render(request, "subscribers/admin/bulk_job.html", context)

    def do_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponseBase:
        return _do(request, pk, what)


def _in_words(job: BulkJob) -> str:
    """“Add a tag: Press”: what is done, and with which tag or list, if that is still there."""
    if "tag" in job.options:
        about = Tag.objects.filter(pk=job.options["tag"]).values_list("name", flat=True).first()
    else:
        about = MailingList.objects.filter(pk=job.options.get("list")).values_list("name", flat=True).first()
    return f"{job}: {about}" if about else str(job)


@require_POST
def _do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    job = get_object_or_404(BulkJob, pk=pk)
    if job.action == Action.ERASE and not request.user.has_perm(ERASE):
        raise PermissionDenied
    deeds = {"stop": working.stop, "go-on": working.go_on, "undo": working.start_undoing}
    if what not in deeds or not deeds[what](job):
        messages.warning(request, _("That has already been done, or isn't possible now."))
    elif what != "stop":
        nudge(_TASK, job.pk)
    return HttpResponseRedirect(reverse("admin:subscribers_bulkjob_change", args=[pk]))
