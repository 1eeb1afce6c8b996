"""An article in one language on a site and in an edition in another: all that it says runs by its own first letter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from lxml import etree
from lxml import html as lxml_html

from lib.directions import direction_of
from newsletters.articles.writing import save_article
from newsletters.blocks.content import ArticleContent, BlockContent
from newsletters.models import Article
from newsletters.rendering import designs
from newsletters.rendering.mail import render
from newsletters.rendering.message import personal
from subscribers.models import Topic
from tests.factories import make_article, make_comment, make_topic
from tests.images import stored_picture
from tests.newsletters.rendering.sample import CONTENT, READER

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ARABIC = {
    "title": "هدنة هشّة: ماذا نعرف؟",
    "summary": "تقرير قصير. وما الذي نعرفه (حتى الآن).",
    "body": (
        "<p>نص عربي مع كلمة English في الوسط.</p><p>An English paragraph (with brackets).</p>"
        "<ul><li>أولاً</li><li>Second</li></ul><blockquote><p>اقتباس.</p></blockquote>"
        "<table><caption>جدول</caption><tbody><tr><th>عمود</th><td>Cell</td></tr></tbody></table>"
    ),
}
ENGLISH = {
    "title": "A fragile truce: what do we know?",
    "summary": "A short report. And what is known (so far).",
    "body": "<p>An English text.</p><p>فقرة عربية (بين قوسين).</p>",
}


def written(words: dict[str, str], **more: object) -> Article:
    article = make_article(**words, **more)  # type: ignore[arg-type]
    name = "الشرق الأوسط" if words is ARABIC else "Middle East"
    article.topics.add(Topic.objects.filter(name=name).first() or make_topic(name=name))
    return save_article(article)


def wrong(html: str, *words: str) -> list[str]:
    """Elements with words of their own that run the other way than their first strong letter."""
    root = lxml_html.fromstring(html)
    seen, found = "", []
    for element in root.iter(etree.Element):
        text = " ".join((element.text or "").split())
        if element.tag in {"script", "style", "title", "option"} or not any(word in text for word in words):
            continue
        seen += text
        said = next(each.get("dir") for each in (element, *element.iterancestors()) if each.get("dir"))
        if direction_of(text) != said:
            found.append(f"<{element.tag}> {said}: {text}")
    assert all(word in seen for word in words)
    return found


@pytest.mark.parametrize("words", [ARABIC, ENGLISH], ids=["arabic", "english"])
@pytest.mark.parametrize("language", ["", "/ar"], ids=["in english", "in arabic"])
def test_on_every_page(client: Client, words: dict[str, str], language: str) -> None:
    picture = stored_picture(caption="تعليق على الصورة." if words is ARABIC else "A caption.", credit="AP")
    article = written(words, lead_picture=picture, author="ليلى" if words is ARABIC else "Leila")
    other = written(words)
    make_comment(article, text="أحسنتم.\n\nWell said.")
    title, summary = words["title"], words["summary"]
    parts = lxml_html.fragment_fromstring(words["body"], create_parent="div").itertext()
    page = client.get(f"{language}{article.path}").content.decode()
    assert wrong(page, title, summary, picture.caption, "أحسنتم", "Well said", *parts) == []
    for path in ("/", f"/topics/{article.topics.get().slug}/"):
        assert wrong(client.get(f"{language}{path}").content.decode(), title, summary) == [], path
    found = client.get(f"{language}/search/?q={title.split()[1].strip(':')}").content.decode()
    for row in lxml_html.fromstring(found).xpath(
        "//li[contains(@class, 'row')]//*[self::h2 or @class='story__summary']"
    ):
        said = next(each.get("dir") for each in (row, *row.iterancestors()) if each.get("dir"))
        assert said == direction_of(row.text_content())
    assert title in lxml_html.fromstring(found).text_content()
    assert other.title in page  # among the neighbours, too


@pytest.mark.parametrize("words", [ARABIC, ENGLISH], ids=["arabic", "english"])
def test_the_article_says_its_language_where_the_page_is_in_another(client: Client, words: dict[str, str]) -> None:
    article = written(words)
    mine, other = ("ar", "/") if words is ARABIC else ("en", "/ar/")
    page = lxml_html.fromstring(client.get(f"{other.rstrip('/')}{article.path}").content.decode())
    for selector in ("//h1", "//div[@class='prose']", "//p[@class='article__summary']"):
        assert page.xpath(f"{selector}/@lang") == [mine]
    foreign = page.xpath("//div[@class='prose']/p[@lang]")
    assert [each.get("lang") for each in foreign] == ["en" if mine == "ar" else "ar"]


def test_feeds_say_it_for_every_reader(client: Client) -> None:
    written(ARABIC)
    for path, name in (("/feed/", "{http://purl.org/rss/1.0/modules/content/}encoded"), ("/feed/atom/", "{*}content")):
        answer = client.get(path)
        assert answer.status_code == 200, path
        (text,) = [each.text for each in etree.fromstring(answer.content).iter(name)]
        assert text.startswith('<div lang="ar" dir="rtl"><p>نص عربي')
        assert '<p lang="en" dir="ltr">An English paragraph' in text


@pytest.mark.parametrize("design", [each.name for each in designs.designs()])
@pytest.mark.parametrize(("words", "around"), [(ARABIC, "en"), (ENGLISH, "ar")], ids=["arabic", "english"])
def test_in_mails_by_attributes_and_alignment_that_every_program_knows(
    words: dict[str, str], around: str, design: str
) -> None:
    article = ArticleContent(
        1, "/articles/a/", words["title"], words["summary"], (1,), ("الأمن", "Security"), (), 3, "2026-03-02", None
    )
    blocks = (BlockContent("article", article), BlockContent("text", html=words["body"]))
    content = replace(CONTENT, blocks=blocks, language=around, design=design, introduction="")
    _subject, html, text = personal(render(content), READER, content)
    parts = lxml_html.fragment_fromstring(words["body"], create_parent="div").itertext()
    assert wrong(html, words["title"], words["summary"], *parts) == []
    tree = lxml_html.fromstring(html)
    for element in tree.xpath("//p[@dir]|//h2[@dir]|//li[@dir]|//ul[@dir]"):
        side = "right" if element.get("dir") == "rtl" else "left"
        assert f"text-align: {side}" in element.get("style"), element.text_content()
    for list_ in tree.xpath("//ul[@dir]"):
        side = "right" if list_.get("dir") == "rtl" else "left"
        assert list_.get("style").rindex(f"padding-{side}: 24px") > 0
    assert 'dir="auto"' not in html
    other = "الأمن" if around == "en" else "Security"
    assert f"\u2068{other}\u2069" in text
    assert "https://news.iria.example" in text


def test_a_greeting_runs_by_the_words_around_the_name() -> None:
    """The name is put in later, and its mark is written in Latin letters."""
    content = replace(CONTENT, introduction="<p>{{ name|القارئ }}، أهلاً (بك).</p>")
    html = render(content).html
    assert '<p lang="ar" dir="rtl"' in html
