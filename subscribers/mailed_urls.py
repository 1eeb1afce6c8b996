"""The pages behind the links of our mails. One address in every language: a link must work for ever, whatever
languages are offered then, so the page speaks the reader's."""

from __future__ import annotations

from django.urls import path

from subscribers.views import confirm, email_preferences, new_address, own_data, unsubscribe

app_name = "mailed"
urlpatterns = [
    path("confirm/<str:token>/", confirm.confirm, name="confirm"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("preferences/<str:token>/", email_preferences.email_preferences, name="preferences"),
    path("preferences/<str:token>/data/", own_data.download, name="own_data"),
    path("preferences/<str:token>/reading/", own_data.show_reading, name="own_reading"),
    path("preferences/<str:token>/erase/", own_data.erase_me, name="erase_me"),
    path("new-address/<str:token>/", new_address.new_address, name="new_address"),
]
