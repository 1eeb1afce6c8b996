"""What editors type or paste arrives in the mail as they meant it: joiners and marks, entities, addresses of links."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client

from newsletters.articles.writing import save_article
from newsletters.editions import preflight
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight import wording
from newsletters.models import Article, Edition, Institute
from newsletters.rendering.compiled import CompiledMail
from newsletters.rendering.recipients import Recipient
from tests import strict_mail
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic
from tests.newsletters.admin.content.test_articles import typed as typed_article
from tests.newsletters.admin.edition.test_composer import block, everything
from tests.newsletters.admin.edition.test_composing import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
DATE = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
INVISIBLE = (
    "A lab visit 👩\u200d🔬 and what we learned",
    "Schools reopen 👨\u200d👩\u200d👧",
    "Rainbow 🏳\ufe0f\u200d🌈, Scotland 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "گزارش تازه: می\u200cخواهیم بدانیم",
    "\u200fقالت \u200eIRIA\u200e أمس",
    "Grund\u00adgesetz im Bundestag",
    "Ça va\u00a0! 12\u202f000 €",
    "Thank you ❤️ readers",
    "クラ\u3000ブ",
)


def sent(edition: Edition, name: str = "Ada") -> strict_mail.StrictMail:
    content = LoadedEdition(Edition.objects.get(pk=edition.pk)).content
    recipient = Recipient(7, "ada@example.org", name, DATE.date())
    return strict_mail.read(CompiledMail(LoadedEdition(edition).mail, content).wire(recipient, DATE))


@pytest.mark.parametrize("words", INVISIBLE)
def test_joiners_and_marks_arrive_unchanged_everywhere(editor: Client, words: str) -> None:
    mailing_list = make_list(name=words, slug="the-list")
    make_reader(mailing_list)
    newsletter = make_newsletter(mailing_list, name=words, from_name=words)
    article = save_article(Article(title=words, summary=words, body="<p>x</p>", status="published"))
    edition = make_edition(newsletter, articles=[article])
    form = everything(
        edition, "h1", "b1", "t1", subject=f"{words} | {{{{ lead }}}} | {{{{ name|you }}}}", preheader=words
    )
    form |= block("h1", "heading", headline=words) | block("b1", "button", headline=words, url="https://example.org/")
    form |= block("t1", "text", html=f"<p>{words}</p>") | {"introduction": f"<p>{words}</p>", "_save": "1"}
    assert editor.post(page_of(edition), form).status_code == 302
    edition = Edition.objects.get(pk=edition.pk)
    assert "control" not in {finding.code for finding in preflight.check(edition)}
    mail = sent(edition, name=words)
    shown = words.strip()
    assert mail.subject == f"{shown} | {shown} | {shown}"
    assert mail.mailbox("To").name == shown
    assert mail.mailbox("From").name == shown
    lines = " ".join(mail.texts["plain"].split("\n"))
    assert lines.count(shown) >= 4  # the introduction, the headline, the summary, the button, the text
    assert mail.texts["html"].count(shown.replace("\u00a0", "&nbsp;")) >= 7


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\n", "line feed (U+000A)"), ("\r", "carriage return (U+000D)"), ("\x00", "null (U+0000)"),
        ("\x0b", "vertical tab (U+000B)"), ("\x85", "next line (U+0085)"), ("\x9f", "control character (U+009F)"),
        ("\u2028", "line separator (U+2028)"), ("\u2029", "paragraph separator (U+2029)"), ("\x7f", "delete (U+007F)"),
    ],
)  # fmt: skip
def test_control_characters_and_line_ends_are_refused_by_name(character: str, name: str) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    edition = make_edition(make_newsletter(mailing_list), articles=[make_article()])
    content = LoadedEdition(edition).content
    for changed in (
        replace(content, subject=f"One{character}two"),
        replace(content, preheader=f"One{character}"),
        replace(content, from_name=f"{character}x"),
    ):
        (found,) = [each for each in wording.check(changed) if each.code == "control"]
        assert found.blocking
        assert name in found.message


def test_entities_that_were_pasted_are_decoded_in_plain_texts_and_kept_in_formatted_ones(editor: Client) -> None:
    edition = make_edition(articles=[make_article()])
    form = everything(
        edition, "h1", "b1", "q1", "t1", subject="Q&amp;A: it&#8217;s &lt;new&gt;", preheader="A &ndash; B"
    )
    form |= block("h1", "heading", headline="Trinkwasser &amp; Klima")
    form |= block("b1", "button", headline="Read &raquo;", url="https://example.org/?a=1&amp;b=2&copy=3")
    form |= block("q1", "quote", summary="&ldquo;Yes&rdquo;", headline="Ada&nbsp;L.")
    form |= block("t1", "text", html="<p>The sign &amp;copy; as it is typed</p>") | {"_save": "1"}
    assert editor.post(page_of(edition), form).status_code == 302
    edition = Edition.objects.get(pk=edition.pk)
    assert (edition.subject, edition.preheader) == ("Q&A: it’s <new>", "A – B")
    saved = {item.kind: item for item in edition.items.all()}
    assert saved["heading"].headline == "Trinkwasser & Klima"
    assert (saved["button"].headline, saved["button"].url) == ("Read »", "https://example.org/?a=1&b=2&copy=3")
    assert (saved["quote"].summary, saved["quote"].headline) == ("“Yes”", "Ada\u00a0L.")
    mail = sent(edition)
    assert mail.subject == "Q&A: it’s <new>"
    assert "The sign &copy; as it is typed" in mail.texts["plain"]
    assert "The sign &amp;copy; as it is typed" in mail.texts["html"]


def test_entities_are_decoded_in_the_admins_forms_but_not_in_markup(owner: Client) -> None:
    institute = Institute.current()
    institute.save()
    page = f"/admin/newsletters/institute/{institute.pk}/change/"
    form = owner.get(page).context["adminform"].form
    data = {
        name: value
        for name in form.fields
        if (value := form.get_initial_for_field(form.fields[name], name)) is not None
    }
    assert owner.post(page, data | {"name": "Forschung &amp; Lehre"}).status_code == 302
    assert Institute.current().name == "Forschung & Lehre"
    body = "<p>The sign &amp;copy; as it is typed</p>"
    article = typed_article(make_topic(), title="Rivers &amp; seas", summary="They don&#8217;t rise.", body=body)
    assert owner.post("/admin/newsletters/article/add/", article).status_code == 302
    saved = Article.objects.get()
    assert (saved.title, saved.summary, saved.body) == ("Rivers & seas", "They don’t rise.", body)


def test_each_address_in_the_text_is_the_href_of_the_html(editor: Client) -> None:
    addresses = {
        "https://example.org/r?id=1&region=EU&copy=2": "https://example.org/r?id=1&region=EU&copy=2",
        "https://encyclopedia.example/wiki/Rojava_(region)": "https://encyclopedia.example/wiki/Rojava_(region)",
        "https://example.org/a[1]?b)c": "https://example.org/a[1]?b)c",
        "https://example.org/annual report.pdf": "https://example.org/annual%20report.pdf",
        "mailto:desk@example.org?subject=Hi there": "mailto:desk@example.org?subject=Hi%20there",
        "tel:+49 30 123": "tel:+4930123",
    }
    edition = make_edition(articles=[make_article()])
    links = ", ".join(f'<a href="{typed.replace("&", "&amp;")}">[{at}]</a>' for at, typed in enumerate(addresses))
    form = everything(edition, "t1", "b1") | block("t1", "text", html=f"<p>See {links}.</p>") | {"_save": "1"}
    form |= block("b1", "button", headline="Open", url="https://example.org/the minutes.pdf?a=1&b=2")
    assert editor.post(page_of(edition), form).status_code == 302
    edition = Edition.objects.get(pk=edition.pk)
    mail = sent(edition)
    lines = mail.texts["plain"].splitlines()
    for mailed in (*addresses.values(), "https://example.org/the%20minutes.pdf?a=1&b=2"):
        assert mailed in lines
        assert f'href="{mailed.replace("&", "&amp;")}"' in mail.texts["html"]
    assert "](" not in mail.texts["plain"]
    assert {finding.code for finding in preflight.check(edition)} & {"text_address", "link"} == set()
