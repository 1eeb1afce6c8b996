"""An edition's content with fixed ids and dates, with everything in it that a mail can show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from newsletters.blocks.content import ArticleContent, BlockContent, PictureContent
from newsletters.rendering.content import EditionContent
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
            "/media/pictures/ab/abc-1280.jpg", 552, 310, 'A "radar" picture', "A caption", "US Air National Guard",
            "/media/pictures/ab/abc-320.jpg",
        ),
    ),
    ArticleContent(
        12, "/articles/straits/", "Die Meerengen: wer darf passieren?", "Ein Abriss über Verträge — größer, älter.",
        (2,), ("Europe",), (), 3, "2026-03-01",
    ),
    ArticleContent(13, "/articles/sahel/", "الساحل", "A shore without a sea.", (), (), (), 1, "2026-02-28"),
)  # fmt: skip


def blocks_of(articles: Iterable[ArticleContent]) -> tuple[BlockContent, ...]:
    return tuple(BlockContent("article", article) for article in articles)


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
    logo=PictureContent("/media/pictures/cd/logo.png", 56, 56, "IRIA"),
)

_PORT = PictureContent(
    "/media/pictures/ef/port-1280.jpg", 552, 310, "Ships that wait before a port", "The roads at dawn.", "A. Photo"
)
EVERY_BLOCK = replace(
    CONTENT,
    blocks=(
        *blocks_of(ARTICLES[:1]),
        BlockContent("heading", words="Elsewhere in {{ newsletter }}"),
        BlockContent(
            "text",
            html="<h3>What we read</h3><p>Three <strong>papers</strong> on <em>straits</em>, for {{ first_name|you }}: "
            '<a href="https://example.org/a-paper">The Bosporus after Montreux</a>.</p><ol><li>One &amp; only</li>'
            "<li>Zwei größere</li></ol><blockquote><p>A quotation.</p></blockquote>",
        ),
        *blocks_of(ARTICLES[1:]),
        BlockContent("picture", picture=_PORT, url="https://example.org/port"),
        BlockContent("button", words="Register for the briefing", url="https://example.org/register?a=1&b=2"),
        BlockContent("divider"),
        BlockContent(
            "sponsor",
            words="A chair in international law",
            html="<p>The university seeks a <a href='https://example.org/chair'>professor</a>.</p>",
            url="/about/",
            label="Sponsored",
            picture=replace(_PORT, width=512, height=288, alt="A lecture hall", caption="", credit=""),
        ),
        BlockContent("sponsor", html="<p>Paid for by a reader.</p>", label="Anzeige"),
        BlockContent(
            "quote",
            summary="If men were angels, no government would be necessary.\nIf angels were to govern men, neither "
            "external nor internal controls on government would be necessary.",
            words="The Federalist No. 51 & {others}",
            url="https://example.org/federalist-51",
        ),
        BlockContent("quote", summary="Short & <sweet>.", words="A reader"),
        BlockContent(
            "embed",
            words="How ships pass the Bosporus, for {{ first_name|you }}",
            url="https://www.youtube.com/watch?v=abc&t=10",
            picture=replace(_PORT, caption="", credit="A. Photo"),
        ),
        BlockContent("embed", words="A thread on the straits", url="https://bsky.app/profile/iria.example/post/3k"),
    ),
)
_ARABIC = (
    ArticleContent(
        21, "/articles/straits/", "من يعبر المضائق؟",
        "ملخص قصير عن معاهدة مونترو والمضائق التركية، وما الذي تغيّر منذ 1936.",
        (1,), ("الشرق الأوسط",), (), 4, "2026-03-02",
        PictureContent(
            "/media/pictures/ef/port-1280.jpg", 552, 310, "سفن تنتظر أمام الميناء", "", "مصوّر",
            "/media/pictures/ef/port-320.jpg",
        ),
    ),
    ArticleContent(22, "/articles/sahel/", "الساحل (Sahel) بلا بحر", "ملخص ثانٍ.", (), (), (), 2, "2026-03-01"),
)  # fmt: skip
RIGHT_TO_LEFT = replace(
    EVERY_BLOCK,
    language="ar",
    newsletter="أخبار إيريا",
    subject="{{ newsletter }}: {{ lead }}",
    preheader="{{ others }}",
    introduction="<p>عزيزنا {{ name|القارئ }}،</p><ul><li>أولاً</li><li>ثانياً</li></ul>",
    footer="معهد أبحاث.",
    blocks=(
        *blocks_of(_ARABIC),
        BlockContent("heading", words="من الأرشيف"),
        BlockContent("text", html="<p>نص مع <a href='https://example.org/'>رابط إلى المصدر</a>.</p>"),
        BlockContent("button", words="سجّل الآن", url="https://example.org/register"),
        BlockContent("sponsor", html="<p>إعلان قصير.</p>", label="إعلان"),
        BlockContent(
            "quote",
            summary="الظلم مؤذن بخراب العمران.",
            words="ابن خلدون، المقدمة",
            url="https://example.org/muqaddimah",
        ),
        BlockContent(
            "embed",
            words="كيف تعبر السفن مضيق البوسفور؟",
            url="https://youtu.be/abc",
            picture=replace(_PORT, alt="سفن تنتظر أمام الميناء", caption="", credit="مصوّر"),
        ),
        BlockContent("embed", words="مقال عن المضائق", url="https://example.org/video"),
    ),
)
FEW = replace(CONTENT, preheader="", introduction="", footer="", logo=None, blocks=blocks_of(ARTICLES[1:2]))
WITHOUT_PICTURES = replace(
    EVERY_BLOCK,
    logo=None,
    blocks=tuple(
        replace(block, picture=None, article=replace(block.article, picture=None) if block.article else None)
        for block in EVERY_BLOCK.blocks
        if block.kind != "picture"
    ),
)
# A briefing: several articles of a topic, one without any, and nothing but articles.
BRIEFING = replace(
    CONTENT,
    subject="{{ newsletter }}: {{ lead }}",
    blocks=blocks_of(
        replace(ARTICLES[0], id=30 + number, headline=headline, topics=topics, path=f"/articles/{number}/")
        for number, (headline, topics) in enumerate(
            [
                ("The lead", ("Europe",)), ("At sea", ("US",)), ("In port", ("Europe",)), ("On land", ("US", "Europe")),
                ("في السماء", ("Europe",)), ("Nowhere", ()), ("Far away", ("Asia",)),
            ]
        )
    ),
)  # fmt: skip
CONTENTS = {
    "everything": EVERY_BLOCK, "few": FEW, "briefing": BRIEFING, "right-to-left": RIGHT_TO_LEFT,
    "no-pictures": WITHOUT_PICTURES,
}  # fmt: skip

READER = Recipient(9, "j.mueller@example.org", "Jürgen Müller", date(2025, 11, 4), ("Middle East", "US"))
NAMELESS = READER._replace(id=10, name="", topics=())
