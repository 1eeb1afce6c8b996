"""Parts of the site's pages that are rendered once for what they say: see lib/fragments.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.safestring import SafeString, mark_safe

from lib.fragments import render_once
from lib.readable_slugs import path_of
from newsletters.articles.comments import Discussion
from newsletters.articles.pages import pages_for
from newsletters.articles.pictures import picture_path
from newsletters.articles.topics import topics_of
from newsletters.models import Article, ArticleAuthor, Author, Institute
from newsletters.models.pictures import ready
from newsletters.site.brand import logo_of, network_of
from newsletters.site.look import style_of
from newsletters.site.sharing import Card, with_picture_of
from newsletters.site.typefaces import typeface
from newsletters.templatetags.pictures import picture
from subscribers.languages import localised, spoken
from subscribers.models import Topic
from subscribers.templatetags.signup import signup_offered

register = template.Library()
_SHOWN = "[when it is shown]"  # stands in the form that is rendered once


class Link(NamedTuple):
    path: str
    name: str


class MetaOfArticle(NamedTuple):
    published_at: datetime | None
    reading_minutes: int
    discussion: Discussion


class Neighbour(NamedTuple):
    path: str
    language: str
    title: str


class Headline(NamedTuple):
    """An article in the shortest form in which lists show it."""

    path: str
    language: str
    title: str
    meta: MetaOfArticle


class Story(NamedTuple):
    path: str
    language: str
    title: str
    summary: str
    picture: SafeString
    topics: tuple[Link, ...]
    meta: MetaOfArticle


class Commented(NamedTuple):
    slug: str
    discussion: Discussion


@register.simple_tag
def byline(article: Article, bylines: Iterable[ArticleAuthor]) -> SafeString:
    """Who wrote it, and what `meta_line` says."""
    authors = tuple([Link(each.author.get_absolute_url(), each.author.name) for each in bylines])
    return render_once("site/_byline.html", bylines=authors, article=_meta(article))


@register.simple_tag
def about_author(author: Author) -> SafeString:
    if not author.about:
        return SafeString()
    path = author.get_absolute_url()
    said = render_once("site/_about_author.html", path=path, name=author.name, about=author.about)
    return SafeString(said.rstrip("\n"))


@register.simple_tag
def neighbours(earlier: Article | None, later: Article | None) -> SafeString:
    links = [_neighbour(each) if each else None for each in (earlier, later)]
    return render_once("site/_neighbours.html", earlier=links[0], later=links[1])


def _neighbour(article: Article) -> Neighbour:
    return Neighbour(article.get_absolute_url(), article.language, article.title)


class Dates(NamedTuple):
    published_at: datetime
    updated_at: datetime


@register.simple_tag(takes_context=True)
def card_head(context: dict[str, Any]) -> SafeString:
    """What networks and search engines are told of the page."""
    card: Card = context["card"]
    article: Article | None = context.get("article") if card.kind == "article" else None
    dates: Dates | None = None
    topics: tuple[str, ...] = ()
    if article is not None and article.published_at is not None:
        dates = Dates(article.published_at, article.updated_at)
        topics = tuple([topic.name for topic in topics_of(article)])
    institute: Institute = context["institute"]
    return render_once(
        "site/_card.html", card=with_picture_of(card, institute), name=institute.name, dates=dates, topics=topics
    )


@register.simple_tag
def share(card: Card) -> SafeString:
    return render_once("site/_share.html", card=card)


@register.simple_tag(takes_context=True)
def comment_form(context: dict[str, Any]) -> SafeString:
    """As it stands under an article, before anybody has typed."""
    article: Article = context["article"]
    talk: Discussion = article.discussion  # type: ignore[attr-defined]
    form = render_once(
        "site/_comment_form.html", article=Commented(article.slug, talk), shown=_SHOWN, honeypot=context["honeypot"]
    )
    return mark_safe(form.replace(_SHOWN, context["shown"]))  # noqa: S308 - a signed number in base64


@register.simple_tag
def lead_story(article: Article, sizes: str) -> SafeString:
    """`sizes` are its picture's, as in HTML."""
    return render_once("site/_lead.html", story=_story(article, sizes, first=True))


@register.simple_tag
def story(article: Article, sizes: str) -> SafeString:
    return render_once("site/_story.html", story=_story(article, sizes))


@register.simple_tag
def related_story(article: Article, sizes: str) -> SafeString:
    """Without its summary and topics."""
    return render_once("site/_related_story.html", story=_line(article), picture=_picture(article, sizes))


@register.simple_tag
def topic_shelf(topic: Topic, articles: Iterable[Article]) -> SafeString:
    """The newest articles of a topic, by their titles."""
    (link,) = _links([topic])
    return render_once("site/_shelf.html", slug=topic.slug, topic=link, stories=tuple(map(_line, articles)))


