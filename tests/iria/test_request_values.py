"""Values in an address that no page can mean are 400 with a page; what somebody may mean goes through."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/?x=%00", "/?%00=x", "/archive/?page=1%00", "/%00", "/archive/?page=" + "9" * 19,
        "/ar/archive/?page=-" + "9" * 500, "/inbox/?page=%209999_999_999_999_999_999", "/?page=" + "%D9%A9" * 20,
        "/admin/newsletters/edition/?newsletter__in=1," + "9" * 30,
        "/admin/newsletters/edition/1/change/?_to_field=",
    ],
)  # fmt: skip
def test_what_no_page_can_mean_is_400_in_words(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "<h1>" in answer.content.decode()
    assert answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/archive/?page=1", "/archive/?utm_source=" + "x" * 500, "/search/?q=" + "9" * 30, "/search/?q=a%00b",
        "/?fbclid=a1" + "2" * 30, "/?x=%F0%9F%8E%89", "/?x=2026-11-24T10:00:00.123456789Z", "/?x=" + "1,2," * 100,
        "/?x=+49+30+1234567",
    ],
)  # fmt: skip
def test_what_somebody_may_mean_goes_through(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


def test_a_number_of_a_row_that_is_larger_than_any_is_404(client: Client) -> None:
    assert client.get("/inbox/9223372036854775808/").status_code == 404


def test_a_very_long_search_of_staff_looks_for_its_first_words_and_says_so(admin_client: Client) -> None:
    page = admin_client.get("/admin/newsletters/edition/", {"q": "a " * 1500}).content.decode()
    assert "only searched for the first 20 words" in page
    assert "only searched" not in admin_client.get("/admin/newsletters/edition/", {"q": "a b c"}).content.decode()
