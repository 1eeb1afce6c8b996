"""The reader's pages that everybody may open: sign-up, and the lost link. In every language, by the address."""

from __future__ import annotations

from django.urls import path

from subscribers.views import preferring, signing_up

app_name = "subscribers"
urlpatterns = [
    path("subscribe/", signing_up.subscribe, name="subscribe"),
    path("subscribe/embed/", signing_up.embed, name="embed"),
    path("preferences/", preferring.lost_link, name="lost_link"),
]
