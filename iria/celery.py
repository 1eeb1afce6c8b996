"""The Celery app, for `celery -A iria worker -Q mail,default,bulk` and `celery -A iria beat`.

Tasks are nudges: the database is the truth, and `newsletters.tasks.reconcile` makes again what was lost.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")

app = Celery("iria")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # else .delay() from another thread of an in-process worker falls back to AMQP on localhost
app.autodiscover_tasks()
