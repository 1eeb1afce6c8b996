"""Comments on the site: the form under an article, the page that takes it in, and the pages of a long discussion.

The article's page is the same for everybody and may be kept by any cache, so nothing on it depends on who comments.
Anyone who posts acts by what is in the form alone: there is no cookie, and nothing for a forged request to borrow.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import EmptyPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from lib.addresses import BadAddress, address_key, normalise
from lib.characters import TooManyMarks
from lib.names import AddressInName, check_name
from lib.public_pages import dated, public_page
from newsletters.articles import comments
from newsletters.articles.comments import Closed, Discussion, NoSuchComment
from newsletters.models import Article, Comment
from newsletters.site.context import institute_of
from subscribers.throttling import Throttled, check_visitor, count_attempt
from subscribers.tokens import BadToken, Purpose, make, read
from subscribers.views.decorators import public_form
from subscribers.visitors import client_address

# A field that people do not see and programs fill in.
HONEYPOT = "homepage"
SHOWN = "shown"
ANSWERS = "to"
LONGEST = 3000


class CommentForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        error_messages={
            "required": _("Enter the name to show above your comment."),
            "max_length": _("This name is too long. Use 80 characters or fewer."),
        },
    )
    email = forms.CharField(required=False)
    text = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": _("Enter your comment."),
            "max_length": _("This comment is too long. Use 3,000 characters or fewer; yours has %(show_value)d."),
        },
    )

    def clean_name(self) -> str:
        name = _cleaned(comments.clean_name, self.cleaned_data["name"])
        self._check_length("name", name)
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        try:
            return check_name(name)
        except AddressInName as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean_email(self) -> str:
        try:
            return normalise(self.data.get("email", ""))
        except BadAddress as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean_text(self) -> str:
        text = _cleaned(comments.clean_text, self.cleaned_data["text"])
        self._check_length("text", text)
        if not text:
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        return text

    def _check_length(self, name: str, cleaned: str) -> None:
        """Once more: some letters become two when they are written in Unicode's normal form."""
        field = self.fields[name]
        if len(cleaned) > field.max_length:  # type: ignore[attr-defined]
            raise forms.ValidationError(field.error_messages["max_length"], params={"show_value": len(cleaned)})


def _cleaned(clean: Callable[[str], str], typed: str) -> str:
    try:
        return clean(typed)
    except TooManyMarks as problem:
        raise forms.ValidationError(str(problem)) from None


def shown_now() -> str:
    """The moment at which the form is shown, signed."""
    return make(Purpose.COMMENT_FORM, int(time.time()))


@public_page(reads=("page",))
def discussion(request: HttpRequest, slug: str) -> HttpResponse:
    """All comments on an article, a page at a time."""
    article = _article(request, slug)
    number = request.GET.get("page", "1")
    try:
        threads, page = comments.threads(article, int(number) if re.fullmatch("[0-9]{1,9}", number) else 0)
    except EmptyPage:
        raise Http404("There is no such page of comments.") from None
    context = {"article": article, "threads": threads, "page": page, **_fresh_form()}
    return dated(render(request, "site/comments.html", context), *moments_of(article), institute_of(request).updated_at)


def under(article: Article) -> dict[str, Any]:
    """What stands under an article: the first threads and the form. One query, none when nobody has said anything."""
    talk: Discussion = article.discussion  # type: ignore[attr-defined]
    threads, more = comments.first_threads(article) if talk.count else ([], False)
    return {"threads": threads, "more_threads": more, **_fresh_form()}


def moments_of(article: Article) -> list[datetime | None]:
    """When an article and what is said of it changed: also by the mere passing of the day on which comments close."""
    talk: Discussion = article.discussion  # type: ignore[attr-defined]
    closed = talk.closes_at if talk.closes_at and talk.closes_at <= timezone.now() else None
    return [article.updated_at, article.published_at, talk.changed_at, closed]


def _fresh_form() -> dict[str, Any]:
    return {"shown": shown_now(), "honeypot": HONEYPOT}


@public_form
def comment(request: HttpRequest, slug: str) -> HttpResponse:
    """The form alone, for an answer or to be corrected; and what takes a comment in."""
    article = _article(request, slug)
    try:
        answers = _answers(request, article)
        if request.method == "POST":
            return _take_in(request, article, answers)
    except NoSuchComment:
        if request.method != "POST":
            raise Http404("There is no such comment to answer.") from None
        # It was taken away while somebody wrote an answer to it.
        return _page(request, article, None, CommentForm(request.POST), status=409, gone=True)
    return _page(request, article, answers)


def _take_in(request: HttpRequest, article: Article, answers: Comment | None) -> HttpResponse:
    if request.POST.get(HONEYPOT):
        return _held(article)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _page(request, article, answers, form, status=422)
    if (shown_at := _shown_at(request)) is None or time.time() - shown_at < settings.COMMENT_MINIMUM_SECONDS:
        # Who was quick and presses again is not quick any more: the form keeps its moment, if it had one.
        kept: dict[str, Any] = {"shown": request.POST[SHOWN]} if shown_at else {}
        return _page(request, article, answers, form, quick=True, **kept)
    try:
        check_visitor("comment", request, settings.COMMENT_LIMITS_PER_IP)
        count_attempt("comment-address", address_key(form.cleaned_data["email"]), settings.COMMENT_LIMITS_PER_ADDRESS)
    except Throttled as limit:
        response = _page(request, article, answers, form, status=429, wait=limit.minutes)
        response["Retry-After"] = str(limit.retry_after)
        return response
    address = client_address(request)
    try:
        comments.hold(
            article,
            institute_of(request),
            **form.cleaned_data,
            ip=str(address) if address else None,
            answers=answers.pk if answers else None,
        )
    except Closed:
        return _page(request, article, answers, form, status=403)
    return _held(article)


@require_safe
def held(request: HttpRequest, slug: str) -> HttpResponse:
    """Thank you: an editor will look at it. The same page for everybody."""
    return render(request, "site/comment_held.html", {"article": _article(request, slug)})


def _article(request: HttpRequest, slug: str) -> Article:
    article = get_object_or_404(Article.objects.published().defer("body"), slug=slug)
    comments.discuss([article], institute_of(request))
    return article


def _answers(request: HttpRequest, article: Article) -> Comment | None:
    given = (request.POST if request.method == "POST" else request.GET).get(ANSWERS, "")
    if not given:
        return None
    return comments.answered(article, int(given) if re.fullmatch("[0-9]{1,18}", given) else 0)


def _shown_at(request: HttpRequest) -> int | None:
    """When the form was shown, in seconds since 1970; None for one that is not ours."""
    try:
        return read(Purpose.COMMENT_FORM, request.POST.get(SHOWN, ""))[0]
    except BadToken:
        return None


def _held(article: Article) -> HttpResponse:
    return HttpResponseRedirect(reverse("site:comment-held", args=[article.slug]))


def _page(
    request: HttpRequest,
    article: Article,
    answers: Comment | None,
    form: CommentForm | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"article": article, "answers": answers, "form": form, "typed": request.POST, **_fresh_form(), **more}
    response = render(request, "site/comment.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
