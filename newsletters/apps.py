from __future__ import annotations

from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    name = "newsletters"
