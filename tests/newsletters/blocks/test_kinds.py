"""What every kind of block must have, whichever it is."""

from __future__ import annotations

from typing import get_args

import pytest
from django.template.loader import get_template

from newsletters.blocks.content import BlockContent, PictureContent
from newsletters.blocks.kind import Column
from newsletters.blocks.registry import NAMES, is_complete, kind_of
from newsletters.editions.drafts import COLUMNS
from newsletters.models import EditionItem

PICTURE = PictureContent("/media/pictures/ab/port.jpg", 552, 310, "A port")
FILES = ("form.html", "mail.mjml", "mail.txt", "site.html", "custom.mjml")


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_has_its_templates_its_samples_and_a_sentence_for_what_it_lacks(name: str) -> None:
    kind = kind_of(name)
    for file in (*FILES, *(("mail.css", "mail.dark.css") if kind.has_styles else ())):
        assert get_template(kind.template(file))
    samples = kind.samples(PICTURE)
    assert samples
    assert all(sample.kind == name and is_complete(sample) for sample in samples)
    assert is_complete(BlockContent(name)) == (not kind.incomplete)
    assert len(name) <= (EditionItem._meta.get_field("kind").max_length or 0)


def test_the_columns_that_kinds_share_are_those_of_the_table() -> None:
    of_every_block = {"key", "kind", "article", "only_segment", "only_field", "only_value", "is_for_others"}
    assert {column.removesuffix("_id") for column in COLUMNS} == of_every_block | set(get_args(Column))
