"""Which tests run in one process: those that take hold of the same installation, so that it is started once.

`pytest --dist loadgroup` gives each group to one process. A test of no group has an installation of its own, or none.
Tests that share production's installation or the demo's in the browser are in two groups each: together they would
take longer than everything else.
"""

from __future__ import annotations

import pytest

# The files of the first of two groups; the second has the others.
FIRST_HALF = {
    "production": {"test_answers.py", "test_beats.py", "test_unsubscribing.py"},
    "browser": {"test_axe.py", "test_reading.py"},
}


def group_by_installation(items: list[pytest.Item]) -> None:
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    if item.get_closest_marker("browser"):
        return _half("browser", item)
    if not item.get_closest_marker("fault"):
        return None
    fixtures = set(getattr(item, "fixturenames", ()))
    callspec = getattr(item, "callspec", None)
    kind = callspec.params.get("anywhere") if callspec else None
    if kind == "sqlite" or "running" in fixtures:
        return "embedded"
    if kind == "postgresql" or "place" in fixtures:
        return _half("production", item)
    return item.path.stem


def _half(group: str, item: pytest.Item) -> str:
    return f"{group} {1 if item.path.name in FIRST_HALF[group] else 2}"
