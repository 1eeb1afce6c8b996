"""No page of the staff says what Django says to programmers. locale/en/ has our words for its sentences; every page of
the admin is read for those, for what it says after saving and deleting, and for words that a newsroom never uses."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django_prose_editor
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.contrib import admin as django_admin
from django.contrib import auth as django_auth
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from lxml import html as lxml_html

from newsletters.models import (
    Article,
    Author,
    EditionTemplate,
    Institute,
    Picture,
    RateLimit,
    SeedList,
)
from subscribers import suppression
from subscribers.models import Suppression
from tests.factories import make_article, make_comment, make_edition, make_list, make_newsletter, make_page, make_reader
from tests.messages import STOCK, folder

pytestmark = pytest.mark.either_database
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")
# Words of programmers that no catalog of Django's has as a sentence.
NEVER = (
    "Django", "Authentication and Authorization", "administration", "LDAP", "Designates", "pbkdf2", "md5$", "salt:",
    "Raw passwords", "this object", "related objects", "server time", "successfully", "object has", "Access attempt",
    "select the", "to change.", "user options",
)  # fmt: skip


def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en")


def forms(said: Any) -> list[str]:
    """Of one number or of two."""
    return [said] if isinstance(said, str) else list(said)


def sentences() -> Iterator[str]:
    """What Django would say where we say something else: the longest piece between what it fills in."""
    for message in catalog(folder("en") / "django.po"):
        for said in forms(message.id):
            ours = " ".join(forms(message.string))
            piece = max(PLACEHOLDER.split(str(said)), key=len).strip()
            if len(piece) > 11 and piece not in ours:
                yield piece


@pytest.mark.parametrize("name", STOCK)
def test_every_sentence_that_we_replace_is_one_that_the_packages_say(name: str) -> None:
    """An upgrade that words it anew would say Django's again."""
    theirs: set[Any] = set()
    for package in (django_admin, django_auth):
        path = Path(str(package.__file__)).parent / f"locale/en/LC_MESSAGES/{name}.po"
        theirs.update(message.id for message in catalog(path)) if path.exists() else None
    if name == "djangojs":
        bundle = Path(str(django_prose_editor.__file__)).parent / "static/django_prose_editor/editor.js"
        theirs.update(re.findall(r'"([A-Z][\w, ]*)"', bundle.read_text()))
    ours = {message.id for message in catalog(folder("en") / f"{name}.po") if message.id}
    assert ours - theirs == set()


@pytest.mark.parametrize("name", STOCK)
def test_our_words_are_compiled_and_keep_the_placeholders(name: str) -> None:
    path = folder("en") / f"{name}.po"
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalog(path):
        if not message.id:
            continue
        theirs, ours = forms(message.id), forms(message.string)
        if len(theirs) == 2:
            assert [compiled.ngettext(theirs[0], theirs[1], n) for n in (1, 2)] == ours, "run `make messages`"
        else:
            assert compiled.gettext(theirs[0]) == ours[0], "run `make messages`"
        assert set(PLACEHOLDER.findall(" ".join(ours))) <= set(PLACEHOLDER.findall(" ".join(theirs)))


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "a-long-passphrase"))
    return client


@pytest.fixture
def furnished(db: None) -> None:
    mailing_list = make_list(name="News")
    reader = make_reader(mailing_list)
    suppression.suppress("gone@example.org", reason=Suppression.Reason.STAFF)
    article = make_article(title="The strait")
    article.authors.add(Author.objects.create(name="Ada", slug="ada"))
    make_comment(article)
    make_page()
    newsletter = make_newsletter()
    make_edition(newsletter, articles=[article])
    Institute.current().save()
    Picture.objects.create(file="pictures/aa/0123456789abcdef-700.jpg", width=700, height=400, alt="A tower")
    RateLimit.objects.create(domain="example.org", per_second=1)
    SeedList.objects.create(name="Ours", addresses="a@example.org")
    EditionTemplate.objects.create(newsletter=newsletter, name="Monday", draft={}, articles_at=0)
    User.objects.create_user("somebody", "some@example.org", "pw").groups.add(Group.objects.all()[0])
    assert reader


def pages() -> Iterator[tuple[str, str]]:
    """Each page of the admin, of the first row where it is about one."""
    django_admin.autodiscover()
    for model, model_admin in django_admin.site._registry.items():
        row = model._default_manager.order_by("pk").first()
        for pattern in model_admin.get_urls():
            name = getattr(pattern, "name", None)
            keywords = list(pattern.pattern.converters)
            known = {"number": 1} | ({"pk": row.pk, "object_id": row.pk, "id": row.pk} if row else {})
            if name and set(keywords) <= known.keys():
                yield name, reverse(f"admin:{name}", kwargs={keyword: known[keyword] for keyword in keywords})
    for name in ("index", "profile", "search", "set_up", "password_change", "password_change_done"):
        yield name, reverse(f"admin:{name}")
    yield "password_reset", reverse("admin_password_reset")


