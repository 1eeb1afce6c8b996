"""Write the email that welcomes one person to a list, where staff chose a draft for it.

It goes through the outbox like every message: at least once, with the Message-ID of its row. It shows the person the
blocks and articles that an edition would show them. Where it can't be written, the usual welcome goes out instead and
the log says why: somebody who has just confirmed hears from us.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from django.utils import timezone

from mail.writing import fields, identity
from mail.writing.message import Mail
from newsletters.blocks.content import ArticleContent
from newsletters.delivery.audience.candidates import segments_of
from newsletters.editions.list_welcomes import content_of_welcome, find_welcome
from newsletters.rendering.block_readers import for_readers_in, has_part
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail, render
from newsletters.rendering.message import personal, sender
from newsletters.rendering.recipients import Recipient
from subscribers import languages
from subscribers.links import one_click_fields, unsubscribe_token
from subscribers.models import Subscriber, Subscription

logger = logging.getLogger(__name__)


def write_welcome_mail(person: Subscriber, subscription: Subscription, written: datetime) -> Mail | None:
    """None where the list has no such email, where nothing in it is for this person, and where it can't be written."""
    welcome = find_welcome(subscription.mailing_list_id, languages.language_of(person.language))
    if welcome is None:
        return None
    try:
        return _write(content_of_welcome(welcome), person, subscription, written)
    except ValueError:  # a newer version's content, damage, a segment that can't be used any more, MJML that fails
        logger.exception("Welcome %s can't be written; the usual one goes out instead", welcome.pk)
        return None


def _write(content: EditionContent, person: Subscriber, subscription: Subscription, written: datetime) -> Mail | None:
    content = replace(content, date=timezone.localtime(written).date().isoformat())
    chosen = list(subscription.selection.topics.all()) if subscription.selection else []
    topics = {topic.pk for topic in chosen} or None
    narrowed = for_readers_in(content, segments_of(content, person.pk))
    articles = narrowed.articles_for(topics)
    if not has_part(narrowed, articles):
        return None
    recipient = Recipient(
        person.pk,
        person.email,
        person.name,
        timezone.localtime(subscription.requested_at).date(),
        tuple(topic.name for topic in chosen),
        person.attributes,
    )
    subject, html, text = personal(_rendered(narrowed, articles), recipient, narrowed, written)
    mail = Mail(
        subject=subject,
        body=text,
        from_email=sender(content),
        to=[person.email],
        reply_to=[content.reply_to] if content.reply_to else None,
        headers={
            "List-Id": fields.list_id(content.list_name, identity.list_identifier(content.list_slug)),
            # Edition 0 says that it came with no edition.
            **one_click_fields(unsubscribe_token(person.pk, content.list_id, 0, written)),
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail


@lru_cache(maxsize=32)
def _rendered(content: EditionContent, articles: Sequence[ArticleContent]) -> RenderedMail:
    """Many join at once, and what they get is mostly the same."""
    return render(content, articles)
