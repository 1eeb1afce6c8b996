"""An edition as a reader will get it, for the frames of its page.

The frames have a policy of their own: no script, nothing from elsewhere, styles inline as mails have them. `sandbox`
without `allow-scripts` means that whatever got into a mail can do nothing to who looks at it here; the origin stays
ours, so that the page around can keep the place to which somebody had scrolled. Links open in a window of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from lib.addresses import address_key
from lib.html_text import html_to_words
from lib.query_numbers import read_numbers
from newsletters.admin.edition.edition_page import EditionPage, rendered_lately
from newsletters.admin.roles import may
from newsletters.articles.writing import reading
from newsletters.blocks.content import ArticleContent
from newsletters.delivery.audience.candidates import segments_of
from newsletters.models import Edition
from newsletters.rendering.block_readers import for_readers_in, has_part
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import html_for_anybody
from newsletters.rendering.message import personal
from newsletters.rendering.recipients import Recipient, as_sample
from subscribers.models import Attribute, Subscriber, Subscription, Topic
from subscribers.models.attributes import Access
from subscribers.segments.rules import BadRule

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self';"
    " sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


# --- For whom -----------------------------------------------------------------------------------------------------
class NoSuchReader(LookupError):
    """The sentence says who could not be found."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes the preview looks through."""

    recipient: Recipient
    topic_ids: frozenset[int] = frozenset()  # none: everything
    without: frozenset[int] = frozenset()  # segments that they aren't in; of no one in particular
    person_id: int = 0  # of somebody in particular
    is_sample: bool = True  # nobody in particular

    def recipient_of(self, content: EditionContent) -> Recipient:
        """With values of attributes for this edition: a sample of each, where it is nobody in particular."""
        return as_sample(self.recipient, content) if self.is_sample else self.recipient

    def content_of(self, content: EditionContent) -> EditionContent:
        """What it says to them: with the blocks for the segments that they are in. Raises `BadRule` where one can't be
        used any more."""
        if self.person_id:
            return for_readers_in(content, segments_of(content, self.person_id))
        return for_readers_in(content, {segment.id for segment in content.block_segments} - self.without)

    def articles_of(self, content: EditionContent) -> tuple[ArticleContent, ...]:
        return content.articles_for(self.topic_ids or None)

    def why_nothing(self, content: EditionContent) -> str:
        """In a sentence; empty where they get something."""
        if content.articles and not self.articles_of(content):
            return _("This reader gets nothing: no article in the edition is on a topic they follow.")
        narrowed = self.content_of(content)
        if content.block_segments and not has_part(narrowed, self.articles_of(narrowed)):
            return _("This reader gets nothing: everything on their topics is only for segments that they aren't in.")
        return ""


def sample_reader(topics: Sequence[Topic] = (), without: Collection[int] = ()) -> Reader:
    """Somebody without a name who follows these topics, or everything, and isn't in these segments."""
    recipient = Recipient(0, "reader@example.org", "", timezone.localdate(), tuple(topic.name for topic in topics))
    return Reader(recipient, frozenset(topic.pk for topic in topics), without=frozenset(without))


def reader_of(request: HttpRequest, edition: Edition, asked: QueryDict | None = None) -> Reader:
    """By `as`, an address (for those who may see readers), or by `topic`, any number of ids of topics they follow, and
    `without`, the same of segments that they aren't in. Raises `NoSuchReader`."""
    asked = request.GET if asked is None else asked
    address = asked.get("as", "").strip()
    if address:
        if not may(request, "subscribers.view_subscriber"):
            raise NoSuchReader(_("You don't have permission to see the emails of individual readers."))
        return _reader_with(address, edition)
    topics = Topic.objects.filter(pk__in=read_numbers(asked.getlist("topic")))
    return sample_reader(list(topics), read_numbers(asked.getlist("without")))


