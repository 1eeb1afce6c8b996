"""What was chosen for an import, as it is kept with it and as a batch needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from subscribers.models import Import, MailingList, Topic, TopicSelection


@dataclass(frozen=True)
class ImportOptions:
    lists: tuple[str, ...]  # slugs
    consent: str = Import.Consent.NONE.value
    overwrite: bool = False  # fields that a person already has
    topics: tuple[str, ...] = ()  # slugs; for new subscriptions, where the file says nothing
    tags: tuple[str, ...] = ()  # for everybody
    evidence: str = ""  # what proves the consent of those rows that don't say it
    mapping: Mapping[str, str] = field(default_factory=dict)  # column → what it holds, where we guessed wrong

    def packed(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: Mapping[str, Any]) -> ImportOptions:
        known: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in packed.items()}
        return cls(**known)


class Targets:
    """The lists and topics that the options and the rows name, looked up once. A list that was renamed or deleted
    meanwhile is simply not there any more."""

    def __init__(self, options: ImportOptions) -> None:
        self._by_slug = {each.slug: each for each in MailingList.objects.prefetch_related("topics")}
        self.lists = [self._by_slug[slug] for slug in options.lists if slug in self._by_slug]
        self.missing = [slug for slug in options.lists if slug not in self._by_slug]
        self._default_topics = options.topics
        self._selections: dict[tuple[int, tuple[str, ...]], int | None] = {}
        self._offered = {
            each.pk: {word.casefold(): topic for topic in each.topics.all() for word in (topic.slug, topic.name)}
            for each in self._by_slug.values()
        }

    def list_named(self, slug: str) -> MailingList | None:
        return self._by_slug.get(slug)

    def selection(self, mailing_list: MailingList, topics: Sequence[str] | None) -> int | None:
        """The id of the choice of those topics that this list has; None stands for all."""
        words = tuple(topics if topics else self._default_topics)
        if not words:
            return None
        key = (mailing_list.pk, words)
        if key not in self._selections:
            offered = self._offered[mailing_list.pk]
            chosen: list[Topic] = [offered[word.casefold()] for word in words if word.casefold() in offered]
            selection = TopicSelection.of(chosen)
            self._selections[key] = selection.pk if selection else None
        return self._selections[key]
