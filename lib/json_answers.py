"""Scripts of our pages ask for JSON; the same address answers a person without them with a page."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def refusal(sentence: str, status: int) -> JsonResponse:
    """What a script shows to the person: `{"error": "…"}`, kept by no cache."""
    return JsonResponse({"error": sentence}, status=status, headers={"Cache-Control": "no-store"})
