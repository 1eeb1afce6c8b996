"""From the database to the content of an edition: what the press of Send fixes, and what previews show before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from newsletters.articles.pictures import picture_path, rendition
from newsletters.blocks.content import ArticleContent, BlockContent, PictureContent
from newsletters.blocks.kind import PICTURE_WIDTH
from newsletters.blocks.registry import kind_of
from newsletters.editions.attribute_fields import attributes_in, merged_texts
from newsletters.editions.conditions import only_of, read_conditions
from newsletters.editions.drafts import Block, Draft
from newsletters.editions.numbering import expected_number
from newsletters.editions.references import References, read_draft, read_references
from newsletters.editions.segments import read_segments
from newsletters.models import Article, Edition, Picture
from newsletters.models.editions import ARTICLE
from newsletters.models.pictures import ready
from newsletters.rendering.content import EditionContent, LinkContent
from newsletters.rendering.designs import OWN
from subscribers import languages
from subscribers.institute import mailed_pages

SMALL_WIDTH = 240  # CSS pixels
LOGO_WIDTH, LOGO_HEIGHT = 200, 56


def of_edition(edition: Edition, *, at: datetime | None = None) -> EditionContent:
    """What the edition would say if it were sent at that moment (its send time or now, unless told)."""
    draft, references = read_draft(edition)
    return of_draft(edition, draft, references, at=at)


def of_draft(
    edition: Edition, draft: Draft, references: References | None = None, *, at: datetime | None = None
) -> EditionContent:
    """What the edition would say with these words and blocks instead of those that are saved. `references` is what
    they refer to, where the caller has read it already."""
    newsletter = edition.newsletter
    zone = ZoneInfo(newsletter.zone)
    references = references or read_references(draft.blocks)
    number = expected_number(edition)
    content = EditionContent(
        edition_id=edition.pk,
        path="",
        number=0,
        date=(at or edition.send_at or timezone.now()).astimezone(zone).date().isoformat(),
        subject=draft.subject,
        preheader=draft.preheader,
        introduction=draft.introduction,
        newsletter_id=newsletter.pk,
        newsletter=newsletter.name,
        from_name=newsletter.from_name,
        from_email=newsletter.from_email,
        reply_to=newsletter.reply_to,
        list_id=newsletter.mailing_list_id,
        list_slug=newsletter.mailing_list.slug,
        list_name=newsletter.mailing_list.name,
        colour=newsletter.shown_colour,
        footer=newsletter.footer,
        postal_address=newsletter.postal_address,
        lifetime_hours=newsletter.lifetime_hours,
        tracking=newsletter.tracking,
        utm=newsletter.utm,
        blocks=tuple(
            _block(block, references.article_of(block), references.picture_of(block), zone) for block in draft.blocks
        ),
        logo=_logo(newsletter.shown_logo),
        language=languages.language_of(newsletter.language),
        cadence=newsletter.cadence,
        weekdays=tuple(sorted(newsletter.weekdays)),
        design=newsletter.design,
        font=newsletter.font,
        background=newsletter.background,
        own_mjml=newsletter.own_mjml if newsletter.design == OWN else "",
        pages=_pages(languages.language_of(newsletter.language)),
        include=read_segments(draft.include_segments),
        exclude=read_segments(draft.exclude_segments),
        block_segments=(
            *read_segments(sorted({block.only_segment for block in draft.blocks if block.only_segment})),
            *read_conditions(draft.blocks),
        ),
    )
    return number.put_into(replace(content, attributes=attributes_in(merged_texts(content))))


def _pages(code: str) -> tuple[LinkContent, ...]:
    return tuple([LinkContent(each.title, each.path) for each in mailed_pages(code)])


def content_of(edition: Edition) -> EditionContent:
    """What was approved, once it was; until then what the draft says now."""
    return EditionContent.from_json(edition.snapshot) if edition.snapshot else of_edition(edition)


def _block(block: Block, article: Article | None, picture: Picture | None, zone: ZoneInfo) -> BlockContent:
    if article is not None:
        told = _article(block, article, picture, zone)
        return BlockContent(ARTICLE, article=told, only=only_of(block), others=block.is_for_others)
    return BlockContent(
        block.kind,
        words=block.headline,
        summary=block.summary,
        html=block.html,
        url=block.url,
        label=block.label,
        picture=_picture(picture, kind_of(block.kind).picture_width),
        only=only_of(block),
        others=block.is_for_others,
    )


def _article(block: Block, article: Article, own_picture: Picture | None, zone: ZoneInfo) -> ArticleContent:
    topics = sorted(article.topics.all(), key=lambda topic: (topic.position, topic.name))
    published = article.published_at or timezone.now()
    picture = None if block.without_picture else ready(own_picture) or article.shown_picture
    return ArticleContent(
        id=article.pk,
        path=article.path,
        headline=block.headline or article.title,
        summary=block.summary or article.summary,
        topic_ids=tuple(topic.pk for topic in topics),
        topics=tuple(topic.name for topic in topics),
        authors=tuple(byline.author.name for byline in article.articleauthor_set.all()),
        reading_minutes=article.reading_minutes,
        published_on=published.astimezone(zone).date().isoformat(),
        picture=_picture(picture, PICTURE_WIDTH),
        language="" if article.language == settings.LANGUAGE_CODE else article.language,
    )


def _logo(logo: Picture | None) -> PictureContent | None:
    """Within a box, so that a square logo does not fill the screen before the first headline."""
    if logo is None:
        return None
    return _picture(logo, min(LOGO_WIDTH, max(1, round(LOGO_HEIGHT * logo.width / logo.height))))


def _picture(picture: Picture | None, width: int) -> PictureContent | None:
    return picture_content(picture, width) if picture and picture.is_ready else None


def picture_content(picture: Picture, width: int) -> PictureContent:
    """At most `width` CSS pixels wide, from a file of twice as many where we have one, for screens that show them."""
    made = rendition(picture, 2 * width)
    shown = min(width, made.width)
    return PictureContent(
        path=picture_path(picture, 2 * width),
        width=shown,
        height=max(1, round(made.height * shown / made.width)),
        alt="" if picture.is_decorative else picture.alt,
        caption=picture.caption,
        credit=picture.credit,
        small_path=picture_path(picture, SMALL_WIDTH),
        decorative=picture.is_decorative,
    )
