"""The public site."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path, register_converter

from lib.readable_slugs import ReadableSlugConverter
from newsletters.site import articles, comments, editions, feeds, files, home, listings, pages, search, sitemaps

app_name = "site"
register_converter(ReadableSlugConverter, "words")
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("articles/<words:slug>/", articles.article, name="article"),
    path("articles/<words:slug>/preview/", articles.preview, name="preview"),
    path("articles/<words:slug>/comments/", comments.discussion, name="comments"),
    path("articles/<words:slug>/comment/", comments.comment, name="comment"),
    path("articles/<words:slug>/comment/held/", comments.held, name="comment-held"),
    path("preview/<str:token>/", articles.private_preview, name="private-preview"),
    path("topics/<words:slug>/", listings.topic, name="topic"),
    path("topics/<words:slug>/feed/", feeds.topic_rss, name="topic-feed"),
    path("topics/<words:slug>/feed/atom/", feeds.topic_atom, name="topic-atom"),
    path("topics/<words:slug>/feed/json/", feeds.topic_json_feed, name="topic-json-feed"),
    path("authors/<words:slug>/", listings.author, name="author"),
    path("search/", search.search, name="search"),
    path("archive/", listings.archive, name="archive"),
    path("archive/<slug:slug>/", editions.edition, name="edition"),
    path("feed/", feeds.rss, name="feed"),
    path("feed/atom/", feeds.atom, name="atom"),
    path("feed/json/", feeds.json_feed, name="json-feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-pages.xml", sitemaps.pages, name="sitemap-pages"),
    re_path(
        r"^sitemap-(?P<kind>articles|editions)-(?P<number>[0-9]{1,12})\.xml$", sitemaps.numbered, name="sitemap-part"
    ),
    path("robots.txt", files.robots, name="robots"),
    path("favicon.ico", files.favicon, name="favicon"),
    path("icon.svg", files.icon, name="icon"),
    re_path(
        r"^media/pictures/(?P<folder>[0-9a-f]{2})/(?P<name>[0-9a-f]{16}-[0-9]{1,5})\.(?P<extension>jpg|png)$",
        files.picture,
        name="picture",
    ),
    path("pages/<int:number>/preview/", pages.preview, name="page-preview"),
    # The institute's own pages come last: whatever stands above them keeps its address.
    path("<words:slug>/", pages.page, name="page"),
]
