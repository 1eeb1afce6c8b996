"""The rich editor in Chromium: it holds everything that may be stored, and changes nothing that nobody changed."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Browser, expect

from newsletters.articles.body_elements import ELEMENTS
from newsletters.articles.writing import clean_body
from tests.browser.bodies import WORD, body
from tests.browser.editor import EditorPage, press

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BODIES = 120
OTHER = "beacon"


@pytest.fixture
def editor(browser: Browser) -> Iterator[EditorPage]:
    made = EditorPage(browser)
    yield made
    assert made.errors == []
    made.page.close()


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pairs: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pairs |= {(tag, ""), *((tag, name) for name, _value in attrs)}


def test_the_generated_bodies_hold_everything_that_may_be_stored() -> None:
    seen = _Seen()
    for seed in range(BODIES):
        seen.feed(body(seed))
    allowed = {(tag, name) for tag, names in ELEMENTS.items() for name in ("", *names)}
    assert allowed <= seen.pairs


def test_one_changed_word_is_all_that_changes(editor: EditorPage) -> None:
    bodies = [body(seed) for seed in range(BODIES)]
    editor.open(*bodies)
    assert editor.page.locator(".iria-kept-part").count() == 0
    for n, was in enumerate(bodies):
        editor.replace_word(n, WORD, OTHER)
        assert clean_body(editor.written(n)) == was.replace(WORD, OTHER), f"body({n})"


@pytest.mark.parametrize(
    "strange",
    [
        "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>ragged</td></tr></tbody></table>",
        "<sub><p>a paragraph within a line</p></sub>",
        "<ul><li>one</li> text between <li>two</li></ul>",
        "<h2><ul><li>a list in a heading</li></ul></h2>",
        "<em>one <em>within</em> another</em>",
    ],
)
def test_what_the_editor_cannot_show_is_said_and_left_alone(editor: EditorPage, strange: str) -> None:
    stored = clean_body(f"<p>before</p>\n{strange}<p>after {WORD}</p>")
    editor.open(stored)
    expect(editor.page.get_by_text("The editor can't show this part. It stays as it is.")).to_have_count(1)
    editor.replace_word(0, WORD, OTHER)
    assert editor.written() == stored.replace(WORD, OTHER)


def test_the_source_of_a_kept_part_can_be_edited(editor: EditorPage) -> None:
    editor.open("<p>a</p><sub><p>odd</p></sub>")
    editor.page.get_by_role("button", name="Edit its HTML").click()
    editor.page.locator("dialog textarea").fill("<sub><p>odder</p></sub>")
    editor.page.get_by_role("button", name="OK").click()
    assert editor.written() == "<p>a</p><sub><p>odder</p></sub>"


def test_white_space_between_and_within_untouched_blocks_stays(editor: EditorPage) -> None:
    source = f"<p>one\n  line</p>\n\n<ul>\n  <li>a</li>\n</ul>\n<p>{WORD}</p>\n<p>b</p>"
    editor.open(source)
    editor.replace_word(0, WORD, OTHER)
    assert editor.written() == source.replace(WORD, OTHER)


def test_lists_tables_and_code_are_written_by_keys(editor: EditorPage) -> None:
    editor.open("<ul><li>one</li></ul>")
    editor.page.locator(editor.editor()).click()
    press(editor, "Control+End", "Enter", "two", "Enter", "Tab", "three", "Enter", "Enter", "Enter", "plain")
    assert editor.written() == "<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul><p>plain</p>"


def test_a_table_gets_a_head_rows_and_a_caption(editor: EditorPage) -> None:
    editor.open("<p>x</p>")
    page = editor.page
    page.locator(editor.editor()).click()
    page.get_by_role("button", name="Insert table").click()
    page.locator("dialog [name=rows]").fill("2")
    page.locator("dialog [name=cols]").fill("2")
    page.locator("dialog [name=withHeaderRow]").select_option("Yes")
    page.locator("dialog").get_by_role("button", name="Insert table").click()
    press(editor, "year", "Tab", "aid", "Tab", "2024", "Tab", "twelve", "Tab", "2025")
    page.get_by_role("button", name="Table caption").click()
    page.keyboard.type("aid by year")
    assert clean_body(editor.written()) == (
        "<p>x</p><table><caption>aid by year</caption><thead><tr><th>year</th><th>aid</th></tr></thead>"
        "<tbody><tr><td>2024</td><td>twelve</td></tr><tr><td>2025</td><td></td></tr></tbody></table>"
    )
    page.get_by_role("button", name="Table caption").click()
    assert "<caption>" not in editor.written()


def note(n: int, words: str) -> str:
    return f'<li id="fn-{n}">{words} <a href="#fnref-{n}" rel="noopener noreferrer">↩</a></li>'


def reference(n: int) -> str:
    return f'<sup><a href="#fn-{n}" id="fnref-{n}" rel="noopener noreferrer">{n}</a></sup>'


def test_footnotes_are_numbered_in_the_order_of_the_text(editor: EditorPage) -> None:
    editor.open("<p>One two</p>")
    page = editor.page
    page.locator(editor.editor()).click()
    press(editor, "Control+End")
    page.get_by_role("button", name="footnote").click()
    press(editor, "the last")
    press(editor, "Control+Home", *["ArrowRight"] * 3)
    page.get_by_role("button", name="footnote").click()
    press(editor, "the first")
    written = clean_body(editor.written()).replace("&nbsp;", " ")
    assert written == (
        f"<p>One{reference(1)} two{reference(2)}</p><ol>{note(1, 'the first')}{note(2, 'the last')}</ol>"
    )
    press(editor, "Control+Home", "End", "x")
    assert f"two{reference(2)}x</p>" in clean_body(editor.written())
    press(editor, "Backspace", "Control+Home", *["ArrowRight"] * 3, "Shift+ArrowRight", "Delete")
    written = clean_body(editor.written()).replace("&nbsp;", " ")
    assert written == f"<p>One two{reference(1)}</p><ol>{note(1, 'the last')}{note(2, 'the first')}</ol>"
