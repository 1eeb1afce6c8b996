"""Does the institute tell its readers that it records who opens and clicks? Without a sentence on the privacy page, no
newsletter may count by reader.

A program can't understand a text. It looks for the words that such a sentence can hardly do without, in the language
of the page; pages in languages that it doesn't know are believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from newsletters.models import Page

_SENTENCES: Mapping[str, str] = {
    "en": (
        "In the emails of some newsletters we record when you open them and which links you click, to learn what is"
        " read. You can see and delete this on your preferences page, and we delete it after {days} days."
    ),
    "ar": (
        "في بعض نشراتنا البريدية نسجّل متى تفتح الرسالة وأيّ الروابط تنقر عليها، لنعرف ما يُقرأ. يمكنك الاطلاع على ذلك"
        " وحذفه في صفحة تفضيلاتك، ونحن نحذفه بعد {days} يومًا."
    ),
}
_WORDS = {
    "en": (re.compile(r"\bopen"), re.compile(r"\bclick")),
    "ar": (re.compile("فتح"), re.compile("نقر")),
}


def sentence(language: str) -> str:
    """One that an editor may put on the page."""
    return _SENTENCES[language].format(days=settings.TRACKING_KEPT_DAYS)


def says_so(body: str, language: str) -> bool:
    text = strip_tags(body).lower()
    return all(word.search(text) for word in _WORDS.get(language, ()))


def problem() -> str:
    """Which privacy page lacks it, and what it could say; empty where all do. One query."""
    pages = list(Page.objects.published().filter(kind=Page.Kind.PRIVACY))
    lacking = [page for page in pages if not says_so(page.body, page.written_in)]
    if pages and not lacking:
        return ""
    if lacking:
        names = ", ".join(f"“{page}” ({page.written_in})" for page in lacking)
        begins = _("These privacy pages don't say that you record who opens emails and clicks links: %s.") % names
    else:
        begins = _("There is no published privacy page that says that you record who opens emails and clicks links.")
    return " ".join([begins, _("Before you count by reader, add a sentence there. For example:"), *_offered()])


def _offered() -> Iterator[str]:
    yield from (f"“{sentence(language)}”" for language in _SENTENCES)
