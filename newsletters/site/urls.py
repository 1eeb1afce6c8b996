"""The public site."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from newsletters.site import editions, feed, files, pages

app_name = "site"
urlpatterns: list[URLPattern] = [
    path("", pages.home, name="home"),
    path("articles/<slug:slug>/", pages.article, name="article"),
    path("articles/<slug:slug>/preview/", pages.preview, name="preview"),
    path("topics/<slug:slug>/", pages.topic, name="topic"),
    path("archive/", pages.archive, name="archive"),
    path("archive/<slug:slug>/", editions.edition, name="edition"),
    path("feed/", feed.feed, name="feed"),
    path("robots.txt", files.robots, name="robots"),
    path("favicon.ico", files.favicon, name="favicon"),
    re_path(
        r"^media/pictures/(?P<folder>[0-9a-f]{2})/(?P<name>[0-9a-f]{16}-[0-9]{1,5})\.(?P<extension>jpg|png)$",
        files.picture,
        name="picture",
    ),
]
