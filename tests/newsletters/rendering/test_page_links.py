"""Every mail leads to the imprint and the privacy notice, in every design, as they were when it was approved."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from newsletters.editions import snapshot
from newsletters.models import Newsletter
from newsletters.rendering import designs
from newsletters.rendering.content import EditionContent, LinkContent, digest
from newsletters.rendering.custom.filling import EXAMPLE
from newsletters.rendering.mail import render
from tests.factories import make_edition, make_list, make_newsletter, make_page
from tests.newsletters.rendering.sample import CONTENT

PAGES = (LinkContent("Imprint & legal", "/imprint/"), LinkContent("الخصوصية", "/ar/privacy/"))


@pytest.mark.parametrize("design", [*(each.name for each in designs.designs()), designs.OWN])
def test_both_parts_link_them_in_every_design(design: str) -> None:
    own = EXAMPLE.read_text(encoding="utf-8") if design == designs.OWN else ""
    mail = render(replace(CONTENT, design=design, own_mjml=own, pages=PAGES))
    links = dict(re.findall(r'<a [^>]*?href="(https://news\.iria\.example/[^"]*)"[^>]*>([^<]*)</a>', mail.html))
    assert unescape(links["https://news.iria.example/imprint/"]) == "Imprint & legal"
    assert links["https://news.iria.example/ar/privacy/"] == "الخصوصية"
    assert "Imprint & legal:\nhttps://news.iria.example/imprint/" in mail.text


def test_what_was_approved_before_there_were_pages_has_the_same_hash() -> None:
    content = CONTENT
    assert "pages" not in content.to_json()
    assert EditionContent.from_json(content.to_json()) == content
    linked = replace(content, pages=PAGES)
    assert EditionContent.from_json(linked.to_json()) == linked
    assert digest(linked) != digest(content)


@pytest.mark.django_db
def test_an_edition_takes_those_of_its_language() -> None:
    make_page(language="en")
    make_page(slug="khususiya", title="الخصوصية", language="ar")
    make_page(kind="imprint", title="Imprint")
    make_page(kind="about", title="About us")
    newsletter = make_newsletter(make_list())
    assert snapshot.of_edition(make_edition(newsletter)).pages == (
        LinkContent("Privacy", "/privacy/"), LinkContent("Imprint", "/imprint/"),
    )  # fmt: skip
    Newsletter.objects.update(language="ar")
    newsletter.refresh_from_db()
    assert snapshot.of_edition(make_edition(newsletter)).pages == (
        LinkContent("الخصوصية", "/ar/khususiya/"), LinkContent("Imprint", "/ar/imprint/"),
    )  # fmt: skip
