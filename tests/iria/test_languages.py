"""The language of a page: the address says it, for readers; who works here works in English."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from pytest_django import Settings

from iria.error_pages import bad_request, server_error
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic, queue

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def furnish() -> str:
    """One of everything; returns the address of the edition."""
    mailing_list = make_list(name="IRIA News")
    article = make_article(title="Who may pass", slug="who-may-pass", topics=[make_topic(name="US")], author="Ada")
    make_reader(mailing_list)
    edition = make_edition(make_newsletter(mailing_list, name="IRIA News"), articles=[article])
    queue(edition)
    type(edition).objects.filter(pk=edition.pk).update(status="sent")
    return edition.path


PUBLIC = ["/", "/articles/who-may-pass/", "/topics/us/", "/archive/", "/subscribe/", "/preferences/"]


def alternates(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_is_in_the_language_of_its_address_and_names_the_others(client: Client, path: str) -> None:
    furnish()
    for code, address, direction in (("en", path, "ltr"), ("ar", f"/ar{path}", "rtl")):
        response = client.get(address)
        page = response.content.decode()
        assert response.status_code == 200
        assert f'<html lang="{code}" dir="{direction}">' in page
        assert response["Content-Language"] == code
        assert alternates(page) == {
            "en": f"https://news.iria.example{path}",
            "x-default": f"https://news.iria.example{path}",
            "ar": f"https://news.iria.example/ar{path}",
        }
        assert f'<a href="/ar{path}" lang="ar" dir="rtl" hreflang="ar"' in page
        assert f'<a href="{path}" lang="en" dir="ltr" hreflang="en"' in page


def test_a_cache_needs_no_copy_for_each_browser_and_never_mixes_languages(client: Client) -> None:
    furnish()
    german = client.get("/archive/", headers={"accept-language": "de"})
    arabic = client.get("/archive/", headers={"accept-language": "ar"})
    assert "accept-language" not in german.get("Vary", "").lower()
    assert german["ETag"] == arabic["ETag"]
    assert german["ETag"] != client.get("/ar/archive/")["ETag"]
    assert not client.cookies


def test_links_of_an_arabic_page_stay_in_arabic_and_files_are_not_doubled(client: Client) -> None:
    edition = furnish()
    for path in [
        "/ar/",
        "/ar/articles/who-may-pass/",
        "/ar/authors/ada/",
        "/ar/topics/us/",
        "/ar/archive/",
        f"/ar{edition}",
    ]:
        page = client.get(path).content.decode()
        links = set(re.findall(r'<a [^>]*href="(/[^"]*)"', page)) - set(re.findall(r'href="([^"]+)" lang="en"', page))
        assert links
        assert {link for link in links if not link.startswith("/ar/")} == set()


def test_what_follows_the_question_mark_stays(client: Client) -> None:
    make_list()
    page = client.get("/archive/?page=1").content.decode()
    assert 'href="/ar/archive/?page=1"' in page


def test_a_page_that_does_not_exist_says_so_in_the_language_of_its_address(client: Client) -> None:
    response = client.get("/ar/there-is-none/")
    assert response.status_code == 404
    assert '<html lang="ar" dir="rtl">' in response.content.decode()
    assert alternates(response.content.decode()) == {}


def test_an_address_with_the_installations_own_language_in_front_leads_to_the_one_without(client: Client) -> None:
    response = client.get("/en/archive/?page=2")
    assert (response.status_code, response["Location"]) == (302, "/archive/?page=2")
    assert client.get("/en//evil.example/")["Location"] == "/evil.example/"
    assert client.get("/de/archive/").status_code == 404


def test_pages_of_last_resort_are_in_the_language_of_the_address_too() -> None:
    english, arabic = (RequestFactory().get(path) for path in ("/archive/", "/ar/archive/"))
    assert b'<html lang="en">' in server_error(english).content
    assert b'<html lang="ar" dir="rtl">' in server_error(arabic).content
    assert b'<html lang="ar" dir="rtl">' in bad_request(arabic, ValueError()).content
    assert server_error(arabic).status_code == 500


def test_staff_work_in_english_and_their_links_to_the_site_work(client: Client, settings: Settings) -> None:
    settings.READER_LANGUAGES = ["ar", "en"]
    settings.LANGUAGE_CODE = "ar"
    client.force_login(User.objects.create_superuser("ada"))
    page = client.get("/admin/")
    assert page["Content-Language"] == "en"
    assert 'lang="en"' in page.content.decode()
    make_list()
    assert '<html lang="ar" dir="rtl">' in client.get("/").content.decode()
    assert '<html lang="en" dir="ltr">' in client.get("/en/").content.decode()


def test_with_one_language_there_is_nothing_to_choose(client: Client, settings: Settings) -> None:
    settings.READER_LANGUAGES = ["en"]
    make_list()
    page = client.get("/").content.decode()
    assert "hreflang" not in page
    assert 'class="languages"' not in page
