"""From an export to articles: once, with dates, pictures and old addresses, told to nobody, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lib.downloading import Download
from lib.fetching import Unreachable
from newsletters.articles.archives import bringing_in, keeping, reading, running, waiting_archives, working
from newsletters.articles.archives.archived import UnreadableArchive
from newsletters.articles.archives.archived_comments import bring_comments
from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.articles.archives.undoing import start_undoing, undo
from newsletters.articles.feeds import incoming_pictures
from newsletters.articles.writing import save_article
from newsletters.editions.new_articles import find_new_articles
from newsletters.models import ArchiveImport, Article, Author, Comment, OldAddress, Picture
from subscribers.models import Topic
from tests.factories import make_article, make_edition, make_newsletter, make_topic
from tests.images import image_bytes
from tests.newsletters.articles.archives.brought import brought, checked, lines
from tests.newsletters.articles.archives.exports import ghost_export, ghost_post
from tests.newsletters.articles.archives.wordpress_export import SITE, Post, comment, export, picture

pytestmark = pytest.mark.django_db
State = ArchiveImport.State
FIGURE = (
    '<figure><img class="wp-image-11" src="/wp-content/uploads/2024/10/jets.jpg"><figcaption>Jets. (Photo: AP)'
    "</figcaption></figure>"
)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that is asked for; a picture is there, and nothing else."""
    asked: list[str] = []

    def download(url: str, **_conditions: Any) -> Download:
        asked.append(url)
        if not url.endswith(".jpg"):
            raise Unreachable("there is nothing")
        return Download(200, url, "", {}, image_bytes())

    monkeypatch.setattr(incoming_pictures, "download", download)
    return asked


def test_a_post_comes_in_whole_and_its_old_addresses_lead_to_it(web: list[str], client: Client) -> None:
    middle_east = make_topic(name="Middle East")
    of = brought(
        export(
            Post(
                7, "Strikes in Syria", f"Text.\n\n{FIGURE}", slug="strikes", meta={"_thumbnail_id": "11"},
                categories=(("category", "middle-east", "Middle East"), ("post_tag", "isis", "ISIS")),
                comments=comment(1, "Well <b>said</b>.") + comment(2, "Yes.", parent=1) + comment(3, "x", approved="0"),
                more="<wp:postmeta><wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>old</wp:meta_value></wp:postmeta>",
            ),
            picture(11, "jets.jpg", alt="Two jets"),
        )
    )  # fmt: skip
    article = Article.objects.get()
    assert (of.state, lines(of)) == (State.DONE, [("Strikes in Syria", "new", [])])
    assert (article.slug, article.status, article.published_at) == (
        "strikes", "published", datetime(2024, 10, 14, 9, tzinfo=UTC)
    )  # fmt: skip
    assert list(article.topics.all()) == [middle_east]
    assert [author.name for author in article.authors.all()] == ["Mira Osei"]
    assert article.lead_picture is not None and article.lead_picture.alt == "Two jets"
    assert "<figcaption>Jets.</figcaption>" in article.body and "/media/pictures/" in article.body
    assert "AP" in set(Picture.objects.values_list("credit", flat=True))
    assert [(each.text, each.parent is not None, each.email) for each in Comment.objects.order_by("pk")] == [
        ("Well said.", False, ""), ("Yes.", True, "")
    ]  # fmt: skip
    for old in ("/2024/10/strikes/", "/2024/10/strikes", "/2024/10/old/", "/?p=7"):
        answer = client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (301, "/articles/strikes/"), old
    assert client.get("/articles/strikes/").status_code == 200
    assert client.get("/?p=8").headers["Location"] == "/"


def test_what_was_published_elsewhere_is_new_to_no_newsletter(web: list[str]) -> None:
    make_topic(name="News")
    brought(export(Post(1), Post(2, status="draft")))
    newsletter = make_newsletter()
    assert not find_new_articles(newsletter).exists()
    draft = Article.objects.get(status="draft")
    draft.status, draft.summary, draft.body = "published", "Short.", "<p>Text.</p>"
    save_article(draft)
    assert list(find_new_articles(newsletter)) == [draft]


