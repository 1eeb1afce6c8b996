"""What preflight found, each finding with the address of the field that mends it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from newsletters.admin.composer import Selection
from newsletters.editions import preflight
from newsletters.models import Edition


@dataclass(frozen=True, slots=True)
class ShownFinding:
    message: str
    blocking: bool
    href: str


def shown_findings(edition: Edition, unsaved: Selection | None = None) -> list[ShownFinding]:
    """Of what is saved. With an unsaved selection, what it has already mended is left out."""
    found = preflight.check(edition)
    if unsaved is not None and unsaved.rows:
        found = [finding for finding in found if finding.code != "empty"]
    return [ShownFinding(finding.message, finding.blocking, _href(edition, finding.field)) for finding in found]


def _href(edition: Edition, field: str) -> str:
    page = reverse("admin:newsletters_edition_change", args=[edition.pk])
    newsletter = reverse("admin:newsletters_newsletter_change", args=[edition.newsletter_id])
    if field.startswith("newsletter."):
        return f"{newsletter}#id_{field.removeprefix('newsletter.')}"
    if field == "newsletter":
        return newsletter
    if field == "articles":
        return f"{page}#articles"
    return f"{page}#id_{field}" if field else ""
