"""The reader's language: chosen by the page where they sign up, kept, changeable, and in every mail and record."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from subscribers import languages, links
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription
from tests.factories import make_reader
from tests.subscribers.conftest import Mails, links_in, path_of


def lang_of(page: str) -> str:
    return page.partition('<html lang="')[2][:2]


def test_who_signs_up_on_an_arabic_page_gets_arabic_pages_and_mails(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    answer = browser.post("/ar/subscribe/", {"email": "ada@example.org"}).content.decode()
    assert lang_of(answer) == "ar"
    assert Subscriber.objects.get().language == "ar"
    (confirmation,) = mails()
    assert '<html lang="ar" dir="rtl"' in str(confirmation.alternatives[0][0])
    (link,) = links_in(confirmation)
    assert "/ar/" not in link  # one address in every language
    for page in (browser.get(path_of(link)), browser.post(path_of(link))):
        assert lang_of(page.content.decode()) == "ar"
        assert page["Content-Language"] == "ar"
    (welcome,) = mails()
    assert '<html lang="ar" dir="rtl"' in str(welcome.alternatives[0][0])


def test_consent_is_recorded_in_the_words_and_the_language_that_were_shown(
    browser: Client, iria_news: MailingList
) -> None:
    for number, prefix in enumerate(("", "/ar")):
        form = browser.get(f"{prefix}/subscribe/").content.decode()
        browser.post(f"{prefix}/subscribe/", {"email": f"reader{number}@example.org"})
        record = ConsentRecord.objects.get(subscriber__email=f"reader{number}@example.org")
        assert record.wording in form
        assert record.language == ("ar" if prefix else "en")
    assert ConsentRecord.objects.values("wording_version").distinct().count() == 2


def test_a_page_behind_a_link_can_be_read_in_the_other_language_without_changing_anything(
    browser: Client, iria_news: MailingList
) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    for link in (links.preferences_url(ada.pk), links.unsubscribe_url(ada.pk, iria_news.pk)):
        path = path_of(link)
        page = browser.get(path).content.decode()
        assert lang_of(page) == "en"
        assert f'href="{path}?language=ar" lang="ar"' in page
        assert lang_of(browser.get(f"{path}?language=ar").content.decode()) == "ar"
        assert lang_of(browser.get(f"{path}?language=xx").content.decode()) == "en"
    ada.refresh_from_db()
    assert ada.language == ""
    assert lang_of(browser.get("/preferences/forged/").content.decode()) == "en"
    leaving = path_of(links.unsubscribe_url(ada.pk, iria_news.pk))
    page = browser.get(f"{leaving}?language=ar").content.decode()
    assert f"{links.preferences_url(ada.pk)}?language=ar" in page


def test_the_language_can_be_changed_among_the_preferences_and_the_answer_speaks_it(
    browser: Client, iria_news: MailingList
) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    path = path_of(links.preferences_url(ada.pk))
    assert '<option value="en" lang="en" selected>English</option>' in browser.get(path).content.decode()
    answer = browser.post(path, {"action": "save", "name": "Ada", "language": "ar"})
    assert lang_of(answer.content.decode()) == answer["Content-Language"] == "ar"
    ada.refresh_from_db()
    assert ada.language == "ar"
    assert lang_of(browser.get(path).content.decode()) == "ar"
    assert list(ConsentRecord.objects.order_by("pk").values_list("detail", flat=True)) == ["name", "language ar"]
    refused = browser.post(path, {"action": "save", "language": "xx"})
    assert refused.status_code == 422
    assert 'href="#id_language"' in refused.content.decode()
    assert languages.spoken() == "en"  # nothing of it leaks into the next request


def test_saving_without_another_language_writes_no_record(browser: Client, iria_news: MailingList) -> None:
    ada = make_reader(iria_news)
    browser.post(path_of(links.preferences_url(ada.pk)), {"action": "save", "language": "en"})
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(("status", "becomes"), [("confirmed", "en"), ("pending", "ar")])
def test_a_stranger_does_not_change_the_language_of_a_confirmed_reader(
    browser: Client, iria_news: MailingList, status: str, becomes: str
) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    Subscriber.objects.update(language="en")
    if status == "pending":
        Subscription.objects.update(status="pending", confirmed_at=None)
    browser.post("/ar/subscribe/", {"email": "ada@example.org"})
    ada.refresh_from_db()
    assert ada.language == becomes


def test_a_language_that_is_no_longer_offered_gives_way_to_the_installations_own(
    browser: Client, iria_news: MailingList, settings: Settings, mails: Mails
) -> None:
    ada = make_reader(iria_news, email="ada@example.org")
    Subscriber.objects.update(language="ar")
    settings.READER_LANGUAGES = ["en"]
    path = path_of(links.preferences_url(ada.pk))
    page = browser.get(path).content.decode()
    assert lang_of(page) == "en"
    assert 'name="language"' not in page
    browser.post("/preferences/", {"email": "ada@example.org"})
    (letter,) = mails()
    assert '<html lang="en" dir="ltr"' in str(letter.alternatives[0][0])


def test_a_form_of_another_site_posts_to_the_language_in_which_it_was_copied(
    browser: Client, iria_news: MailingList
) -> None:
    assert "https://news.iria.example/subscribe/" in browser.get("/subscribe/embed/").content.decode()
    assert "https://news.iria.example/ar/subscribe/" in browser.get("/ar/subscribe/embed/").content.decode()
