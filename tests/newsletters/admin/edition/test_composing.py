"""The page of a draft: every button without JavaScript, nothing typed is lost, the second of two editors is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletters.admin.edition.composer.composing import length_in_words
from newsletters.admin.edition.preview import MailFigures
from newsletters.editions import editing, transitions
from newsletters.editions.drafts import Draft
from newsletters.models import Article, Edition
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def articles() -> list[Article]:
    return [make_article(title=title) for title in ("Alpha", "Beta", "Gamma")]


@pytest.fixture
def edition(articles: list[Article]) -> Edition:
    return make_edition(articles=articles, subject="Three letters")


def page_of(edition: Edition) -> str:
    return f"/admin/newsletters/edition/{edition.pk}/change/"


def typed(edition: Edition, **changes: Any) -> dict[str, Any]:
    edition.refresh_from_db()
    form: dict[str, Any] = {
        "revision": edition.revision, "subject": "Typed subject", "preheader": "Typed preheader",
        "introduction": "<p>Typed introduction</p>",
    }  # fmt: skip
    return form | blocks(*edition.items.exclude(article=None).values_list("article_id", flat=True)) | changes


def blocks(*article_ids: int | None) -> dict[str, Any]:
    """The fields of a block for each article, with the article's id as the block's key."""
    form: dict[str, Any] = {"block": [str(id_) for id_ in article_ids]}
    for id_ in article_ids:
        form |= {f"kind-{id_}": "article", f"article-{id_}": id_}
    return form


def order_of(edition: Edition) -> list[str]:
    return [item.article.title for item in edition.items.select_related("article") if item.article]


def shown_order(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('data-title="')[1:]]


def test_saving_keeps_words_order_and_what_is_said_differently(
    editor: Client, edition: Edition, articles: list[Article]
) -> None:
    alpha, _beta, gamma = articles
    form = typed(edition, _save="1") | blocks(gamma.pk, alpha.pk)
    form |= {f"headline-{gamma.pk}": "Gamma, but ours", f"summary-{gamma.pk}": "Ours.", f"position-{gamma.pk}": "1"}
    answer = editor.post(page_of(edition), form)
    assert answer.status_code == 302
    edition.refresh_from_db()
    assert (edition.subject, edition.preheader) == ("Typed subject", "Typed preheader")
    assert edition.introduction == "<p>Typed introduction</p>"
    assert order_of(edition) == ["Gamma", "Alpha"]
    first = edition.items.first()
    assert first is not None
    assert (first.headline, first.summary) == ("Gamma, but ours", "Ours.")
    gamma.refresh_from_db()
    assert gamma.title == "Gamma"


def test_the_introduction_is_cleaned(editor: Client, edition: Edition) -> None:
    editor.post(page_of(edition), typed(edition, introduction="<p onclick='x'>Hi</p><script>x</script>"))
    edition.refresh_from_db()
    assert edition.introduction == "<p>Hi</p>"


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        (("_up", 2), ["Alpha", "Gamma", "Beta"]),
        (("_down", 0), ["Beta", "Alpha", "Gamma"]),
        (("_up", 0), ["Alpha", "Beta", "Gamma"]),
        (("_remove", 1), ["Alpha", "Gamma"]),
    ],
)
def test_the_buttons_of_a_row_change_what_is_shown_and_save_nothing(
    editor: Client, edition: Edition, articles: list[Article], button: tuple[str, int], expected: list[str]
) -> None:
    name, which = button
    page = editor.post(page_of(edition), typed(edition, **{name: articles[which].pk})).content.decode()
    assert shown_order(page) == expected
    assert 'value="Typed subject"' in page
    assert "Your changes haven't been saved yet" in page
    assert order_of(edition) == ["Alpha", "Beta", "Gamma"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ((2, "1"), ["Gamma", "Alpha", "Beta"]),
        ((0, "3"), ["Beta", "Gamma", "Alpha"]),
        ((0, "99"), ["Beta", "Gamma", "Alpha"]),
        ((1, "nonsense"), ["Alpha", "Beta", "Gamma"]),
    ],
)
def test_articles_are_ordered_by_the_numbers_that_were_typed(
    editor: Client, edition: Edition, articles: list[Article], changed: tuple[int, str], expected: list[str]
) -> None:
    numbers = {f"position-{article.pk}": str(place) for place, article in enumerate(articles, 1)}
    which, number = changed
    numbers[f"position-{articles[which].pk}"] = number
    editor.post(page_of(edition), typed(edition, **numbers))
    assert order_of(edition) == expected


@pytest.mark.parametrize("field", ["subject", "preheader", "introduction"])
def test_a_wrong_merge_field_is_named_at_saving_and_nothing_is_lost(
    editor: Client, edition: Edition, field: str
) -> None:
    answer = editor.post(page_of(edition), typed(edition, **{field: "Dear {{ nmae|reader }}"}))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "There is no merge field “nmae”" in page
    assert "Dear {{ nmae|reader }}" in page
    assert "Typed" in page
    edition.refresh_from_db()
    assert edition.subject == "Three letters"


def test_a_headline_that_is_too_long_is_refused_and_kept(
    editor: Client, edition: Edition, articles: list[Article]
) -> None:
    long = "long " * 50
    answer = editor.post(page_of(edition), typed(edition, **{f"headline-{articles[0].pk}": long}))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This headline has 249 characters; at most 200 fit." in page
    assert long.strip() in page


def test_the_second_of_two_editors_is_told_and_both_texts_are_shown(editor: Client, edition: Edition) -> None:
    opened = typed(edition)
    editing.save(edition.pk, Draft("Her subject", introduction="<p>Her words</p>"), revision=edition.revision)
    answer = editor.post(page_of(edition), opened | {"_save": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Someone else saved this edition while you were working on it." in page
    assert "Her subject" in page
    assert "Her words" in page
    assert 'value="Typed subject"' in page
    assert "Typed introduction" in page
    edition.refresh_from_db()
    assert edition.subject == "Her subject"


def test_after_a_conflict_one_may_save_ones_own_on_purpose(editor: Client, edition: Edition) -> None:
    opened = typed(edition)
    saved = editing.save(edition.pk, Draft("Hers"), revision=edition.revision)
    answer = editor.post(page_of(edition), opened | {"_overwrite": saved.revision})
    assert answer.status_code == 302
    edition.refresh_from_db()
    assert edition.subject == "Typed subject"
    assert order_of(edition) == ["Alpha", "Beta", "Gamma"]


def test_what_was_typed_is_shown_when_the_edition_was_sent_meanwhile(editor: Client, edition: Edition) -> None:
    make_reader(edition.newsletter.mailing_list)
    opened = typed(edition)
    transitions.queue(edition.pk, revision=edition.revision, by="Paula")
    answer = editor.post(page_of(edition), opened)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "so you can no longer change it" in page
    assert "Typed subject" in page
    assert "Typed introduction" in page
    edition.refresh_from_db()
    assert edition.subject == "Three letters"


def test_a_frozen_edition_is_read_only(editor: Client, edition: Edition) -> None:
    make_reader(edition.newsletter.mailing_list)
    transitions.queue(edition.pk, revision=edition.revision, by="Paula")
    page = editor.get(page_of(edition)).content.decode()
    assert 'name="subject"' not in page
    assert "Three letters" in page
    assert "sent by Paula" in page


def test_an_empty_edition_is_saved_and_says_what_it_lacks(publisher: Client, edition: Edition) -> None:
    assert publisher.post(page_of(edition), typed(edition, block=[])).status_code == 302
    page = publisher.get(page_of(edition)).content.decode()
    assert "The edition has no articles. Add at least one, or write a text." in page
    assert "Send or schedule…" not in page
    assert f'href="{page_of(edition)}#blocks"' in page


def test_a_new_edition_has_the_new_articles_and_no_number(editor: Client) -> None:
    newsletter = make_newsletter(mailing_list=make_list(), name="Letters")
    make_edition(newsletter, articles=[make_article(title="Old")])
    make_article(title="Fresh")
    assert "1 new article will be added" in editor.get("/admin/newsletters/edition/add/").content.decode()
    answer = editor.post("/admin/newsletters/edition/add/", {"newsletter": newsletter.pk})
    edition = Edition.objects.latest("pk")
    assert (edition.number, str(edition)) == (None, "Letters, draft")
    assert answer.headers["Location"] == page_of(edition)
    assert order_of(edition) == ["Fresh"]
    assert edition.created_by is not None


def test_a_copy_is_a_new_draft_with_the_same_words(editor: Client, edition: Edition, articles: list[Article]) -> None:
    editor.post(page_of(edition), typed(edition, **{f"headline-{articles[0].pk}": "Ours"}))
    editor.post(f"/admin/newsletters/edition/{edition.pk}/copy/")
    copy = Edition.objects.latest("pk")
    assert (copy.status, copy.subject, copy.introduction) == ("draft", "Typed subject", "<p>Typed introduction</p>")
    assert order_of(copy) == ["Alpha", "Beta", "Gamma"]
    first = copy.items.first()
    assert first is not None
    assert first.headline == "Ours"


def test_the_preview_has_its_own_policy_and_both_parts(editor: Client, edition: Edition) -> None:
    html = editor.get(f"/admin/newsletters/edition/{edition.pk}/preview/html/")
    assert html.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self';"
        " sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    )
    assert "Alpha" in html.content.decode()
    text = editor.get(f"/admin/newsletters/edition/{edition.pk}/preview/text/")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Gamma" in text.content.decode()


def test_only_drafts_can_be_deleted(editor: Client, edition: Edition) -> None:
    make_reader(edition.newsletter.mailing_list)
    transitions.queue(edition.pk, revision=edition.revision, by="Paula")
    delete = f"/admin/newsletters/edition/{edition.pk}/delete/"
    assert editor.post(delete, {"post": "yes"}).status_code == 403
    transitions.undo_send(edition.pk, by="Paula")
    assert editor.post(delete, {"post": "yes"}).status_code == 302
    assert not Edition.objects.exists()


def test_who_may_only_look_gets_no_form(browser_of: Callable[[str], Client], edition: Edition) -> None:
    manager = browser_of("Manager")
    page = manager.get(page_of(edition)).content.decode()
    assert 'name="subject"' not in page
    answer = manager.post(page_of(edition), typed(edition))
    assert answer.status_code == 403
    assert "Editor, Publisher or Owner" in answer.content.decode()
    edition.refresh_from_db()
    assert edition.subject == "Three letters"


def test_the_number_of_queries_stays_with_more_articles(editor: Client) -> None:
    def cost(count: int) -> int:
        edition = make_edition(articles=[make_article() for _number in range(count)])
        for _number in range(count):
            make_article()
        editor.get(page_of(edition))
        with CaptureQueriesContext(connection) as captured:
            assert editor.get(page_of(edition)).status_code == 200
        return len(captured)

    assert cost(3) == cost(12)


def test_pages_carry_no_inline_script_and_no_handler(editor: Client, edition: Edition) -> None:
    page = editor.get(page_of(edition)).content.decode()
    assert "onclick=" not in page
    assert "onsubmit=" not in page
    for tag in page.split("<script")[1:]:
        assert "src=" in tag.partition(">")[0]


def test_a_permission_alone_opens_the_page_as_much_as_it_says(edition: Edition) -> None:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_edition"))
    client = Client()
    client.force_login(user)
    assert client.get(page_of(edition)).status_code == 200
    assert client.get(f"/admin/newsletters/edition/{edition.pk}/ledger/").status_code == 403


def test_an_introduction_that_cannot_be_cleaned_is_refused_in_words(editor: Client, edition: Edition) -> None:
    answer = editor.post(page_of(edition), typed(edition, introduction="<b>" * 201 + "tangled"))
    assert answer.status_code == 422
    assert "nested too deeply" in answer.content.decode()
    assert "tangled" in answer.content.decode()


def test_the_second_of_two_editors_is_told_who_was_first(editor: Client, publisher: Client, edition: Edition) -> None:
    opened = typed(edition)
    publisher.post(page_of(edition), opened | {"_save": "1"})
    page = editor.post(page_of(edition), opened | {"_save": "1", "subject": "Other words"}).content.decode()
    assert re.search(r"publisher saved this edition at \d\d:\d\d UTC", page)


def test_a_form_beyond_every_limit_is_refused_in_words(editor: Client, edition: Edition) -> None:
    answer = editor.post(page_of(edition), typed(edition) | {"introduction": "x" * 13_000_000})
    assert answer.status_code == 400
    assert "larger than 12 MB" in answer.content.decode()


@pytest.mark.parametrize(("words", "said"), [(0, "nothing to read yet"), (900, "900 words, 4 min to read")])
def test_the_length_of_a_mail_is_said_in_words(words: int, said: str) -> None:
    assert length_in_words(MailFigures(bytes=6000, words=words, minutes=4, subject="", preheader="")) == said