@register.simple_tag
def topic_line(topic: Topic, article: Article) -> SafeString:
    """An article that stands alone under its topic."""
    return render_once("site/_topic_line.html", topics=_links([topic]), story=_line(article))


def _line(article: Article) -> Headline:
    return Headline(article.get_absolute_url(), article.language, article.title, _meta(article))


def _story(article: Article, sizes: str, *, first: bool = False) -> Story:
    image, topics = _picture(article, sizes, first=first), _links(topics_of(article)[:1])
    path, words = article.get_absolute_url(), (article.language, article.title, article.summary)
    return Story(path, *words, image, topics, _meta(article))


def _picture(article: Article, sizes: str, *, first: bool = False) -> SafeString:
    """Its link is the headline's: for those who hear the page, the picture is decoration."""
    shown = article.shown_picture
    return picture(shown, sizes, first=first, decorative=True) if shown else SafeString()


def _meta(article: Article) -> MetaOfArticle:
    talk: Discussion = article.discussion  # type: ignore[attr-defined]
    return MetaOfArticle(article.published_at, article.reading_minutes, talk)


@register.simple_tag
def meta_line(article: Article) -> SafeString:
    """When it was published, how long it takes to read, and how many commented."""
    return render_once("site/_meta.html", article=_meta(article))


@register.simple_tag
def topics_line(article: Article) -> SafeString:
    """Its main topic, as a link: the first in the order of the topics."""
    return render_once("site/_topics.html", topics=_links(topics_of(article)[:1]))


@register.simple_tag(takes_context=True)
def brand(context: dict[str, Any]) -> SafeString:
    institute: Institute = context["institute"]
    logo = logo_of(institute.logo)
    return render_once(
        "site/_brand.html",
        name=institute.name,
        tagline=institute.tagline,
        logo=logo,
        logo_dark=logo_of(institute.logo_dark) if logo else None,
        words=institute.shows_name or not logo,
    )


@register.simple_tag
def search_form() -> SafeString:
    return render_once("site/_search_form.html")


@register.simple_tag(takes_context=True)
def navigation(context: dict[str, Any]) -> SafeString:
    """The ways to the archive, the form and the topics; the one to the page that it stands on is marked."""
    request: HttpRequest | None = context.get("request")
    path = escape_uri_path(request.path) if request is not None else ""
    topics, archive = _links(context.get("site_topics", ())), reverse("site:archive")
    here = path if path == archive or any(path == topic.path for topic in topics) else ""
    offered = request is None or signup_offered(context)
    return render_once("site/_navigation.html", topics=topics, archive=archive, here=here, offered=offered)


@register.simple_tag(takes_context=True)
def about_institute(context: dict[str, Any]) -> SafeString:
    institute: Institute = context["institute"]
    return render_once(
        "site/_about.html",
        name=institute.name,
        description=institute.description,
        contact_email=institute.contact_email,
    )


@register.simple_tag(takes_context=True)
def head_links(context: dict[str, Any]) -> SafeString:
    """Colours, icons, style sheets and feeds."""
    institute: Institute = context["institute"]
    icon = ready(institute.icon)
    files = typeface(institute.typeface).files
    return render_once(
        "site/_head_links.html",
        name=institute.name,
        style=style_of(institute),
        icon=picture_path(icon, 64) if icon else "",
        large_icon=picture_path(icon, 180) if icon else "",
        letter=reverse("site:icon"),
        faces=f"site/faces/{files}.css" if files else "",
    )


class FooterPage(NamedTuple):
    path: str
    title: str
    written_in: str


@register.simple_tag(takes_context=True)
def colophon_links(context: dict[str, Any]) -> SafeString:
    """What the institute has to say of itself, and the other ways to read it."""
    institute: Institute = context["institute"]
    code = spoken()
    pages = [each for each in pages_for(context.get("site_pages", ()), code) if each.in_footer]
    return render_once(
        "site/_colophon_links.html",
        copyright_line=institute.copyright_line or institute.name,
        pages=tuple([FooterPage(each.path_in(code), each.title, each.written_in) for each in pages]),
    )


@register.simple_tag(takes_context=True)
def profile_links(context: dict[str, Any]) -> SafeString:
    """The institute in social networks."""
    institute: Institute = context["institute"]
    links = tuple([Link(address, network_of(address)) for address in institute.profiles])
    return render_once("site/_profiles.html", profiles=links) if links else SafeString()


def _links(topics: Iterable[Topic]) -> tuple[Link, ...]:
    start = localised("/topics/")
    return tuple([Link(f"{start}{path_of(topic.slug)}/", topic.name) for topic in topics])
