"""The inbox of a development machine."""

from __future__ import annotations

from django.urls import path

from iria.inbox import views

app_name = "inbox"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("messages.json", views.messages_json, name="messages_json"),
    path("clear", views.clear, name="clear"),
    path("<int:message_id>/", views.message, name="message"),
    path("<int:message_id>/text", views.message, {"part": "text"}, name="text"),
    path("<int:message_id>/headers", views.message, {"part": "headers"}, name="headers"),
    path("<int:message_id>/source", views.message, {"part": "source"}, name="source"),
    path("<int:message_id>/html", views.html_part, name="html"),
    path("<int:message_id>/raw", views.raw, name="raw"),
]
