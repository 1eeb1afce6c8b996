"""The page for those who do not have the link to their email preferences: they enter an address, we send it there.

The answer is the same for every address and takes the same time, so that nobody learns from it who subscribes.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lib.addresses import readable
from subscribers import intake
from subscribers.signup.forms import AddressForm
from subscribers.views.decorators import public_form
from subscribers.views.signup_limits import hold_up
from subscribers.visitors import visit_of


@public_form
def preferences_link(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "subscribers/preferences_link.html", {"form": AddressForm(), "email": ""})
    form = AddressForm(request.POST)
    typed = request.POST.get("email", "")
    if not form.is_valid():
        return render(request, "subscribers/preferences_link.html", {"form": form, "email": typed}, status=422)
    if held_up := hold_up(request, form.cleaned_data["email"], [("email", typed)]):
        return held_up
    intake.hand_in_link_request(form.cleaned_data["email"], visit=visit_of(request))
    return render(request, "subscribers/preferences_link_sent.html", {"email": readable(form.cleaned_data["email"])})
