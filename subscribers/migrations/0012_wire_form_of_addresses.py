"""Addresses in the one form that mails go to: the domain in ASCII; and only ASCII letters are folded in keys."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b
from typing import Any

import idna
from django.conf import settings
from django.db import migrations

BATCH = 1000


def with_ascii_domain(email: str) -> str:
    local, _at, domain = email.rpartition("@")
    domain = domain.lower()
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            domain = domain.casefold()
    return f"{local}@{domain}"


def address_key(email: str) -> str:
    local, _at, domain = with_ascii_domain(email).rpartition("@")
    local = unicodedata.normalize("NFC", local[:254])
    return f"{''.join(letter.lower() if letter.isascii() else letter for letter in local)}@{domain}"


def address_hash(email: str) -> str:
    oldest = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS][-1]
    key = blake2b(oldest.encode(), digest_size=32, person=b"iria-token", key=b"address").digest()
    return blake2b(address_key(email).encode(), digest_size=32, key=key).hexdigest()


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
