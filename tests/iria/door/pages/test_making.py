"""A page is made of its address alone: whoever happens to make it for the others decides nothing about it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from iria.door.django_threads import DjangoAnswer
from iria.door.pages.kept import KeptPages, Made
from iria.door.pages.making import Maker
from iria.door.pages.versions import Versions
from tests.iria.door.requests_by_hand import Asked, Sent

PAGE = [("Content-Type", "text/html"), ("ETag", '"1"'), ("Iria-Kept", "page")]


def django(environment: dict[str, Any]) -> DjangoAnswer:
    """It refuses numbers beyond any id, in whatever parameter, as iria.request_values does."""
    if "9" * 20 in environment["QUERY_STRING"]:
        return DjangoAnswer(400, [], b"no")
    return DjangoAnswer(200, list(PAGE), environment["QUERY_STRING"].encode() or b"first")


def test_a_parameter_that_the_page_does_not_read_keeps_it_from_nobody() -> None:
    async def visits() -> None:
        version = ["1"]

        async def read() -> str:
            return version[0]

        pages = KeptPages(Versions(read), behind_proxy=False)
        maker = Maker(lambda: version[0], None)
        asked_of_django: list[str] = []

        async def visit(query: str) -> bytes:
            asked, sent = Asked(query_string=query), Sent()

            async def make() -> Made:
                asked_of_django.append(query)
                environment = {"QUERY_STRING": query, "HTTP_IF_NONE_MATCH": '"1"'}
                return maker.make(pages.key_of(asked), environment, django).made

            if not pages.answer(asked, sent):  # type: ignore[arg-type]
                assert await pages.find_or_make(asked, sent, make)  # type: ignore[arg-type]
            return sent.body

        assert await visit("") == b"first"
        version[0] = "2"
        pages.versions.learn("2", time.monotonic())
        assert await visit("id=" + "9" * 20) == b"first"
        assert await visit("") == b"first"
        assert len(asked_of_django) == 2
        assert await visit("utm_source=mail&page=2") == b"page=2"

    asyncio.run(visits())
