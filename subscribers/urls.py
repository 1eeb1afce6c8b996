"""The readers' pages that everybody may open: sign-up, and the request for a link to the email preferences.

The address says the language of the page.
"""

from __future__ import annotations

from django.urls import path

from subscribers.views import embedding, preferences_link, sign_up

app_name = "subscribers"
urlpatterns = [
    path("subscribe/", sign_up.sign_up, name="subscribe"),
    path("subscribe/embed/", embedding.embed, name="embed"),
    path("subscribe/<slug:slug>/", sign_up.sign_up, name="list"),
    path("subscribe/<slug:slug>/form.js", embedding.script, name="form_script"),
    path("preferences/", preferences_link.preferences_link, name="preferences_link"),
]
