"""Articles in the admin: cleaned, illustrated, published, previewed; what was typed survives what was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.models import Article, ArticleAuthor, Author, Picture
from subscribers.models import Topic
from tests.factories import make_article
from tests.newsletters.admin.conftest import picture_file

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/article/add/"


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.create(name="Water", slug="water")


def typed(topic: Topic, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Rivers rise", "slug": "rivers-rise", "summary": "They rise.", "body": "<p>They rise.</p>",
        "topics": [topic.pk], "status": "draft", "published_at_0": "", "published_at_1": "", "lead_picture": "",
        "lead_picture_alt": "", "lead_picture_caption": "", "lead_picture_credit": "",
        "articleauthor_set-TOTAL_FORMS": "0", "articleauthor_set-INITIAL_FORMS": "0",
    } | changes  # fmt: skip


def test_a_saved_article_is_clean_and_knows_its_reading_time(editor: Client, topic: Topic) -> None:
    body = "<h2>Now</h2><p onclick='x()'>They <script>alert(1)</script>rise.</p>" + "<p>word word</p>" * 200
    assert editor.post(ADD, typed(topic, body=body)).status_code == 302
    article = Article.objects.get()
    assert "script" not in article.body
    assert "onclick" not in article.body
    assert article.word_count == 403
    assert article.reading_minutes == 2


def test_published_without_a_moment_means_now(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic, status="published"))
    article = Article.objects.get()
    assert article.is_public
    assert article.published_at is not None
    assert timezone.now() - article.published_at < timedelta(minutes=1)


def test_published_at_a_time_to_come_is_not_public_yet(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic, status="published", published_at_0="2099-01-01", published_at_1="07:00"))
    article = Article.objects.get()
    assert not article.is_public
    assert str(article.published_at) == "2099-01-01 07:00:00+00:00"


def test_the_address_is_made_of_the_headline_when_left_empty(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic, slug=""))
    assert Article.objects.get().slug == "rivers-rise"


@pytest.mark.parametrize("field", ["title", "summary", "body"])
def test_heaps_of_accents_are_refused_in_words(editor: Client, topic: Topic, field: str) -> None:
    page = editor.post(ADD, typed(topic, **{field: "<p>a" + "\u0315\u0301" * 40 + "</p>"})).content.decode()
    assert "too many accents on one letter" in page
    assert not Article.objects.exists()


def test_an_address_that_is_taken_is_said(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic))
    page = editor.post(ADD, typed(topic, title="Another")).content.decode()
    assert "Another article already has this address" in page
    assert Article.objects.count() == 1


def test_save_and_preview_opens_the_preview(editor: Client, topic: Topic) -> None:
    answer = editor.post(ADD, typed(topic, _preview="Save and preview"))
    assert answer.headers["Location"] == "/articles/rivers-rise/preview/"


def test_a_lead_picture_is_made_with_its_words(editor: Client, topic: Topic) -> None:
    words = {"lead_picture_alt": "A tower", "lead_picture_caption": "The tower.", "lead_picture_credit": "Ada"}
    assert editor.post(ADD, typed(topic, lead_picture_file=picture_file(), **words)).status_code == 302
    picture = Article.objects.get().lead_picture
    assert picture is not None
    assert (picture.alt, picture.caption, picture.credit, picture.width) == ("A tower", "The tower.", "Ada", 700)


def test_a_picture_without_alternative_text_is_not_published_and_stays_chosen(editor: Client, topic: Topic) -> None:
    page = editor.post(ADD, typed(topic, status="published", lead_picture_file=picture_file())).content.decode()
    assert "Describe the picture in a few words" in page
    picture = Picture.objects.get()
    assert f'name="lead_picture" value="{picture.pk}"' in page
    described = typed(topic, status="published", lead_picture=str(picture.pk), lead_picture_alt="A tower")
    assert editor.post(ADD, described).status_code == 302
    assert Picture.objects.get().alt == "A tower"


def test_a_draft_may_have_a_picture_that_nobody_has_described_yet(editor: Client, topic: Topic) -> None:
    assert editor.post(ADD, typed(topic, lead_picture_file=picture_file())).status_code == 302
    assert Article.objects.get().lead_picture == Picture.objects.get()


def test_a_picture_that_is_none_is_refused_and_what_was_typed_is_kept(editor: Client, topic: Topic) -> None:
    fake = SimpleUploadedFile("report.jpg", b"%PDF-1.7 not a picture", content_type="image/jpeg")
    page = editor.post(ADD, typed(topic, lead_picture_file=fake, lead_picture_alt="A report")).content.decode()
    assert "use this file as a picture" in page
    assert "&lt;p&gt;They rise.&lt;/p&gt;" in page
    assert 'value="A report"' in page
    assert not Article.objects.exists()


def test_a_picture_stays_chosen_when_another_field_was_wrong(editor: Client, topic: Topic) -> None:
    wrong = typed(topic, title="", status="published", lead_picture_file=picture_file(), lead_picture_alt="A tower")
    page = editor.post(ADD, wrong).content.decode()
    picture = Picture.objects.get()
    assert f'name="lead_picture" value="{picture.pk}"' in page
    editor.post(ADD, typed(topic, lead_picture=str(picture.pk), lead_picture_alt="A tower"))
    assert Article.objects.get().lead_picture == picture


def test_the_words_of_a_picture_are_changed_and_the_picture_taken_out(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic, lead_picture_file=picture_file(), lead_picture_alt="A tower"))
    article = Article.objects.get()
    page = f"/admin/newsletters/article/{article.pk}/change/"
    editor.post(page, typed(topic, lead_picture=article.lead_picture_id, lead_picture_alt="A tall tower"))
    assert Picture.objects.get().alt == "A tall tower"
    kept = typed(topic, lead_picture=article.lead_picture_id, lead_picture_alt="A tall tower")
    editor.post(page, kept | {"lead_picture_remove": "on"})
    article.refresh_from_db()
    assert article.lead_picture is None


def test_a_body_of_ten_megabytes_is_refused_with_its_size_and_kept(editor: Client, topic: Topic) -> None:
    body = "<p>" + "long " * 2_000_000 + "</p>"
    answer = editor.post(ADD, typed(topic, body=body))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "10.0 MB long" in page
    assert "long long long" in page
    assert not Article.objects.exists()


def test_authors_stand_in_the_order_of_their_position(editor: Client, topic: Topic) -> None:
    first, second = (Author.objects.create(name=name, slug=name.lower()) for name in ("Zoe", "Abe"))
    rows = {
        "articleauthor_set-TOTAL_FORMS": "2",
        "articleauthor_set-0-author": second.pk, "articleauthor_set-0-position": "2",
        "articleauthor_set-1-author": first.pk, "articleauthor_set-1-position": "1",
    }  # fmt: skip
    assert editor.post(ADD, typed(topic, **rows)).status_code == 302
    assert [byline.author.name for byline in ArticleAuthor.objects.all()] == ["Zoe", "Abe"]


def test_the_list_of_articles_costs_the_same_however_many_there_are(editor: Client, topic: Topic) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert editor.get("/admin/newsletters/article/").status_code == 200
        return len(captured)

    def add(count: int) -> None:
        for number in range(count):
            Article.objects.create(title="A", slug=f"a-{Article.objects.count()}-{number}").topics.add(topic)

    add(2)
    few = queries()
    add(15)
    assert queries() == few


def test_choosing_a_picture_for_the_text_hands_over_what_the_editor_needs(editor: Client) -> None:
    form = {"file": picture_file(), "alt": "A tower", "caption": "The tower.", "credit": "Ada"}
    answer = editor.post("/admin/newsletters/picture/choose/?CKEditorFuncNum=-1", form)
    assert answer.status_code == 302
    page = editor.get(answer.headers["Location"]).content.decode()
    assert 'data-alt="A tower"' in page
    assert 'data-caption="The tower. Image credit: Ada"' in page
    assert 'data-address="/media/pictures/' in page


def test_a_chosen_picture_survives_the_cleaning(editor: Client, topic: Topic) -> None:
    editor.post("/admin/newsletters/picture/choose/", {"file": picture_file(), "alt": "A tower"})
    source = f"/media/{Picture.objects.get().file}"
    figure = (
        f'<figure class="figure"><img src="{source}" alt="A tower" data-file="1">'
        '<figcaption class="figure-caption">The tower.</figcaption></figure>'
    )
    editor.post(ADD, typed(topic, body=f"<p>See:</p>{figure}"))
    body = Article.objects.get().body
    assert f'src="{source}"' in body
    assert "<figcaption>The tower.</figcaption>" in body


def test_a_picture_may_be_searched_in_the_chooser(editor: Client) -> None:
    for alt in ("A tower", "A river"):
        editor.post(
            "/admin/newsletters/picture/choose/",
            {"file": picture_file(colour="navy" if "tower" in alt else "red"), "alt": alt},
        )
    page = editor.get("/admin/newsletters/picture/choose/?q=river").content.decode()
    assert 'data-alt="A river"' in page
    assert 'data-alt="A tower"' not in page


def test_the_second_of_two_editors_of_an_article_is_told_and_may_insist(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic))
    article = Article.objects.get()
    page = f"/admin/newsletters/article/{article.pk}/change/"
    opened = {"opened_revision": article.revision}
    assert editor.post(page, typed(topic, body="<p>Hers</p>") | opened).status_code == 302
    answer = editor.post(page, typed(topic, body="<p>Mine</p>") | opened).content.decode()
    assert "Someone else saved this article while you were working on it" in answer
    assert "/articles/rivers-rise/preview/" in answer
    assert "&lt;p&gt;Mine&lt;/p&gt;" in answer
    article.refresh_from_db()
    assert article.body == "<p>Hers</p>"
    assert f'name="opened_revision" value="{article.revision}"' in answer
    insisted = typed(topic, body="<p>Mine</p>", opened_revision=article.revision)
    assert editor.post(page, insisted).status_code == 302
    article.refresh_from_db()
    assert article.body == "<p>Mine</p>"


def test_who_may_only_look_sees_the_article_without_inputs(editor: Client, topic: Topic) -> None:
    editor.post(ADD, typed(topic))
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_article"))
    client = Client()
    client.force_login(reader)
    page = client.get(f"/admin/newsletters/article/{Article.objects.get().pk}/change/").content.decode()
    assert "Rivers rise" in page
    for input_name in ("Opened revision", "Lead picture file", 'name="title"'):
        assert input_name not in page


def test_no_page_of_the_editor_has_an_inline_script(editor: Client, topic: Topic) -> None:
    page = editor.get(ADD).content.decode()
    assert "importmap" not in page
    for tag in page.split("<script")[1:]:
        head, _, rest = tag.partition(">")
        assert "src=" in head or rest.startswith("</script>") or 'type="application/json"' in head, tag[:120]


def test_nothing_that_no_mail_can_hold_comes_in_by_a_form(editor: Client, topic: Topic) -> None:
    bad = "\x02\x1f\ufffe"
    answer = editor.post(ADD, typed(topic, title=bad, status="published"))
    assert answer.status_code == 200  # nothing is left of it, and a headline must be there
    assert not Article.objects.exists()
    assert editor.post(ADD, typed(topic, title=f"Ri{bad}vers", summary=f"a{bad}b\r\n\tc")).status_code == 302
    assert Article.objects.values_list("title", "summary").get() == ("Rivers", "ab\r\n\tc")
    author = {"name": f"A{bad}da", "slug": "ada", "about": f"Wri{bad}tes."}
    assert editor.post("/admin/newsletters/author/add/", author).status_code == 302
    assert Author.objects.values_list("name", "about").get() == ("Ada", "Writes.")
    given = {"name": f"Wa{bad}r", "slug": "war", "description": f"a{bad}b", "position": "1"}
    assert editor.post("/admin/subscribers/topic/add/", given).status_code == 302
    assert Topic.objects.values_list("name", "description").get(slug="war") == ("War", "ab")


def test_the_authors_are_told_apart_by_what_they_wrote_and_do_in_a_fixed_number_of_queries(editor: Client) -> None:
    def shown() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            page = editor.get("/admin/newsletters/author/").content.decode()
        return page, len(captured)

    ada = Author.objects.create(name="Ada", slug="ada", about="Writes about water. " * 40)
    for title in ("Rivers", "Wells"):
        ArticleAuthor.objects.create(article=make_article(title=title), author=ada)
    page, few = shown()
    assert '<td class="field-article_count">2</td>' in page
    assert "…" in page and ada.about not in page
    for number in range(5):
        Author.objects.create(name=f"Ben {number}", slug=f"ben-{number}")
    assert shown()[1] == few


def test_a_by_line_takes_authors_out_and_deletes_none(admin_client: Client) -> None:
    author = Author.objects.create(name="Ada", slug="ada")
    article = make_article()
    ArticleAuthor.objects.create(article=article, author=author)
    page = admin_client.get(f"/admin/newsletters/article/{article.pk}/change/").content.decode()
    row = page.split('id="articleauthor_set-0"')[1].split("</tr>")[0]
    assert "add-related" in row
    assert not any(f"{what}-related" in row for what in ("change", "delete", "view"))
