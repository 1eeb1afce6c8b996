"""The look of the messages in the name of a list: that of the newsletter which goes to it."""

from __future__ import annotations

from newsletters.articles.pictures import picture_path
from newsletters.models import Institute, Newsletter
from newsletters.models.institute import USUAL_COLOUR
from newsletters.rendering import designs
from newsletters.rendering.block_context import absolute
from subscribers.messages.look import MessageLogo, MessageLook
from subscribers.models import MailingList

LOGO_WIDTH, LOGO_HEIGHT = 200, 48  # the most of either, in CSS pixels


def look_of_messages(mailing_list: MailingList | None, language: str) -> MessageLook:
    """Of several newsletters the first that is active."""
    newsletter = (
        Newsletter.objects.filter(mailing_list=mailing_list).select_related("logo").order_by("-is_active", "pk").first()
        if mailing_list
        else None
    )
    if newsletter is None:
        institute = Institute.current()
        newsletter = Newsletter(name=mailing_list.name if mailing_list else institute.name, colour=institute.accent)
        newsletter.logo = institute.logo
        colour = institute.accent or USUAL_COLOUR
    else:
        colour = newsletter.shown_colour
    logo = newsletter.shown_logo
    fonts = designs.design(newsletter.design).fonts(newsletter.font, language)
    return MessageLook(
        name=newsletter.name,
        logo=MessageLogo(
            absolute(picture_path(logo, 2 * LOGO_WIDTH)),
            max(1, min(LOGO_WIDTH, round(LOGO_HEIGHT * logo.width / logo.height))),
            logo.alt,
        )
        if logo
        else None,
        colour=colour,
        background=newsletter.background,
        text_font=fonts.text,
        heading_font=fonts.headings,
    )
