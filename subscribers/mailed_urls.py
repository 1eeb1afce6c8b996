"""The pages behind the links of our mails. One address in every language: a link must work for ever, whatever
languages are offered then, so the page speaks the reader's."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from subscribers.views import confirm, email_preferences, new_address, own_data, staying, unsubscribe

app_name = "mailed"
urlpatterns = [
    path("confirm/<str:token>/", confirm.confirm, name="confirm"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("stay/<str:token>/", staying.stay, name="stay"),
    # What an email leads elsewhere stands in the archive as it was written: who comes from there may sign up.
    path("stay/", RedirectView.as_view(pattern_name="subscribers:subscribe"), name="stay_without_link"),
    path("preferences/<str:token>/", email_preferences.email_preferences, name="preferences"),
    path("preferences/<str:token>/data/", own_data.download, name="own_data"),
    path("preferences/<str:token>/reading/", own_data.show_reading, name="own_reading"),
    path("preferences/<str:token>/erase/", own_data.erase_me, name="erase_me"),
    path("new-address/<str:token>/", new_address.new_address, name="new_address"),
]
