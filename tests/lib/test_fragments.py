"""What is rendered or read once: never outdated, never another's."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.utils.translation import override

from lib.fragments import VERSION, read_once, render_once

pytestmark = pytest.mark.either_database


def test_a_part_is_made_of_what_it_says_and_of_the_language() -> None:
    def brand(tagline: str = "") -> str:
        return render_once("site/_brand.html", name="IRIA <b>", tagline=tagline, words=True)

    first = brand()
    assert "IRIA &lt;b&gt;" in first
    assert brand() is first
    assert "Peace" in brand("Peace")
    with override("ar"):
        assert 'lang="en"' in brand()
    assert brand() is first


def test_what_belongs_to_a_version_is_read_once_for_it() -> None:
    read: list[int] = []

    def ask(**environment: str) -> int:
        request = RequestFactory().get("/", **environment)  # type: ignore[arg-type]
        return read_once(request, "test", lambda: read.append(1) or len(read))  # type: ignore[func-returns-value]

    assert [ask(**{VERSION: "1"}), ask(**{VERSION: "1"}), ask(**{VERSION: "2"})] == [1, 1, 2]
    assert [ask(), ask()] == [3, 4]  # without a version
    assert ask(HTTP_IRIA_VERSION="2", **{"HTTP_IRIA.VERSION": "2"}) == 5  # no header is one
