from __future__ import annotations

from django.apps import AppConfig


class IriaConfig(AppConfig):
    name = "iria"
    verbose_name = "Iria"

    def ready(self) -> None:
        # Shared tasks belong to our app in every process; not in iria/__init__, since the supervisor imports that.
        from iria.celery import app

        app.set_default()
