"""It is the mailing list that asks for a second person: what one of its newsletters asked for, all of them do."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def ask_for_the_list(apps: Any, schema_editor: Any) -> None:
    asking = apps.get_model("newsletters", "Newsletter").objects.filter(needs_approval=True)
    lists = apps.get_model("subscribers", "MailingList").objects
    lists.filter(pk__in=asking.values("mailing_list")).update(needs_approval=True)


def ask_for_each(apps: Any, schema_editor: Any) -> None:
    asking = apps.get_model("subscribers", "MailingList").objects.filter(needs_approval=True)
    newsletters = apps.get_model("newsletters", "Newsletter").objects
    newsletters.filter(mailing_list__in=asking.values("pk")).update(needs_approval=True)


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0033_note_changes_of_the_site"),
        ("subscribers", "0015_second_person_of_a_list"),
    ]
    operations = [
        migrations.RunPython(ask_for_the_list, ask_for_each),
        migrations.RemoveField("newsletter", "needs_approval"),
    ]
