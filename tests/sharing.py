"""Which tests run in one process: those that take hold of the same installation, so that it is started once.

`pytest --dist loadgroup` gives each group to one process, by `SharingScheduling`: the marks that xdist has for it do
not reach its scheduler under pytest 9.2. Production's installation serves two groups and the demo's in the browser
three: as one, their tests would take longer than everything else. The longest groups come first, so that none is left
over when all other processes are done.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

# Files of tests/faults whose tests break an installation of their own.
OWN = {"test_database.py", "test_disk.py", "test_judge.py", "test_postfix.py", "test_tls.py"}
# Which files of a folder have a group of their own kind; every other one is in the group named first below.
GROUPS = {
    "tests/faults/test_answers.py": "production 1",
    "tests/faults/test_beats.py": "production 1",
    "tests/faults/test_unsubscribing.py": "production 1",
    "tests/browser/test_axe.py": "browser 1",
    "tests/browser/test_reading.py": "browser 1",
    "tests/browser/test_commenting.py": "browser 3",
    "tests/browser/test_directions.py": "browser 3",
    "tests/browser/test_following_links.py": "browser 3",
    "tests/browser/test_embedded_form.py": "browser 3",
    "tests/browser/test_mails.py": "browser 3",
    "tests/browser/test_proof_of_work.py": "browser 3",
    "tests/browser/test_scheme.py": "browser 3",
    "tests/browser/test_signing_up.py": "browser 3",
    "tests/browser/test_widths.py": "browser 3",
    "tests/browser/test_editor.py": "editor",  # a page by itself, without an installation
    "tests/browser/test_pasting.py": "editor",
}
OTHERS = {"tests/browser": "browser 2", "tests/faults": "production 2"}
# By how long they took, with their installations; what isn't named here is shorter and comes last.
LONGEST_FIRST = (
    "browser 2", "browser 1", "production 1", "browser 3", "production 2", "embedded", "tests/faults/test_postfix.py",
    "tests/faults/test_disk.py", "tests/faults/test_database.py", "editor",
)  # fmt: skip


class SharingScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist's schedulers have no types
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)

    def schedule(self) -> None:
        self.config.option.loadscopereorder = False  # by how many tests they have; `longest_first` knows better
        super().schedule()


def group(nodeid: str) -> str:
    """The name of the group, or the test itself where it shares nothing."""
    path, _, test = nodeid.partition("::")
    folder, _, file = path.rpartition("/")
    if folder == "tests/faults":
        if file in OWN:
            return path
        if file == "test_sqlite.py" or "[sqlite" in test:
            return "embedded"
    return GROUPS.get(path) or OTHERS.get(folder) or nodeid


def longest_first(items: list[pytest.Item]) -> None:
    """The order in which groups are handed out; tests of no group, and those within one, keep theirs."""
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(group(item.nodeid), len(ranks)))
