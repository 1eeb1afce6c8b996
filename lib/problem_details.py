"""What a program is answered that asked for something it can't have: problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

API = "/api/"
MEDIA_TYPE = "application/problem+json"


def is_for_a_program(request: HttpRequest) -> bool:
    """Whether the address belongs to the API, whose answers nobody reads as a page."""
    return request.path_info.startswith(API)


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **members: Any) -> JsonResponse:
    """`detail` is a sentence for the one who writes the program. Kept by no cache."""
    # Without a type of its own, a problem is what its status says, and the title says that (RFC 9457 §4.2.1).
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    said = {"Cache-Control": "no-store", **(headers or {})}
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=said)
