"""What led somebody to the form: kept with the sign-up, short and printable, and counted."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from subscribers.models import ConsentRecord, MailingList, Subscription
from subscribers.signup.origins import LONGEST, clean_origin
from tests.subscribers.conftest import Mails, hidden_fields, links_in, path_of


@given(st.text(max_size=2000))
def test_an_origin_is_short_printable_and_cleaned_once(raw: str) -> None:
    cleaned = clean_origin(raw)
    assert len(cleaned) <= LONGEST and cleaned.isprintable()
    assert clean_origin(cleaned) == cleaned


def test_a_very_long_one_is_measured_first() -> None:
    assert clean_origin("a" + "\u0301" * 3_000_000).startswith("á")


@pytest.mark.parametrize(
    ("query", "origin"),
    [
        ("ref=partner", "partner"),
        ("utm_source=spring+campaign&utm_medium=email", "spring campaign"),
        ("ref=&utm_source=x", "x"),
        ("ref=a%0d%0aBcc:%20b", "a Bcc: b"),
        ("ref=%1b[31m<script>", "[31m<script>"),
        ("ref=" + "x" * 500, "x" * 60),
    ],
)
def test_the_link_to_the_form_says_it(
    browser: Client, iria_news: MailingList, mails: Mails, query: str, origin: str
) -> None:
    page = browser.get(f"/subscribe/{iria_news.slug}/?{query}").content.decode()
    assert "<script>" not in page
    fields = hidden_fields(page)
    assert ("ref" in fields) == bool(origin)
    import html

    browser.post("/subscribe/", {"email": "ada@example.org", "ref": html.unescape(fields["ref"])})
    assert Subscription.objects.get().origin == ConsentRecord.objects.get().origin == origin
    (confirmation,) = mails()
    browser.post(path_of(next(link for link in links_in(confirmation) if "/confirm/" in link)))
    assert ConsentRecord.objects.get(action="confirmed").origin == origin


@pytest.mark.parametrize(
    ("referer", "origin"),
    [
        ("https://news.iria.example/articles/x/?ref=podcast", "podcast"),
        ("https://news.iria.example/articles/x/?utm_source=podcast&ref=", "podcast"),
        ("https://news.iria.example/articles/x/", ""),
        ("https://partner.example/", "partner.example"),
        ("https://[not-an-address", ""),
        ("javascript://partner.example/", ""),
        ("https://news.iria.example/?" + "&".join(f"a{n}=1" for n in range(60)), ""),
        ("https://news.iria.example/?ref=" + "x" * 9000, ""),
        ("", ""),
    ],
)
def test_without_a_field_the_page_of_the_form_says_it(
    browser: Client, iria_news: MailingList, referer: str, origin: str
) -> None:
    browser.post("/subscribe/", {"email": "ada@example.org"}, headers={"referer": referer})
    assert Subscription.objects.get().origin == origin


def test_it_is_kept_through_every_step_of_the_form(browser: Client, iria_news: MailingList) -> None:
    wrong = browser.post("/subscribe/", {"email": "nonsense", "ref": "podcast"}).content.decode()
    assert hidden_fields(wrong)["ref"] == "podcast"
    asked = browser.post("/subscribe/", {"email": "ada@gmial.com", "ref": "podcast"}).content.decode()
    assert "gmail.com" in asked and hidden_fields(asked)["ref"] == "podcast"


def test_a_later_sign_up_does_not_rewrite_what_led_a_reader_here(browser: Client, iria_news: MailingList) -> None:
    browser.post("/subscribe/", {"email": "ada@example.org", "ref": "first"})
    Subscription.objects.update(status="confirmed", confirmed_at="2026-01-01T00:00Z")
    browser.post("/subscribe/", {"email": "ada@example.org", "ref": "second"})
    assert Subscription.objects.get().origin == "first"


def test_a_list_has_a_page_of_its_own(browser: Client, iria_news: MailingList) -> None:
    page = browser.get(f"/subscribe/{iria_news.slug}/").content.decode()
    assert '<h1 dir="ltr" lang' in page or "IRIA News</h1>" in page
    wrong = browser.post(f"/subscribe/{iria_news.slug}/", {"email": "nonsense"})
    assert wrong.status_code == 422 and "IRIA News</h1>" in wrong.content.decode()
    assert browser.post(f"/subscribe/{iria_news.slug}/", {"email": "ada@example.org"}).status_code == 200
    assert Subscription.objects.get().mailing_list == iria_news
    assert browser.get("/subscribe/nothing/").status_code == 404
    assert browser.post("/subscribe/nothing/", {"email": "ada@example.org"}).status_code == 404
    MailingList.objects.update(is_public=False)
    assert browser.get(f"/subscribe/{iria_news.slug}/").status_code == 404


def test_sources_are_counted_by_people(iria_news: MailingList, admin_client: Client) -> None:
    from subscribers.erasure import erase
    from subscribers.models import Subscriber
    from subscribers.preferences.unsubscribing import unsubscribe
    from subscribers.signup import joining
    from subscribers.signup.double_opt_in import SignupRequest, request_subscription
    from subscribers.visitors import Visit

    for name, origin in [("a", "podcast"), ("b", "podcast"), ("c", "podcast"), ("d", ""), ("a", "podcast")]:
        request_subscription(SignupRequest(f"{name}@example.org", [iria_news], visit=Visit(origin=origin)))
    for name in "abd":
        joining.mark_confirmed(Subscription.objects.get(subscriber__email=f"{name}@example.org"), "form")  # type: ignore[arg-type]
    unsubscribe(Subscriber.objects.get(email="a@example.org").pk, iria_news.pk)
    erase(Subscriber.objects.get(email="c@example.org"), note="", by="")
    page = admin_client.get(f"/admin/subscribers/mailinglist/{iria_news.pk}/sources/").content.decode()
    import re

    rows = re.findall(r'<th scope="row">(.*?)</th><td>(\d+)</td><td>(\d+)</td><td>(\d+)</td>', page)
    assert rows == [("<bdi>podcast</bdi>", "3", "2", "1"), ("This site, no source named", "1", "1", "1")]