def test_a_second_archive_of_the_site_brings_changes_and_leaves_the_work_of_editors(web: list[str]) -> None:
    make_topic(name="News")
    brought(export(*(Post(number, content="Before.") for number in (1, 2, 3, 4))))
    edited = Article.objects.get(slug="post-2")
    edited.title = "By an editor"
    save_article(edited)
    Article.objects.get(slug="post-3").delete()
    of = brought(export(*(Post(number, content="After.") for number in (1, 2, 3)), Post(4, content="Before."), Post(5)))
    assert [outcome for _title, outcome, _sentences in lines(of)] == ["changed", "edited", "left_out", "same", "new"]
    assert Article.objects.get(slug="post-1").body == "<p>After.</p>"
    assert Article.objects.get(slug="post-2").body == "<p>Before.</p>"
    assert Article.objects.count() == 4


def test_two_sites_of_one_host_that_count_alike_leave_each_other_alone(web: list[str], client: Client) -> None:
    make_topic(name="News")
    brought(export(Post(5, "Eastern", slug="a"), folder="/east"))
    of = brought(export(Post(5, "Western", slug="b"), folder="/west"))
    assert [(title, outcome) for title, outcome, _sentences in lines(of)] == [("Western", "new")]
    assert {each.title for each in Article.objects.all()} == {"Eastern", "Western"}
    for old, slug in (("/east/?p=5", "a"), ("/west/?p=5", "b"), ("/west/2024/10/b/?p=2", "b")):
        assert client.get(old).headers["Location"] == f"/articles/{slug}/"
    assert client.get("/east/").status_code == 404
    of = brought(export(Post(5, "Another", slug="b"), folder="/west"))
    assert lines(of) == [("Another", "changed", ["Its headline here is “Western”."])]


@pytest.mark.parametrize(
    ("name", "first", "again"),
    [
        ("export.json", ghost_export([ghost_post(1, "Tides")]), ghost_export([ghost_post(1, "Tides")])),
        (
            "a.md",
            "---\ntitle: Tides\ndate: 2024-10-14\n---\nA.",
            "---\ntitle: Tides\ndate: 2024-10-14T09:00:00Z\n---\nB.",
        ),
    ],
)
def test_the_address_of_the_old_site_may_be_typed_once_and_left_out_once(name: str, first: str, again: str) -> None:
    for data, site in ((first, ""), (again, "https://old.example")):
        of = checked(data.encode(), name, site=site)
        running.start(of)
        running.run(of.pk)
    assert lines(of)[0][1] != "new" and Article.objects.count() == 1
    of = checked(b"---\ntitle: Another\ndate: 2019-01-01\n---\nOf another site.", "a.md")
    assert lines(of)[0][1] == "new"


def test_without_a_topic_it_is_held_unless_one_is_given_or_made(web: list[str]) -> None:
    posts = [Post(1, content="Text.", categories=(("category", "asia", "Asia &amp; Pacific"), ("post_tag", "x", "X")))]
    of = brought(export(*posts))
    assert lines(of)[0][2] == ["It is held as a draft.", "Choose at least one topic. Readers follow topics."]
    _undone(of)
    chosen = make_topic(name="Other")
    of = brought(export(*posts), topics=(chosen.pk,))
    assert list(Article.objects.get().topics.all()) == [chosen]
    _undone(of)
    of = brought(export(*posts), make_topics=True)
    assert [each.name for each in Article.objects.get().topics.all()] == ["Asia & Pacific"]
    _undone(of)
    assert [each.name for each in Topic.objects.all()] == ["Other"]


