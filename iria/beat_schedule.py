"""What is done again and again, and how often in seconds: by Celery beat, and by the ticker of `manage.py up`."""

from __future__ import annotations

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "reconcile": {"task": "newsletters.tasks.reconcile", "schedule": 15.0, "options": {"expires": 15.0}},
    "messages": {"task": "mail.tasks.send_messages", "schedule": 15.0, "options": {"expires": 15.0}},
    "sign-ups": {"task": "newsletters.tasks.expire_signups", "schedule": 3600.0, "options": {"expires": 600.0}},
    "returned mail": {"task": "newsletters.tasks.fetch_mail", "schedule": 60.0, "options": {"expires": 60.0}},
    "originals": {"task": "newsletters.tasks.sweep_originals", "schedule": 3600.0, "options": {"expires": 600.0}},
    "reports": {"task": "newsletters.tasks.count_for_reports", "schedule": 60.0, "options": {"expires": 60.0}},
    "logins": {"task": "iria.tasks.forget_old_logins", "schedule": 3600.0, "options": {"expires": 600.0}},
    "comments": {"task": "newsletters.tasks.look_after_comments", "schedule": 60.0, "options": {"expires": 60.0}},
    "quiet readers": {
        "task": "newsletters.tasks.finish_reengagements", "schedule": 3600.0, "options": {"expires": 600.0},
    },
    "feeds": {"task": "newsletters.tasks.poll_feeds", "schedule": 10.0, "options": {"expires": 10.0}},
    "engagement": {
        "task": "newsletters.tasks.recount_engagement", "schedule": 86_400.0, "options": {"expires": 3600.0},
    },
}  # fmt: skip
