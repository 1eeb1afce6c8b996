"""A name for this program with its settings, the same on every host that runs it."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from django.conf import settings

_FOLDERS = ("iria", "lib", "locale", "mail", "newsletters", "subscribers", "templates")
_SUFFIXES = {".py", ".html", ".mjml", ".mo", ".svg", ".txt", ".xml"}
_SETTINGS = (
    "SITE_URL",
    "LANGUAGES",
    "READER_LANGUAGES",
    "STATIC_URL",
    "MEDIA_URL",
    "SECRET_KEY",
    "SIGNUP_REMINDERS_A_DAY",
)


def name_release() -> str:
    """Two programs that make different pages have different names, so that neither serves the other's."""
    found = blake2b(digest_size=16)
    for name in _SETTINGS:
        found.update(f"{name}={getattr(settings, name)!r}\n".encode())
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    files = [manifest] if manifest.exists() else []
    for folder in _FOLDERS:
        files += sorted(
            path for path in (settings.BASE_DIR / folder).rglob("*") if path.suffix in _SUFFIXES and path.is_file()
        )
    for path in files:
        found.update(path.read_bytes())
    return found.hexdigest()
