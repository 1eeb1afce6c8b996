"""Which tests run in one process: those that take hold of the same installation, so that it is started once.

`pytest --dist loadgroup` gives each group to one process, by `SharingScheduling`: the marks that xdist has for it do
not reach its scheduler under pytest 9.2. Production's installation and the demo's in the browser serve two groups
each: as one, their tests would take longer than everything else.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# Files of tests/faults whose tests break an installation of their own.
OWN = {"test_database.py", "test_disk.py", "test_judge.py", "test_postfix.py", "test_tls.py"}
# The files of the first of two groups; the second has the others.
FIRST_HALF = {
    "production": {"test_answers.py", "test_beats.py", "test_unsubscribing.py"},
    "browser": {"test_axe.py", "test_reading.py"},
}


class SharingScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist's schedulers have no types
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """The name of the group, or the test itself where it shares nothing."""
    path, _, test = nodeid.partition("::")
    folder, _, file = path.rpartition("/")
    if folder == "tests/browser":
        return _half("browser", file)
    if folder != "tests/faults":
        return nodeid
    if file in OWN:
        return path
    if file == "test_sqlite.py" or "[sqlite" in test:
        return "embedded"
    return _half("production", file)


def _half(name: str, file: str) -> str:
    return f"{name} {1 if file in FIRST_HALF[name] else 2}"
