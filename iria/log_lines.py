"""How Iria's log lines look: in full where a file or a service keeps them, short for who reads along in a terminal."""

from __future__ import annotations

from typing import Any


def logging_settings(level: str, *, for_files: bool) -> dict[str, Any]:
    """Django's LOGGING, of this level and above."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "full": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
            "plain": {"format": "%(asctime)s %(message)s", "datefmt": "%H:%M:%S"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "full" if for_files else "plain"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # said by iria.front, in a line and not for each
        },
    }
