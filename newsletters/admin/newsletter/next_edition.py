"""What the next edition of a newsletter would hold if it were drafted now, and which article leads it.

Nothing is saved but the pin: an article that is pinned here leads the next edition, and loses that with it, since it
isn't new any more.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.query_numbers import read_number
from newsletters.admin.edition import preview
from newsletters.admin.newsletter.schedule import dates_in_words
from newsletters.admin.roles import may, require
from newsletters.editions import composing, snapshot, templates
from newsletters.editions.new_articles import find_new_articles
from newsletters.models import Edition, Newsletter
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import for_anybody

VIEW, PIN = "newsletters.view_newsletter", "newsletters.add_edition"
MOST_LISTED = 60  # new articles


def show_next_edition(request: HttpRequest, pk: int) -> HttpResponse:
    newsletter = _newsletter_for(request, pk)
    if request.method == "POST":
        return _pin(request, newsletter)
    content = _content_of(newsletter)
    inside = {article.id for article in content.articles}
    new = list(find_new_articles(newsletter, timezone.now())[: MOST_LISTED + 1])
    context = {
        **admin.site.each_context(request),
        "title": _("Next edition of %s") % newsletter,
        "opts": Newsletter._meta,
        "newsletter": newsletter,
        "subject": for_anybody(content, content.subject),
        "preheader": for_anybody(content, content.preheader),
        "notes": _notes(newsletter, content, len(new)),
        "articles": [(article, article.pk in inside) for article in new[:MOST_LISTED]],
        "lead_id": content.articles[0].id if content.articles else 0,
        "more_than": MOST_LISTED if len(new) > MOST_LISTED else 0,
        "may_pin": may(request, PIN),
    }
    return TemplateResponse(request, "admin/newsletters/newsletter/next_edition.html", context)


def next_edition_frame(request: HttpRequest, pk: int) -> HttpResponse:
    newsletter = _newsletter_for(request, pk)
    return preview.show_frame(request, _unsaved(newsletter), _content_of(newsletter), "html")


def _newsletter_for(request: HttpRequest, pk: int) -> Newsletter:
    require(request, VIEW, _("View newsletters"))
    newsletter = Newsletter.objects.select_related("mailing_list", "logo").filter(pk=pk).first()
    if newsletter is None:
        raise Http404(_("This newsletter doesn't exist."))
    return newsletter


def _unsaved(newsletter: Newsletter) -> Edition:
    return Edition(pk=0, newsletter=newsletter)


def _content_of(newsletter: Newsletter) -> EditionContent:
    draft = composing.begin_draft(newsletter, timezone.now(), template=templates.usual(newsletter))
    return snapshot.of_draft(_unsaved(newsletter), draft)


def _notes(newsletter: Newsletter, content: EditionContent, found: int) -> list[str]:
    """What somebody who looks at it should know, in sentences."""
    said = []
    now = timezone.now()
    if newsletter.editions.filter(status=Edition.Status.DRAFT, occurrence__due_at__gt=now).exists():
        said.append(_("The edition of the next date is drafted already. This is the one after it."))
    elif coming := next(iter(dates_in_words(newsletter, 1)), ""):
        said.append(_("The next date is %s. What is published until it is drafted comes in as well.") % coming)
    else:
        said.append(_("This newsletter has no date to come: editions of it are made by you."))
    if not found:
        said.append(_("No article is new, so a date would be skipped."))
    elif found < newsletter.at_least:
        words = ngettext("%(found)d article is new", "%(found)d articles are new", found) % {"found": found}
        said.append(_("%(new)s and %(least)d are needed, so a date would be skipped.") % {
            "new": words, "least": newsletter.at_least,
        })  # fmt: skip
    if (newsletter.with_most_read or newsletter.with_missed) and newsletter.tracking == Newsletter.Tracking.OFF:
        said.append(_("This newsletter doesn't count clicks, so nothing says what was read in earlier editions."))
    return said


def _pin(request: HttpRequest, newsletter: Newsletter) -> HttpResponse:
    require(request, PIN, _("Compose an edition"))
    page = HttpResponseRedirect(reverse("admin:newsletters_newsletter_next", args=[newsletter.pk]))
    model_admin = admin.site.get_model_admin(Newsletter)
    if "unpin" in request.POST:
        Newsletter.objects.filter(pk=newsletter.pk).update(pinned_article=None)
        model_admin.log_change(request, newsletter, _("Took the pin off an article."))
        messages.success(request, _("No article is pinned any more."))
        return page
    asked = read_number(request.POST.get("pin"))
    article = None if asked is None else find_new_articles(newsletter).filter(pk=asked).first()
    if article is None:
        messages.error(request, _("This article isn't new any more, so it can't lead the next edition."))
        return page
    Newsletter.objects.filter(pk=newsletter.pk).update(pinned_article=article)
    said = _("“%(article)s” leads the next edition of %(newsletter)s.")
    said %= {"article": article, "newsletter": newsletter}
    model_admin.log_change(request, newsletter, said)
    messages.success(request, said)
    return page
