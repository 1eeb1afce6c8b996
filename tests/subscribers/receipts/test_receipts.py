"""Consent receipts of one person: what stands on the paper and in the file, and who may take them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from newsletters.models import Institute
from subscribers import consent
from subscribers.admin import receipts_page
from subscribers.admin.reauthentication import TYPED_AT
from subscribers.merging import merge
from subscribers.models import ConsentRecord, LeavingReason, MailingList, Subscriber
from subscribers.receipts.pdf import draw_receipt
from subscribers.receipts.receipt import Receipt, ReceiptPart, read_receipt
from subscribers.visitors import Visit
from tests.factories import make_reader

Action, Source = ConsentRecord.Action, ConsentRecord.Source
WORDING = "أوافق على تلقي الرسائل (IRIA) and 3 more"


def words_of(pdf: bytes) -> str:
    """Of all pages, each run of blanks as one."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def address_of(person: Subscriber) -> str:
    return f"/admin/subscribers/subscriber/{person.pk}/receipts/"


@pytest.fixture
def ada(iria_news: MailingList) -> Subscriber:
    Institute.objects.update_or_create(pk=1, defaults={"name": "Institute of Łódź", "zone": "Europe/Berlin"})
    person = make_reader(iria_news, email="ada@example.org")
    Subscriber.objects.filter(pk=person.pk).update(name="محمد Łukasz", language="ar")
    person.refresh_from_db()
    at = datetime(2026, 5, 3, 12, 5, tzinfo=UTC)
    visit = Visit(
        page="/subscribe/iria-news/", ip="192.0.2.7", user_agent="Firefox/140", origin="poster", language="ar"
    )
    consent.record(person, Action.ASKED, Source.FORM, mailing_list=iria_news, visit=visit, wording=WORDING, at=at)
    consent.record(person, Action.CONFIRMED, Source.FORM, mailing_list=iria_news, at=at.replace(hour=13))
    consent.record(
        person, Action.UNSUBSCRIBED, Source.STAFF, mailing_list=iria_news, staff="bea",
        detail="asked by phone", leaving_reason=LeavingReason.TOO_MANY, at=at.replace(month=6),
    )  # fmt: skip
    return person


@pytest.fixture
def bea(db: None) -> Client:
    user = User.objects.create_user("bea", "bea@iria.example", "secret", is_staff=True)
    names = [permission.split(".")[1] for permission in receipts_page.PERMISSIONS]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_the_paper_says_who_what_when_from_where_and_what_changed(ada: Subscriber, bea: Client) -> None:
    answer = bea.post(address_of(ada), {"kind": "pdf"})
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"] and ".pdf" in answer["Content-Disposition"]
    reader = PdfReader(io.BytesIO(answer.content))
    assert reader.metadata is not None and reader.metadata.author == "Institute of Łódź"
    words = words_of(answer.content)
    for expected in (
        "Institute of Łódź", "Consent receipts", "ada@example.org", "Łukasz", str(ada.uuid), "Made on", "Page 1 of ",
        "1. Asked to subscribe: IRIA News", "3 May 2026, 14:05 CEST", "192.0.2.7", "Firefox/140", "poster",
        "/subscribe/iria-news/", consent.version_of(WORDING),
        "2. Confirmed: IRIA News", "3 May 2026, 15:05 CEST",
        "3. Unsubscribed: IRIA News", "3 June 2026, 14:05 CEST", "asked by phone", "Too many emails", "staff",
    ):  # fmt: skip
        assert expected in words, expected
    assert words.index("1. Asked") < words.index("2. Confirmed") < words.index("3. Unsubscribed")
    assert "bea" not in words  # other people's data


@pytest.mark.django_db
def test_the_file_says_the_same_as_values(ada: Subscriber, bea: Client) -> None:
    answer = bea.post(address_of(ada), {"kind": "json"})
    said = json.loads(answer.content)
    assert said["institute"] == "Institute of Łódź" and said["person"]["name"] == "محمد Łukasz"
    assert [(row["action"], row["source"]) for row in said["consent"]] == [
        ("asked", "form"), ("confirmed", "form"), ("left", "staff")
    ]  # fmt: skip
    assert said["consent"][0]["wording"] == WORDING and said["consent"][0]["ip"] == "192.0.2.7"
    assert said["subscriptions"][0]["list"] == "IRIA News" and "bea" not in answer.content.decode()


@pytest.mark.django_db
def test_a_record_for_another_address_says_so(ada: Subscriber, iria_news: MailingList) -> None:
    other = make_reader(iria_news, email="old@example.org")
    consent.record(other, Action.ASKED, Source.FORM, mailing_list=iria_news)
    merge(ada, other, note="the same person")
    given = [dict(part.facts).get("Given for", "") for part in read_receipt(ada).records]
    assert sum(bool(each) for each in given) == 1 and not given[0]


