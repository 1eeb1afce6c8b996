"""An edition's content with fixed ids and dates, with everything in it that a mail can show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from newsletters.models import BlockKind
from newsletters.rendering.content import ArticleContent, BlockContent, EditionContent, PictureContent
from newsletters.rendering.recipients import Recipient

ARTICLES = (
    ArticleContent(
        id=11,
        path="/articles/strikes/",
        headline="Strikes & counter-strikes",
        summary="A summary of the first, with <angle> brackets, “quotes” and enough text to be wrapped in the mail.",
        topic_ids=(1, 3),
        topics=("Middle East", "US"),
        authors=("IRIA Desk",),
        reading_minutes=4,
        published_on="2026-03-02",
        picture=PictureContent(
            "/media/pictures/ab/abc-1280.jpg", 552, 310, 'A "radar" picture', "A caption", "US Air National Guard"
        ),
    ),
    ArticleContent(
        12, "/articles/straits/", "Die Meerengen: wer darf passieren?", "Ein Abriss über Verträge — größer, älter.",
        (2,), ("Europe",), (), 3, "2026-03-01",
    ),
    ArticleContent(13, "/articles/sahel/", "الساحل", "A shore without a sea.", (), (), (), 1, "2026-02-28"),
)  # fmt: skip


def blocks_of(articles: Iterable[ArticleContent]) -> tuple[BlockContent, ...]:
    return tuple(BlockContent(BlockKind.ARTICLE, article) for article in articles)


CONTENT = EditionContent(
    edition_id=41,
    path="/archive/iria-news-7/",
    number=7,
    date="2026-03-03",
    subject="{{ newsletter }} for {{ first_name|you }}: {{ lead }}",
    preheader="Also: {{ others }}",
    introduction="<p>Dear {{ name|reader &amp; friend }},</p><p>see <a href='https://example.org/?a=1&amp;b=2'>this"
    "</a> and:</p><ul><li>one</li><li>two</li></ul>",
    newsletter_id=5,
    newsletter="IRIA News",
    from_name="IRIA — News",
    from_email="news@iria.example",
    reply_to="editor@iria.example",
    list_id=3,
    list_slug="iria-news",
    list_name="IRIA News",
    colour="#1F3A5F",
    footer="IRIA is a research institute.\nTwo lines.",
    postal_address="1 Example Street\nSampleton",
    lifetime_hours=24,
    blocks=blocks_of(ARTICLES),
    logo=PictureContent("/media/pictures/cd/logo.png", 120, 40, "IRIA"),
)

READER = Recipient(9, "j.mueller@example.org", "Jürgen Müller", date(2025, 11, 4), ("Middle East", "US"))
NAMELESS = replace(READER, id=10, name="", topics=())
