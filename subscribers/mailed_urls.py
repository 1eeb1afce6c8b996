"""The pages behind the links of our mails. One address in every language: a link must work for ever, whatever
languages are offered then, so the page speaks the reader's."""

from __future__ import annotations

from django.urls import path

from subscribers.views import confirming, leaving, preferring

app_name = "mailed"
urlpatterns = [
    path("confirm/<str:token>/", confirming.confirm, name="confirm"),
    path("unsubscribe/<str:token>/", leaving.unsubscribe, name="unsubscribe"),
    path("preferences/<str:token>/", preferring.preferences, name="preferences"),
]
