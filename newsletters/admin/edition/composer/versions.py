"""Earlier versions of a draft: who saved what, when; look at one, and go back to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.query_numbers import read_number
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.edition import preview
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.editions import editing, snapshot
from newsletters.editions.drafts import Draft
from newsletters.models import Edition, EditionRevision

A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Version:
    revision: EditionRevision
    changes: list[str]
    is_now: bool


def show_versions(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """The list; a press on one of its buttons goes back to that version."""
    edition = page.edition
    if request.method == "POST":
        number, revision = read_number(request.POST.get("number")), read_number(request.POST.get("revision"))
        if number is not None and revision is not None:
            editing.go_back(edition.pk, number, revision=revision, by=acting_name(request), user=acting_user(request))
            messages.success(request, _("Restored revision %(number)s.") % {"number": number})
            return HttpResponseRedirect(edition_url(edition))
        messages.error(request, _("Choose the version to restore."))
    found = Paginator(edition.revisions.all(), A_PAGE).get_page(request.GET.get("page"))
    context = {
        **page.context(_("Versions of %(edition)s") % {"edition": edition}),
        "page": found,
        "versions": list(_versions(edition, list(found.object_list))),
    }
    return TemplateResponse(request, "admin/newsletters/edition/versions.html", context)


def preview_version(request: HttpRequest, page: EditionPage, number: int) -> HttpResponse:
    """The mail as that version would have been, for a frame or a window."""
    revision = page.edition.revisions.filter(number=number).first()
    if revision is None:
        raise Http404(_("This version is no longer available."))
    content = snapshot.of_draft(page.edition, Draft.from_json(revision.draft))
    return preview.show_frame(request, page.edition, content, "html")


def _versions(edition: Edition, shown: list[EditionRevision]) -> Iterator[Version]:
    """Each with what changed since the one before it; the last of the page is compared with the one before the page."""
    if not shown:
        return
    older = edition.revisions.filter(number__lt=shown[-1].number).first()
    for revision, before in zip(shown, [*shown[1:], older], strict=True):
        said = differences(Draft.from_json(before.draft), Draft.from_json(revision.draft)) if before else []
        yield Version(revision, said, is_now=revision.number == edition.revision)


def differences(before: Draft, after: Draft) -> list[str]:
    """What changed, in a few words each."""
    said = []
    if before.subject != after.subject:
        said.append(_("Subject: “%(subject)s”") % {"subject": after.subject})
    if before.preheader != after.preheader:
        said.append(_("Preheader: “%(preheader)s”") % {"preheader": after.preheader})
    if before.introduction != after.introduction:
        said.append(_("Introduction: “%(words)s”") % {"words": preview.excerpt(after.introduction)})
    was, now = {b.key: b for b in before.blocks}, {b.key: b for b in after.blocks}
    added, removed = [key for key in now if key not in was], [key for key in was if key not in now]
    changed = [key for key in now if key in was and now[key] != was[key]]
    if added:
        said.append(ngettext("%(n)d block added", "%(n)d blocks added", len(added)) % {"n": len(added)})
    if removed:
        said.append(ngettext("%(n)d block removed", "%(n)d blocks removed", len(removed)) % {"n": len(removed)})
    if changed:
        said.append(ngettext("%(n)d block changed", "%(n)d blocks changed", len(changed)) % {"n": len(changed)})
    if [key for key in was if key in now] != [key for key in now if key in was]:
        said.append(_("Order changed"))
    return said
