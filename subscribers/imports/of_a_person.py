"""The imports that one person came by, for the timeline on their page.

Known is who was made by a batch, from which row, and which subscriptions it made, also for people who were here before.
What an import only changed (a name, a tag) is not told here: whether it proved a subscription or ended one stands in
the consent records. An import that was undone is not told of people whom it brought: they are gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.former_people import numbers_of
from subscribers.imports.options import ImportOptions
from subscribers.models import ConsentRecord, Import, ImportBatch, Subscriber, Subscription
from subscribers.timeline import TimelineEntry, TimelineKind


def _entries(person: Subscriber, most: int) -> list[TimelineEntry]:
    """In four queries, however many imports there are."""
    numbers = numbers_of(person)
    subscriptions = list(person.subscriptions.select_related("mailing_list"))
    batches = _batches(numbers, [each.pk for each in subscriptions])
    if not batches:
        return []
    proofs = ConsentRecord.objects.filter(
        subscriber=person, source=ConsentRecord.Source.IMPORT, action=ConsentRecord.Action.CONFIRMED
    )
    proofs_said = list(proofs.values_list("mailing_list", "detail"))
    found: dict[int, tuple[Import, bool, int | None, list[Subscription]]] = {}
    for batch in batches:
        lines = {number: batch.line_of(number) for number in numbers if batch.made_person(number)}
        made = [each for each in subscriptions if batch.made_subscription(each.pk)]
        if not lines and not made:
            continue  # between the lowest and the highest id, but another import's
        _of, was_new, line, earlier = found.get(batch.of_id, (batch.of, False, None, []))
        line = next((each for each in lines.values() if each is not None), line)
        found[batch.of_id] = (batch.of, was_new or bool(lines), line, [*earlier, *made])
    return [
        TimelineEntry(
            of.started_at or of.created_at,
            "imports",
            _in_words(of, line, was_new=was_new),
            _detail(of, made, {each for each, said in proofs_said if said.startswith(f"{of.name[:60]}, ")}),
            reverse("admin:subscribers_import_change", args=[of.pk]),
        )
        for of, was_new, line, made in list(found.values())[:most]
    ]


def _batches(people: Sequence[int], subscriptions: Sequence[int]) -> list[ImportBatch]:
    """Those that may have made one of these, the newest first."""
    wanted = Q()
    for pk in people:
        wanted |= Q(first_person__lte=pk, last_person__gte=pk)
    for pk in subscriptions:
        wanted |= Q(first_subscription__lte=pk, last_subscription__gte=pk)
    return list(ImportBatch.objects.filter(wanted).select_related("of").defer("before", "of__plan").order_by("-pk"))


def _in_words(of: Import, line: int | None, *, was_new: bool) -> str:
    values = {"file": of.name, "line": line}
    if not was_new:
        return _("Put on a list by the import of %(file)s") % values
    if line is None:
        return _("Came by the import of %(file)s") % values
    return _("Came by the import of %(file)s, row %(line)d") % values


def _detail(of: Import, made: Sequence[Subscription], proven: set[int | None]) -> str:
    """Which lists, and on what grounds."""
    asks = ImportOptions.unpacked(of.options).consent == Import.Consent.CONFIRM
    unproven = _("consent not proven, asked once by email") if asks else _("consent not proven, not asked")
    grounds = (_("consent proven by the file"), unproven)
    parts = [f"{each.mailing_list.name}: {grounds[each.mailing_list_id not in proven]}" for each in made]
    if of.by:
        parts.append(f"{_('by')}: {of.by}")
    return " · ".join(parts)


IMPORTS = TimelineKind("imports", gettext_lazy("Imports"), "subscribers.view_import", _entries)
