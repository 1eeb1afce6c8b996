"""What a person's page shows beside their form: attributes and tags, notes, and everything that happened to them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lib.characters import without_controls
from lib.query_numbers import read_number
from subscribers import timeline
from subscribers.admin.person_values import shown_attributes
from subscribers.attributes.values import in_words
from subscribers.models import PersonNote, Segment, Subscriber
from subscribers.segments.compiling import condition_of
from subscribers.segments.rules import BadRule, parse_rule

MOST_SEGMENTS = 50
WRITE_NOTES = "subscribers.change_subscriber"


class NewNoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("New note"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "dir": "auto"}),
        help_text=gettext_lazy("Only staff see notes, but the person can ask for what we hold about them."),
        error_messages={
            "required": gettext_lazy("Write something before you add the note."),
            "max_length": gettext_lazy("This note is too long. Use 2,000 characters or fewer."),
        },
    )

    def clean_text(self) -> str:
        return without_controls(self.cleaned_data["text"])


def page_context(request: HttpRequest, person: Subscriber) -> dict[str, Any]:
    """`?kind=` narrows the timeline to one kind, `?p=` turns its pages."""
    seen = [kind for kind in timeline.kinds() if request.user.has_perm(kind.permission)]
    asked = request.GET.get("kind", "")
    shown = [kind for kind in seen if kind.name == asked] or seen
    page = timeline.page_of_timeline(person, shown, read_number(request.GET.get("p")) or 1)
    chosen = asked if len(shown) == 1 else ""

    def address(kind: str, number: int = 1) -> str:
        return "?" + urlencode({key: value for key, value in (("kind", kind), ("p", number)) if value}) + "#timeline"

    return {
        "timeline": page,
        "kinds": [
            (_("Everything"), address(""), not chosen),
            *((kind.label, address(kind.name), kind.name == chosen) for kind in seen),
        ],
        "labels": {kind.name: kind.label for kind in seen},
        "newer": address(chosen, page.number - 1) if page.number > 1 else "",
        "older": address(chosen, page.number + 1) if page.has_more else "",
        # Those who may change the person have them as fields of the form.
        "facts": [] if request.user.has_perm(WRITE_NOTES) else _facts(person),
        "segments": _segments_of(person),
        "note_form": NewNoteForm() if request.user.has_perm(WRITE_NOTES) else None,
        "note_address": reverse("admin:subscribers_subscriber_note", args=[person.pk]),
    }


def _facts(person: Subscriber) -> list[tuple[str, str]]:
    """Attributes that staff may see, by the names that they gave them, and tags."""
    held = [(each.name, in_words(each, person.attributes.get(each.key))) for each in shown_attributes()]
    found = [(name, value) for name, value in held if value]
    if tags := list(person.tags.values_list("name", flat=True)):
        found.append((_("Tags"), ", ".join(tags)))
    return found


def _segments_of(person: Subscriber) -> list[tuple[str, str]]:
    """The names and addresses of the segments that they are in now, one query for each segment that there is."""
    found = []
    for segment in Segment.objects.all()[:MOST_SEGMENTS]:
        try:
            condition = condition_of(parse_rule(segment.rule))
        except BadRule:
            continue  # its own page says what is wrong with it
        if Subscriber.objects.filter(condition, pk=person.pk).exists():
            address = f"{reverse('admin:subscribers_subscriber_changelist')}?{urlencode({'segment': segment.slug})}"
            found.append((segment.name, address))
    return found


@require_POST
def add_note(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm(WRITE_NOTES):
        raise PermissionDenied
    person = Subscriber.objects.filter(pk=pk).first()
    if person is None:
        raise Http404
    form = NewNoteForm(request.POST)
    if form.is_valid():
        PersonNote.objects.create(
            subscriber=person, text=form.cleaned_data["text"], by=request.user.get_username()[:150]
        )
        messages.success(request, _("The note was added."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    back = reverse("admin:subscribers_subscriber_change", args=[pk])
    return HttpResponseRedirect(f"{back}#timeline")
