"""Which articles of an edition its readers have had already: said before it goes, and confirmed apart.

Its readers are those of its mailing list, whatever newsletter the earlier edition was of. What a person confirms is
bound to what they read: `token` names each article and the edition it was in, so when another edition goes out
meanwhile, or an article is added, the question is asked again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.query_time import TookTooLong, time_limit
from newsletters.models import Edition
from newsletters.rendering.content import EditionContent

MOST_NAMED = 4  # editions in one sentence
LONGEST_SEARCH = 5.0  # seconds that a page waits
UNKNOWN = "unknown"  # the token of what nobody knows


@dataclass(frozen=True, slots=True)
class Repeats:
    """`articles` is how many the edition has. Without repeats, `sentences` and `token` are empty. Where the database
    took too long to find any, `sentences` says so, and it takes the same confirmation."""

    articles: int
    repeated: frozenset[int] = frozenset()  # ids of articles
    sentences: tuple[str, ...] = ()
    token: str = ""

    def __bool__(self) -> bool:
        return bool(self.token)

    @property
    def in_words(self) -> str:
        return " ".join(self.sentences)


def find_repeats(content: EditionContent) -> Repeats:
    """In one query, and none for an edition without articles."""
    wanted = {article.id for article in content.articles}
    if not wanted:
        return Repeats(0)
    try:
        with time_limit(LONGEST_SEARCH):
            earlier = _earlier(wanted, content)
    except TookTooLong:
        sentence = _("Looking for these articles in earlier editions took too long, so readers may have had some.")
        return Repeats(len(wanted), sentences=(sentence,), token=UNKNOWN)
    if not earlier:
        return Repeats(len(wanted))
    by_edition: dict[Edition, set[int]] = {}
    for edition in earlier:
        by_edition.setdefault(edition, set()).add(edition.article)  # type: ignore[attr-defined]
    had = {edition: ids for edition, ids in by_edition.items() if edition.frozen_at is not None}
    coming = {edition: ids for edition, ids in by_edition.items() if edition.frozen_at is None}
    sentences = []
    if had:
        sentences.append(_sentence(len(wanted), had, content))
    if coming:
        sentences.append(_sentence(len(wanted), coming, content))
    pairs = sorted((article, edition.pk) for edition, ids in by_edition.items() for article in ids)
    token = blake2b(repr(pairs).encode(), digest_size=16).hexdigest()
    return Repeats(len(wanted), frozenset().union(*by_edition.values()), tuple(sentences), token)


def _earlier(article_ids: Collection[int], content: EditionContent) -> list[Edition]:
    return list(
        _editions_with(article_ids, content.list_id)
        .exclude(pk=content.edition_id)
        .select_related("newsletter")
        .only("number", "digest", "status", "frozen_at", "send_at", "newsletter__name", "newsletter__zone")
        .order_by("frozen_at", "send_at", "pk")
    )


def articles_readers_have(content: EditionContent) -> frozenset[int]:
    """The ids of those articles that readers of its list have, or are about to get: in whatever edition, this one
    included."""
    wanted = {article.id for article in content.articles}
    if not wanted:
        return frozenset()
    return frozenset(_editions_with(wanted, content.list_id).order_by().values_list("items__article", flat=True))


def _editions_with(article_ids: Collection[int], list_id: int) -> QuerySet[Edition]:
    """Those that readers of this list have: a row for each edition and `article`."""
    editions = Edition.objects.that_readers_have().filter(snapshot__list_id=list_id)
    return editions.filter(items__article__in=article_ids).annotate(article=F("items__article"))


def _sentence(articles: int, by_edition: dict[Edition, set[int]], content: EditionContent) -> str:
    """“2 of 3 articles went to these readers in edition 2.” For editions that wait to be sent: “… will go …”."""
    repeated = len(set().union(*by_edition.values()))
    editions = list(by_edition)
    waits = editions[0].frozen_at is None
    names = [_name(edition, content) for edition in editions[-MOST_NAMED:]]
    words = {"articles": _articles(repeated, articles), "editions": _listed(names, len(editions) - len(names))}
    if waits:
        if repeated == 1:
            return _("%(articles)s goes to these readers in %(editions)s, too.") % words
        return _("%(articles)s go to these readers in %(editions)s, too.") % words
    return _("%(articles)s went to these readers in %(editions)s.") % words


def _articles(repeated: int, articles: int) -> str:
    if repeated < articles:
        return ngettext("%(n)d of %(all)d article", "%(n)d of %(all)d articles", articles) % {
            "n": repeated, "all": articles,
        }  # fmt: skip
    if articles == 1:
        return _("Its only article")
    return _("Both articles") if articles == 2 else _("All %d articles") % articles


def _name(edition: Edition, content: EditionContent) -> str:
    """“edition 2” of the same newsletter, the edition's whole name for another one."""
    if edition.frozen_at is None:
        local = (edition.send_at or timezone.now()).astimezone(ZoneInfo(edition.newsletter.zone))
        words = {"newsletter": edition.newsletter.name, "when": f"{date_format(local, 'j F Y, H:i')} {local:%Z}"}
        return _("%(newsletter)s on %(when)s") % words
    if edition.newsletter_id == content.newsletter_id:
        return _("edition %d") % edition.number
    return str(edition)


def _listed(names: list[str], more: int) -> str:
    if more > 0:
        return ngettext("%(names)s and %(n)d other", "%(names)s and %(n)d others", more) % {
            "names": ", ".join(names), "n": more,
        }  # fmt: skip
    *first, last = names
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
