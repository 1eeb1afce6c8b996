"""Does the institute tell its readers that it records who opens and clicks? Without a sentence on the privacy page, no
newsletter may count by reader.

A program can't understand a text. It looks for the words that such a sentence can hardly do without, in the language
of the page, and for words that deny it; pages in languages that it doesn't know are believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

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
_BLOCK = re.compile(r"</?(?:p|h[1-6]|li|ul|ol|div|br|hr|blockquote|t[adhr]\w*)\b[^<>]*>", re.IGNORECASE)
_END = re.compile(r"[.!?؟\n]")  # of a sentence
_VOWEL_SIGNS = re.compile("[\u064b-\u0652\u0640]")  # and the stroke that lengthens a word


@dataclass(frozen=True, slots=True)
class _NoticeWords:
    """How a language says it. A sentence counts that says we record something of single readers; the sentences that
    count have to name both opens and clicks, and none about them may say that we don't know who."""

    opens: re.Pattern[str]
    clicks: re.Pattern[str]
    records: re.Pattern[str]
    of_a_reader: re.Pattern[str]
    denies: re.Pattern[str]


_WORDINGS: Mapping[str, _NoticeWords] = {
    "en": _NoticeWords(
        opens=re.compile(r"\bopen"),
        clicks=re.compile(r"\bclick"),
        records=re.compile(
            r"\b(?:record|count|stor|track|measur|log|not(?:e|ing)\b|sav(?:e|ing)|keep|collect|know|see)"
        ),
        of_a_reader=re.compile(
            r"\byou (?:\w+ )?(?:open|click)|\bwho (?:\w+ )?(?:open|click|read)"
            r"|\b(?:by|each|every|which|single|individual) (?:reader|person|recipient|subscriber)"
        ),
        denies=re.compile(
            r"\banonym|\bwithout (?:\w+ )?(?:know|record|learn|stor|see)\w*"
            r"|(?:\b(?:not|never|nor|cannot)|n['’]t) (?:\w+ )?"
            r"(?:know|record|count|stor|track|measur|log|learn|see|tell)|\b(?:nobody|no one) "
        ),
    ),
    "ar": _NoticeWords(
        opens=re.compile("فتح"),
        clicks=re.compile("نقر"),
        records=re.compile("سج|نحص|نعد|نحفظ|نخزن|نعرف|نقيس|نتتبع|نجمع"),
        of_a_reader=re.compile(
            r"متى تفتح|تنقر علي|\bمن (?:قام ب|ي|قد )?(?:فتح|نقر)|(?:كل|أي) (?:قارئ|شخص|مشترك)|(?:بحسب|حسب) القارئ"
        ),
        denies=re.compile(r"\b(?:ب?دون|من غير|لا|لن|لم) (?:أن )?(?:معرف|نعرف|نعلم|نسجل|تسجيل|نحفظ|تحديد|نحدد)|مجهول"),
    ),
}


def sentence(language: str) -> str:
    """One that an editor may put on the page."""
    return _SENTENCES[language].format(days=settings.TRACKING_KEPT_DAYS)


def says_so(body: str, language: str) -> bool:
    wording = _WORDINGS.get(language)
    if wording is None:
        return True
    plain = _VOWEL_SIGNS.sub("", unescape(strip_tags(_BLOCK.sub("\n", body)))).lower()
    about = [part for part in _END.split(plain) if wording.opens.search(part) or wording.clicks.search(part)]
    if any(wording.denies.search(part) for part in about):
        return False
    saying = [part for part in about if wording.records.search(part) and wording.of_a_reader.search(part)]
    return all(any(word.search(part) for part in saying) for word in (wording.opens, wording.clicks))


def problem() -> str:
    """Which privacy page lacks it, and what it could say; empty where all do. One query."""
    pages = list(Page.objects.published().filter(kind=Page.Kind.PRIVACY))
    lacking = [page for page in pages if not says_so(page.body, page.written_in)]
    if pages and not lacking:
        return ""
    if lacking:
        names = ", ".join(f"“{page}” ({page.written_in})" for page in lacking)
        begins = (
            _("These privacy pages don't say that you record who opens emails and clicks links, or they deny it: %s.")
            % names
        )
    else:
        begins = _("There is no published privacy page that says that you record who opens emails and clicks links.")
    return " ".join([begins, _("Before you count by reader, add a sentence there. For example:"), *_offered()])


def _offered() -> Iterator[str]:
    yield from (f"“{sentence(language)}”" for language in _SENTENCES)
