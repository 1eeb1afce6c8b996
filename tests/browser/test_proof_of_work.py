"""The script that works for a sign-up while many come at once: in Chromium, under the site's policy, without https."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Route

from subscribers.signup import proof_of_work

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SCRIPT = Path(__file__).parents[2] / "subscribers/static/subscribers/proof_of_work.js"
POLICY = "default-src 'self'; script-src 'self'"


def test_the_browser_finds_the_proof_and_sends_the_form(browser: Browser) -> None:
    challenge = proof_of_work.challenge("ada@example.org", 1)
    page_html = (
        f'<form method="post" action="/sent" data-challenge="{challenge.token}" data-bits="{challenge.bits}">'
        '<input type="hidden" name="proof" value=""><input type="hidden" name="email" value="ada@example.org">'
        '<p class="working" hidden>Working</p><div class="waiting"><button>Subscribe</button></div></form>'
    )

    def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript")
        elif route.request.method == "POST":
            route.fulfill(body="Thank you", content_type="text/html")
        else:
            html = f'<!doctype html>{page_html}<script src="/proof_of_work.js"></script>'
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/*", answer)
        with page.expect_request(lambda request: request.method == "POST", timeout=120_000) as sent:
            page.goto("http://news.example/")
        fields = parse_qs(sent.value.post_data or "")
    assert proof_of_work.is_accepted("ada@example.org", fields["proof"][0], "")
