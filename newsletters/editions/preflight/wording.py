"""What was typed: subject, preheader, introduction and everything else that the mail says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from lib.characters import controls_in
from newsletters.editions.preflight.edition_texts import texts
from newsletters.editions.preflight.findings import Finding
from newsletters.rendering import merge
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import check_no_marker, for_anybody

SUBJECT_FITS = 60  # characters
LEAST_ROW = 10  # characters of a subject that say something
_TO_COME = re.compile(r"\bTK(?:TK)?\b")  # what English newsrooms write for “to come”: no English word has it


def unrenderable(content: EditionContent) -> Iterator[Finding]:
    """What no mail can be made of."""
    try:
        check_no_marker(json.dumps(content.to_json(), ensure_ascii=False))
    except ValueError as problem:
        field = next((s.field for s in texts(content) if _has_marker(s.text, s.html)), "articles")
        yield Finding("marker", True, str(problem), field)
    own = [attribute.key for attribute in content.attributes]
    for said in texts(content):
        if not said.merged:
            continue
        try:
            (merge.check_html if said.html else merge.check)(said.html or said.text, own)
        except merge.BadMergeField as problem:
            yield Finding("merge_field", True, str(problem), said.field)


def _has_marker(*words: str) -> bool:
    try:
        check_no_marker(*words)
    except ValueError:
        return True
    return False


def check(content: EditionContent) -> Iterator[Finding]:
    yield from _inbox_row(content)
    for said in texts(content):
        if _TO_COME.search(said.text):
            message = _("There is still a “TK” in %s.") % said.name
            yield Finding("tk", True, message, said.field)
    for field, name, text in (
        ("subject", _("subject"), content.subject),
        ("preheader", _("preheader"), content.preheader),
        ("newsletter.from_name", _("sender's name"), content.from_name),
    ):
        if found := controls_in(text):
            message = _("The %(name)s can't contain control characters or line breaks. Remove: %(found)s.")
            yield Finding("control", True, message % {"name": name, "found": ", ".join(found)}, field)


def _inbox_row(content: EditionContent) -> Iterator[Finding]:
    if not content.subject.strip():
        yield Finding("subject", True, _("The edition has no subject."), "subject")
        return
    if not for_anybody(content, content.subject).strip():
        message = _("The subject is empty: nothing stands for its merge fields. Add words or fallbacks.")
        yield Finding("subject", True, message, "subject")
        return
    if not for_anybody(content, content.preheader).strip():
        message = _("Without a preheader, inboxes show the first words of the email.")
        yield Finding("preheader", False, message, "preheader")
    length = len(for_anybody(content, content.subject))
    if length > SUBJECT_FITS:
        message = _("The subject has %(length)d characters; most inboxes show about %(fit)d.")
        yield Finding("subject_long", False, message % {"length": length, "fit": SUBJECT_FITS}, "subject")
    elif length < LEAST_ROW:
        message = _("The subject has only %d characters. It hardly says what the email is about.") % length
        yield Finding("subject_short", False, message, "subject")
