"""Tests that share an installation go to one process, and the names by which that is known are those of files."""

from __future__ import annotations

from tests.processes import ROOT
from tests.sharing import GROUPS, LONGEST_FIRST, OTHERS, OWN, group


def test_the_files_that_it_names_are_there() -> None:
    named = {f"tests/faults/{name}" for name in OWN} | GROUPS.keys()
    named |= {name for name in LONGEST_FIRST if name.endswith(".py")}
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_each_group_has_its_turn_by_name() -> None:
    files = {name for name in LONGEST_FIRST if name.endswith(".py")}
    assert set(LONGEST_FIRST) - files == {"embedded", *GROUPS.values(), *OTHERS.values()}


def test_each_installation_has_its_group_and_a_journey_is_alone() -> None:
    answers = "tests/faults/test_answers.py::test_answers_to_the_final_dot_end_as_the_table_says"
    assert group(f"{answers}[sqlite-one by one]") == group("tests/faults/test_sqlite.py::test_a_lock") == "embedded"
    assert group(f"{answers}[postgresql-one by one]") == group("tests/faults/test_beats.py::test_one") == "production 1"
    assert group("tests/faults/test_kills.py::test_killed") == "production 2"
    assert group("tests/browser/test_axe.py::test_axe") != group("tests/browser/test_composer.py::test_two_windows")
    first, second = (f"tests/journeys/test_production.py::test_{name}" for name in ("one", "two"))
    assert group(first) != group(second)
