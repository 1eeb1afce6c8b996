"""What stands between a valid form and its sign-up when many come at once: a wait, or one more step."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscribers import throttling
from subscribers.signup import proof_of_work
from subscribers.signup.proof_of_work import PROOF, TICKET
from subscribers.views.error_pages import too_many_requests


def hold_up(request: HttpRequest, email: str, fields: list[tuple[str, str]]) -> HttpResponse | None:
    """Count a sign-up or a request for a link, and return the page that holds it up; None when nothing does.

    `fields` is what was typed, for the form of that page: nobody types twice.
    """
    proof, ticket = request.POST.get(PROOF, ""), request.POST.get(TICKET, "")
    try:
        throttling.check_signup(request, email)
    except throttling.Throttled as limit:
        kept = [(name, value) for name, value in ((PROOF, proof), (TICKET, ticket)) if value]
        return too_many_requests(request, limit, action=request.path, fields=[*fields, *kept])
    except throttling.ProofNeeded as needed:
        if not proof_of_work.is_accepted(email, proof, ticket):
            return _one_more_step(request, email, needed.excess, ticket, fields)
    return None


def _one_more_step(
    request: HttpRequest, email: str, excess: int, ticket: str, fields: list[tuple[str, str]]
) -> HttpResponse:
    challenge = proof_of_work.challenge(email, excess, ticket)
    context = {
        "action": request.path,
        "challenge": challenge,
        "fields": [*fields, (TICKET, challenge.ticket)] if challenge.ticket else fields,
        "proof_name": PROOF,
        "too_early": bool(ticket and challenge.ticket),
    }
    response = render(request, "subscribers/one_more_step.html", context, status=429)
    response["Retry-After"] = str(challenge.wait)
    response["Cache-Control"] = "no-store"
    return response
