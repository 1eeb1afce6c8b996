"""The email that welcomes who joins a list: a draft of an edition, as it stood when somebody chose it.

It isn't sent as an edition and counts as none: it has no number, no place in the archive, no audience and no counted
links. Like an edition it is fixed by its hash, preflight must find nothing that blocks, and where the newsletter wants
a second person's approval, it takes that as well.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.editions import approval_state, preflight
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.transitions import NotApproved, NotReady, Refused
from newsletters.models import Edition, ListWelcome
from newsletters.rendering.content import EditionContent, digest, digest_of_json
from subscribers import languages


class WelcomeDamaged(ValueError):
    """The stored content is not what somebody chose: it was changed in the database by hand."""


def use_as_welcome(loaded: LoadedEdition, language: str = "", *, by: str = "") -> ListWelcome:
    """Welcome the readers of this language (empty: of all that have no welcome of their own) with what is saved of this
    draft, instead of what welcomed them before. Raises `Refused`, `NotReady` and `NotApproved`."""
    edition = loaded.edition
    if edition.status != Edition.Status.DRAFT:
        raise Refused(_("Only a draft can become a welcome. Copy this edition to a new draft first."))
    if language and not languages.is_offered(language):
        raise Refused(_("Choose one of the languages that readers can have."))
    content = as_welcome(loaded.content)
    if blocking := preflight.blocking(preflight.check_welcome(loaded, content)):
        raise NotReady(blocking)
    if not (stands := approval_state.read_approval_state(loaded)).may_go_out:
        raise NotApproved(stands.why_not)
    welcome, _created = ListWelcome.objects.update_or_create(
        mailing_list_id=content.list_id,
        language=language,
        defaults={
            "newsletter_id": content.newsletter_id,
            "content": content.to_json(),
            "content_hash": digest(content),
            "chosen_by": by[:150],
            "chosen_at": timezone.now(),
        },
    )
    return welcome


def as_welcome(content: EditionContent) -> EditionContent:
    """The same for one person, without what makes it an edition. Blocks for a segment stay so."""
    return replace(content, edition_id=0, number=0, path="", digest="", tracking="off", utm="", include=(), exclude=())


def content_of_welcome(welcome: ListWelcome) -> EditionContent:
    """Raises `WelcomeDamaged`, and `NewerContent` where a newer version of Iria stored it."""
    if digest_of_json(welcome.content) != welcome.content_hash:
        raise WelcomeDamaged(f"Welcome {welcome.pk}: the content doesn't match its hash {welcome.content_hash}.")
    return EditionContent.from_json(welcome.content)


def find_welcome(list_id: int, language: str) -> ListWelcome | None:
    """Of readers of this language: in it, else the one for all."""
    found = ListWelcome.objects.filter(mailing_list=list_id, language__in=[language, ""])
    return found.order_by("-language").first()


def language_in_words(language: str) -> str:
    return languages.language(language).name if language else _("every language without a welcome of its own")
