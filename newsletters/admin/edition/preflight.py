"""What preflight found, each finding with the address that mends it; and what may be done about it.

The panel is an address of its own, so that a look at the outside (dead links, DNS) shows on an open page when it is
done. An owner may override what may be overridden, with a reason; anybody else is told who could.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lib.nudging import nudge
from lib.query_numbers import read_number
from newsletters import tasks
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.admin.moments import moment_in_words
from newsletters.admin.roles import who_may
from newsletters.admin.system.pages import address_to_write
from newsletters.editions import editing
from newsletters.editions.named_articles import html_with_lead, with_lead
from newsletters.editions.preflight import inspecting, overriding
from newsletters.editions.preflight.variants import FIELDS
from newsletters.models import Edition

OVERRIDE = "newsletters.add_preflightoverride"


@dataclass(frozen=True, slots=True)
class ShownFinding:
    message: str
    blocking: bool
    href: str
    overridden: str = ""
    overridable: bool = False
    ended: str = ""
    names: int = 0  # as in a Finding
    field: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """How much is known of what lies outside: a sentence, and whether somebody is looking just now."""

    sentence: str
    under_way: bool = False


@dataclass(frozen=True)
class PreflightPanel(Sequence[ShownFinding]):
    """The findings, in order, and what the panel says besides."""

    findings: tuple[ShownFinding, ...]
    outside: Outside

    def __getitem__(self, at: Any) -> Any:
        return self.findings[at]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[ShownFinding]:
        return iter(self.findings)

    @property
    def overridable(self) -> bool:
        """Would it go out if an owner said so?"""
        stops = [finding for finding in self.findings if finding.blocking]
        return bool(stops) and all(finding.overridable for finding in stops)

    @property
    def who_may_override(self) -> str:
        return who_may(OVERRIDE)


def preflight_panel(
    page: EditionPage, *, has_unsaved_blocks: bool = False, without: Sequence[str] = ()
) -> PreflightPanel:
    """Of what is saved. Where blocks were added that are not saved yet, what they have mended is left out; and so are
    the codes `without`, which the page says elsewhere."""
    keys = [block.key for block in page.draft.blocks]
    shown = (
        ShownFinding(
            f.message,
            f.blocking,
            _href_of(page.edition, f.field, keys),
            f.overridden,
            f.overridable,
            f.ended,
            f.names,
            f.field,
        )
        for f in page.findings
        if not (has_unsaved_blocks and f.code == "empty") and f.code not in without
    )
    return PreflightPanel(tuple(shown), _outside(page))


def _href_of(edition: Edition, field: str, keys: Sequence[str]) -> str:
    """Where it is mended. `keys` are those of the blocks; one that went away meanwhile is mended nowhere."""
    page, number = edition_url(edition), field.partition(".")[2]
    href = f"{page}#id_{field}" if field else ""
    match field.partition(".")[0]:
        case "audience":
            href = reverse("admin:newsletters_edition_audience", args=[edition.pk])
        case "newsletter":
            newsletter = reverse("admin:newsletters_newsletter_change", args=[edition.newsletter_id])
            href = f"{newsletter}#id_{number}" if number else newsletter
        case "page":
            href = reverse("admin:newsletters_article_change", args=[number])
        case "institute_page":
            href = address_to_write(number)
        case "ledger":
            href = reverse("admin:newsletters_edition_ledger", args=[number]) + "?outcome=rejected"
        case "block":
            href = f"{page}#block-{keys[int(number)]}" if int(number) < len(keys) else ""
        case "articles":
            href = f"{page}#blocks"
    return href


def _outside(page: EditionPage) -> Outside:
    seen = page.inspection
    if seen is None:
        return Outside(_("We haven't checked the links to other sites yet."))
    if seen.done_at is None or seen.done_at < seen.asked_at:
        slow = timezone.now() - seen.asked_at > inspecting.PATIENCE
        if slow:
            return Outside(_("We should have checked the links by now. Is a worker running?"), True)
        return Outside(_("Checking the links…"), under_way=True)
    links = len(seen.links)
    what = ngettext("Checked %d link to other sites", "Checked %d links to other sites", links) % links
    if not links:
        what = _("It has no links to other sites")
    unknown = [name.upper() for name in ("spf", "dmarc") if seen.domain and seen.domain.get(name) is None]
    rest = [_("We couldn't look up %s in DNS.") % ", ".join(unknown)] if unknown else []
    if seen.spam.get("problem"):
        rest.append(str(seen.spam["problem"]))
    elif "score" in seen.spam:
        rest.append(_("SpamAssassin: %(score).1f of %(limit).1f.") % seen.spam)
    when = moment_in_words(seen.done_at, page.edition.newsletter.zone)
    return Outside(" ".join([_("%(what)s on %(when)s.") % {"what": what, "when": when}, *rest]))


# --- Views --------------------------------------------------------------------------------------------------------
def show_preflight(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """The panel alone, for an open page to put in its place."""
    context = {"findings": preflight_panel(page), "edition": page.edition}
    answer = TemplateResponse(request, "admin/newsletters/edition/_preflight.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def check_links(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """Have a task look outside."""
    ask_for_inspection(page)
    messages.info(request, _("We're checking the links. The result appears under “Preflight”."))
    return HttpResponseRedirect(edition_url(page.edition) + "#findings")


def use_lead(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """Put `{{ lead }}` where a text names an article that some readers don't get."""
    edition, by = page.edition, acting_user(request)
    field, article_id = request.POST.get("field", ""), read_number(request.POST.get("article"))
    article = next((article for article in page.content.articles if article.id == article_id), None)
    if edition.status == Edition.Status.DRAFT and article is not None and field in FIELDS:
        replaced = html_with_lead if field == "introduction" else with_lead
        text = replaced(getattr(page.draft, field), article.headline)
        if text != getattr(page.draft, field):
            editing.reword(edition, **{field: text}, by=acting_name(request), user=by)
            log_to_history(request, edition, _("Named the first article of each reader in the %s.") % field)
            messages.success(
                request, _("The %s now names the first article that each reader gets. You can undo this.") % field
            )
            return HttpResponseRedirect(edition_url(edition))
    messages.info(request, _("There was nothing to replace. Change the text yourself."))
    return HttpResponseRedirect(edition_url(edition))


