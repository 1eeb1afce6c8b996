"""The texts of a list, as its sign-up page and its welcome show them; registered with `subscribers` at the start."""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lib.html_text import html_to_text
from newsletters.articles.pictures import rendition, srcset
from newsletters.articles.writing import clean_body
from newsletters.models import ListText
from subscribers import languages
from subscribers.list_pages import ListPage
from subscribers.messages.welcome_texts import WelcomeText
from subscribers.models import MailingList

_OWN_ADDRESS = re.compile(r'\b(href|src)="/(?!/)')


def save_list_text(text: ListText) -> None:
    """Raises `BodyTooLong`, then saves nothing."""
    text.page_text, text.welcome_text = clean_body(text.page_text), clean_body(text.welcome_text)
    text.save()


def _text_of(mailing_list: MailingList, language: str) -> ListText | None:
    """In that language, else the one for all."""
    found = ListText.objects.filter(mailing_list=mailing_list, language__in=[language, ""])
    return found.select_related("picture").order_by("-language").first()


def find_list_page(mailing_list: MailingList, language: str) -> ListPage:
    text = _text_of(mailing_list, language)
    if text is None:
        return ListPage()
    picture = text.picture
    return ListPage(
        heading=text.heading,
        text=languages.directed(text.page_text, text.language),
        picture=format_html(
            '<img src="/media/{}" srcset="{}" sizes="(min-width: 46rem) 44rem, 100vw" width="{}" height="{}" alt="{}">',
            rendition(picture, 640).name, srcset(picture), picture.width, picture.height, picture.alt,
        )
        if picture
        else SafeString(""),
        written_in=text.language,
    )  # fmt: skip


def find_welcome_text(mailing_list: MailingList, language: str) -> WelcomeText | None:
    text = _text_of(mailing_list, language)
    if text is None or not (text.welcome_subject or text.welcome_text):
        return None
    html = _OWN_ADDRESS.sub(rf'\1="{settings.SITE_URL}/', clean_body(text.welcome_text))
    return WelcomeText(text.welcome_subject, languages.directed(html, text.language or language), html_to_text(html))
