from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class SubscribersConfig(AppConfig):
    name = "subscribers"

    def ready(self) -> None:
        from mail.outbox.kinds import register
        from mail.outbox.posting import Source, register_source
        from subscribers import intake, timeline
        from subscribers.admin.reauthentication import note_login
        from subscribers.messages.address_change import ADDRESS_CHANGED, CONFIRM_ADDRESS
        from subscribers.messages.confirmation import CONFIRMATION, REMINDER
        from subscribers.messages.join_requests import JOIN_DECLINED, JOIN_RECEIVED
        from subscribers.messages.preferences_link import PREFERENCES_LINK
        from subscribers.messages.welcome import WELCOME

        register_source("forms", Source(intake.is_waiting, intake.take_in))
        register(CONFIRMATION, REMINDER, WELCOME, PREFERENCES_LINK, JOIN_RECEIVED, JOIN_DECLINED)
        register(CONFIRM_ADDRESS, ADDRESS_CHANGED)

        timeline.register(timeline.CONSENT, timeline.MESSAGES, timeline.NOTES)
        user_logged_in.connect(note_login, dispatch_uid="subscribers.note_login")
