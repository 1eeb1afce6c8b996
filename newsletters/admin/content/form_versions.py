"""Earlier versions of an article or a page: who saved what, when; compared with the one before or now; restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lib.query_numbers import read_number
from newsletters.admin.content.bylines import PREFIX
from newsletters.admin.content.open_page import change_url, url_of
from newsletters.articles import revisions
from newsletters.articles.comparing import Passage, compared, compared_html, shortened
from newsletters.articles.revisions import Written
from newsletters.models.revisions import Revision

A_PAGE = 20
_COMPARED = frozenset({"title", "summary", "body"})  # word by word


@dataclass(frozen=True, slots=True)
class Change:
    """A field that two versions say differently."""

    name: str
    parts: list[Passage]


@dataclass(frozen=True, slots=True)
class WrittenVersion:
    revision: Revision
    changes: list[Change]
    is_first: bool


def show(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """The list; `?compare=7` shows how version 7 differs from what is there now."""
    written = model_admin.get_object(request, str(pk))
    if not model_admin.has_change_permission(request, written):
        raise PermissionDenied
    if written is None:
        raise Http404(str(model_admin.missing_in_words))
    newest = revisions.newest(written)
    compared_with = written.revisions.filter(number=read_number(request.GET.get("compare")) or 0).first()
    found = Paginator(written.revisions.all(), A_PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("Versions of “%(title)s”") % {"title": written},
        "opts": model_admin.opts,
        "written": written,
        "change_url": change_url(written),
        "versions_url": url_of(written, "versions"),
        "page": found,
        "newest": newest,
        "compared_with": compared_with,
        "comparison": changes(model_admin.model, compared_with, newest) if compared_with and newest else [],
        "versions": list(_versions(written, list(found.object_list))),
    }
    return TemplateResponse(request, "admin/newsletters/saving/versions.html", context)


def _versions(written: Written, shown: list[Revision]) -> Iterator[WrittenVersion]:
    """Each with what changed since the one before it."""
    if not shown:
        return
    older = written.revisions.filter(number__lt=shown[-1].number).first()
    for revision, before in zip(shown, [*shown[1:], older], strict=True):
        yield WrittenVersion(
            revision, changes(type(written), before, revision) if before else [], is_first=before is None
        )


def changes(model: type[Written], before: Revision, after: Revision) -> list[Change]:
    """The fields that say something else, each with the words that are not the same."""
    was, now = revisions.query_of(before.fields), revisions.query_of(after.fields)
    found = []
    for name in ("title", "summary"):
        if was.get(name, "") != now.get(name, ""):
            found.append(
                Change(capfirst(_label(model, name)), shortened(compared(was.get(name, ""), now.get(name, ""))))
            )
    if _lines(was.get("body", "")) != _lines(now.get("body", "")):
        parts = shortened(compared_html(was.get("body", ""), now.get("body", "")))
        changed = [part for part in parts if part.kind != "same"]
        found.append(Change(_("Text"), parts if changed else [Passage("same", _("Only its formatting"))]))
    others = [
        name
        for name in {**was, **now}
        if name not in _COMPARED and not name.startswith(PREFIX) and _said(was, name) != _said(now, name)
    ]
    if _byline(was) != _byline(now):
        others.append(PREFIX)
    if others:
        names = ", ".join(dict.fromkeys(_label(model, name) for name in others))
        found.append(Change(_("Also changed"), [Passage("same", names)]))
    return found


def _said(typed: Any, name: str) -> list[str]:
    return [_lines(value) for value in typed.getlist(name) if value]


def _lines(text: str) -> str:
    """As browsers send them or as a program writes them: it is the same text."""
    return text.replace("\r\n", "\n")


def _byline(typed: Any) -> list[tuple[str, str]]:
    """Authors and their positions; rows that were left empty, and how many there are, say nothing."""
    rows = [name.removesuffix("-author") for name in typed if name.startswith(PREFIX) and name.endswith("-author")]
    stays = [row for row in rows if typed.get(f"{row}-author") and not typed.get(f"{row}-DELETE")]
    return sorted((typed.get(f"{row}-position", ""), typed[f"{row}-author"]) for row in stays)


def _label(model: type[Written], name: str) -> str:
    """A field of the form by its name in the page, as far as the model knows it."""
    if name.startswith(PREFIX):
        return _("authors")
    if name.startswith("lead_picture"):
        return _("lead picture")
    plain = name.removesuffix("_0").removesuffix("_1")
    known = {field.name: str(field.verbose_name) for field in (*model._meta.fields, *model._meta.many_to_many)}
    return known.get(plain, plain)
