"""The form on other sites: a script that is small, names nobody else, and says what the list says."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from subscribers.models import MailingList
from tests.factories import make_list

MOST_BYTES = 5 * 1024
DESCRIPTIONS = {
    "": "News and analysis from our desks, each weekday morning at seven, with one long read on Saturdays.",
    "/ar": "أخبار وتحليلات من مكاتبنا كل صباح من أيام العمل في الساعة السابعة، ومقال مطوّل واحد يوم السبت.",
}


@pytest.mark.parametrize("language", ["", "/ar"])
def test_the_script_is_small_and_says_what_the_list_says(client: Client, iria_news: MailingList, language: str) -> None:
    MailingList.objects.update(description=DESCRIPTIONS[language])
    answer = client.get(f"{language}/subscribe/{iria_news.slug}/form.js")
    assert answer.status_code == 200 and not answer.cookies
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "Cross-Origin-Resource-Policy" not in answer  # else browsers would not load it on other sites
    assert len(answer.content) <= MOST_BYTES, len(answer.content)
    words = json.loads(re.findall(r"const words=(.*);\n", answer.content.decode())[0])
    assert words["action"] == f"https://news.iria.example{language}/subscribe/"
    assert words["list"] == iria_news.slug and words["description"] == DESCRIPTIONS[language]
    assert words["direction"] == ("rtl" if language else "ltr")
    elsewhere = re.findall(rb"https?://[^/\"]+", answer.content)
    assert set(elsewhere) == {b"https://news.iria.example"}


def test_words_of_a_list_cannot_become_code(client: Client, iria_news: MailingList) -> None:
    MailingList.objects.update(name='"};alert(1);{"', description="</script>\u2028*/")
    body = client.get(f"/subscribe/{iria_news.slug}/form.js").content.decode()
    (said,) = re.findall(r"const words=(.*);\n", body)
    assert json.loads(said)["title"] == 'Get "};alert(1);{" by email'


def test_a_list_that_is_not_offered_has_no_script(client: Client, iria_news: MailingList) -> None:
    MailingList.objects.update(is_public=False)
    assert client.get(f"/subscribe/{iria_news.slug}/form.js").status_code == 404


def test_the_page_has_the_lines_to_copy_for_each_list(client: Client, iria_news: MailingList) -> None:
    make_list(name="Weekly", slug="weekly")
    page = client.get("/subscribe/embed/?list=weekly").content.decode()
    assert page.count("https://news.iria.example/subscribe/weekly/form.js") == 2
    assert "value=&quot;weekly&quot;" in page and "value=&quot;iria-news&quot;" not in page


def test_no_list_takes_the_address_of_that_page(admin_client: Client) -> None:
    answer = admin_client.post("/admin/subscribers/mailinglist/add/", {"name": "E", "slug": "embed", "position": 1})
    assert answer.status_code == 200 and "has a page of its own" in answer.content.decode()
