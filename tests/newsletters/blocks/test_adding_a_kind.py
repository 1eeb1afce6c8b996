"""A kind of block is one folder and one line in the list: shown with a kind that exists only in this test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from newsletters import blocks
from newsletters.blocks import registry
from newsletters.editions import design_sample, drafts, editing, snapshot
from newsletters.models import Edition, Newsletter
from newsletters.rendering import custom_mail, designs
from newsletters.rendering.custom.filling import EXAMPLE
from newsletters.rendering.mail import render
from tests.factories import make_article, make_edition, make_reader, start
from tests.newsletters.admin.edition.test_composing import page_of, typed
from tests.newsletters.rendering.sample import READER

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

FOLDER = {
    "kind.py": """
from newsletters.blocks.content import BlockContent
from newsletters.blocks.kind import LINK, BlockField, Kind


class Poll(Kind):
    name = "poll"
    title = "reader poll"
    fields = (BlockField("headline", "question", "question", merged=True), LINK)
    incomplete = "This poll needs a question and an address."

    def is_complete(self, block):
        return bool(block.words and block.url)

    def samples(self, picture):
        return (BlockContent("poll", words="A sample question?", url="https://example.org/poll"),)


KIND = Poll()
""",
    "form.html": '<input name="headline-{{ row.key }}" value="{{ row.block.headline }}">'
    '<input name="url-{{ row.key }}" value="{{ row.block.url }}">',
    "mail.mjml": '<tr><td class="row"><p><a href="{{ block.url }}">Vote: {{ block.words }}</a></p></td></tr>',
    "mail.txt": "\nVote: {{ block.words }}\n{{ block.url }}\n",
    "site.html": '<p class="poll"><a href="{{ block.url }}">Vote: {{ block.words }}</a></p>',
    "custom.mjml": '<mj-text><a href="{{ url }}">Vote: {{ question }}</a></mj-text>',
}


@pytest.fixture(autouse=True)
def poll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """The folder, in a directory that stands for newsletters/blocks, and the line."""
    folder = tmp_path / "poll"
    folder.mkdir()
    for name, text in FOLDER.items():
        (folder / name).write_text(text)
    monkeypatch.setattr(blocks, "__path__", [*blocks.__path__, str(tmp_path)])
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], tmp_path]}]
    monkeypatch.setattr(registry, "NAMES", (*registry.NAMES, "poll"))
    designs.template_of.cache_clear()
    yield
    designs.template_of.cache_clear()
    registry._kind.cache_clear()
    for module in [name for name in sys.modules if name.startswith("newsletters.blocks.poll")]:
        del sys.modules[module]


def composed(editor: Client, **fields: str) -> Edition:
    """A draft to which a poll was added in the composer."""
    edition = make_edition(articles=[make_article(title="Alpha")])
    form = typed(edition)
    form["block"] = [*form["block"], "p1"]
    form |= {"kind-p1": "poll"} | {f"{name}-p1": value for name, value in fields.items()}
    assert editor.post(page_of(edition), form | {"_save": "1"}).status_code == 302
    return Edition.objects.get(pk=edition.pk)


def test_the_composer_offers_it_and_saves_it(editor: Client) -> None:
    edition = composed(editor, headline="Who  is right?", url="https://example.org/poll", label="not its field")
    page = editor.get(page_of(edition)).content.decode()
    assert 'value="poll">+ reader poll</button>' in page
    assert '<input name="headline-p1" value="Who is right?">' in page
    saved = drafts.draft_of(edition).blocks[-1]
    assert (saved.kind, saved.headline, saved.label) == ("poll", "Who is right?", "")


def test_what_is_wrong_in_it_and_what_it_lacks_is_said(editor: Client) -> None:
    edition = composed(editor, headline="Who is right?")
    page = editor.get(page_of(edition)).content.decode()
    assert "This poll needs a question and an address." in page
    form = typed(edition) | {"kind-p1": "poll", "block": ["p1"], "headline-p1": "x" * 201, "url-p1": "example.org"}
    answer = editor.post(page_of(edition), form | {"_save": "1"})
    assert answer.status_code == 422
    assert "This question has 201 characters; at most 200 fit." in answer.content.decode()
    assert "a web address: enter it in full" in answer.content.decode()


def test_mail_text_and_archive_show_it(editor: Client, client: Client) -> None:
    edition = composed(editor, headline="Who is right, {{ name|reader }}?", url="https://example.org/poll")
    make_reader(edition.newsletter.mailing_list)
    mail = render(snapshot.of_edition(edition))
    assert 'href="https://example.org/poll"' in mail.html
    assert "Vote: Who is right, " in mail.html
    assert "\nhttps://example.org/poll\n" in mail.text
    start(edition)
    editing_is_over = Edition.objects.get(pk=edition.pk)
    page = client.get(editing_is_over.get_absolute_url()).content.decode()
    assert '<p class="poll"><a href="https://example.org/poll">Vote: Who is right, reader?</a></p>' in page


def test_the_design_page_shows_its_sample_and_mjml_of_a_newsletters_own_may_shape_it() -> None:
    content = design_sample.every_block(Newsletter(colour="#1F3A5F", background="#eef0f2", zone="UTC"))
    assert "A sample question?" in render(content).html
    plain = EXAMPLE.read_text()
    part = '<!-- iria:poll --><mj-text><a href="{{ url }}">{{ question }}</a></mj-text><!-- /iria:poll -->'
    shaped = plain.replace("<!-- iria:heading -->", part + "<!-- iria:heading -->", 1)
    for source in (plain, shaped):
        assert custom_mail.problems(source, content, READER) == []
    [problem] = custom_mail.problems(shaped.replace("{{ question }}", "{{ answer }}"), content, READER)
    assert "There is no field {{ answer }} here." in str(problem)


def test_a_folder_without_its_kind_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry._kind.cache_clear()
    (tmp_path / "poll" / "kind.py").write_text("KIND = None\n")
    sys.modules.pop("newsletters.blocks.poll.kind", None)
    with pytest.raises(TypeError, match=r"newsletters/blocks/poll/kind\.py must be a Kind whose name is “poll”"):
        registry.kind_of("poll")


def test_editing_knows_it_too() -> None:
    edition = make_edition()
    block = drafts.Block(kind="poll", headline="Q?", url="https://example.org/")
    saved = editing.save(edition.pk, drafts.Draft("S", blocks=(block,)), revision=edition.revision)
    assert drafts.draft_of(saved).blocks == (block,)
