"""Pasting into the rich editor in Chromium: what other programs wrote becomes what an article can hold."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from newsletters.articles.writing import clean_body
from tests.browser.clipboards import CLIPBOARDS, Clipboard
from tests.browser.editor import EditorPage, press
from tests.images import image_bytes

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURE = "/media/pictures/ab/0123456789abcdef-640.jpg"


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[EditorPage]:
    made = EditorPage(browser)
    made.open("")
    yield made
    assert made.errors == []
    made.page.close()


@pytest.fixture
def editor(opened: EditorPage) -> EditorPage:
    opened.open("")
    return opened


@pytest.mark.parametrize("clipboard", CLIPBOARDS, ids=lambda clipboard: clipboard.name)
def test_what_was_copied_elsewhere_becomes_ours(editor: EditorPage, clipboard: Clipboard) -> None:
    editor.paste(clipboard.html)
    assert clean_body(editor.written()) == clipboard.article
    note = editor.page.locator(".iria-paste-note")
    if clipboard.said:
        expect(note).to_have_text(clipboard.said)
    else:
        expect(note).to_be_hidden()
    assert editor.page.locator(".iria-kept-part").count() == 0


def test_what_was_copied_in_the_editor_is_pasted_as_it_is(editor: EditorPage) -> None:
    table = "<table><caption>c</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>"
    editor.open(f"<p>x</p>{table}<ol><li>y</li></ol>")
    copied = editor.page.evaluate(
        """(selector) => {
          const clipboardData = new DataTransfer();
          const element = document.querySelector(selector);
          element.focus();
          document.execCommand("selectAll");
          const event = new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true });
          return new Promise((done) => setTimeout(() => {
            element.dispatchEvent(event);
            done(clipboardData.getData("text/html"));
          }, 100));
        }""",
        editor.editor(),
    )
    editor.open("")
    editor.paste(copied)
    assert clean_body(editor.written()) == f"<p>x</p>{table}<ol><li>y</li></ol>"


def test_pictures_in_the_clipboard_are_uploaded_and_stand_where_they_stood(editor: EditorPage) -> None:
    sent: list[str] = []

    def answer(route: Route) -> None:
        sent.append(route.request.headers["content-type"])
        refused = len(sent) == 2
        said = {"error": "This picture is damaged."} if refused else {"id": 7, "url": PICTURE, "alt": "", "caption": ""}
        route.fulfill(status=400 if refused else 201, body=json.dumps(said), content_type="application/json")

    editor.page.route("**/upload", answer)
    editor.open("", upload="/upload")
    data = f"data:image/png;base64,{b64encode(image_bytes(8, 8, kind='PNG')).decode()}"
    editor.paste(f'<p>before</p><p><img src="{data}" alt="A ship"></p><p>after</p><p><img src="{data}"></p>')
    expect(editor.page.locator(".iria-paste-note")).to_have_text(
        "This picture is damaged. 1 picture couldn't be pasted. Add pictures with the picture button."
    )
    assert clean_body(editor.written()) == (
        f'<p>before</p><figure><img src="{PICTURE}" alt="A ship" data-picture="7"></figure><p>after</p>'
    )
    assert all(kind.startswith("multipart/form-data") for kind in sent)
    editor.page.unroute("**/upload")


@pytest.mark.parametrize(
    "piece", ["<p style='mso-list:l0 level9 lfo1'>a</p>", "<a href='#x' id=x>a</a>", "<p><b>a</b></p>"]
)
def test_a_large_clipboard_takes_no_long_time(editor: EditorPage, piece: str) -> None:
    began = time.monotonic()
    editor.paste(piece * (60_000 // len(piece)))
    assert "a" in editor.written()
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("piece", ["<ul><li>a", "<b><i>", "<blockquote>", "<table><tr><td>"])
def test_what_is_nested_beyond_measure_is_refused(editor: EditorPage, piece: str) -> None:
    editor.paste(piece * 3000 + "text")
    expect(editor.page.locator(".iria-paste-note")).to_contain_text("nested too deeply")
    assert editor.written() == ""


def test_what_is_beyond_measure_is_refused_before_it_is_looked_at(editor: EditorPage) -> None:
    editor.paste("<p>" + "x" * 3_100_000)
    expect(editor.page.locator(".iria-paste-note")).to_contain_text("too long to paste at once")
    assert editor.written() == ""


WITH_A_NOTE = (
    '<p>See<sup><a href="#n{0}" id="r{0}">{0}</a></sup> here.</p>'
    '<ol><li id="n{0}">Note {0} <a href="#r{0}">↩</a></li></ol>'
)


def ids(html: str) -> list[str]:
    return re.findall(r' id="([^"]*)"', html)


def test_what_is_typed_after_a_pasted_footnote_stands_in_the_text(editor: EditorPage) -> None:
    editor.open("<p>One two</p><p>Three</p>")
    page = editor.page
    page.locator(editor.editor()).click()
    press(editor, "Control+Home", *["ArrowRight"] * 4)
    editor.paste(WITH_A_NOTE.format(7))
    press(editor, "typed ")
    written = clean_body(editor.written())
    body, notes = written.split("<ol>")
    assert re.sub("<[^>]*>", "", body) == "One See1 here.typed twoThree"
    assert re.sub("<[^>]*>", "", notes) == "Note 7 ↩"
    assert ids(written) == ["fnref-1", "fn-1"]


def test_notes_that_are_pasted_one_after_another_have_numbers_of_their_own(editor: EditorPage) -> None:
    editor.open("<p>Begin</p>")
    editor.page.locator(editor.editor()).click()
    press(editor, "Control+End")
    for n in (1, 2):
        editor.paste(WITH_A_NOTE.format(n))
        press(editor, " more ")
    press(editor, "Control+Home")
    editor.paste(WITH_A_NOTE.format(1))  # the same again, before the others
    written = clean_body(editor.written())
    assert ids(written) == ["fnref-1", "fnref-2", "fnref-3", "fn-1", "fn-2", "fn-3"]
    assert written.count("<ol>") == 1
    assert [re.sub("<[^>]*>", "", each) for each in re.findall("<li.*?</li>", written)] == [
        "Note 1 ↩", "Note 1 ↩", "Note 2 ↩",
    ]  # fmt: skip


def test_enter_within_a_note_gives_no_second_note_of_its_number(editor: EditorPage) -> None:
    editor.open("<p>Begin</p>")
    editor.page.locator(editor.editor()).click()
    press(editor, "Control+End")
    editor.paste(WITH_A_NOTE.format(1))
    press(editor, "Control+End", "Enter", "more")
    written = clean_body(editor.written())
    assert "more" in written
    assert ids(written) == ["fnref-1", "fn-1"]


def test_a_passage_with_its_note_that_is_copied_has_a_note_of_its_own(editor: EditorPage) -> None:
    editor.open(
        '<p>See<sup><a href="#fn-1" id="fnref-1">1</a></sup> here</p>'
        '<ol><li id="fn-1">A note <a href="#fnref-1">↩</a></li></ol>'
    )
    editor.page.locator(editor.editor()).click()
    press(editor, "Control+a")
    copied = editor.page.evaluate(
        """(selector) => {
          const clipboardData = new DataTransfer();
          document.querySelector(selector).dispatchEvent(
            new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true }));
          return clipboardData.getData("text/html");
        }""",
        editor.editor(),
    )
    assert "data-pm-slice" in copied
    press(editor, "Control+Home")
    editor.paste(copied)
    written = clean_body(editor.written())
    assert ids(written) == ["fnref-1", "fnref-2", "fn-1", "fn-2"]
    assert written.count("<ol>") == 1
