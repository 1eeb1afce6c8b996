"""From the database to the content of an edition: what the press of Send fixes, and what previews show before it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from newsletters.articles.pictures import picture_path, rendition
from newsletters.models import Article, Edition, Picture
from newsletters.rendering.content import ArticleContent, EditionContent, PictureContent
from newsletters.rendering.mail import for_anybody

PICTURE_WIDTH = 552  # CSS pixels: the column of 600 less its padding
LOGO_WIDTH, LOGO_HEIGHT = 200, 56


def of_edition(edition: Edition, *, at: datetime | None = None) -> EditionContent:
    """What the edition would say if it were sent at that moment (its send time or now, unless told)."""
    newsletter = edition.newsletter
    zone = ZoneInfo(newsletter.zone)
    items = edition.items.select_related("article__lead_picture").prefetch_related(
        "article__topics", "article__articleauthor_set__author"
    )
    return EditionContent(
        edition_id=edition.pk,
        path=edition.path,
        number=edition.number,
        date=(at or edition.send_at or timezone.now()).astimezone(zone).date().isoformat(),
        subject=edition.subject,
        preheader=edition.preheader,
        introduction=edition.introduction,
        newsletter_id=newsletter.pk,
        newsletter=newsletter.name,
        from_name=newsletter.from_name,
        from_email=newsletter.from_email,
        reply_to=newsletter.reply_to,
        list_id=newsletter.mailing_list_id,
        list_slug=newsletter.mailing_list.slug,
        list_name=newsletter.mailing_list.name,
        colour=newsletter.colour,
        footer=newsletter.footer,
        postal_address=newsletter.postal_address,
        lifetime_hours=newsletter.lifetime_hours,
        articles=tuple(_article(item.article, item.headline, item.summary, zone) for item in items),
        logo=_logo(newsletter.logo),
        cadence=newsletter.cadence,
        weekdays=tuple(sorted(newsletter.weekdays)),
    )


def content_of(edition: Edition) -> EditionContent:
    """What was approved, once it was; until then what the draft says now."""
    return EditionContent.from_json(edition.snapshot) if edition.snapshot else of_edition(edition)


def shown_subject(edition: Edition) -> str:
    """The subject for lists: with its merge fields filled once the edition has its content, as typed before."""
    if "{{" not in edition.subject or not edition.snapshot:
        return edition.subject
    return for_anybody(content_of(edition), edition.subject)


def _article(article: Article, headline: str, summary: str, zone: ZoneInfo) -> ArticleContent:
    topics = sorted(article.topics.all(), key=lambda topic: (topic.position, topic.name))
    published = article.published_at or timezone.now()
    return ArticleContent(
        id=article.pk,
        path=article.path,
        headline=headline or article.title,
        summary=summary or article.summary,
        topic_ids=tuple(topic.pk for topic in topics),
        topics=tuple(topic.name for topic in topics),
        authors=tuple(byline.author.name for byline in article.articleauthor_set.all()),
        reading_minutes=article.reading_minutes,
        published_on=published.astimezone(zone).date().isoformat(),
        picture=_picture(article.lead_picture, PICTURE_WIDTH),
    )


def _logo(logo: Picture | None) -> PictureContent | None:
    """Within a box, so that a square logo does not fill the screen before the first headline."""
    if logo is None:
        return None
    return _picture(logo, min(LOGO_WIDTH, max(1, round(LOGO_HEIGHT * logo.width / logo.height))))


def _picture(picture: Picture | None, width: int) -> PictureContent | None:
    """At most `width` CSS pixels wide, from a file of twice as many where we have one, for screens that show them."""
    if picture is None:
        return None
    made = rendition(picture, 2 * width)
    shown = min(width, made.width)
    return PictureContent(
        path=picture_path(picture, 2 * width),
        width=shown,
        height=max(1, round(made.height * shown / made.width)),
        alt=picture.alt,
        caption=picture.caption,
        credit=picture.credit,
    )
