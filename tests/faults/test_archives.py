"""An archive whose process is killed with SIGKILL while it comes in: nothing twice, nothing half."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.faults.commands import begin, to_the_end, variables_of
from tests.newsletters.articles.archives.wordpress_export import Post, comment, export
from tests.processes import wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
POSTS = 400
TOPIC = "from subscribers.models import Topic; Topic.objects.create(name='News', slug='news')"
RESUME = (
    "from newsletters.articles.archives import waiting_archives, working; from newsletters.models import ArchiveImport;"
    "ArchiveImport.objects.update(claimed_at=None);"
    "[working.work_on(each, until=lambda: False) for each in waiting_archives.waiting()]"
)
COUNTS = (
    "import json; from newsletters.models import *; of = ArchiveImport.objects.get();"
    "print(json.dumps([of.state, of.lines.filter(is_done=True, outcome='new').count(), Article.objects.count(),"
    " ArchivedItem.objects.count(), Comment.objects.count(), OldAddress.objects.count(), ArticleText.objects.count()]))"
)


@pytest.mark.timeout(200)
def test_killed_while_it_comes_in_every_article_is_in_once(tmp_path: Path) -> None:
    variables = variables_of(tmp_path)
    (tmp_path / "data").mkdir()
    to_the_end(tmp_path, variables, "migrate", "--verbosity", "0")
    shell = ("shell", "--verbosity", "0", "-c")
    to_the_end(tmp_path, variables, *shell, TOPIC)
    file = tmp_path / "export.xml"
    file.write_bytes(export(*(Post(n, comments=comment(n, "Well said.")) for n in range(1, POSTS + 1))))
    with begin(tmp_path, variables, "import_articles", str(file)) as process:
        database = tmp_path / "data" / "iria.sqlite3"
        wait_until(lambda: _articles(database) >= 40, "some articles are in", seconds=60)
        process.kill()
    before = _articles(database)
    assert 0 < before < POSTS
    to_the_end(tmp_path, variables, *shell, RESUME)
    counts = json.loads(to_the_end(tmp_path, variables, *shell, COUNTS).splitlines()[-1])
    assert counts == ["done", POSTS, POSTS, POSTS, POSTS, 2 * POSTS, POSTS]


def _articles(database: Path) -> int:
    connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=20)
    try:
        return int(connection.execute("SELECT COUNT(*) FROM newsletters_article").fetchone()[0])
    finally:
        connection.close()
