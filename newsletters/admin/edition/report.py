"""The report of an edition in words, each figure beside the newsletter's usual one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.durations import duration_in_words
from lib.percentages import percent
from newsletters.blocks.content import NewerContent
from newsletters.delivery.ledger.recipient_states import OUTCOMES
from newsletters.models import Edition
from newsletters.models.deliveries import Outcome
from newsletters.rendering.block_context import whole
from newsletters.rendering.content import EditionContent
from newsletters.reports.clicks import EditionClicks, clicks_of
from newsletters.reports.figures import Figure, Report, report


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    count: str
    share: str = ""
    usual: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class ClickedLink:
    headline: str
    url: str
    people: int
    part: int  # percent of the link that was followed most


def context_of(edition: Edition) -> dict[str, Any] | None:
    """What the page shows once an edition has begun."""
    found = report(edition)
    if found is None:
        return None
    clicks = clicks_of(edition)
    return {
        "lines": _lines(found), "since": _since(found), "compared": found.compared if found.compared >= 3 else 0,
        "clicks": clicks and {"links": _links(edition, clicks), "people": clicks.people, "machines": clicks.machines},
    }  # fmt: skip


def _links(edition: Edition, clicks: EditionClicks) -> list[ClickedLink]:
    """Those that somebody followed, in the order of the mail, by the headline of the article that they lead to."""
    headlines: dict[str, str] = {}
    with suppress(NewerContent):  # prepared by a newer version of Iria: the addresses say enough
        articles = EditionContent.from_json(edition.snapshot or {}).articles
        headlines = {whole(article.path): article.headline for article in articles}
    most = max((link.people for link in clicks.links), default=0)
    return [
        ClickedLink(headlines.get(link.url, ""), link.url, link.people, round(100 * link.people / most) if most else 0)
        for link in clicks.links
        if link.people
    ]


def _lines(found: Report) -> list[Line]:
    lines = [
        _line(
            str(OUTCOMES[outcome].name), figure, str(OUTCOMES[outcome].meaning) if outcome == Outcome.ACCEPTED else ""
        )
        for outcome, figure in found.outcomes.items()
        if outcome in {Outcome.ACCEPTED, Outcome.REJECTED} or figure.count
    ]
    lines.append(_line(_("Unsubscribed by its link"), found.left, ""))
    usual = "" if found.usual_growth is None else signed(round(found.usual_growth))
    came_and_went = _("%(came)s joined, %(gone)s unsubscribed") % {"came": f"{found.came:,}", "gone": f"{found.gone:,}"}
    lines.append(Line(_("List growth"), signed(found.growth), "", usual, came_and_went))
    return lines


def _line(name: str, figure: Figure, meaning: str) -> Line:
    usual = "" if figure.usual is None else percent(figure.usual)
    return Line(name, f"{figure.count:,}", percent(figure.share), usual, meaning)


def signed(number: int) -> str:
    return f"{number:+,}" if number else "0"


def _since(found: Report) -> str:
    time = duration_in_words(found.age.total_seconds(), about=True)
    if found.compared < 3:
        return _("Unsubscribes and list growth are counted from the start of sending (%s ago).") % time
    return ngettext(
        "Unsubscribes and list growth are counted from the start of sending (%(time)s ago). Usual "
        "figures cover the same time and are the median of the %(n)d edition before.",
        "Unsubscribes and list growth are counted from the start of sending (%(time)s ago). Usual "
        "figures cover the same time and are the median of the %(n)d editions before.",
        found.compared,
    ) % {"time": time, "n": found.compared}  # fmt: skip
