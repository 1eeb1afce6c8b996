"""The reader's pages: sign-up, confirmation, leaving, preferences."""

from __future__ import annotations

from django.urls import path

from subscribers.views import confirming, leaving, preferring, signing_up

app_name = "subscribers"
urlpatterns = [
    path("subscribe/", signing_up.subscribe, name="subscribe"),
    path("subscribe/embed/", signing_up.embed, name="embed"),
    path("confirm/<str:token>/", confirming.confirm, name="confirm"),
    path("unsubscribe/<str:token>/", leaving.unsubscribe, name="unsubscribe"),
    path("preferences/", preferring.lost_link, name="lost_link"),
    path("preferences/<str:token>/", preferring.preferences, name="preferences"),
]
