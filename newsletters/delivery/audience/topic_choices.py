"""The topics behind the choices that readers made: as many rows as there are different choices, not readers."""

from __future__ import annotations

from subscribers.models import TopicSelection


class TopicChoices(dict[int, frozenset[int]]):
    """The topic ids of each choice. A choice that is not known yet is looked up: a reader may make a new one while the
    audience is being read."""

    def __missing__(self, selection_id: int) -> frozenset[int]:
        topics = TopicSelection.topics.through.objects.filter(topicselection=selection_id)
        self[selection_id] = frozenset(topics.values_list("topic_id", flat=True))
        return self[selection_id]


def read_topic_choices() -> TopicChoices:
    chosen: dict[int, set[int]] = {}
    for selection_id, topic_id in TopicSelection.topics.through.objects.values_list("topicselection_id", "topic_id"):
        chosen.setdefault(selection_id, set()).add(topic_id)
    return TopicChoices({selection_id: frozenset(topics) for selection_id, topics in chosen.items()})


def read_topic_names() -> dict[int, tuple[str, ...]]:
    """The names of each choice's topics, in the order in which readers see them."""
    chosen: dict[int, list[str]] = {}
    rows = TopicSelection.topics.through.objects.order_by("topic__position", "topic__name")
    for selection_id, name in rows.values_list("topicselection_id", "topic__name"):
        chosen.setdefault(selection_id, []).append(name)
    return {selection_id: tuple(names) for selection_id, names in chosen.items()}
