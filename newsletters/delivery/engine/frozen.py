"""What a process needs of an edition to send it: content, variants, topic names. Frozen, so it is read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from mail.writing.message import Mail
from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.audience.topic_choices import read_topic_names
from newsletters.models import Edition, Variant
from newsletters.rendering import slots
from newsletters.rendering.compiled import CompiledMail, compile_all
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.message import build
from newsletters.rendering.recipients import Recipient


@dataclass(frozen=True)
class FrozenEdition:
    content: EditionContent
    audience: Audience
    variants: dict[int, RenderedMail]
    letters: frozenset[int]  # the variants without articles
    compiled: dict[int, CompiledMail]
    topic_names: dict[int, tuple[str, ...]]

    def message(self, variant: int, recipient: Recipient, now: datetime) -> Mail:
        """The mail to this recipient as a whole message; `compiled` gives its bytes."""
        return build(self.variants[variant], recipient, self.content, date=now)


@lru_cache(maxsize=4)
def load(edition_id: int, content_hash: str) -> FrozenEdition:
    """The hash is part of the key, so that another database's edition of the same number is another one."""
    edition = Edition.objects.only("snapshot").get(pk=edition_id, content_hash=content_hash)
    content = EditionContent.from_json(edition.snapshot or {})
    rows = list(Variant.objects.filter(edition_id=edition_id))
    variants = {
        variant.number: RenderedMail(variant.subject, variant.html, variant.text, tuple(slots.from_json(variant.slots)))
        for variant in rows
    }
    return FrozenEdition(
        content=content,
        audience=Audience.from_content(content),
        variants=variants,
        letters=frozenset(variant.number for variant in rows if variant.is_letter),
        compiled=compile_all(variants, content),
        topic_names=read_topic_names(),
    )
