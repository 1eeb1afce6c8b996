"""The mail to those who may send, when the schedule drafted an edition ahead of its date: what it says, what happens
without a word, and three ways to go on.

The links lead to pages of the admin and do nothing by themselves. Two of them carry the fingerprint of what the mail
shows, so that the page says when that has changed. Written when it is sent: not for a draft that is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator

from lib.characters import one_line
from lib.text_layout import wrapped
from mail.mjml import to_html
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.writing import palettes
from mail.writing.message import Mail
from newsletters.editions import approval_state, preflight
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.schedule.moments import Moment, in_words
from newsletters.models import Edition, Occurrence
from newsletters.rendering.mail import for_anybody
from subscribers import languages
from subscribers.messages.look import look_of

ARTICLES = 20  # shown in the mail; the page shows all
SUMMARY = 280  # characters


@dataclass(frozen=True)
class DraftedContext:
    occurrence: int
    user: int


def write_edition_drafted(row: Message, context: DraftedContext) -> Mail:
    _check_person(row, context)
    drafted = Occurrence.objects.filter(pk=context.occurrence, draft_revision__isnull=False).first()
    edition = Edition.objects.filter(occurrence=drafted).select_related("newsletter__mailing_list").first()
    if drafted is None or edition is None or edition.status != Edition.Status.DRAFT:
        raise NoLongerNeeded("the draft was sent, skipped or deleted")
    with translation.override("en"):
        facts = _facts(drafted, edition)
        subject = one_line(render_to_string("emails/edition_drafted/subject.txt", facts))
        text = render_to_string("emails/edition_drafted/body.txt", facts).strip()
        html = to_html(render_to_string("emails/edition_drafted/body.mjml", facts | {"subject": subject}))
    mail = Mail(subject, wrapped(text) + "\n", settings.DEFAULT_FROM_EMAIL)
    mail.attach_alternative(html, "text/html")
    return mail


def write_kept_back(row: Message, context: DraftedContext) -> Mail:
    _check_person(row, context)
    edition = Edition.objects.filter(occurrence=context.occurrence).select_related("newsletter", "occurrence").first()
    if edition is None or edition.occurrence is None or edition.status != Edition.Status.DRAFT:
        raise NoLongerNeeded("it was sent or deleted since")
    date = edition.occurrence
    facts = {
        "newsletter": edition.newsletter,
        "when": in_words(Moment(date.local, date.due_at), edition.newsletter.zone),
        "why": date.reason.removeprefix("Saved as a draft: "),
        "page": _page(edition, "change"),
    }
    with translation.override("en"):
        subject = one_line(render_to_string("emails/edition_kept_back/subject.txt", facts))
        text = render_to_string("emails/edition_kept_back/body.txt", facts).strip()
    return Mail(subject, wrapped(text) + "\n", settings.DEFAULT_FROM_EMAIL)


def _check_person(row: Message, context: DraftedContext) -> None:
    if not User.objects.filter(pk=context.user, is_active=True, email=row.address).exists():
        raise NoLongerNeeded("this member of staff has left, or has another address")


def _facts(drafted: Occurrence, edition: Edition) -> dict[str, object]:
    loaded = LoadedEdition(edition)
    content = loaded.content
    newsletter = edition.newsletter
    look = look_of(newsletter.mailing_list, "en")
    seen = f"?seen={loaded.fingerprint}"
    articles = [
        {"headline": block.article.headline, "summary": Truncator(block.article.summary).chars(SUMMARY)}
        for block in content.blocks
        if block.article
    ]
    return {
        **languages.layout("en"),
        "look": look,
        "day": palettes.day(look.colour, look.background),
        "night": palettes.night(look.colour),
        "site_name": urlsplit(settings.SITE_URL).hostname,
        "newsletter": newsletter,
        "says": for_anybody(content, content.subject),
        "preheader": for_anybody(content, content.preheader),
        "articles": articles[:ARTICLES],
        "more": max(0, len(articles) - ARTICLES),
        "when": in_words(Moment(drafted.local, drafted.due_at), newsletter.zone),
        "mode": newsletter.mode,
        "in_the_way": in_the_way(loaded) if newsletter.mode == newsletter.Mode.AUTOMATIC else "",
        "look_at_it": _page(edition, "change"),
        "send_it": _page(edition, "send") + seen,
        "skip_it": _page(edition, "skip") + seen,
    }


def in_the_way(loaded: LoadedEdition) -> str:
    """What keeps an edition from going out as it is now, in sentences; empty for nothing."""
    said = [finding.message for finding in preflight.blocking(preflight.check_loaded(loaded))]
    standing = approval_state.read_approval_state(loaded)
    if not standing.may_go_out:
        said.append(standing.why_not)
    return " ".join(said)


def _page(edition: Edition, name: str) -> str:
    return settings.SITE_URL + reverse(f"admin:newsletters_edition_{name}", args=[edition.pk])


EDITION_DRAFTED = MessageKind(
    "edition_drafted", "edition drafted by the schedule", DraftedContext, write_edition_drafted
)
EDITION_KEPT_BACK = MessageKind("edition_kept_back", "edition not sent at its date", DraftedContext, write_kept_back)
