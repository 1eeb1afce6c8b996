"""No newsletter counts by reader before the privacy page says so."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from newsletters.articles import tracking_notice
from newsletters.models import Newsletter, Page
from tests.factories import make_list, make_page
from tests.newsletters.admin.newsletter.test_newsletters import ADD, typed
from tests.processes import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher() -> Client:
    user = User.objects.create_user("publisher", is_staff=True)
    user.groups.add(Group.objects.get(name="Publisher"))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_sentence_that_is_offered_is_enough(language: str) -> None:
    make_page(language=language, body=f"<p>We store addresses. {tracking_notice.sentence(language)}</p>")
    assert tracking_notice.problem() == ""


SEEDED = (ROOT / "seeds/pages/privacy.html").read_text().partition("---\n")[2]
SEEDED_IN_ARABIC = "<p>نحصي كم مرّة تُفتح الرسائل وتُنقر الروابط، دون أن نعرف من فعل ذلك.</p>"


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", SEEDED),
        ("ar", SEEDED_IN_ARABIC),
        ("en", f"{SEEDED}<p>{tracking_notice.sentence('en')}</p>"),  # it says both
        ("ar", f"{SEEDED_IN_ARABIC}<p>{tracking_notice.sentence('ar')}</p>"),
        ("en", "<p>We count how often emails are opened and links are clicked.</p>"),
        ("en", "<p>We don&rsquo;t record when you open emails, or which links you click.</p>"),
        ("en", "<p>We record when you open emails.</p><p>Click here to unsubscribe.</p>"),
    ],
)
def test_a_page_that_speaks_of_counts_alone_or_denies_to_know_who_is_not_enough(language: str, body: str) -> None:
    make_page(language=language, body=body)
    assert tracking_notice.problem()


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "<p>We record who opens our emails. We also <b>store</b> which links each reader clicks.</p>"),
        ("ar", "<p>نسجّل مَن يفتح الرسائل ومَن ينقر على الروابط.</p>"),
    ],
)
def test_own_words_are_enough(language: str, body: str) -> None:
    make_page(language=language, body=body)
    assert tracking_notice.problem() == ""


def test_the_page_that_lacks_it_is_named_and_sentences_are_offered_in_both_languages() -> None:
    make_page(language="en", body=f"<p>{tracking_notice.sentence('en')}</p>")
    make_page(language="ar", title="الخصوصية", slug="privacy", body="<p>نحفظ العناوين.</p>")
    problem = tracking_notice.problem()
    assert "“الخصوصية” (ar)" in problem
    assert "(en)" not in problem
    assert tracking_notice.sentence("en") in problem
    assert tracking_notice.sentence("ar") in problem


def test_a_draft_says_nothing_to_anybody() -> None:
    make_page(body=f"<p>{tracking_notice.sentence('en')}</p>", status=Page.Status.DRAFT)
    assert "no published privacy page" in tracking_notice.problem()


def test_the_form_of_a_newsletter_refuses_until_the_page_says_so(publisher: Client) -> None:
    make_page()
    values = typed(make_list(), tracking="reader")
    refused = publisher.post(ADD, values).content.decode()
    assert "“Privacy” (en)" in refused
    assert "which links you click" in refused
    assert not Newsletter.objects.exists()
    Page.objects.update(body=f"<p>{tracking_notice.sentence('en')}</p>")
    publisher.post(ADD, values)
    assert Newsletter.objects.get().tracking == Newsletter.Tracking.READER


def test_a_new_newsletter_counts_without_a_person_unless_told(publisher: Client) -> None:
    publisher.post(ADD, typed(make_list(), utm="?utm_source=iria&"))
    newsletter = Newsletter.objects.get()
    assert (newsletter.tracking, newsletter.utm) == (Newsletter.Tracking.ANONYMOUS, "utm_source=iria")
