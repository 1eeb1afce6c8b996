"""Drafts, and editions that were cancelled before they began, lose their numbers: sending gives them now.

What has begun, or waits to be sent, keeps its number and address. A draft whose subject is still the newsletter's own,
and that nobody was asked to approve, gets the merge field back where its number was put in. What approvals, overrides and inspections are bound to no longer
contains the number and the address; those whose content is kept are bound anew, so that none of them lapses.
"""

import json
import re
from hashlib import sha256

from django.db import migrations

_FIELD = re.compile(r"\{\{[^{}]*\}\}")


def _digest(content):
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def _subject_with_field(edition):
    """The subject with `{{ number }}` in it; None where somebody has written their own."""
    template = edition.newsletter.subject_template
    pieces, at, has_number = [], 0, False
    for match in _FIELD.finditer(template):
        pieces.append(re.escape(template[at : match.start()]))
        name = match[0].strip("{}").partition("|")[0].strip()
        if name == "number":
            pieces.append(r"(?P<number>\d+)" if not has_number else r"(?P=number)")
            has_number = True
        elif name in ("newsletter", "date"):
            pieces.append(re.escape(edition.newsletter.name) if name == "newsletter" else r"[^{}]{1,60}?")
        else:
            pieces.append(r"\{\{\s*" + re.escape(name) + r"[^{}]*\}\}")
        at = match.end()
    pieces.append(re.escape(template[at:]))
    if not has_number:
        return None
    match = re.fullmatch("".join(pieces), edition.subject)
    if match is None or match["number"] != str(edition.number):
        return None
    begin, end = match.span("number")
    return (edition.subject[:begin] + "{{ number }}" + edition.subject[end:])[:200]


def take_numbers_back(apps, schema_editor):
    editions = apps.get_model("newsletters", "Edition").objects
    never_begun = editions.filter(status__in=["draft", "cancelled"], frozen_at__isnull=True)
    # What somebody was asked to approve keeps its words: an approval holds for exactly these.
    asked = apps.get_model("newsletters", "Approval").objects.values("edition")
    drafts = never_begun.filter(status="draft").exclude(pk__in=asked)
    for edition in drafts.select_related("newsletter").defer("snapshot", "introduction"):
        subject = _subject_with_field(edition)
        if subject is not None:
            editions.filter(pk=edition.pk).update(subject=subject)
    never_begun.update(number=None, slug=None)


def give_numbers_to_all(apps, schema_editor):
    """For the way back: editions without a number get the next ones of their newsletter, in the order they were made."""
    editions = apps.get_model("newsletters", "Edition").objects
    for edition in editions.filter(number__isnull=True).select_related("newsletter").order_by("pk"):
        of_newsletter = editions.filter(newsletter=edition.newsletter_id, number__isnull=False)
        number = (of_newsletter.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        slug = f"{edition.newsletter.slug}-{number}"
        while editions.filter(slug=slug).exists():
            slug = f"{slug}-{edition.pk}"
        editions.filter(pk=edition.pk).update(number=number, slug=slug)


def bind_anew(apps, schema_editor):
    approvals, editions, inspections, overrides = (
        apps.get_model("newsletters", name).objects
        for name in ("Approval", "Edition", "Inspection", "PreflightOverride")
    )
    bound = {}
    for approval in approvals.only("edition_id", "fingerprint", "content").iterator(chunk_size=100):
        new = _new_fingerprint(approval.content, approval.fingerprint)
        if new:
            bound[approval.edition_id, approval.fingerprint] = new
            approvals.filter(pk=approval.pk).update(fingerprint=new)
    overridden = overrides.values("edition")
    for pk, snapshot in editions.filter(pk__in=overridden, snapshot__isnull=False).values_list("pk", "snapshot"):
        bound[pk, _digest({**snapshot, "date": ""})] = _without_number(snapshot)
    for rows in (overrides, inspections):
        for row in rows.only("edition_id", "fingerprint").iterator(chunk_size=500):
            new = bound.get((row.edition_id, row.fingerprint))
            if new:
                rows.filter(pk=row.pk).update(fingerprint=new)


def _new_fingerprint(content, old):
    return _without_number(content) if _digest({**content, "date": ""}) == old else None


def _without_number(content):
    return _digest({**content, "date": "", "number": 0, "path": ""})


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0040_number_given_when_sent"),
    ]

    operations = [
        migrations.RunPython(take_numbers_back, give_numbers_to_all),
        migrations.RunPython(bind_anew, migrations.RunPython.noop),
    ]
