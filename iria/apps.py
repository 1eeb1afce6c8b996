from __future__ import annotations

from pathlib import Path

from django.apps import AppConfig
from django.db.models.signals import pre_save


class IriaConfig(AppConfig):
    name = "iria"
    verbose_name = "Iria"

    def ready(self) -> None:
        # Shared tasks belong to our app in every process; not in iria/__init__, since the supervisor imports that.
        from iria.accounts.messages import API_TOKEN_MADE, INVITATION, PASSWORD_RESET
        from iria.celery import app
        from lib.single_lines import fold
        from mail.outbox.kinds import register

        app.set_default()
        pre_save.connect(fold, dispatch_uid="single lines")
        register(API_TOKEN_MADE, INVITATION, PASSWORD_RESET)
        self._keep_files_private()

    def _keep_files_private(self) -> None:
        from django.conf import settings

        from iria.private_files import mend_rights, write_privately

        write_privately()
        database = settings.DATABASES["default"]
        own = [Path(database["NAME"])] if database["ENGINE"].endswith("sqlite3") else []
        mend_rights(Path(settings.IRIA_DATA), folders=[Path(settings.IRIA_JOURNAL_DIR)], files=own)
