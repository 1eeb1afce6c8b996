"""The page of a draft, and every press on it: order, add, save, undo.

The page's script asks for JSON instead of a page when it saves by itself; the checks and the saving are the same.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lib.json_answers import wants_json
from lib.optional_cache import get_cached, put_cached
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.edition import approving, drafted, preview, test_mails
from newsletters.admin.edition.composer import merge_menu, picker, presence
from newsletters.admin.edition.composer.block_conditions import condition_groups
from newsletters.admin.edition.composer.blocks import Rows
from newsletters.admin.edition.composer.form import ComposerForm
from newsletters.admin.edition.composer.text_fields import initial_texts
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.preflight import PreflightPanel, preflight_panel
from newsletters.admin.roles import may
from newsletters.blocks.registry import kinds
from newsletters.editions import editing, history
from newsletters.editions.transitions import Conflict, Refused
from newsletters.models import Edition
from newsletters.models.editions import new_key
from subscribers import languages
from subscribers.models import Attribute, Segment

LARGE, TOO_LARGE = 85 * 1024, 95 * 1024  # bytes of HTML: yellow, red; Gmail cuts at about 100 KiB
WINDOW_KNOWN = 3600  # seconds


class NoLongerDraft(Exception):
    """It was sent or cancelled meanwhile; the page shows what was typed beside what became of the edition."""

    def __init__(self, sentence: str, form: ComposerForm) -> None:
        super().__init__(sentence)
        self.form = form


def show_composer(
    request: HttpRequest,
    page: EditionPage,
    form: ComposerForm | None = None,
    *,
    unsaved: bool = False,
    conflict: str = "",
    status: int = 200,
) -> TemplateResponse:
    form = form or ComposerForm.of_saved(page)
    findings = preflight_panel(page, has_unsaved_blocks=unsaved and bool(form.rows.rows))
    figures = preview.mail_figures(page)
    can_undo, can_redo = history.possible_steps(page.edition)
    attributes = list(Attribute.objects.all())
    segments = list(Segment.objects.values_list("pk", "name"))
    searched = request.POST if request.method == "POST" else request.GET
    context = {
        **_panels_context(request, page, findings),
        "inbox_row": page.inbox_row,
        "welcome_languages": languages.offered(),
        "testing": test_mails.test_mail_context(request, page),
        "form": form,
        "words": form.words,
        "rows": form.rows.rows,
        "media": form.words.media,
        "picker": picker.search_articles(page, searched, form.rows.article_ids),
        "kinds": [(kind.name, kind.title) for kind in kinds() if kind.is_added_by_button],
        "unsaved": unsaved,
        "window": new_key(),
        "merge_fields": merge_menu.entries(attributes),
        "saved_at": _clock(),
        "can_undo": can_undo,
        "can_redo": can_redo,
        "figures": figures,
        "size": size_in_words(figures.bytes),
        "length": length_in_words(figures),
        "large": LARGE,
        "too_large": TOO_LARGE,
        "topics": page.list_topics,
        "conditions": condition_groups(form.rows.blocks, segments, page.list_topics, attributes),
        "narrowing": {**{each.id: each.name for each in page.content.block_segments}, **dict(segments)},
        "may_add_segment": may(request, "subscribers.add_segment"),
        "others": presence.others_in_words(request, page.edition),
        "may_delete": admin.site.get_model_admin(Edition).has_delete_permission(request, page.edition),
        "may_change_newsletter": may(request, "newsletters.change_newsletter"),
        "may_see_readers": may(request, "subscribers.view_subscriber"),
        "is_sidebar_enabled": False,
        "is_nav_sidebar_enabled": False,
        **drafted.drafted_context(request, page),
        **(_conflict(page, conflict) if conflict else {}),
    }
    return TemplateResponse(request, "admin/newsletters/edition/compose.html", context, status=status)


def work_on_draft(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """Any button of the page. Raises `NoLongerDraft`."""
    edition, form = page.edition, ComposerForm.of_request(request.POST, page)
    changed = form.after(request.POST)
    if changed is not None:
        # The order and the choice are part of the form; nothing is written before it is saved.
        return show_composer(request, page, changed, unsaved=True)
    if not form.is_valid:
        return _wrong(request, page, form)
    try:
        saved = _save(request, edition, form)
    except Conflict as conflict:
        return _second(request, edition, form, str(conflict))
    except Refused as refusal:
        if wants_json(request):
            gone = {"edition": edition, "sentence": str(refusal)}
            html = render_to_string("admin/newsletters/edition/_no_longer_draft.html", gone, request)
            return JsonResponse({"conflict": str(refusal), "html": html}, status=409)
        raise NoLongerDraft(str(refusal), form) from refusal
    if wants_json(request):
        return JsonResponse(_saved(EditionPage(request, saved)))
    search = picker.search_query(request.POST)
    part = "#preview" if "_preview" in request.POST else "#picker" if search else ""
    return HttpResponseRedirect(edition_url(saved) + search + part)


def _wrong(request: HttpRequest, page: EditionPage, form: ComposerForm) -> HttpResponse:
    if wants_json(request):
        errors = [{"id": id_, "place": place, "message": message} for id_, place, message in form.errors]
        return JsonResponse({"errors": errors}, status=422)
    return show_composer(request, page, form, unsaved=True, status=422)


def _second(request: HttpRequest, edition: Edition, form: ComposerForm, sentence: str) -> HttpResponse:
    """For the second of two editors: both texts, and the choice."""
    found = Edition.objects.select_related("newsletter__mailing_list", "newsletter__logo", "inspection")
    now = EditionPage(request, found.get(pk=edition.pk))
    if wants_json(request):
        html = render_to_string("admin/newsletters/edition/_conflict.html", _conflict(now, sentence), request)
        return JsonResponse({"conflict": sentence, "html": html}, status=409)
    return show_composer(request, now, form, unsaved=True, conflict=sentence, status=409)


def _save(request: HttpRequest, edition: Edition, form: ComposerForm) -> Edition:
    """Saved, and then undone or redone where that was pressed: what was typed can so be had again, too."""
    made_from, by = _made_from(request, edition, form), acting_user(request)
    saved = editing.save(edition.pk, form.draft, revision=made_from, by=acting_name(request), user=by)
    saved.newsletter = edition.newsletter  # which is shown, and was read already
    put_cached(_last_window(edition), (request.POST.get("window", ""), saved.revision), WINDOW_KNOWN)
    for button, step in (("_undo", editing.undo), ("_redo", editing.redo)):
        if button in request.POST:
            try:
                return step(saved.pk, revision=saved.revision, by=acting_name(request), user=acting_user(request))
            except editing.NothingThere as nothing:
                messages.info(request, str(nothing))
                return saved
    if not wants_json(request):
        if saved.revision != form.revision:
            admin.site.get_model_admin(Edition).log_change(
                request, saved, _("Edited the draft (revision %(number)d).") % {"number": saved.revision}
            )
        messages.success(request, _("%(edition)s was saved.") % {"edition": saved})
    return saved


def _made_from(request: HttpRequest, edition: Edition, form: ComposerForm) -> int:
    """The revision that the form was made from. Where the answer to a save was lost, the page still names the one
    before; but it was this very window that saved last, so nobody is overwritten."""
    window = request.POST.get("window", "")
    mine = window and get_cached(_last_window(edition)) == (window, edition.revision)
    return edition.revision if mine else form.revision


def _last_window(edition: Edition) -> str:
    return f"composed-in-{edition.pk}"


def _saved(page: EditionPage) -> dict[str, Any]:
    """What the page shows after it saved by itself."""
    figures = preview.mail_figures(page)
    can_undo, can_redo = history.possible_steps(page.edition)
    return {
        "revision": page.edition.revision,
        "fields": {"revision": page.edition.revision},
        "said": _("Saved at %(time)s") % {"time": _clock()},
        "undo": can_undo,
        "redo": can_redo,
        "figures": {**asdict(figures), "size": size_in_words(figures.bytes), "length": length_in_words(figures)},
    }


def size_in_words(size: int) -> str:
    return _("%(size)d KB of the 100 KB that Gmail shows") % {"size": round(size / 1024)}


def length_in_words(figures: preview.MailFigures) -> str:
    if not figures.words:
        return _("nothing to read yet")
    return _("%(words)d words, %(minutes)d min to read") % {"words": figures.words, "minutes": figures.minutes}


def _conflict(page: EditionPage, sentence: str) -> dict[str, Any]:
    return {
        "edition": page.edition,
        "conflict": sentence,
        "theirs": initial_texts(page.draft, page.edition.revision),
        "last_saved": page.edition.revisions.first(),
        "their_rows": Rows.of_blocks(page.draft.blocks, page.references).rows,
    }


def _clock() -> str:
    return date_format(timezone.localtime(), "H:i")


def show_panels(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """What preflight says of what is saved, for the page that has just saved by itself."""
    context = _panels_context(request, page, preflight_panel(page))
    return TemplateResponse(request, "admin/newsletters/edition/_panels.html", context)


def _panels_context(request: HttpRequest, page: EditionPage, findings: PreflightPanel) -> dict[str, Any]:
    return {
        **page.context(),
        "findings": findings,
        "blocked": any(finding.blocking for finding in findings),
        "approval": approving.approval_context(request, page) if page.edition.newsletter.needs_approval else None,
    }
