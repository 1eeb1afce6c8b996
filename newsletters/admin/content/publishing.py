"""A page for an article beside its text: its review, private previews, corrections, and its way into an edition.

Each button is a plain form with one `action`; what it did is said above the page, and written to the article's history.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lib.characters import without_controls
from lib.dates import in_local_words
from lib.names import called
from lib.query_numbers import read_number
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.roles import may, require, who_may
from newsletters.articles import corrections, private_previews, reviewing
from newsletters.articles.publishing import NotComplete, publish
from newsletters.editions.putting_in import put_into_draft
from newsletters.editions.transitions import Refused
from newsletters.models import Article, Newsletter
from subscribers.languages import localised

EDITION = "_edition"  # the button “Publish and put into an edition”
CHANGE, PUBLISH, COMPOSE = "newsletters.change_article", reviewing.PUBLISH, "newsletters.change_edition"
Action = Callable[[HttpRequest, Article, User], str]


def path_of(article: Article) -> str:
    return reverse("admin:newsletters_article_publishing", args=[article.pk])


def newsletters_to_put_into() -> list[Newsletter]:
    return list(Newsletter.objects.filter(is_active=True).order_by("name"))


def may_put_in(request: HttpRequest) -> bool:
    return may(request, COMPOSE) and may(request, PUBLISH)


def into_an_edition(request: HttpRequest, article: Article) -> HttpResponse:
    """Of the only newsletter there is, at once; else it has to be chosen."""
    newsletters = newsletters_to_put_into()
    if len(newsletters) == 1:
        return composer_with(request, article, newsletters[0])
    if not newsletters:
        messages.warning(request, _("The article was saved. There is no newsletter yet to put it into."))
    return HttpResponseRedirect(f"{path_of(article)}#edition")


def composer_with(request: HttpRequest, article: Article, newsletter: Newsletter) -> HttpResponse:
    """Put the article into the newsletter's draft, and go there."""
    try:
        edition = put_into_draft(article, newsletter, by=acting_user(request))
    except Refused as problem:  # the article is published and stays so
        messages.error(request, str(problem))
        return HttpResponseRedirect(f"{path_of(article)}#edition")
    words = _("“%(title)s” is published, and in %(edition)s. Look at the preview, then choose “Send”.")
    messages.success(request, words % {"title": article.title, "edition": edition})
    return HttpResponseRedirect(reverse("admin:newsletters_edition_change", args=[edition.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def publishing(request: HttpRequest, number: int) -> HttpResponse:
    require(request, CHANGE, _("Publish, share or correct an article"))
    article = get_object_or_404(Article, pk=number)
    if request.method != "POST":
        return _page(request, article)
    name = request.POST.get("action", "")
    if name == "put_in":
        return _put_in(request, article)
    permission, act = _ACTIONS.get(name, ("", None))
    person = acting_user(request)
    if act is None or person is None:
        return HttpResponse(_("There is no such action."), status=400, content_type="text/plain; charset=utf-8")
    require(request, permission, _("Publish, share or correct an article"))
    try:
        said = act(request, article, person)
    except (reviewing.NotPossible, corrections.NothingToSay, NotComplete) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
        admin.site.get_model_admin(Article).log_change(request, article, said)
    return HttpResponseRedirect(path_of(article))


def _put_in(request: HttpRequest, article: Article) -> HttpResponse:
    if not may_put_in(request):
        raise PermissionDenied
    wanted = read_number(request.POST.get("newsletter", ""))
    newsletter = next((each for each in newsletters_to_put_into() if each.pk == wanted), None)
    if newsletter is None:
        messages.error(request, _("Choose a newsletter."))
        return HttpResponseRedirect(path_of(article))
    try:
        publish(article, by=acting_name(request), seen=read_number(request.POST.get("revision")))
    except NotComplete as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(path_of(article))
    return composer_with(request, article, newsletter)


def _page(request: HttpRequest, article: Article) -> HttpResponse:
    asked = reviewing.open_request(article)
    last = reviewing.last_request(article)
    context = {
        **admin.site.each_context(request),
        "title": _("Publish: %(title)s") % {"title": article.title},
        "article": article,
        "opts": Article._meta,
        "asked": asked,
        "returned": last if last and last.state == last.State.RETURNED and not asked else None,
        "previews": [(link, private_previews.url(link)) for link in private_previews.open_links(article)],
        "valid_days": private_previews.VALID_DAYS,
        "corrections": list(article.corrections.all()),
        "most_letters": corrections.MOST_LETTERS,
        "newsletters": newsletters_to_put_into(),
        "may_publish": may(request, PUBLISH),
        "may_compose": may_put_in(request),
        "who_may_publish": who_may(PUBLISH),
        "state": state_in_words(article),
        "staff_preview": f"{localised(article.own_path)}preview/",
    }
    return TemplateResponse(request, "admin/newsletters/article/publishing.html", context)


def state_in_words(article: Article) -> str:
    """“draft”, “ready for review”, “scheduled for …”, “published on …”: the same words in the list and on the page."""
    if article.status != Article.Status.PUBLISHED or article.published_at is None:
        return str(article.get_status_display())
    moment = in_local_words(article.published_at)
    return (_("scheduled for %s") if article.is_scheduled else _("published on %s")) % moment


# --- The buttons ----------------------------------------------------------------------------------------------
def _ask(request: HttpRequest, article: Article, person: User) -> str:
    reviewing.ask(article, by=person)
    return _("Sent for review.")


def _withdraw(request: HttpRequest, article: Article, person: User) -> str:
    reviewing.withdraw(article, by=person)
    return _("A draft again.")


def _send_back(request: HttpRequest, article: Article, person: User) -> str:
    note = without_controls(request.POST.get("note", "")).strip()
    if not note:
        raise reviewing.NotPossible(_("Write what needs to change."))
    reviewing.send_back(article, by=person, note=note)
    return _("Sent back: %s") % note[:200]


def _publish(request: HttpRequest, article: Article, person: User) -> str:
    publish(article, by=called(person), seen=read_number(request.POST.get("revision")))
    return _("Now %s.") % state_in_words(article)


def _make_preview(request: HttpRequest, article: Article, person: User) -> str:
    link = private_previews.make(article, by=called(person))
    return _("Made a private preview that ends on %s.") % in_local_words(link.ends_at)


def _end_preview(request: HttpRequest, article: Article, person: User) -> str:
    number = read_number(request.POST.get("link", ""))
    if number is None or not private_previews.end(article, number):
        raise reviewing.NotPossible(_("This link has already ended."))
    return _("Ended a private preview.")


def _correct(request: HttpRequest, article: Article, person: User) -> str:
    if not article.is_public:
        raise reviewing.NotPossible(_("Only a published article can have a correction."))
    text = without_controls(request.POST.get("text", ""))
    return _("Added a correction: %s") % corrections.add(article, text, by=called(person)).text


def _remove_correction(request: HttpRequest, article: Article, person: User) -> str:
    number = read_number(request.POST.get("correction", ""))
    text = corrections.remove(article, number) if number is not None else ""
    if not text:
        raise reviewing.NotPossible(_("This correction is already gone."))
    return _("Removed a correction: %s") % text


_ACTIONS: dict[str, tuple[str, Action]] = {
    "ask": (CHANGE, _ask),
    "withdraw": (CHANGE, _withdraw),
    "send_back": (PUBLISH, _send_back),
    "publish": (PUBLISH, _publish),
    "preview": (CHANGE, _make_preview),
    "end_preview": (CHANGE, _end_preview),
    "correct": (PUBLISH, _correct),
    "remove_correction": (PUBLISH, _remove_correction),
}
