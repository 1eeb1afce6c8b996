"""The rich editor alone on a page, without an installation: its scripts come from where Django finds them."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

from newsletters.admin.content.rich_editor import ARTICLE, ProseWidget

SITE = "http://localhost:1"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}


class EditorPage:
    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_page(base_url=SITE)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._listen)
        self.page.route("**/*", self._answer)
        self._html = ""

    def open(self, *bodies: str, upload: str = "") -> None:
        """A page with an editor for each of the bodies, which sends pictures there."""
        widget = ProseWidget(extensions=ARTICLE)
        areas = "".join(widget.render(f"body-{n}", body, {"id": f"id_body-{n}"}) for n, body in enumerate(bodies))
        if upload:
            areas = areas.replace(
                "&quot;elements&quot;:", f"&quot;upload&quot;:&quot;{upload}&quot;,&quot;elements&quot;:"
            )
        self._html = (
            '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/static/django_prose_editor/editor.css">'
            '<link rel="stylesheet" href="/static/admin_iria/prose.css">'
            f'<body>{areas}<script type="module" src="/static/admin_iria/prose.js"></script>'
        )
        self.page.goto("/editor")
        self.page.locator(".prose-editor [contenteditable]").nth(len(bodies) - 1).wait_for()
        assert self.errors == []

    def editor(self, n: int = 0) -> str:
        return f".prose-editor:has(#id_body-{n}) .ProseMirror[contenteditable]"

    def written(self, n: int = 0) -> str:
        """What the form would send."""
        return self.page.locator(f"#id_body-{n}").input_value()

    def replace_word(self, n: int, word: str, by: str) -> None:
        """Select it where it stands in the text, as a double click does, and type another."""
        self.page.evaluate(
            """([selector, word]) => {
              const editor = document.querySelector(selector);
              const texts = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                const at = texts.currentNode.data.indexOf(word);
                if (at < 0) continue;
                editor.focus();
                getSelection().setBaseAndExtent(texts.currentNode, at, texts.currentNode, at + word.length);
                return;
              }
              throw new Error(`“${word}” is not in the editor`);
            }""",
            [self.editor(n), word],
        )
        self.page.keyboard.insert_text(by)

    def paste(self, html: str, text: str = "", n: int = 0) -> None:
        """As the browser hands over what is in the clipboard."""
        self.take_a_moment()
        self.page.evaluate(
            """([selector, html, text]) => {
              const clipboardData = new DataTransfer();
              clipboardData.setData("text/html", html);
              clipboardData.setData("text/plain", text);
              const editor = document.querySelector(selector);
              editor.focus();
              editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
            }""",
            [self.editor(n), html, text],
        )

    def take_a_moment(self) -> None:
        """As fast as a person at most: for 50 ms after it wrote, the editor doesn't hear of a caret that moved."""
        self.page.evaluate("() => new Promise((done) => setTimeout(done, 80))")

    def _listen(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith("Failed to load resource"):  # what a test answers so
            self.errors.append(said.text)

    def _answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/editor":
            route.fulfill(body=self._html, content_type="text/html; charset=utf-8")
            return
        if path.startswith("/media/"):
            route.fulfill(
                body='<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', content_type="image/svg+xml"
            )
            return
        found = finders.find(path.removeprefix("/static/")) if path.startswith("/static/") else None
        if not isinstance(found, str):
            route.fulfill(status=404, body="")
            return
        route.fulfill(body=Path(found).read_bytes(), content_type=_TYPES.get(Path(found).suffix, "text/plain"))


def press(editor: EditorPage, *keys: str) -> None:
    for key in keys:
        editor.take_a_moment()
        if len(key) == 1 or "+" in key or key[0].isupper():
            editor.page.keyboard.press(key)
        else:
            editor.page.keyboard.type(key)
