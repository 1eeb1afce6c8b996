"""What a newsletter's mail looks like before there is one: for the page on which its design is chosen.

Shown is the newest edition of the newsletter with the look as it is just now, saved or not; of a newsletter without
one, an invented edition that has every kind of block.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from newsletters.blocks.content import PictureContent
from newsletters.blocks.kind import PICTURE_WIDTH
from newsletters.blocks.registry import kinds
from newsletters.editions import snapshot
from newsletters.editions.drafts import Draft, draft_of
from newsletters.models import Edition, Newsletter, Picture
from newsletters.rendering.content import EditionContent
from subscribers.models import MailingList


def newest(newsletter: Newsletter) -> EditionContent:
    """The newest edition that has anything in it, as it would be made now; else the invented one."""
    if newsletter.pk:
        edition = newsletter.editions.exclude(items=None).order_by("-pk").first()
        if edition is not None:
            edition.newsletter = _whole(newsletter)
            return snapshot.of_draft(edition, draft_of(edition))
    return every_block(newsletter)


def every_block(newsletter: Newsletter) -> EditionContent:
    """An invented edition in the newsletter's look. It asks the database for one picture at most."""
    edition = Edition(newsletter=_whole(newsletter), pk=0, number=1, slug=newsletter.slug or "sample")
    draft = Draft(
        subject=_("{{ newsletter }}: a sample email"),
        preheader=_("This text follows the subject in most inboxes."),
        introduction="<p>"
        + _("Dear {{ name|reader }},")
        + "</p><p>"
        + _("this is a sample edition. It shows one of everything an edition can contain.")
        + "</p>",
    )
    picture = _some_picture()
    blocks = tuple(block for kind in kinds() for block in kind.samples(picture))
    return replace(snapshot.of_draft(edition, draft), blocks=blocks)


def _whole(newsletter: Newsletter) -> Newsletter:
    """With a list, where none was chosen yet, and without the numbers of a newsletter that is not saved."""
    if not newsletter.mailing_list_id:
        newsletter.mailing_list = MailingList(pk=0, name=newsletter.name or _("a list"), slug="sample")
    if not newsletter.pk:
        newsletter.pk = 0
    newsletter.name = newsletter.name or _("Newsletter name")
    newsletter.postal_address = newsletter.postal_address or _("Postal address")
    return newsletter


def _some_picture() -> PictureContent:
    found = Picture.objects.filter(width__gte=PICTURE_WIDTH).order_by("-pk").first()
    if found is not None:
        return snapshot.picture_content(found, PICTURE_WIDTH)
    return PictureContent("/media/none.jpg", PICTURE_WIDTH, 310, _("Your picture goes here"), credit=_("Name"))