def ask_for_inspection_unless_known(page: EditionPage) -> None:
    """For who is about to send it."""
    if inspecting.ask_unless_known(page):
        nudge(tasks.inspect_edition, page.edition.pk)


def ask_for_inspection(page: EditionPage) -> None:
    page.inspection = inspecting.ask(page.edition)
    nudge(tasks.inspect_edition, page.edition.pk)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why you are overriding this"), max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=gettext_lazy(
            "We keep this with your name. It applies to this version only: any "
            "edit cancels the override."
        ),
        error_messages={"required": gettext_lazy("Say why you are overriding this.")},
    )  # fmt: skip
    fingerprint = forms.CharField(widget=forms.HiddenInput, max_length=64)


def override(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition, now = page.edition, page.fingerprint
    found = [finding for finding in page.findings if finding.blocking]
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"fingerprint": now})
    if edition.status != Edition.Status.DRAFT or not any(finding.overridable for finding in found):
        messages.info(request, _("There is nothing to override."))
        return HttpResponseRedirect(edition_url(edition))
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["fingerprint"] != now:
            messages.warning(request, _("The edition has changed since you opened this page. Check it again."))
            form = ReasonForm(initial={"fingerprint": now, "reason": form.cleaned_data["reason"]})
        elif isinstance(request.user, User):
            try:
                kept = overriding.override(edition, now, found, reason=form.cleaned_data["reason"], by=request.user)
            except overriding.NoReason as problem:
                form.add_error("reason", str(problem))
            else:
                log_to_history(request, edition, _("Overrode preflight: %s") % kept.reason)
                messages.success(
                    request, _("Overridden. The edition can go out as it is now. Your reason is kept with it.")
                )
                return HttpResponseRedirect(edition_url(edition) + "#findings")
    context = {
        **page.context(_("Override preflight?")),
        "form": form,
        "passed": [finding for finding in found if finding.overridable],
        "left": [finding for finding in found if not finding.overridable],
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/newsletters/edition/override.html", context, status=status)