def _reader_with(address: str, edition: Edition) -> Reader:
    subscription = (
        Subscription.objects.select_related("subscriber", "selection")
        .filter(subscriber__email_key=address_key(address[:254]), mailing_list=edition.newsletter.mailing_list_id)
        .first()
    )
    if subscription is None:
        raise NoSuchReader(
            _("Nobody with the address %(address)s is subscribed to %(list)s.")
            % {"address": address, "list": edition.newsletter.mailing_list.name}
        )
    topics = list(subscription.selection.topics.all()) if subscription.selection else []
    subscriber = subscription.subscriber
    asked: date = subscription.requested_at.date()
    names = tuple(topic.name for topic in topics)
    recipient = Recipient(0, subscriber.email, subscriber.name, asked, names, _shown_values(subscriber))
    return Reader(recipient, frozenset(topic.pk for topic in topics), is_sample=False, person_id=subscriber.pk)


def _shown_values(subscriber: Subscriber) -> dict[str, object]:
    """Without those that staff may not see: the email goes without them, and nobody reads them here."""
    hidden = Attribute.objects.filter(staff_may=Access.NOTHING).values_list("key", flat=True)
    return {key: value for key, value in subscriber.attributes.items() if key not in set(hidden)}


# --- What is shown ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MailFigures:
    """What a mail weighs and takes."""

    bytes: int  # of the HTML
    words: int
    minutes: int
    subject: str
    preheader: str


def mail_figures(page: EditionPage) -> MailFigures:
    content = page.content
    try:
        size = len(page.mail.html.encode())
    except ValueError:
        size = 0  # no mail can be made of it, and preflight says why
    told = [html_for_anybody(content, content.introduction)]
    for block in content.blocks:
        told += [block.words, html_for_anybody(content, block.html)]
        if block.article:
            told += [block.article.headline, block.article.summary]
    words, minutes = reading(" ".join(f"<p>{text}</p>" for text in told))
    row = page.inbox_row
    return MailFigures(size, words, minutes, row["subject"], row["preheader"])


def html_frame(request: HttpRequest, page: EditionPage) -> HttpResponse:
    return show_frame(request, page.edition, page.content, "html")


def text_frame(request: HttpRequest, page: EditionPage) -> HttpResponse:
    return show_frame(request, page.edition, page.content, "text")


def show_frame(request: HttpRequest, edition: Edition, content: EditionContent, part: str) -> HttpResponse:
    """One part of a mail with this content, as a document for a frame."""
    try:
        reader = reader_of(request, edition)
    except NoSuchReader as nobody:
        return said(str(nobody))
    try:
        if nothing := reader.why_nothing(content):
            return said(nothing)
        content = reader.content_of(content)
    except BadRule as problem:
        return said(str(problem))
    articles = reader.articles_of(content)
    try:
        _subject, html, text = personal(rendered_lately(content, articles), reader.recipient_of(content), content)
    except ValueError as problem:
        return said(_("We can't build the email: %s") % problem)
    if part == "text":
        return said(text)
    return framed(HttpResponse(for_frame(html, dark="dark" in request.GET)))


def html_for(content: EditionContent, recipient: Recipient) -> str:
    """The HTML of the whole edition as a sample reader gets it. Raises ValueError where no mail can be made."""
    return personal(rendered_lately(content, content.articles), as_sample(recipient, content), content)[1]


def for_frame(html: str, *, dark: bool) -> str:
    """Pictures by their path, since staff may have opened the site by another name than SITE_URL's; and the palette
    that was asked for, whatever the browser prefers."""
    html = html.replace(f'src="{settings.SITE_URL}/', 'src="/')
    html = _DARK.sub("@media all" if dark else "@media not all", html)
    return html.replace("<head>", '<head><base target="_blank">', 1)


def said(text: str) -> HttpResponse:
    return framed(HttpResponse(text, content_type="text/plain; charset=utf-8"))


def framed(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Cache-Control"] = "no-store"
    return response


def excerpt(html: str, limit: int = 80) -> str:
    """The first words of a sanitised text, for lists of what was changed."""
    words = " ".join(html_to_words(html).split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"
