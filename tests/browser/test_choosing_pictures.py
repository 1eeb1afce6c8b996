"""Choosing a picture in a dialog: uploaded by a drop, found in the library, by mouse and by keys, and on a phone."""

from __future__ import annotations

import base64
import fcntl
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import complaints
from tests.browser.reader import overhang
from tests.browser.shots import log_in
from tests.browser.widths import WIDTHS
from tests.images import image_bytes
from tests.installations import Embedded

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
DROP = """([target, data]) => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], "quay.jpg", { type: "image/jpeg" }));
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""

# The fields that something around them hides a part of.
CUT_OFF = """(dialog) => {
  const within = dialog.getBoundingClientRect();
  const isCut = (field) => {
    const { left, right } = field.getBoundingClientRect();
    const around = field.closest(".form-row")?.getBoundingClientRect() ?? within;
    return left < around.left || right > Math.min(around.right, within.right);
  };
  return [...dialog.querySelectorAll("input:not([type=hidden])")].filter(isCut).map((field) => field.name);
}"""


def test_a_dropped_picture_is_uploaded_and_stands_in_the_text(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.goto("/admin/newsletters/article/add/")
    page.get_by_label("Headline").fill("A picture from a dialog")
    editor = page.locator("[role=textbox][contenteditable=true]")
    editor.click()
    page.keyboard.type("Before the picture.")
    page.get_by_role("button", name=re.compile("figure", re.IGNORECASE)).first.click()
    dialog = page.locator("dialog.iria-dialog")
    expect(dialog.get_by_role("heading", name="Upload a picture")).to_be_visible()
    data = base64.b64encode(image_bytes(900, 600)).decode()
    page.evaluate(DROP, [dialog.element_handle(), data])
    dialog.get_by_role("button", name="Upload").click()
    # It says what the picture shows, or that it only adorns, or nothing is uploaded.
    expect(dialog.get_by_text("Describe the picture in a few words")).to_be_visible()
    page.evaluate(DROP, [dialog.element_handle(), data])
    dialog.get_by_label("Alternative text").fill("A quay at dawn")
    page.keyboard.press("Enter")
    use = dialog.locator(".iria-new").get_by_role("button", name="Use this picture")
    expect(use).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(editor.locator("figure img")).to_have_attribute("alt", "A quay at dawn")
    html = page.locator("textarea[name=body]").input_value()
    assert re.search(r'<figure[^>]*><img [^>]*src="/media/pictures/', html)
    assert "Before the picture." in html
    # Later it turns out that it only adorns.
    editor.locator("figure img").click()
    page.get_by_role("button", name=re.compile("figure", re.IGNORECASE)).first.click()
    describe = page.get_by_role("dialog").filter(has_text="Describe the picture")
    expect(describe.get_by_label("Alternative text")).to_have_value("A quay at dawn")
    describe.get_by_label("Alternative text").fill("")
    describe.get_by_role("button", name="OK").click()
    forgotten = "getComputedStyle(document.querySelector('.ProseMirror figure'), '::after').content"
    assert "No alternative text yet" in page.evaluate(forgotten)
    page.get_by_role("button", name=re.compile("figure", re.IGNORECASE)).first.click()
    describe.get_by_label("Decorative").check()
    describe.get_by_label("Caption").fill("Below the quay")
    describe.get_by_role("button", name="OK").click()
    assert page.evaluate(forgotten) == "none"
    html = page.locator("textarea[name=body]").input_value()
    assert re.search(r'<img [^>]*role="presentation"[^>]*><figcaption>Below the quay</figcaption></figure>', html)


def test_the_library_is_searched_and_left_without_choosing(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.goto("/admin/newsletters/article/add/")
    page.locator("[role=textbox][contenteditable=true]").click()
    page.get_by_role("button", name=re.compile("figure", re.IGNORECASE)).first.click()
    dialog = page.locator("dialog.iria-dialog")
    dialog.get_by_label("Search").fill("globe of white dots")
    dialog.get_by_label("Search").press("Enter")
    expect(dialog.locator(".iria-pictures li")).to_have_count(1)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert overhang(page) <= 0
        assert dialog.evaluate("e => e.scrollWidth <= e.clientWidth"), width
        assert dialog.evaluate(CUT_OFF) == [], width
        assert complaints(page) == [], width
    # By keys alone: whatever is reached is in the dialog, and the button to leave it too.
    dialog.get_by_role("button", name="Close").focus()
    for _step in range(6):
        page.keyboard.press("Tab")
        assert dialog.evaluate("e => e.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("[role=textbox] figure")).to_have_count(0)


def test_the_composer_takes_its_pictures_from_the_same_dialog(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.goto("/admin/newsletters/edition/add/")
    page.get_by_role("button", name="Create draft").click()
    page.get_by_role("button", name="+ picture").click()
    block = page.locator(".iria-rows [data-picture-field]").last
    block.get_by_role("button", name="Choose a picture…").click()
    dialog = page.locator("dialog.iria-dialog")
    dialog.get_by_role("button", name=re.compile("Use this picture")).first.click()
    expect(dialog).to_have_count(0)
    expect(block.locator("img")).to_be_visible()
    expect(page.locator("#iria-state")).to_have_text(re.compile(r"^(All changes saved|Saved at \d\d:\d\d.*)$"))


def test_the_lead_picture_is_chosen_from_the_library_and_keeps_its_words(page: Page, iria: Embedded) -> None:
    log_in(page)
    page.goto("/admin/newsletters/article/add/")
    page.get_by_label("Headline").fill("A lead from the library")
    page.get_by_role("button", name="Choose from the library").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.iria-dialog")
    dialog.get_by_label("Search").fill("contour lines of an invented desert")
    dialog.get_by_label("Search").press("Enter")
    expect(dialog.locator(".iria-pictures li")).to_have_count(1)
    dialog.get_by_role("button", name="Use this picture").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Alternative text")).to_have_value(re.compile("Contour lines of an invented desert"))
    expect(page.get_by_label("Credit")).to_have_value("IRIA illustration")
    expect(page.get_by_text(re.compile("^(Saved|Kept) at"))).to_be_visible()
    page.reload()
    expect(page.locator("img.iria-thumbnail").first).to_have_attribute("alt", re.compile("Contour lines"))
    expect(page.get_by_label("Credit")).to_have_value("IRIA illustration")


def test_a_large_picture_is_used_while_a_worker_prepares_it(page: Page, iria: Embedded) -> None:
    """Placeholders in the dialog, the editor and the library, each of which becomes the picture by itself."""
    log_in(page)
    page.goto("/admin/newsletters/article/add/")
    page.get_by_label("Headline").fill("A picture that takes a while")
    editor = page.locator("[role=textbox][contenteditable=true]")
    editor.click()
    page.keyboard.type("Before the picture.")
    page.get_by_role("button", name=re.compile("figure", re.IGNORECASE)).first.click()
    dialog = page.locator("dialog.iria-dialog")
    dialog.get_by_label("Alternative text").fill("A wide quay")
    data = base64.b64encode(image_bytes(3000, 1501)).decode()
    with (iria.data / "decoding.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another picture is being prepared, so that this one waits
        page.evaluate(DROP, [dialog.element_handle(), data])
        dialog.get_by_role("button", name="Upload").click()
        new = dialog.locator(".iria-new")
        expect(new.get_by_text("Being prepared…")).to_be_visible()
        new.get_by_role("button", name="Use this picture").click()
        expect(editor.locator("figure img.iria-preparing")).to_be_visible()
        expect(page.locator(".prose-editor > .iria-preparing-note")).to_have_text("Being prepared…")
        expect(page.locator("#iria-state")).to_contain_text("Saved")  # the editor goes on working meanwhile
        html = page.locator("textarea[name=body]").input_value()
        assert re.search(r'<figure[^>]*><img [^>]*src="/media/pictures/', html)
        library = page.context.new_page()
        library.goto("/admin/newsletters/picture/")
        waits = library.locator("#result_list .iria-preparing").first
        expect(waits).to_have_text("Being prepared…")
    image = editor.locator("figure img")
    expect(image).not_to_have_class(re.compile("iria-preparing"), timeout=30_000)
    assert image.evaluate("(each) => each.decode().then(() => each.naturalWidth)") == 1280
    expect(page.locator(".prose-editor > .iria-preparing-note")).to_be_hidden()
    expect(library.locator("#result_list img.iria-thumbnail[alt='A wide quay']")).to_be_visible()
    page.goto(page.url)
    assert editor.locator("figure img").evaluate("(each) => each.decode().then(() => each.naturalWidth)") == 1280
