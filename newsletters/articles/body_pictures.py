"""Pictures inside a cleaned body, made ready to be shown: renditions to choose from, size, caption and credit.

In the database a picture of the text is `<figure><img src="/media/pictures/…" alt="…"></figure>`, with a figcaption
when the editor wrote one. The picture's own row, found by the file's name, adds the rest at the moment of showing, so
that a corrected credit is right everywhere. A picture whose row is gone is shown as it stands; one that is still being
prepared is left out, with its caption.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from django.conf import settings
from django.db.models import CharField, QuerySet
from django.db.models.functions import Left
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lib.prepared_queries import PreparedQuery, Several
from newsletters.articles.pictures import rendition, srcset
from newsletters.models import Picture

# On what nh3 wrote: attributes in double quotes, quotes inside them escaped.
_IMG = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_FIGURE = re.compile(r"<figure[^>]*>((?:(?!<figure).)*?)</figure>", re.DOTALL)
_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
_DIGEST = re.compile(r"/media/(pictures/[0-9a-f]{2}/[0-9a-f]{16})-")
_KEY_LENGTH = len("pictures/00/0123456789abcdef")
_OWN_LINK = re.compile(r'(<(?:a|img) (?:[a-z-]+="[^"]*" )*?(?:href|src)=")(/[^/"])')
_SRCSET = re.compile(r' srcset="[^"]*"')

IN_TEXT = "(min-width: 68rem) 46rem, (min-width: 44rem) 40rem, calc(100vw - 2.5rem)"


def show_pictures(body: str) -> SafeString:
    """The cleaned body for a page. At most one query, none when there is no picture."""
    found = _pictures_of(body)

    def figure(match: re.Match[str]) -> str:
        inner = match.group(1)
        image = _IMG.search(inner)
        picture = found.get(key_of(image.group(0))) if image else None
        if image is None or picture is None:
            return match.group(0)
        if not picture.is_ready:
            return ""
        written = _CAPTION.search(inner)
        caption = mark_safe(written.group(1).strip()) if written else ""  # noqa: S308 - cleaned by nh3
        return format_html("<figure>{}{}</figure>", _img(image.group(0), picture), caption_and_credit(picture, caption))

    shown = _FIGURE.sub(figure, body)
    # Pictures outside a figure, too.
    shown = _IMG.sub(
        lambda match: (
            _img(match.group(0), found[key_of(match.group(0))])
            if key_of(match.group(0)) in found and "srcset=" not in match.group(0)
            else match.group(0)
        ),
        shown,
    )
    return mark_safe(shown)  # noqa: S308 - cleaned by nh3 on saving, and what was added here is escaped


def pictures_in(*htmls: str, known: Mapping[str, Picture] | None = None) -> dict[str, Picture]:
    """The pictures that stand in these texts, by the start of their file's name; out of those that are `known`, or by
    at most one query for all of them."""
    if known is None:
        return _pictures_of("".join(htmls))
    keys = {key_of(img) for html in htmls for img in _IMG.findall(html)}
    return {key: known[key] for key in keys if key in known}


def waits_for_pictures(body: str, lead: Picture | None = None) -> bool:
    """Whether something that belongs to this text isn't shown, because a worker is still at it."""
    shown = [lead, *pictures_in(body).values()]
    return any(picture is not None and picture.state == Picture.State.PREPARING for picture in shown)


def undescribed(body: str) -> int:
    """How many pictures of a cleaned text have neither alternative text nor the word that they are decorative."""
    found, count = _pictures_of(body), 0
    for img in _IMG.findall(body):
        attributes = dict(_ATTRIBUTE.findall(img))
        picture = found.get(key_of(img))
        is_described = attributes.get("alt", "").strip() or (picture is not None and picture.is_described)
        count += not is_described and attributes.get("role") != "presentation"
    return count


def caption_and_credit(picture: Picture, caption: str | SafeString = "") -> SafeString:
    """The figcaption, or nothing when there is neither a caption nor a credit."""
    caption = caption or picture.caption
    parts = []
    if caption:
        parts.append(format_html("{}", caption))
    if picture.credit and picture.credit not in unescape(caption):
        parts.append(format_html('<bdi class="credit">({})</bdi>', _("Image credit: %s") % picture.credit))
    return format_html("<figcaption>{}</figcaption>", mark_safe(" ".join(parts))) if parts else mark_safe("")  # noqa: S308


def absolute(html: str) -> str:
    """Every address of our own made absolute, for readers of a feed."""
    html = _OWN_LINK.sub(rf"\g<1>{settings.SITE_URL}\g<2>", html)
    return _SRCSET.sub(lambda match: match.group(0).replace("/media/", f"{settings.SITE_URL}/media/"), html)


def _by_key() -> QuerySet[Picture]:
    keyed = Picture.objects.annotate(key=Left("file", _KEY_LENGTH))
    return keyed.filter(key__in=Several("keys", CharField())).order_by("pk")


_BY_KEY = PreparedQuery(_by_key)


def key_of(img: str) -> str:
    """What an address of ours says which file it is of; empty for any other text."""
    match = _DIGEST.search(img)
    return match.group(1) if match else ""


def _pictures_of(body: str) -> dict[str, Picture]:
    """By the start of the file's name. Where the same file was added twice, the id in the text decides."""
    ids: dict[str, str] = {}
    for img in _IMG.findall(body):
        attributes = dict(_ATTRIBUTE.findall(img))
        if key := key_of(attributes.get("src", "")):
            ids[key] = attributes.get("data-picture", "")
    if not ids:
        return {}
    found: dict[str, Picture] = {}
    for picture in _BY_KEY(keys=list(ids)):
        key = key_of(f"/media/{picture.file}")
        is_meant = picture.is_ready and str(picture.pk) == ids.get(key)
        if key not in found or not found[key].is_ready or is_meant:
            found[key] = picture
    return found


def _img(img: str, picture: Picture) -> SafeString:
    if not picture.is_ready:  # its files aren't there yet
        return SafeString()
    attributes = dict(_ATTRIBUTE.findall(img))
    shown = rendition(picture, 960)
    alt = unescape(attributes.get("alt", ""))
    is_decorative = attributes.get("role") == "presentation" or (picture.is_decorative and not alt)
    return format_html(
        '<img src="/media/{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"'
        '{} loading="lazy" decoding="async">',
        shown.name,
        srcset(picture),
        IN_TEXT,
        picture.width,
        picture.height,
        "" if is_decorative else alt or picture.alt,
        SafeString(' role="presentation"') if is_decorative else "",
    )
