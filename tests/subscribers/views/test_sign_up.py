"""The sign-up form: the same answer whatever is known of the address, and a clear sentence for every wrong one."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from mail.models import Message
from subscribers import links, sample_editions, suppression
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Suppression, Topic
from subscribers.sample_editions import SampleEdition
from subscribers.tokens import Purpose, make
from tests.factories import make_list, make_reader, make_subscriber, make_subscription
from tests.subscribers.conftest import Mails, hidden_fields

Prepare = Callable[[MailingList], object]


STATES: dict[str, Prepare] = {
    "unknown": lambda mailing_list: None,
    "pending": lambda mailing_list: make_subscription(
        make_subscriber("ada@example.org"), mailing_list, status="pending"
    ),
    "confirmed": lambda mailing_list: make_reader(mailing_list, email="ada@example.org"),
    "left": lambda mailing_list: make_subscription(make_subscriber("ada@example.org"), mailing_list, status="left"),
    "suppressed": lambda mailing_list: (
        make_reader(mailing_list, email="ada@example.org"),
        suppression.suppress("ada@example.org", reason=Suppression.Reason.STAFF),
    ),
    "erased": lambda mailing_list: suppression.suppress("ada@example.org", reason=Suppression.Reason.ERASED),
}


def test_nobody_learns_from_the_answer_whether_an_address_is_known(
    browser: Client, iria_news: MailingList, settings: Settings
) -> None:
    settings.SIGNUP_LIMITS_PER_IP = [(100, 60)]
    answers = {}
    for state, prepare in STATES.items():
        Subscriber.objects.all().delete()
        Suppression.objects.all().delete()
        prepare(iria_news)
        with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):  # the page names the minute
            response = browser.post("/subscribe/", {"email": "ada@example.org"})
        headers = {name: value for name, value in response.items() if name != "Date"}
        answers[state] = (response.status_code, response.content, headers, len(response.cookies))
    assert len({repr(answer) for answer in answers.values()}) == 1, answers
    assert answers["unknown"][0] == 200


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        ("unknown", ["confirmation"]),
        ("pending", ["confirmation"]),
        ("left", ["confirmation"]),
        ("confirmed", ["preferences_link"]),
        ("suppressed", []),
        ("erased", []),
    ],
)
def test_who_gets_which_mail(
    browser: Client, iria_news: MailingList, mails: Mails, state: str, kinds: list[str]
) -> None:
    STATES[state](iria_news)
    browser.post("/subscribe/", {"email": "Ada@Example.org"})
    assert list(Message.objects.values_list("kind", flat=True)) == kinds
    assert len(mails()) == len(kinds)


@pytest.mark.parametrize("state", STATES)
def test_every_request_nudges_the_worker_once_so_that_its_time_says_nothing(
    iria_news: MailingList, state: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    STATES[state](iria_news)
    for path in ("/subscribe/", "/preferences/"):
        with django_capture_on_commit_callbacks() as callbacks, CaptureQueriesContext(connection) as captured:
            Client().post(path, {"email": "ada@example.org"})
        assert len(callbacks) == 1
        written = [query["sql"] for query in captured if not query["sql"].startswith("SELECT")]
        assert len(written) == 1  # the same row for everybody, and nothing is looked up about them
        tables = "subscribers_subscri|subscribers_suppression|mail_message"
        assert not [query["sql"] for query in captured if re.search(tables, query["sql"])]


def test_nothing_is_stored_of_an_erased_person(browser: Client, iria_news: MailingList) -> None:
    STATES["erased"](iria_news)
    browser.post("/subscribe/", {"email": "ada@example.org", "name": "Ada"})
    assert not Subscriber.objects.exists()
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "", "ada", "ada@", "@example.org", "ada@example", "a@b@c.example", "ada@exa mple.org",
        "ada@example.org\r\nBcc: x",
        "ada\x00@example.org", "ada@example.org,eve@example.org", "<script>@example.org", "a" * 65 + "@example.org",
        "a@" + "b" * 250 + ".org", "ada@-example.org", "ada\u202e@example.org", "ada@[127.0.0.1]",
        "ß" * 30 + "@" + ".".join(["d" * 55] * 3 + ["e" * 30]) + ".example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_422_and_kept_in_the_form(browser: Client, iria_news: MailingList, address: str) -> None:
    response = browser.post("/subscribe/", {"email": address, "name": "Ada <3", "topics": ["us"]})
    page = response.content.decode()
    assert response.status_code == 422
    assert 'class="error-summary"' in page
    assert 'href="#id_email"' in page
    assert 'value="Ada &lt;3"' in page
    assert 'value="us" checked' in page
    assert "<script>" not in page
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lists", "no-such-list"),
        ("lists", "staff-only"),
        ("lists", "\x00"),
        ("topics", "no-such-topic"),
        ("topics", "' OR 1=1 --"),
        ("name", "Ada\r\nBcc: eve@example.org"),
        ("name", "A" * 101),
        ("name", "Win at https://evil.example"),
        ("name", "www.evil.example"),
        ("name", "eve@evil.example"),
        ("name", "http&#58;&#47;&#47;evil.example"),
        ("name", "eve&amp;amp;amp;amp;amp;commat;evil.example"),
        ("name", "Ada&#13;&NewLine;Bcc: eve"),
    ],
)
def test_an_unknown_slug_or_a_bad_name_is_422_with_a_link_to_the_field(
    browser: Client, iria_news: MailingList, field: str, value: str
) -> None:
    make_list(name="Staff only", is_public=False)
    response = browser.post("/subscribe/", {"email": "ada@example.org", field: value})
    assert response.status_code == 422
    assert f'href="#id_{field}"' in response.content.decode()
    assert f'id="id_{field}"' in response.content.decode()
    assert 'value="ada@example.org"' in response.content.decode()
    assert not Subscriber.objects.exists()


def test_a_form_of_another_site_works_without_csrf_token_or_cookie(browser: Client, iria_news: MailingList) -> None:
    response = browser.post(
        "/subscribe/", {"email": "ada@example.org"}, headers={"origin": "https://elsewhere.example"}
    )
    assert response.status_code == 200
    assert not response.cookies
    assert Subscription.objects.get().status == "pending"


def test_without_a_list_the_first_public_one_is_meant(browser: Client, iria_news: MailingList) -> None:
    iria_news.position = 1
    iria_news.save()
    make_list(name="AAA")
    browser.post("/subscribe/", {"email": "ada@example.org"})
    assert Subscription.objects.get().mailing_list == iria_news


def test_a_mistyped_domain_is_offered_mended_and_both_buttons_work(browser: Client, iria_news: MailingList) -> None:
    response = browser.post("/subscribe/", {"email": "ada@gmial.com", "name": "Ada", "topics": ["us", "middle-east"]})
    page = response.content.decode()
    assert "Did you mean <bdi>gmail.com</bdi>?" in page
    assert not Subscriber.objects.exists()
    mended, typed = hidden_fields(page, 0), hidden_fields(page, 1)
    assert (mended["email"], typed["email"]) == ("ada@gmail.com", "ada@gmial.com")
    assert mended["name"] == "Ada"
    assert browser.post("/subscribe/", mended).status_code == 200
    assert browser.post("/subscribe/", typed).status_code == 200
    assert set(Subscriber.objects.values_list("email", flat=True)) == {"ada@gmail.com", "ada@gmial.com"}


@time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
def test_a_filled_honeypot_gets_the_usual_page_and_stores_nothing(browser: Client, iria_news: MailingList) -> None:
    usual = browser.post("/subscribe/", {"email": "ada@example.org"})
    Subscriber.objects.all().delete()
    trapped = browser.post("/subscribe/", {"email": "ada@example.org", "homepage": "https://spam.example"})
    assert (trapped.status_code, trapped.content) == (200, usual.content)
    assert not Subscriber.objects.exists()


def test_too_quick_a_form_asks_to_press_once_more_and_that_press_works(browser: Client, iria_news: MailingList) -> None:
    shown = hidden_fields(browser.get("/subscribe/").content.decode())["shown"]
    first = browser.post("/subscribe/", {"email": "ada@example.org", "shown": shown, "topics": "us"})
    assert "submit the form again" in first.content.decode()
    assert not Subscriber.objects.exists()
    second = browser.post("/subscribe/", hidden_fields(first.content.decode()))
    assert "Check your email" in second.content.decode()
    assert [topic.slug for topic in Subscription.objects.get().topic_list()] == ["us"]


def test_a_form_that_was_open_for_a_while_is_taken_at_once(browser: Client, iria_news: MailingList) -> None:
    shown = make(Purpose.SIGNUP_FORM, int(time.time()) - 3600)
    page = browser.post("/subscribe/", {"email": "ada@example.org", "shown": shown}).content.decode()
    assert "Check your email" in page


def test_a_forged_time_counts_as_too_quick(browser: Client, iria_news: MailingList) -> None:
    page = browser.post("/subscribe/", {"email": "ada@example.org", "shown": "AAAA"}).content.decode()
    assert "submit the form again" in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada@Example.ORG ", "Ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.de", "ada@xn--fa-hia.de"),
        ("jose\u0301@example.org", "josé@example.org"),
    ],
)
def test_addresses_are_kept_as_typed_and_known_however_they_are_written(
    browser: Client, iria_news: MailingList, typed: str, kept: str
) -> None:
    assert browser.post("/subscribe/", {"email": typed}).status_code == 200
    assert Subscriber.objects.get().email == kept
    in_capitals = "".join(letter.upper() if letter.isascii() else letter for letter in kept)
    assert Subscriber.objects.with_address(in_capitals).exists()
    browser.post("/subscribe/", {"email": in_capitals})
    assert Subscriber.objects.count() == 1


def test_an_idn_domain_in_either_form_is_the_same_subscriber(browser: Client, iria_news: MailingList) -> None:
    browser.post("/subscribe/", {"email": "ada@bücher.example"})
    browser.post("/subscribe/", {"email": "ada@xn--bcher-kva.example"})
    assert Subscriber.objects.count() == 1


def test_a_strangers_request_does_not_rename_a_reader(browser: Client, iria_news: MailingList) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    browser.post("/subscribe/", {"email": "ada@example.org", "name": "Eve"})
    ada.refresh_from_db()
    assert ada.name == ""


def test_the_cost_of_a_request_does_not_grow_with_the_lists_offered(browser: Client, topics: list[Topic]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get("/subscribe/").status_code == 200
        return len(captured)

    make_list(topics=topics)
    queries()  # the first one counts the readers, for an hour
    one = queries()
    for _ in range(6):
        make_list(topics=topics)
    queries()  # another list may be the first one now
    assert queries() == one


def test_the_form_of_the_footer_posts_to_the_sign_up_page(browser: Client, iria_news: MailingList) -> None:
    form = Template("{% load signup %}{% signup_form %}").render(Context())
    fields = hidden_fields(form)
    assert 'action="/subscribe/"' in form
    assert fields["lists"] == iria_news.slug
    fields["shown"] = make(Purpose.SIGNUP_FORM, int(time.time()) - 60)
    assert "Check your email" in browser.post("/subscribe/", fields | {"email": "ada@example.org"}).content.decode()


def test_without_a_public_list_the_footer_shows_no_form_and_the_page_says_so(db: None, browser: Client) -> None:
    assert Template("{% load signup %}{% signup_form %}").render(Context()).strip() == ""
    assert "no newsletter" in browser.get("/subscribe/").content.decode()
    assert browser.post("/subscribe/", {"email": "ada@example.org"}).status_code == 422


def test_the_snippet_for_other_sites_is_a_form_without_script_to_our_own_address(
    browser: Client, iria_news: MailingList
) -> None:
    page = browser.get("/subscribe/embed/").content.decode()
    snippet = html.unescape(page.partition('<textarea id="snippet"')[2].partition("</textarea>")[0])
    assert f'<form action="{links.subscribe_url()}" method="post">' in snippet
    assert 'action="https://news.iria.example/subscribe/"' in snippet
    assert "<script" not in snippet


def test_check_your_mail_says_until_when_and_sends_once_more_on_request(
    browser: Client, iria_news: MailingList, settings: Settings, mails: Mails
) -> None:
    settings.SIGNUP_LIMITS_PER_IP = [(100, 60)]
    with time_machine.travel(datetime(2026, 3, 2, 9, 30, tzinfo=UTC), tick=False):
        page = browser.post("/subscribe/", {"email": "ada@example.org", "topics": "us", "name": "Ada"}).content.decode()
        assert "on 9 March 2026 at 09:30 UTC" in page
        fields = hidden_fields(page)
        assert {key: fields[key] for key in ("email", "topics", "name")} == {
            "email": "ada@example.org", "topics": "us", "name": "Ada",
        }  # fmt: skip
        again = browser.post("/subscribe/", fields | {"again": "1"}).content.decode()
        assert "We’re sending another email to" in again
        bodies = {browser.post("/subscribe/", fields | {"again": "1"}).content for _ in range(4)}
        assert bodies == {again.encode()}  # the limit of a day shows nobody whether there is such a reader
        assert len(mails()) == 3
    assert [topic.slug for topic in Subscription.objects.get().topic_list()] == ["us"]


def test_the_form_shows_the_newest_edition_of_each_list_and_chooses_nothing(
    browser: Client, iria_news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_list(name="Weekly Review")
    found = {
        iria_news.pk: SampleEdition(
            "Who may pass", "/archive/iria-news-7/", date(2026, 3, 2), "en", "news@iria.example"
        )
    }
    monkeypatch.setattr(sample_editions, "_sources", [lambda lists: found])
    page = browser.get("/subscribe/").content.decode()
    assert '<a href="/archive/iria-news-7/"><bdi>Who may pass</bdi></a> (2 March 2026)' in page
    assert page.count("Latest edition:") == 1
    assert "checked" not in page
    arabic = browser.get("/ar/subscribe/").content.decode()
    assert '<a href="/ar/archive/iria-news-7/"><bdi lang="en" dir="ltr">Who may pass</bdi></a>' in arabic


def test_the_form_asks_for_the_address_alone(browser: Client, iria_news: MailingList) -> None:
    page = browser.get("/subscribe/").content.decode()
    assert re.findall(r'<input type="(?:text|email)"[^>]*name="([^"]+)"', page) == ["email", "homepage"]


@pytest.mark.parametrize(
    ("path", "field"), [("/subscribe/", "email"), ("/subscribe/", "name"), ("/preferences/", "email")]
)
def test_heaps_of_accents_are_refused_in_words_before_anything_sorts_them(
    browser: Client, iria_news: MailingList, path: str, field: str
) -> None:
    started = time.monotonic()
    response = browser.post(path, {"email": "ada@example.org", field: "a" + "\u0315\u0301" * 100_000})
    assert response.status_code == 422
    assert 'class="error-summary"' in response.content.decode()
    assert time.monotonic() - started < 10
    assert not Subscriber.objects.exists()
