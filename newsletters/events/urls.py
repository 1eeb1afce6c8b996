"""The addresses that mails lead to and that count, and those that mail services call. One in every language: a link
must keep working."""

from __future__ import annotations

from django.urls import path

from newsletters.events.clicks.answering import follow, show_picture
from newsletters.events.webhooks import entrance

app_name = "events"
urlpatterns = [
    path("c/<str:token>/<str:number>/", follow, name="click"),
    path("o/<str:token>.gif", show_picture, name="picture"),
    entrance.address,
]
