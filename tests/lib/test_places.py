"""Only so many do the same work at once, and a place is free again when its work has ended or failed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from lib.places import place_for

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(work: str, most: int) -> bool:
    """Whether another connection finds a place."""

    def ask() -> bool:
        try:
            with place_for(work, most) as is_free:
                return is_free
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(ask).result()


def test_the_second_finds_no_place_until_the_first_has_ended() -> None:
    with place_for("this") as is_free:
        assert is_free
        assert not elsewhere("this", 1)
        assert elsewhere("this", 2)
        assert elsewhere("that", 1)
    assert elsewhere("this", 1)


def test_work_that_fails_leaves_its_place() -> None:
    with pytest.raises(ValueError, match="it failed"), place_for("this"):
        raise ValueError("it failed")
    assert elsewhere("this", 1)
