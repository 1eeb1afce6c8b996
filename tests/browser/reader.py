"""One reader's whole way through the pages, in either language: sign up, confirm, choose, pause, leave, come back.

The walk calls `look(name)` at every page it comes to: a test looks for what must hold, `make shots` takes pictures.
Words are looked up in the catalog, so that the same walk goes through every language.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.installations import Embedded, link_to
from tests.processes import ROOT, wait_until

Look = Callable[[str], None]
LIST = "IRIA News"
# What may stand in Latin letters on an Arabic page: names of formats and zones, and what the institute wrote itself.
LATIN = re.compile(r"UTC|RSS|Atom|JSON Feed|HTML|Ctrl|Escape|\b[a-z.]+@[a-z.-]+\b|IRIA(?: News)?")

_TEXTS = """() => {
  const own = document.documentElement.lang;
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const around = walker.currentNode.parentElement;
    if (around.closest('script, style, bdi, code, textarea') || around.closest('[lang]').lang !== own) continue;
    seen.push(walker.currentNode.data);
  }
  for (const each of document.querySelectorAll('[aria-label], [title], [alt], [placeholder]')) {
    if (each.closest('[lang]').lang !== own) continue;
    seen.push(...['aria-label', 'title', 'alt', 'placeholder'].map((name) => each.getAttribute(name) || ''));
  }
  return [document.title, ...seen];
}"""


def latin_on(page: Page) -> list[str]:
    """Texts in Latin letters that the page says in its own name."""
    said: list[str] = page.evaluate(_TEXTS)
    return [text.strip() for text in said if re.search(r"[A-Za-z]{2}", LATIN.sub("", text))]


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


class Reader:
    """Somebody with an address, a browser and a mailbox."""

    def __init__(self, page: Page, iria: Embedded, address: str, language: str, look: Look) -> None:
        self.page, self.iria, self.address, self.language, self.look = page, iria, address, language, look
        self.words = gettext.translation("django", ROOT / "locale", [language], fallback=language == "en")
        self.prefix = "" if language == "en" else f"/{language}"

    def say(self, words: str, **values: str) -> str:
        said = self.words.gettext(words)
        return said % values if values else said

    def press(self, words: str, **values: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=self.say(words, **values), exact=True).click()

    def headline(self, words: str, **values: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.say(words, **values))

    def mails(self) -> list[dict[str, Any]]:
        """Newest first."""
        return [each for each in self.iria.inbox() if each["envelope_to"] == self.address]

    def mail(self, number: int, kind: str) -> str:
        """The link of this kind in the reader's n-th mail, once it is there."""
        wait_until(lambda: len(self.mails()) >= number, f"mail {number} is in the inbox", seconds=30)
        return link_to(self.iria.text_of(self.mails()[-number]["id"]), kind)

    def signs_up(self) -> None:
        self.page.goto(f"{self.prefix}/subscribe/")
        self.headline("Subscribe by email")
        self.look("sign-up")
        self.page.locator("main input[type=email]").fill("ada(at)readers")
        self.press("Subscribe")
        self.page.locator(".error-summary a").click()
        expect(self.page.locator("#id_email")).to_be_focused()
        self.look("sign-up-with-a-mistake")
        self.page.locator("main input[type=email]").fill(self.address)
        self.page.locator("main input[name=topics]").first.check()
        self.press("Subscribe")
        if self.page.get_by_role("heading", level=1).text_content() == self.say("Please submit again"):
            self.look("submit-again")
            self.press("Subscribe")
        self.headline("Check your email")
        expect(self.page.get_by_role("main")).to_contain_text(self.address)
        self.look("check-your-email")
        self.press("Send the email again")
        self.headline("Check your email")

    def confirms(self) -> None:
        self.mail(1, "confirm")
        self.page.goto(self.mail(2, "confirm"))
        self.headline("Confirm your subscription")
        self.look("confirm")
        self.press("Confirm subscription")
        self.headline("Welcome")
        self.look("confirmed")
        self.page.reload()
        self.page.goto(self.mail(2, "confirm"))
        self.headline("You’re already subscribed")
        self.look("already-confirmed")

    def chooses(self, other: str) -> None:
        """Other topics, the other language and back, a pause."""
        self.page.goto(self.mail(3, "preferences"))
        self.headline("Email preferences")
        first, second = (self.page.locator(f"input[name^=topics-] >> nth={n}") for n in (0, 1))
        expect(first).to_be_checked()
        self.look("preferences")
        first.uncheck()
        second.check()
        self.page.locator("#id_language").select_option(other)
        self.press("Save changes")
        expect(self.page.locator("html")).to_have_attribute("lang", other)
        expect(second).to_be_checked()
        expect(first).not_to_be_checked()
        self.page.locator("#id_language").select_option(self.language)
        self.page.locator("main button[value=save]").click()
        expect(self.page.get_by_role("status")).to_have_text(self.say("Your preferences have been saved."))
        self.press("Pause all newsletters for %(days)s days", days="30")
        paused = self.say("Your newsletters are paused for %d days.") % 30
        expect(self.page.get_by_role("status")).to_have_text(paused)
        self.look("preferences-paused")
        self.press("Resume newsletters")

    def unsubscribes(self) -> None:
        link = self.mail(3, "unsubscribe")
        self.page.goto(link)
        self.headline("Unsubscribe from %(list)s?", list=LIST)
        self.look("unsubscribe")
        self.press("Unsubscribe")
        self.headline("You’re unsubscribed")
        self.look("unsubscribed")
        self.press("Resubscribe")
        self.headline("You’re still subscribed")
        self.look("resubscribed")
        self.page.goto(link)
        self.press("Unsubscribe")
        self.page.goto(link)
        self.headline("You’re already unsubscribed")
        self.look("already-unsubscribed")

    def asks_for_the_link(self) -> None:
        self.page.goto(f"{self.prefix}/preferences/")
        self.headline("Change your preferences or unsubscribe")
        self.look("preferences-link")
        self.page.locator("main input[type=email]").fill(self.address)
        self.press("Send me the link")
        self.headline("Check your email")
        self.look("preferences-link-sent")
        self.page.goto(self.mail(4, "preferences"))
        self.headline("Email preferences")
        expect(self.page.get_by_role("main")).to_contain_text(self.address)
        self.look("preferences-after-unsubscribing")
        self.page.goto(f"{self.prefix}/subscribe/embed/")
        self.look("embed")
        self.page.goto("/preferences/not-ours/" + (f"?language={self.language}" if self.prefix else ""))
        self.headline("This link doesn’t work")
        self.look("broken-link")
        self.page.goto(f"{self.prefix}/there-is-none/")
        self.headline("We can’t find this page")
        self.look("not-found")

    def goes_the_whole_way(self, other: str) -> None:
        self.signs_up()
        self.confirms()
        self.chooses(other)
        self.unsubscribes()
        self.asks_for_the_link()
