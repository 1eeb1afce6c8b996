"""A name with a number where it is another's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lib.free_names import free_name


def test_the_wished_name_is_taken_where_it_is_free() -> None:
    assert free_name("brief", {"brief-2", "briefs"}) == "brief"
    assert free_name("brief", {"brief"}) == "brief-2"
    assert free_name("brief", {"brief", "brief-2", "brief-4"}) == "brief-3"


@given(st.sets(st.integers(1, 40)))
def test_it_is_never_anothers_and_the_lowest(numbers: set[int]) -> None:
    taken = {"brief" if number == 1 else f"brief-{number}" for number in numbers}
    found = free_name("brief", taken)
    number = 1 if found == "brief" else int(found.removeprefix("brief-"))
    assert found not in taken
    assert set(range(1, number)) <= numbers
