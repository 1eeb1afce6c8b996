from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class SubscribersConfig(AppConfig):
    name = "subscribers"

    def ready(self) -> None:
        from subscribers.admin.reauthentication import note_login

        user_logged_in.connect(note_login, dispatch_uid="subscribers.note_login")
