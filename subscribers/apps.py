from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.backends.signals import connection_created


def _note_login(**sent: Any) -> None:
    from subscribers.admin.reauthentication import note_login  # a page of the staff's, which only some processes need

    note_login(**sent)


class SubscribersConfig(AppConfig):
    name = "subscribers"

    def ready(self) -> None:
        from mail.outbox.kinds import register
        from mail.outbox.posting import Source, register_source
        from subscribers import intake, timeline
        from subscribers.imports.of_a_person import IMPORTS
        from subscribers.messages.address_change import ADDRESS_CHANGED, CONFIRM_ADDRESS
        from subscribers.messages.confirmation import CONFIRMATION, REMINDER
        from subscribers.messages.join_requests import JOIN_DECLINED, JOIN_RECEIVED
        from subscribers.messages.own_data import OWN_DATA
        from subscribers.messages.preferences_link import PREFERENCES_LINK
        from subscribers.messages.welcome import WELCOME
        from subscribers.segments.attribute_fields import attribute_fields, install_lower
        from subscribers.segments.fields import register_source as register_fields
        from subscribers.segments.own_fields import own_fields

        register_source("forms", Source(intake.is_waiting, intake.take_in))
        register(CONFIRMATION, REMINDER, WELCOME, PREFERENCES_LINK, JOIN_RECEIVED, JOIN_DECLINED)
        register(CONFIRM_ADDRESS, ADDRESS_CHANGED, OWN_DATA)

        timeline.register(timeline.CONSENT, timeline.MESSAGES, timeline.NOTES, IMPORTS)
        register_fields(own_fields)
        register_fields(attribute_fields)
        connection_created.connect(install_lower, dispatch_uid="subscribers.install_lower")
        user_logged_in.connect(_note_login, dispatch_uid="subscribers.note_login")