def test_undoing_removes_what_nobody_has_touched_and_says_what_stays(web: list[str]) -> None:
    make_topic(name="News")
    of = brought(export(*(Post(number, content=f"Text.\n\n{FIGURE}") for number in (1, 2, 3)), picture(11, "jets.jpg")))
    edited, used = Article.objects.get(slug="post-2"), Article.objects.get(slug="post-3")
    save_article(edited)
    make_edition(make_newsletter()).items.create(article=used, position=1)
    _undone(of)
    assert list(Article.objects.filter(slug__startswith="post-").order_by("pk")) == [edited, used]
    assert [(outcome, sentences) for _title, outcome, sentences in lines(of)] == [
        ("removed", []),
        ("kept", ["Somebody has changed it since, so it stays."]),
        ("kept", ["An edition has it, so it stays."]),
    ]
    assert Picture.objects.exists() and Author.objects.exists()
    assert not OldAddress.objects.filter(path="/2024/10/post-1").exists()
    of = brought(export(Post(1)))
    assert lines(of)[0][1] == "new"


def _undone(of: ArchiveImport) -> None:
    start_undoing(of)
    undo(of.pk)
    of.refresh_from_db()
    assert of.state == State.UNDONE


def test_pictures_and_people_that_nothing_uses_go_with_an_undone_archive(web: list[str]) -> None:
    make_topic(name="News")
    of = brought(export(Post(1, content=FIGURE), Post(2, content=FIGURE), picture(11, "jets.jpg")))
    assert (len(web), Picture.objects.count()) == (1, 1)  # one file, however many posts show it
    _undone(of)
    assert not (Article.objects.exists() or Picture.objects.exists() or Author.objects.exists())


