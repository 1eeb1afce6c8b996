"""An open form that saves by itself: what it was made from, whether that still is the newest, and its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from lib.query_numbers import read_number
from newsletters.articles import revisions
from newsletters.articles.revisions import Written

if TYPE_CHECKING:
    FormBase = forms.ModelForm[Any]
else:
    FormBase = forms.ModelForm


def seen_by(data: Any) -> revisions.Seen:
    """What the form that sent this was made from."""
    return revisions.Seen(
        read_number(data.get("opened_revision")) or 0,
        read_number(data.get("opened_version")),
        str(data.get("window", ""))[:40],
    )


def must_be_newest(written: Written, data: Any) -> None:
    """Within a transaction, for the form that sent this. Raises `NewerVersion`, or `Http404` when it was deleted."""
    try:
        revisions.must_be_newest(written, seen_by(data))
    except ObjectDoesNotExist:
        raise Http404(_("What you are writing was deleted.")) from None


def url_of(written: Written, name: str) -> str:
    """The admin's address for one of these: `change`, `presence`, `versions`."""
    return reverse(f"admin:newsletters_{written._meta.model_name}_{name}", args=[written.pk])


def change_url(written: Written) -> str:
    return url_of(written, "change")


class OpenForm(FormBase):
    """Says what it was made from, so that nothing is overwritten unseen."""

    data: Any
    opened_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    opened_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    window = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = revisions.newest(self.instance) if self.instance.pk else None
        self.initial["opened_revision"] = self.instance.revision if self.instance.pk else None
        self.initial["opened_version"] = last.number if last else 0
        self.initial["window"] = revisions.new_window()

    def tell_the_second_editor(self, words: str, preview: Any) -> None:
        """The row is locked until the admin's transaction ends, so of two who save at once the second is told too.
        `words` hold a link to what the first one saved; `preview` gives its address."""
        if not self.instance.pk or self.cleaned_data.get("opened_revision") is None:
            return
        try:
            must_be_newest(self.instance, self.data)
        except revisions.NewerVersion:
            now = type(self.instance).objects.get(pk=self.instance.pk)
        else:
            return
        self.add_error(None, format_html(words, preview(now)))
        last = revisions.newest(now)
        self.data = self.data.copy()
        self.data[self.add_prefix("opened_revision")] = str(now.revision)
        self.data[self.add_prefix("opened_version")] = str(last.number if last else 0)
