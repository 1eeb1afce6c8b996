"""The newest public edition of a mailing list, for the sign-up form and the welcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import OuterRef, Subquery
from django.utils.functional import lazy

from newsletters.models import Edition
from newsletters.rendering.mail import for_anybody
from newsletters.rendering.recipients import how_often
from newsletters.site.editions import listed_content_of
from subscribers.models import MailingList
from subscribers.sample_editions import SampleEdition

HEADLINES = 4


def newest_editions(lists: Iterable[MailingList]) -> Mapping[int, SampleEdition]:
    """By list id, in two queries however many lists there are."""
    newest = Edition.objects.public().filter(newsletter__mailing_list=OuterRef("pk")).order_by("-queued_at", "-pk")
    ids = MailingList.objects.filter(pk__in=[each.pk for each in lists]).annotate(
        newest=Subquery(newest.values("pk")[:1])
    )
    by_edition = {edition: pk for pk, edition in ids.values_list("pk", "newest") if edition is not None}
    return {by_edition[edition.pk]: _sample(edition) for edition in Edition.objects.filter(pk__in=by_edition)}


_how_often = lazy(how_often, str)


def _sample(edition: Edition) -> SampleEdition:
    content = listed_content_of(edition)
    articles = content.articles
    title = for_anybody(content, content.subject)
    return SampleEdition(
        title=title,
        path=edition.path,
        date=date.fromisoformat(content.date),
        language=content.language,
        sender=content.from_email,
        picture=next((article.picture.path for article in articles if article.picture), ""),
        headlines=tuple([each.headline for each in articles if each.headline != title][:HEADLINES]),
        often=_how_often(content.cadence, content.weekdays),
    )
