"""Addresses in the one form that mails go to: the domain in ASCII; and only ASCII letters are folded in keys."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from lib.addresses import address_key, with_ascii_domain
from subscribers.tokens import address_hash

BATCH = 1000


def to_wire_form(apps: Any, schema_editor: Any) -> None:
    Subscriber = apps.get_model("subscribers", "Subscriber")
    # Keys become finer, never coarser, so no two people get the same.
    changed = []
    for person in Subscriber.objects.only("email", "email_key").order_by("pk").iterator(BATCH):
        email, key = with_ascii_domain(person.email), address_key(person.email)
        if (email, key) != (person.email, person.email_key):
            person.email, person.email_key = email, key
            changed.append(person)
    Subscriber.objects.bulk_update(changed, ["email", "email_key"], batch_size=BATCH)
    Suppression = apps.get_model("subscribers", "Suppression")
    entries = []
    for entry in Suppression.objects.exclude(email="").only("email", "address_hash").order_by("pk").iterator(BATCH):
        if not entry.email.isascii():
            entry.email = with_ascii_domain(entry.email)
            entry.address_hash = address_hash(entry.email)
            entries.append(entry)
    Suppression.objects.bulk_update(entries, ["email", "address_hash"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0011_plain_words_for_labels")]
    operations = [migrations.RunPython(to_wire_form, migrations.RunPython.noop, elidable=True)]
