"""The values and tags of one person: read in the order of their definitions, and written so that two who write at the
same time each keep what they wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from lib.free_names import free_name
from lib.readable_slugs import readable_slug
from subscribers.attributes.values import Value
from subscribers.models import Attribute, Subscriber, Tag, TaggedSubscriber
from subscribers.models.attributes import tag_key


def held_values(person: Subscriber, attributes: Iterable[Attribute]) -> list[tuple[Attribute, Value | None]]:
    return [(attribute, person.attributes.get(attribute.key)) for attribute in attributes]


def write_values(subscriber_id: int, values: Mapping[str, Value | None]) -> bool:
    """Put these values, by key, on the person; None takes one away. False when all were so already."""
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().only("attributes").get(pk=subscriber_id)
        new = {**person.attributes, **values}
        new = {key: value for key, value in new.items() if value is not None}
        # Compared as JSON: to Python, True and 1 are the same.
        if {key: repr(value) for key, value in new.items()} == {k: repr(v) for k, v in person.attributes.items()}:
            return False
        person.attributes = new
        Subscriber.objects.filter(pk=subscriber_id).update(attributes=new)
    return True


def get_or_create_tag(name: str) -> Tag:
    """The tag of this name, however it is capitalised."""
    found = Tag.objects.called(name).first()
    if found is None:
        found, _created = Tag.objects.get_or_create(key=tag_key(name), defaults={"name": name, "slug": free_slug(name)})
    return found


def free_slug(name: str) -> str:
    """A slug for a tag of this name that no other has. A name of signs alone has a number."""
    base = readable_slug(name, most=60) or "tag"
    taken = set(Tag.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return free_name(base, taken)


def set_tags(subscriber_id: int, tags: Iterable[Tag]) -> None:
    """The person has these tags and no others."""
    wanted = {tag.pk for tag in tags}
    with transaction.atomic():
        held = TaggedSubscriber.objects.filter(subscriber_id=subscriber_id)
        held.exclude(tag__in=wanted).delete()
        add_tags(subscriber_id, wanted - set(held.values_list("tag_id", flat=True)))


def add_tags(subscriber_id: int, tag_ids: Iterable[int]) -> None:
    TaggedSubscriber.objects.bulk_create(
        [TaggedSubscriber(tag_id=tag_id, subscriber_id=subscriber_id) for tag_id in tag_ids], ignore_conflicts=True
    )
