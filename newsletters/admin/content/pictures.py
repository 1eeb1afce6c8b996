"""Pictures: uploaded once, used in articles. The chooser opens beside the rich editor and hands it a picture."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.content import pasted_pictures, picture_replacing
from newsletters.admin.content.picture_form import PictureWordsForm
from newsletters.admin.content.picture_states import news_of, state_in_words, states, thumbnail
from newsletters.admin.content.picture_upload import PictureForm
from newsletters.admin.deleting import MOST_NAMED, NamesWhatNeedsIt
from newsletters.admin.roles import may, require
from newsletters.articles.picture_uses import is_shown_to_readers, uses
from newsletters.articles.pictures import IN_TEXT_WIDTH, picture_path
from newsletters.articles.reviewing import PUBLISH
from newsletters.models import Picture

if TYPE_CHECKING:
    PictureAdminBase = admin.ModelAdmin[Picture]
else:
    PictureAdminBase = admin.ModelAdmin


_BEING_PREPARED = gettext_lazy("It is being prepared. You can use it already; readers see it when it's ready.")


def caption_of(picture: Picture) -> str:
    """What stands under the picture in an article: the caption, and whose picture it is."""
    credit = _("Image credit: %(credit)s") % {"credit": picture.credit} if picture.credit else ""
    return " ".join(part for part in (picture.caption, credit) if part)


@admin.register(Picture)
class PictureAdmin(NamesWhatNeedsIt, PictureAdminBase):
    form = PictureWordsForm
    list_display = ["preview", "alt", "caption", "credit", "size", "created_at"]
    list_display_links = ["preview", "alt"]
    search_fields = ["alt", "caption", "credit"]
    show_full_result_count = False
    list_per_page = 50
    fields = ["preview_large", "from_left", "from_top", "alt", "is_decorative", "caption", "credit", "used_in"]
    readonly_fields = ["preview_large", "used_in"]

    def get_form(self, request: HttpRequest, obj: Picture | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.is_locked = obj is not None and not may(request, PUBLISH) and is_shown_to_readers(obj)
        return form

    def needed_by(self, rows: Collection[Picture]) -> Collection[str]:
        found = (f"{use.kind}: {use.row}" for picture in rows for use in uses(picture, most=MOST_NAMED))
        return list(islice(dict.fromkeys(found), MOST_NAMED))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("choose/", wrap(self.choose), name="newsletters_picture_choose"),
            path("<int:number>/replace/", wrap(picture_replacing.replace), name="newsletters_picture_replace"),
            path("upload/", wrap(pasted_pictures.receive), name="newsletters_picture_upload"),
            path("states/", wrap(states), name="newsletters_picture_states"),
        ]
        return own + super().get_urls()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A picture comes into being by an upload only, so the page to add one has the upload's form."""
        require(request, "newsletters.add_picture", _("Add a picture"))
        form = PictureForm(request.POST, request.FILES) if request.method == "POST" else PictureForm()
        if form.is_bound and form.is_valid() and form.made:
            said = _("The picture “%(picture)s” was saved.") % {"picture": form.made}
            messages.success(request, said if form.made.is_ready else f"{said} {_BEING_PREPARED}")
            return HttpResponseRedirect(reverse("admin:newsletters_picture_changelist"))
        context = {**self.admin_site.each_context(request), "title": _("New picture"), "form": form}
        return TemplateResponse(request, "admin/newsletters/picture/upload.html", context)

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Upload a picture and then choose it, or choose one that is there: in the dialog of `picture_dialog.js`, or in
        a window of its own."""
        require(request, "newsletters.add_picture", _("Insert a picture into an article"))
        number = request.GET.get("CKEditorFuncNum", "")
        form = PictureForm(request.POST, request.FILES) if request.method == "POST" else PictureForm()
        if form.is_bound and form.is_valid() and form.made:
            query = request.GET.copy()
            query["new"] = str(form.made.pk)
            query.pop("q", None)
            return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
        wanted = request.GET.get("q", "").strip()
        pictures = Picture.objects.all()
        if wanted:
            pictures = pictures.filter(
                Q(alt__icontains=wanted) | Q(caption__icontains=wanted) | Q(credit__icontains=wanted)
            )
        page = Paginator(pictures, 24).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Choose a picture"),
            "is_popup": True,
            "form": form,
            "page": page,
            "q": wanted,
            "number": number,
            "of": "article" if request.GET.get("of") == "article" else "",
            "new": request.GET.get("new", ""),
            "pictures": [
                {
                    "picture": picture,
                    "thumbnail": thumbnail(picture, 120),
                    "address": picture_path(picture, IN_TEXT_WIDTH),
                    "caption": caption_of(picture),
                    "said": state_in_words(picture),
                }
                for picture in page
            ],
        }
        name = "_dialog" if request.headers.get("X-Requested-With") == "dialog" else "choose"
        return TemplateResponse(request, f"admin/newsletters/picture/{name}.html", context)

    @admin.display(description=gettext_lazy("picture"))
    def preview(self, picture: Picture) -> SafeString:
        return thumbnail(picture)

    @admin.display(description=gettext_lazy("picture"))
    def preview_large(self, picture: Picture) -> SafeString:
        if not picture.is_ready:
            return format_html("{}{}", thumbnail(picture, 240), news_of(picture))
        shown = '<img src="{}" alt="{}" class="iria-large" data-focus-picture>{}'
        return format_html(shown, picture_path(picture, 640), picture.alt, news_of(picture))

    @admin.display(description=gettext_lazy("used in"))
    def used_in(self, picture: Picture) -> SafeString:
        return picture_replacing.uses_in_words(picture)

    @admin.display(description=gettext_lazy("size"))
    def size(self, picture: Picture) -> str:
        return f"{picture.width} × {picture.height}"
