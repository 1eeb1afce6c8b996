"""What a mail that isn't an edition can't say."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from newsletters.editions.preflight.edition_texts import texts
from newsletters.editions.preflight.findings import Finding
from newsletters.rendering import merge
from newsletters.rendering.content import EditionContent


def check(content: EditionContent) -> Iterator[Finding]:
    for said in texts(content):
        if said.merged and "number" in merge.names_in(said.html or said.text):
            message = _("%s names the number of the edition, and a welcome email has none. Remove {{ number }}.")
            yield Finding("number", True, message % (said.name[:1].upper() + said.name[1:]), said.field)
