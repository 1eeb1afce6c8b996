"""Pictures in the site's templates."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from newsletters.articles.body_pictures import caption_and_credit
from newsletters.articles.pictures import rendition, srcset
from newsletters.models import Picture
from subscribers import languages

register = template.Library()


@register.simple_tag
def picture(picture: Picture, sizes: str, *, first: bool = False, decorative: bool = False) -> SafeString:
    """An img with renditions to choose from. `first`: it is seen at once, so it is fetched at once."""
    return format_html(
        '<img src="/media/{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"{}{}>',
        rendition(picture, 640).name,
        srcset(picture),
        sizes,
        picture.width,
        picture.height,
        "" if decorative or picture.is_decorative else picture.alt,
        _focus(picture),
        SafeString(' fetchpriority="high"' if first else ' loading="lazy" decoding="async"'),
    )


def _focus(picture: Picture) -> SafeString:
    """The focal point where it isn't the middle, as classes of site.css: in steps of ten, since no style may stand in
    our pages' HTML."""
    if (picture.focus_x, picture.focus_y) == (50, 50):
        return SafeString("")
    return format_html(' class="fx{} fy{}"', *(10 * round(part / 10) for part in (picture.focus_x, picture.focus_y)))


@register.simple_tag
def caption(picture: Picture, language: str) -> SafeString:
    """Its figcaption in a text of that language: caption and credit."""
    return languages.directed(caption_and_credit(picture), language)
