"""Writing: what an article's text may hold, how long it takes to read, and the rules of saving one.

Guarantee: the body in the database has passed the allow-list below, so pages and feeds may show it unescaped. A body
that is too long is refused with a sentence (`BodyTooLong`) before anything is parsed; nothing is cut silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.translation import gettext as _

from lib.characters import without_controls
from lib.entities import typed_text
from lib.free_names import free_name
from lib.html_text import html_to_words
from lib.link_addresses import mailed_address
from lib.query_numbers import read_number
from lib.readable_slugs import readable_slug, typed_slug
from newsletters.articles.body_elements import ELEMENTS, RENAMED
from newsletters.articles.written_languages import guessed
from newsletters.models import Article, FormerAddress, ReviewRequest

Addressing = Callable[[str], str | None]

MAX_BODY_BYTES = 1_000_000
MAX_DEPTH = 200
WORDS_A_MINUTE = 220
CHARACTERS_A_MINUTE = 500  # scripts written without spaces between words

_OWN_PICTURE = re.compile(r"^/media/pictures/[0-9a-f]{2}/[0-9a-f]{16}-\d{1,5}\.(?:jpg|png)$")
# nh3 writes every attribute as name="value" with quotes escaped, so this finds exactly its tags.
_IMG_WITHOUT_SOURCE = re.compile(r'<img(?: (?!src=)[a-z-]+="[^"]*")*>')
_EMPTY_FIGURE = re.compile(r"<figure[^>]*>\s*(?:<figcaption>\s*</figcaption>\s*)?</figure>")
# HTML drops the first newline of a <pre>: without it, cleaning twice changes nothing more.
_FIRST_NEWLINES = re.compile(r"(?<=<pre>)\n+")
_EMPTY_PARAGRAPH = re.compile(r'<p(?: [a-z-]+="[^"]*")*>(?:\s|&nbsp;|<br>)*</p>\s*')
# Without those that HTML closes by itself, which old pages leave open by the hundred.
_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:p|li|tr|t[dh]|thead|tbody|tfoot|d[dt]|br|hr|img|wbr|col|option|input|meta|link)(?=[\s/>]))[a-z]",
    re.IGNORECASE,
)
_H1 = re.compile(r"<(/?)h1(?=[\s>])", re.IGNORECASE)
_H5_H6 = re.compile(r"<(/?)h[56](?=[\s>])", re.IGNORECASE)
_RENAMED = re.compile(r"<(/?)([bi])(?=[\s>])", re.IGNORECASE)
_FOOTNOTE_ID = re.compile(r"^fn(?:ref)?-[0-9a-z]{1,8}$")
_WORDS = {"id": _FOOTNOTE_ID, "role": re.compile(r"^presentation$")}  # that these attributes may be
_DIVISION = re.compile(r"<(/?)(?:div|section|article|main|header|footer|aside)(?=[\s>])", re.IGNORECASE)


class BodyTooLong(ValueError):
    """The text of an article is longer than we store; the message is for the editor."""


class BodyTooTangled(BodyTooLong):
    """Hundreds of elements, one within another."""


def check_length(html: str) -> None:
    """Raise `BodyTooLong` when the body is more than a megabyte."""
    size = len(html.encode("utf-8", "surrogatepass"))
    if size > MAX_BODY_BYTES:
        raise BodyTooLong(
            _(
                "This text is %(size).1f MB long, and an article can be 1 MB at most. If you pasted "
                "pictures into it, remove them and insert them as pictures instead. Otherwise, split "
                "it into several articles."
            )
            % {"size": size / 1_000_000}
        )


def check_nesting(html: str) -> None:
    """Raise `BodyTooTangled` for what no editor makes: parsing it would take minutes."""
    depth = 0
    for closing in _NESTING_TAG.findall(html):
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH:
            raise BodyTooTangled(_("The formatting of this text is nested too deeply. Paste it again as plain text."))


def clean_body(html: str, *, link: Addressing = mailed_address, picture: Addressing | None = None) -> str:
    """The body reduced to what an article may hold. Idempotent. `link` and `picture` say what becomes of addresses, and
    None takes them away: of pictures our own stay, unless told. Raises `BodyTooLong`."""
    import nh3  # late, as every parser: tests/iria/test_worker_imports.py

    check_length(html)
    check_nesting(html)
    # A page's only h1 is the headline, so a pasted one becomes a section's heading.
    html = _H1.sub(r"<\1h2", html)
    html = _H5_H6.sub(r"<\1h4", html)
    html = _RENAMED.sub(lambda found: f"<{found[1]}{RENAMED[found[2].lower()]}", html)
    # Other sites divide a text by these; what was a line of its own there stays one here.
    html = _DIVISION.sub(r"<\1p", html)
    cleaned = nh3.clean(
        without_controls(html),
        tags=set(ELEMENTS),
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"},
        attributes={element: set(attributes) for element, attributes in ELEMENTS.items()},
        attribute_filter=partial(_keep_attribute, link, picture or own_picture_path),
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    check_length(cleaned)  # a megabyte of “&” has become five
    cleaned = _IMG_WITHOUT_SOURCE.sub("", without_controls(cleaned))  # which "&#2;" had become
    cleaned = _FIRST_NEWLINES.sub("", cleaned)
    for _round in range(9):  # what is taken out may leave what held it empty; nobody nests deeper in earnest
        before = cleaned
        cleaned = _EMPTY_FIGURE.sub("", _EMPTY_PARAGRAPH.sub("", cleaned)).strip()
        if cleaned == before:
            break
    # Text without any markup, pasted where no rich editor ran: its blank lines are its paragraphs.
    return cleaned if "<" in cleaned else linebreaks(cleaned, autoescape=False) if cleaned else ""


def _keep_attribute(link: Addressing, picture: Addressing, tag: str, name: str, value: str) -> str | None:
    if tag == "a" and name == "href":
        return link(value)
    if tag == "img" and name == "src":
        return picture(value)
    if name == "data-picture":
        return value if read_number(value) is not None else None
    if name in _WORDS:
        return value if _WORDS[name].match(value) else None
    if name in {"colspan", "rowspan", "start"}:
        return value if read_number(value, most=9999) is not None else None
    return value


def own_picture_path(source: str) -> str | None:
    """The path of one of our own renditions, whether it was given with or without our SITE_URL; else None."""
    site = urlsplit(settings.SITE_URL)
    try:
        parts = urlsplit(source.strip())
    except ValueError:
        return None
    if parts.netloc and (parts.scheme, parts.netloc) != (site.scheme, site.netloc):
        return None
    if (parts.scheme and not parts.netloc) or parts.query or parts.fragment:
        return None
    return parts.path if _OWN_PICTURE.match(parts.path) else None


# --- Reading --------------------------------------------------------------------------------------------------
# Han, kana, bopomofo; Thai, Lao, Khmer, Burmese. (Korean puts spaces between words.)
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_WORD = re.compile(r"\w+(?:['’.,\-–]\w+)*")


def reading(html: str) -> tuple[int, int]:
    """How many words there are, and how many minutes they take (at least one).

    Scripts without spaces between words are counted by character, as word processors do, and read at their own pace.
    """
    text = html_to_words(html)
    characters = len(_UNSPACED.findall(text))
    words = len(_WORD.findall(_UNSPACED.sub(" ", text)))
    return words + characters, max(1, math.ceil(words / WORDS_A_MINUTE + characters / CHARACTERS_A_MINUTE))


_NAMELESS = "article"  # the address of one without a headline


# --- Saving ---------------------------------------------------------------------------------------------------
def save_article(article: Article, *, by: str = "") -> Article:
    """Save with the rules of the house: texts as they were meant, a clean body, its reading time, an address
    of its own, its language, a moment of publication when it is published. Topics and authors are the caller's.
    `by` names who answers a request for its review by this. Raises `BodyTooLong`, then saves nothing.
    """
    article.title, article.summary = typed_text(article.title), typed_text(article.summary)
    article.body = clean_body(article.body)
    article.word_count, article.reading_minutes = reading(article.body)
    before = Article.objects.filter(pk=article.pk).first() if article.pk is not None else None
    if not article.language or (before is not None and article.language == before.language == guessed(before)):
        article.language = guessed(article)  # until somebody chooses another
    article.slug = _free_slug(article, _wished_slug(article, before))
    if article.status == Article.Status.PUBLISHED and article.published_at is None:
        article.published_at = timezone.now()
    if article.pk is not None:
        article.revision += 1
    is_new = article.pk is None  # nobody has asked for its review, and its address leads nowhere else
    article.save()
    if not is_new:
        _settle_review(article, by)
        FormerAddress.objects.filter(slug=article.slug).delete()
    if before is not None and before.is_public and before.slug != article.slug:
        FormerAddress.objects.create(slug=before.slug, article=article)
    return article


def _settle_review(article: Article, by: str) -> None:
    """A request for review has been answered when the article is published, or is a draft again."""
    if article.status != Article.Status.REVIEW:
        state = (
            ReviewRequest.State.PUBLISHED
            if article.status == Article.Status.PUBLISHED
            else ReviewRequest.State.WITHDRAWN
        )
        asked = ReviewRequest.objects.filter(article=article, state=ReviewRequest.State.ASKED)
        asked.update(state=state, decided_by_name=by, decided_at=timezone.now())


def _wished_slug(article: Article, before: Article | None) -> str:
    """The one that was typed, else one made of the headline; of a draft it follows the headline."""
    follows = before is not None and before.published_at is None and article.slug == before.slug
    if follows and before is not None and _is_made_of(before.slug, before.title):
        return readable_slug(article.title)
    return typed_slug(article.slug) or readable_slug(article.title)


def _is_made_of(slug: str, title: str) -> bool:
    """Also with the number that it got because another article had it."""
    stem = readable_slug(title) or _NAMELESS
    return slug == stem or (slug.startswith(f"{stem}-") and slug.removeprefix(f"{stem}-").isdecimal())


def _free_slug(article: Article, wished: str) -> str:
    """The address, with a number when it is another article's or leads to one."""
    stem = wished or _NAMELESS
    others, former = Article.objects.exclude(pk=article.pk), FormerAddress.objects.exclude(article=article.pk)
    if not others.filter(slug=stem).exists() and not former.filter(slug=stem).exists():  # by an index, as nearly always
        return stem
    others, former = others.filter(slug__startswith=stem), former.filter(slug__startswith=stem)
    taken = set(others.values_list("slug", flat=True)).union(former.values_list("slug", flat=True))
    return free_name(stem, taken)