def test_an_import_that_is_stopped_goes_on_behind_what_came_in(web: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make_topic(name="News")
    monkeypatch.setattr(running, "BATCH", 2)
    turns = iter([False, True])
    of = brought(export(*map(Post, range(1, 6))), until=lambda: next(turns))
    assert (of.state, of.cursor, Article.objects.count()) == (State.RUNNING, 2, 2)
    running.stop(of)
    running.run(of.pk)
    of.refresh_from_db()
    assert (of.state, Article.objects.count()) == (State.STOPPED, 2)
    running.start(of)
    running.run(of.pk)
    of.refresh_from_db()
    assert (of.state, Article.objects.count(), running.counts_of(of)["new"]) == (State.DONE, 5, 5)


def test_what_an_editor_saves_while_a_batch_is_written_stays(web: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make_topic(name="News")
    brought(export(Post(1, content="Before.")))
    read = bringing_in.items_of

    def read_and_edited(*asked: Any) -> Any:
        found = read(*asked)
        if not Article.objects.filter(title="By an editor").exists():
            article = Article.objects.get()
            article.title = "By an editor"
            save_article(article)
        return found

    monkeypatch.setattr(bringing_in, "items_of", read_and_edited)
    of = brought(export(Post(1, content="After.")))
    assert (lines(of)[0][1], Article.objects.get().title) == ("edited", "By an editor")


def test_what_is_written_after_all_is_prepared_again(web: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    make_topic(name="News")
    first = brought(export(Post(1)))
    prepare = bringing_in.Bringing.with_pictures

    def prepare_and_undo(*of: Any) -> Any:
        ready = prepare(*of)
        if ArchiveImport.objects.filter(pk=first.pk, state=State.DONE).exists():
            _undone(first)
        return ready

    monkeypatch.setattr(bringing_in.Bringing, "with_pictures", prepare_and_undo)
    of = brought(export(Post(1)))
    assert (lines(of)[0][1], Article.objects.get().body) == ("new", "<p>Text.</p>")


def test_a_change_that_would_leave_nothing_to_read_is_tried_again(web: list[str]) -> None:
    make_topic(name="News")
    brought(export(Post(1, content="Before.")))
    for content, outcome, body in (("", "edited", "<p>Before.</p>"), ("After.", "changed", "<p>After.</p>")):
        of = brought(export(Post(1, content=content)))
        assert (lines(of)[0][1], Article.objects.get().body) == (outcome, body)


def test_a_file_at_an_address_is_fetched_anew_and_never_half(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, later = export(Post(1)), export(Post(1), Post(2))

    def parts() -> Iterator[bytes]:
        yield whole[:2000]
        raise Unreachable("it broke off")

    answers = iter([parts(), iter([whole]), iter([later])])
    monkeypatch.setattr(reading, "download_parts", lambda *_asked, **_conditions: next(answers))
    of = running.begin("a.xml", ArchiveChoices(), by="Mira", address="https://old.example/a.xml")
    with pytest.raises(UnreadableArchive, match="it broke off"):
        running.check(of)
    assert not keeping.file_of(of).exists()
    for total in (1, 2):
        running.start_checking(of)
        running.check(of)
        assert of.total == total
    assert sorted(path.name for path in keeping.folder_of(of).iterdir()) == ["file", "things.sqlite3"]


def test_many_comments_take_a_few_statements(django_assert_max_num_queries: Any) -> None:
    article = make_article()
    said = [
        {"key": str(n), "parent": str(n - 1) if n % 5 else "", "author": "Ravi", "text": "Yes.",
         "written": f"2024-10-15T08:{n:02}:00+00:00"}
        for n in range(60)
    ]  # fmt: skip
    with django_assert_max_num_queries(6):
        assert bring_comments(article, said) == 60
    assert Comment.objects.filter(parent=None).count() == 12
    assert {each.created_at.year for each in Comment.objects.all()} == {2024}


def test_an_archive_that_ends_its_worker_is_given_up(web: list[str]) -> None:
    of = checked(export(Post(1)))
    for start, ended in ((running.start_checking, State.FAILED), (running.start, State.STOPPED)):
        ArchiveImport.objects.update(state=State.CHECKED)
        start(of)
        silent_since = timezone.now() - 2 * waiting_archives.CLAIMED
        ArchiveImport.objects.update(claimed_at=silent_since, failures=running.MOST_FAILURES - 1)
        working.work_on(of.pk, until=lambda: False)
        of.refresh_from_db()
        assert of.state == ended and of.trouble.startswith("Stopped after 3 tries: each time the process")
        assert not waiting_archives.waiting()


def test_what_is_undone_in_part_is_not_brought_in_again(web: list[str]) -> None:
    make_topic(name="News")
    of = brought(export(Post(1)))
    _undone(of)
    ArchiveImport.objects.update(state=State.STOPPED)
    with pytest.raises(running.ArchiveNotReady, match="was undone already"):
        running.start(of)


def test_a_picture_that_cannot_be_had_is_said_and_the_article_comes_in(web: list[str]) -> None:
    make_topic(name="News")
    of = brought(export(Post(1, content='Text. <img src="https://gone.example/a.png">')))
    (line,) = of.lines.all()
    assert line.sentences == ["A picture is left out: there is nothing (https://gone.example/a.png)."]
    assert Article.objects.get().body == "<p>Text. </p>"


def test_a_dry_run_brings_nothing(web: list[str]) -> None:
    of = checked(export(Post(1), Post(1), Post(2, more="<wp:post_password>x</wp:post_password>")))
    assert [(outcome, sentences) for _title, outcome, sentences in lines(of)] == [
        ("new", []),
        ("left_out", ["It is in the archive twice."]),
        ("left_out", ["It is protected with a password there."]),
    ]
    assert (of.state, Article.objects.count(), web) == (State.CHECKED, 0, [])
    assert [(each.name, each.articles) for each in of.categories.all()] == [("News", 1)]


def test_an_address_that_leads_elsewhere_already_is_said(web: list[str]) -> None:
    make_topic(name="News")
    brought(export(Post(1, slug="same")))
    of = brought(export(Post(2, slug="same")))
    assert lines(of)[0][2] == ["Its old address /2024/10/same leads to another article already."]
    assert Article.objects.filter(slug="same-2").exists() and SITE
