"""What other sites and search engines are told of a page, and the links by which readers pass it on.

Open Graph and the cards of social networks, NewsArticle of schema.org as JSON-LD, and links that are nothing but
addresses: no script, picture or counter of a network is ever fetched.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from newsletters.articles.pictures import picture_path, rendition
from newsletters.articles.topics import topics_of
from newsletters.models import Article, ArticleAuthor, Correction, Institute, Picture
from newsletters.models.pictures import ready

CARD_WIDTH = 1200  # what networks show largest
# As Django's json_script: nothing in the text can end the element that holds it.
_HARMLESS = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True)
class CardPicture:
    url: str
    width: int
    height: int
    alt: str

    @classmethod
    def of(cls, picture: Picture | None) -> CardPicture | None:
        if picture is None or not picture.is_ready:
            return None
        made = rendition(picture, CARD_WIDTH)
        return cls(
            f"{settings.SITE_URL}/media/{made.name}",
            made.width,
            made.height,
            "" if picture.is_decorative else picture.alt,
        )


@dataclass(frozen=True)
class ShareLink:
    name: str
    url: str


@dataclass(frozen=True)
class Card:
    """A page as it looks where somebody links to it; `url` is its one true address."""

    title: str
    description: str
    url: str
    kind: str = "website"
    picture: CardPicture | None = None

    def share_links(self) -> list[ShareLink]:
        """By mail, and on a few networks: plain addresses that take the title and the link with them."""
        both = f"{self.title} {self.url}"
        mail = {"subject": self.title, "body": f"{self.description}\n\n{self.url}"}
        return [
            ShareLink(_("Email"), f"mailto:?{urlencode(mail, quote_via=quote)}"),
            ShareLink("Bluesky", f"https://bsky.app/intent/compose?{urlencode({'text': both})}"),
            ShareLink("LinkedIn", f"https://www.linkedin.com/sharing/share-offsite/?{urlencode({'url': self.url})}"),
            ShareLink("WhatsApp", f"https://wa.me/?{urlencode({'text': both})}"),
            ShareLink("X", f"https://x.com/intent/post?{urlencode({'text': self.title, 'url': self.url})}"),
        ]


def with_picture_of(card: Card, institute: Institute) -> Card:
    """A page without a picture of its own is shared with the institute's."""
    return card if card.picture else replace(card, picture=CardPicture.of(institute.share_picture))


def card_of(article: Article) -> Card:
    return Card(
        title=article.title,
        description=article.summary,
        url=article.full_address,
        kind="article",
        picture=CardPicture.of(article.lead_picture),
    )


def news_article(
    article: Article,
    bylines: Sequence[ArticleAuthor],
    institute: Institute,
    *,
    comments: int,
    corrections: Sequence[Correction] = (),
) -> SafeString:
    """https://schema.org/NewsArticle, for a script element of type application/ld+json."""
    picture = CardPicture.of(article.lead_picture)
    says: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.summary,
        "mainEntityOfPage": article.full_address,
        "datePublished": article.published_at.isoformat() if article.published_at else None,
        "dateModified": article.updated_at.isoformat(),
        "image": [picture.url] if picture else None,
        "author": [
            {"@type": "Person", "name": each.author.name, "url": f"{settings.SITE_URL}{each.author.get_absolute_url()}"}
            for each in bylines
        ],
        "publisher": _publisher(institute),
        "articleSection": [topic.name for topic in topics_of(article)],
        "wordCount": article.word_count,
        "commentCount": comments,
        "correction": [
            {"@type": "CorrectionComment", "text": each.text, "datePublished": each.corrected_at.isoformat()}
            for each in corrections
        ],
        "inLanguage": article.language or settings.LANGUAGE_CODE,
        "isAccessibleForFree": True,
    }
    return ld_json({name: value for name, value in says.items() if value not in (None, [], 0)})


def _publisher(institute: Institute) -> dict[str, Any]:
    says: dict[str, Any] = {"@type": "Organization", "name": institute.name, "url": f"{settings.SITE_URL}/"}
    if logo := ready(institute.logo):
        says["logo"] = f"{settings.SITE_URL}{picture_path(logo, CARD_WIDTH)}"
    if institute.profiles:
        says["sameAs"] = institute.profiles
    return says


def ld_json(data: dict[str, Any]) -> SafeString:
    """JSON that may stand within a script element, whatever the texts in it say."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_HARMLESS))  # noqa: S308 - escaped just above
