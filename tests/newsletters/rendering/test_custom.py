"""MJML of a newsletter's own: the example works, a mistake is named with its line, and a value is only ever a value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletters.blocks.content import BlockContent
from newsletters.blocks.registry import kinds
from newsletters.rendering import custom_mail, designs
from newsletters.rendering.content import EditionContent, digest
from newsletters.rendering.custom import language
from newsletters.rendering.custom.filling import EXAMPLE, in_column
from newsletters.rendering.mail import render
from newsletters.rendering.message import personal
from tests.newsletters.rendering.golden_files import is_golden
from tests.newsletters.rendering.sample import ARTICLES, CONTENTS, EVERY_BLOCK, READER, blocks_of

SOURCE = EXAMPLE.read_text()
DOCS = Path(__file__).resolve().parents[3] / "docs" / "designs.md"


def mail(source: str = SOURCE, content: EditionContent = EVERY_BLOCK) -> str:
    content = replace(content, design=designs.OWN, own_mjml=source)
    return personal(render(content), READER, content)[1]


def problems(source: str) -> list[str]:
    return [str(problem) for problem in custom_mail.problems(source, EVERY_BLOCK, READER)]


@pytest.mark.parametrize("content", CONTENTS)
def test_the_example_has_no_fault_with_any_content(content: str) -> None:
    assert custom_mail.problems(SOURCE, CONTENTS[content], READER) == []
    assert custom_mail.faults(SOURCE, CONTENTS[content], READER) == []


def test_the_mail_of_the_example_is_the_golden_one() -> None:
    assert is_golden(mail(), "own/everything.html")


def test_the_example_of_the_documentation_is_the_one_that_is_tested() -> None:
    shown = DOCS.read_text().partition("```xml\n")[2].partition("```")[0]
    assert shown == SOURCE
    for name in (*language.COMMON, *(name for kind in kinds() for name in kind.mjml_names)):
        assert f"`{name}`" in DOCS.read_text(), name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{{ summary }}", "{{ sumary }}", "Line 41: There is no field {{ sumary }} here. You can use: authors,"),
        ("{{ summary }}", "{{ newsletter.colour }}", "Line 41: There is no field {{ newsletter.colour }} here."),
        ("{{ summary }}", "{{ label }}", "Line 41: There is no field {{ label }} here."),
        ("{{ summary }}", "{{ first_name }}", "Line 41: {{ first_name }} needs a fallback"),
        ("{{ summary }}", "{{ summary", "on its own isn't a field"),
        ("{{ summary }}", "{% load i18n %}", "“{% load i18n %}” would appear in the email as it is."),
        ("{{ unsubscribe_url }}", "https://example.org/", "The email has to show {{ unsubscribe_url }}"),
        ("{{ postal_address }}", "", "The email has to show {{ postal_address }}"),
        (
            '<a href="{{ unsubscribe_url }}">Unsubscribe</a>',
            "<!-- {{ unsubscribe_url }} -->",
            "Readers can't see a link to {{ unsubscribe_url }}.",
        ),
        (
            "<p>{{ postal_address }}</p>",
            '<p style="display:none">{{ postal_address }}</p>',
            "Readers can't see {{ postal_address }}.",
        ),
        ("<!-- /iria:blocks -->", "", "Line 34: The part “iria:blocks” is never closed"),
        ("<!-- iria:heading -->", "", "“/iria:heading” closes a part that isn't open here."),
        (
            "<!-- iria:heading -->", "Stray<!-- iria:heading -->",
            "“Stray” inside “iria:blocks” doesn't belong to any kind of block",
        ),
        ("<!-- iria:if logo -->", "<!-- iria:if lgo -->", "there is no field {{ lgo }} here"),
        ("<!-- iria:blocks -->", "<!-- iria:article --><!-- /iria:article --><!-- iria:blocks -->", "no part"),
        ("</mj-body>", "<!-- iria:articles --><!-- /iria:articles --></mj-body>", "already have a place, on line 34"),
        ('alt="{{ picture_alt }}"', 'alt="{{ introduction }}"', "can't use it in an attribute"),
        ("a { color: {{ colour }}; }", "a { color: {{ headline }}; }", "There is no field {{ headline }} here."),
        ("a { color: {{ colour }}; }", "a { color: {{ newsletter }}; }", "You can use only colours in a style sheet"),
        (
            "a { color: {{ colour }}; }", '@import "https://example.org/a.css";',
            "can't load anything from other servers",
        ),
        (
            "a { color: {{ colour }}; }", "a { background: URL (https://x.example/) }",
            "can't load anything from other servers",
        ),
        ("<mj-raw>", '<mj-raw><link rel="stylesheet" href="https://example.org/a.css" />', "<link> isn't allowed"),
        ("<p>{{ footer }}</p>", "<script>alert(1)</script>", "Line 56: <script> isn't allowed"),
        ("<p>{{ footer }}</p>", '<p onclick="x()">a</p>', "Line 56: “onclick” is a script"),
        ("<p>{{ footer }}</p>", '<a href=" JavaScript:x()">a</a>', "isn't allowed here."),
        ("<mj-body ", '<mj-include path="other.mjml" /><mj-body ', "mj-include isn't allowed"),
        ("<mj-raw>", '<mj-font name="X" href="https://example.org/x.css" /><mj-raw>', "mj-font isn't allowed"),
        ("<mj-column>", "<mj-colum>", "Line 26: MJML has no <mj-colum>."),
        ("</mj-column>", "", "Line 31: Found </mj-section>, but the <mj-column> on line 26 is still open."),
        ("</mjml>", "", "Line 1: <mjml> is never closed."),
        ("<mjml", "<p>before</p><mjml", "Line 1: The text has to start with <mjml>."),
        ("<p>{{ footer }}</p>", '<a href="/archive/">All</a>', "doesn't work in an email"),
        ("<p>{{ footer }}</p>", "<h1>Again</h1>", ""),
        ("<p>{{ footer }}</p>", "<p>iRiAsLoT000x</p>", "a word that Iria reserves"),
        ("<p>{{ footer }}</p>", "x" * 60_000, "This is longer than 60 KB"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, said: str) -> None:
    assert old in SOURCE
    found = problems(SOURCE.replace(old, new, 1))
    if said:
        assert any(said in sentence for sentence in found), found
    else:  # what only could be better is a warning
        assert found == []
        assert custom_mail.faults(SOURCE.replace(old, new, 1), EVERY_BLOCK, READER)


def test_what_mjml_itself_refuses_is_said_in_its_own_words() -> None:
    assert problems(SOURCE.replace("<mj-column>", "<mj-column =>", 1)) != []


def test_a_text_without_a_place_for_articles_is_refused() -> None:
    source = SOURCE[: SOURCE.index("<!-- iria:blocks -->")] + SOURCE[SOURCE.index("<!-- /iria:blocks -->") + 21 :]
    assert any("There is no place for the articles" in sentence for sentence in problems(source))
    assert problems("  ") == ["Write the MJML of the email, or choose another design."]


NASTY = st.text(alphabet="{}<>&\"'%|!-/ iraxlt:blocksheadline\n", max_size=60)


@settings(max_examples=30, deadline=None)
@given(headline=NASTY, summary=NASTY)
def test_a_value_is_never_looked_at_again(headline: str, summary: str) -> None:
    """Neither as a field or a part, nor as MJML or HTML."""
    article = replace(ARTICLES[0], headline=f"H{headline}", summary=f"S{summary}")
    tree = lxml_html.fromstring(mail(content=replace(EVERY_BLOCK, blocks=blocks_of([article]))))
    said = [" ".join(element.text_content().split()) for element in tree.iter("h2", "p")]
    assert " ".join(f"H{headline}".split()) in said
    assert " ".join(f"S{summary}".split()) in said


def test_a_field_in_a_headline_stays_words() -> None:
    article = replace(ARTICLES[0], headline="{{ unsubscribe_url }} <!-- iria:blocks -->")
    html = mail(content=replace(EVERY_BLOCK, blocks=blocks_of([article])))
    assert "{{ unsubscribe_url }} &lt;!-- iria:blocks --&gt;" in html
    assert html.count("/unsubscribe/") == mail().count("/unsubscribe/")


def test_kinds_of_block_without_a_part_are_there_all_the_same_in_a_column_or_out_of_it() -> None:
    for source in (SOURCE, _sections()):
        html = mail(source)
        for words in ("Register for the briefing", "A chair in international law", "Anzeige", "What we read"):
            assert words in html
        assert problems(source) == []


def _sections() -> str:
    """The blocks stand between sections, and each article is one."""
    begin, end = (
        SOURCE.index('    <mj-section padding="0 0 24px">'),
        SOURCE.index('    <mj-section background-color="{{ b'),
    )
    part = (
        "<!-- iria:articles --><mj-section><mj-column><mj-text><h2>{{ headline }}</h2>{{ summary }}</mj-text>"
        '<mj-button href="{{ url }}">Read: {{ position }}</mj-button></mj-column></mj-section><!-- /iria:articles -->'
    )
    source = SOURCE[:begin] + part + SOURCE[end:]
    assert not in_column(source, source.index("<!-- iria:articles"))
    assert in_column(SOURCE, SOURCE.index("<!-- iria:blocks"))
    return source


def test_parts_that_depend_on_a_field() -> None:
    part = "<p><!-- iria:if footer -->F<!-- /iria:if --><!-- iria:unless footer -->N<!-- /iria:unless --></p>"
    source = SOURCE.replace("<p>{{ footer }}</p>", part)
    assert ">F</p>" in mail(source)
    assert ">N</p>" in mail(source, replace(EVERY_BLOCK, footer=""))


def test_the_template_is_part_of_what_is_approved() -> None:
    content = replace(EVERY_BLOCK, design=designs.OWN, own_mjml=SOURCE)
    assert digest(replace(content, own_mjml=SOURCE + " ")) != digest(content)
    assert mail(SOURCE, EditionContent.from_json(content.to_json())) == mail()


def test_a_picture_of_an_own_design_that_has_no_address_leads_nowhere() -> None:
    picture = next(block for block in EVERY_BLOCK.blocks if block.kind == "picture")
    assert 'href=""' not in mail(content=replace(EVERY_BLOCK, blocks=(replace(picture, url=""),)))
    sponsor = BlockContent("sponsor", words="Only words", label="Sponsored")
    assert 'href=""' not in mail(content=replace(EVERY_BLOCK, blocks=(sponsor,)))