@pytest.mark.django_db
@pytest.mark.either_database
def test_the_password_is_asked_again_the_choice_kept_and_the_download_logged(ada: Subscriber, bea: Client) -> None:
    session = bea.session
    session[TYPED_AT] = 0
    session.save()
    asked = bea.post(address_of(ada), {"kind": "json"}).content.decode()
    assert "192.0.2.7" not in asked and 'name="kind" value="json"' in asked and not LogEntry.objects.exists()
    given = bea.post(address_of(ada), {"kind": "json", "_password": "secret"})
    assert "192.0.2.7" in given.content.decode()
    entry = LogEntry.objects.get()
    assert entry.object_id == str(ada.pk) and entry.change_message == "Consent receipts exported (json)."


@pytest.mark.django_db
@pytest.mark.either_database
@pytest.mark.parametrize("missing", receipts_page.PERMISSIONS)
def test_only_people_who_may(ada: Subscriber, bea: Client, missing: str) -> None:
    page = f"/admin/subscribers/subscriber/{ada.pk}/change/"
    assert address_of(ada) in bea.get(page).content.decode() and bea.get(address_of(ada)).status_code == 200
    permission = Permission.objects.get(codename=missing.split(".")[1])
    User.objects.get(username="bea").user_permissions.remove(permission)
    assert bea.get(address_of(ada)).status_code == 403
    assert bea.post(address_of(ada), {"kind": "json"}).status_code == 403
    assert bea.post(f"/admin/subscribers/subscriber/{ada.pk + 999}/receipts/").status_code == 403
    assert not LogEntry.objects.exists()
    if missing != "subscribers.view_subscriber":
        assert address_of(ada) not in bea.get(page).content.decode()


@pytest.mark.django_db
@pytest.mark.either_database
def test_what_cannot_be_given_is_said(ada: Subscriber, bea: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bea.get(address_of(ada).replace(str(ada.pk), str(ada.pk + 999))).status_code == 404
    assert bea.post(address_of(ada), {"kind": "exe"}).status_code == 422
    monkeypatch.setattr(receipts_page, "MOST_IN_A_PDF", 2)
    refused = bea.post(address_of(ada), {"kind": "pdf"})
    assert refused.status_code == 422
    assert "There are 3 records, and a PDF holds 2. Download them as JSON instead." in refused.content.decode()
    assert bea.post(address_of(ada), {"kind": "json"}).status_code == 200


def receipt_about(words: str, **values: Any) -> Receipt:
    return Receipt("Iria", "ada@example.org", "today", [("Name", words)], **values)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Zażółć Ştefan", "Zażółć Ştefan"),
        ("Каренина Νίκος Đạt", "Каренина Νίκος Đạt"),
        ("e\u0301", "é"),
        ("李 Ada", "[U+674E] Ada"),
        ("🎉", "[U+1F389]"),
        ("a\x00b\u202ec\u2068d", "abcd"),
    ],
)
def test_every_letter_is_shown_or_named(words: str, shown: str) -> None:
    text = words_of(draw_receipt(receipt_about(words)))
    assert shown in text
    assert ("by their number in Unicode" in text) == ("[U+" in shown)


def test_arabic_letters_are_joined() -> None:
    """Joined letters have shapes of their own, so the same four are drawn otherwise side by side."""
    joined, apart = (draw_receipt(receipt_about(words)) for words in ("محمد", "م ح م د"))
    assert _arabic_widths(joined) and _arabic_widths(joined) != _arabic_widths(apart)


def test_a_page_about_latin_names_carries_no_other_letters() -> None:
    assert not _arabic_widths(draw_receipt(receipt_about("Ada")))


def _arabic_widths(pdf: bytes) -> list[Any]:
    """Of the glyphs of the Arabic face that the file holds."""
    fonts: Any = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]
    found = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts["/Font"].values()]
    return [font["/W"] for font in found if "naskh" in font["/BaseFont"].lower()]


def test_many_records_take_as_many_pages_as_they_need() -> None:
    parts = [ReceiptPart(f"Confirmed: list {n}", [("Browser", "x" * 300), ("Page", "/a/" * 160)]) for n in range(40)]
    pdf = draw_receipt(receipt_about("Ada", records=parts))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 4
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page.extract_text()
    words = words_of(pdf)
    assert [words.index(f"{n + 1}. Confirmed: list {n}") for n in range(40)] == sorted(
        words.index(f"{n + 1}. Confirmed: list {n}") for n in range(40)
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_no_text_breaks_the_paper(words: str) -> None:
    parts = [ReceiptPart(words, [("Wording", words)])]
    assert draw_receipt(receipt_about(words, subscriptions=parts, records=parts)).startswith(b"%PDF-")
