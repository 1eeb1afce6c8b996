"""What every public page knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def institute(request: HttpRequest) -> dict[str, Any]:
    return {}