def words(content: bytes) -> str:
    """What a person reads: text, and what buttons and pictures are called."""
    page = lxml_html.fromstring(content.decode())
    for hidden in page.xpath("//script | //style | //textarea"):
        hidden.drop_tree()
    named = page.xpath("//@title | //@aria-label | //@placeholder | //input[@type='submit']/@value")
    return " ".join(" ".join([page.text_content(), *map(str, named)]).split())


def odd(text: str) -> list[str]:
    return [each for each in (*sentences(), *NEVER) if each in text]


@pytest.mark.usefixtures("furnished")
def test_no_page_of_the_admin_says_what_django_says(root: Client) -> None:
    found, seen = {}, 0
    for name, address in pages():
        answer = root.get(address)
        if "html" in answer.get("Content-Type", "") and answer.status_code in {200, 403}:
            seen += 1
            if said := odd(words(answer.getvalue())):
                found[name] = said
    assert found == {}
    assert seen > 90


@pytest.mark.usefixtures("furnished")
def test_an_owner_is_not_sent_to_an_owner(root: Client) -> None:
    for name in ("newsletters_occurrence_add", "subscribers_consentrecord_add"):
        text = words(root.get(reverse(f"admin:{name}")).content)
        assert "Iria adds these by itself" in text
        assert "You need the role" not in text
        assert "An owner can" not in text


def post(client: Client, page: str, row: Model | None, **data: Any) -> str:
    address = reverse(f"admin:{page}", args=[row.pk] if row else [])
    return words(client.post(address, data, follow=True).content)


@pytest.mark.usefixtures("furnished")
def test_saving_and_deleting_is_said_in_one_short_sentence(root: Client) -> None:
    author = Author.objects.create(name="Bea", slug="bea")
    typed = {"name": "Bea", "slug": "bea", "about": ""}
    said = {
        "save": post(root, "newsletters_author_change", author, **typed, _save="1"),
        "go on": post(root, "newsletters_author_change", author, **typed, _continue="1"),
        "add": post(root, "newsletters_author_add", None, name="Cleo", slug="cleo", about="", _save="1"),
        "delete": post(root, "newsletters_author_delete", author, post="yes"),
        "gone": post(root, "newsletters_author_change", Author(pk=10**6)),
        "nothing ticked": post(root, "newsletters_author_changelist", None, action="delete_selected", index="0"),
    }
    assert "Saved “Bea”." in said["save"]
    assert "You can go on editing it here." in said["go on"]
    assert "Created “Cleo”." in said["add"]
    assert "Deleted “Bea”." in said["delete"]
    assert "This author isn’t here any more." in said["gone"]
    assert "Tick the rows first" in said["nothing ticked"]
    assert {what: odd(text) for what, text in said.items() if odd(text)} == {}


@pytest.mark.usefixtures("furnished")
def test_what_cannot_be_deleted_names_what_needs_it(root: Client) -> None:
    article, ada = Article.objects.get(title="The strait"), Author.objects.get(name="Ada")
    refused = words(root.get(reverse("admin:newsletters_article_delete", args=[article.pk])).content)
    assert "“The strait” can’t be deleted, because these need it:" in refused
    assert "Block of an edition" not in refused
    refused = words(root.get(reverse("admin:newsletters_author_delete", args=[ada.pk])).content)
    assert "because these need it: The strait" in refused
    free = Author.objects.create(name="Dora", slug="dora")
    asked = words(root.get(reverse("admin:newsletters_author_delete", args=[free.pk])).content)
    assert "Delete “Dora”?" in asked
    assert "deleted as well" not in asked, "nothing else is"
    assert "Cancel" in asked


@pytest.mark.usefixtures("furnished")
def test_a_password_for_somebody_else_is_asked_for_in_plain_words(root: Client) -> None:
    somebody = User.objects.get(username="somebody")
    page = words(root.get(reverse("admin:auth_user_change", args=[somebody.pk])).content)
    assert "Chosen; nobody can read it. Set a new password" in page
    address = reverse("admin:auth_user_password_change", args=[somebody.pk])
    assert "differ" in words(root.post(address, {"password1": "violet-tower-9", "password2": "x"}).content)
    assert "This field is required" in words(root.post(address, {"password1": "", "password2": ""}).content)
    said = words(
        root.post(address, {"password1": "violet-tower-9", "password2": "violet-tower-9"}, follow=True).content
    )
    assert "The new password is saved." in said
    somebody.refresh_from_db()
    assert somebody.check_password("violet-tower-9")


def test_the_parts_of_the_admin_have_no_pages_of_their_own(root: Client) -> None:
    assert root.get("/admin/newsletters/").headers["Location"] == "/admin/"


def test_leaving_is_answered_without_thanks_for_quality_time(root: Client) -> None:
    text = words(root.post(reverse("admin:logout")).content)
    assert "You’re logged out. What you saved is safe." in text
    assert odd(text) == []
