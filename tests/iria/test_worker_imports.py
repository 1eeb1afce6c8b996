"""What a Celery worker imports, and keeps in memory in each of its processes: nothing that only a page needs, and no
parser of HTML before there is HTML to read. A worker that sends has none of them even then."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from django.urls import reverse

from subscribers import links
from tests.processes import ROOT

pytestmark = pytest.mark.slow
PAGES = {"iria.urls", "iria.admin", "newsletters.admin", "subscribers.admin"}
PARSERS = {"css_inline", "dns", "fpdf", "inscriptis", "lxml", "mrml", "nh3", "openpyxl"}
AS_A_WORKER = """
import sys
from iria.celery import app
app.loader.import_default_modules()
assert "newsletters.tasks.send_slice" in app.tasks
from subscribers import links
links.unsubscribe_link("token"), links.preferences_link("token")
print(*sys.modules, sep="\\n")
"""


def test_a_worker_imports_no_pages_and_no_parsers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_A_WORKER], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    assert "newsletters.delivery.engine.sending" in imported
    assert imported & (PAGES | PARSERS) == set()


@pytest.mark.parametrize(
    ("view", "link"), [("unsubscribe", links.unsubscribe_link), ("preferences", links.preferences_link)]
)
def test_the_links_of_mails_are_those_of_the_site(view: str, link: Callable[[str], str]) -> None:
    assert link("token") == "https://news.iria.example" + reverse(f"mailed:{view}", args=["token"])
