"""Articles and authors: written in the rich editor, cleaned on every save, published now or at a time.

Everything that was typed stands in the form again when something is wrong with it, a picture included.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lib.dates import active_zone, in_local_words
from newsletters.admin.acting_user import acting_name
from newsletters.admin.content import publishing
from newsletters.admin.content.article_saving import SavesArticles
from newsletters.admin.content.bylines import BylineInline
from newsletters.admin.content.language_field import LanguageField
from newsletters.admin.content.open_page import OpenForm, change_url
from newsletters.admin.content.picture_states import thumbnail
from newsletters.admin.content.picture_upload import PictureFields, picture_inputs, without_inputs
from newsletters.admin.content.rich_editor import ARTICLE, ProseWidget
from newsletters.admin.deleting import MOST_NAMED, NamesWhatNeedsIt
from newsletters.admin.roles import may
from newsletters.articles.body_pictures import undescribed
from newsletters.articles.publishing import NEEDED
from newsletters.articles.writing import BodyTooLong, clean_body, save_article
from newsletters.models import Article, Author, Edition
from subscribers.admin.big_tables import CappedPaginator
from subscribers.admin.plain_text_forms import PlainTexts, PlainTextsForm
from subscribers.languages import localised

if TYPE_CHECKING:
    ArticleAdminBase = admin.ModelAdmin[Article]
    AuthorAdminBase = admin.ModelAdmin[Author]
else:
    ArticleAdminBase = AuthorAdminBase = admin.ModelAdmin

_inputs = picture_inputs("lead_picture")


class ArticleForm(PlainTexts, PictureFields, OpenForm):
    picture_field = "lead_picture"
    markup = frozenset({"body"})

    language = LanguageField()
    lead_picture_file = _inputs["lead_picture_file"]
    lead_picture_alt = _inputs["lead_picture_alt"]
    lead_picture_is_decorative = _inputs["lead_picture_is_decorative"]
    lead_picture_caption = _inputs["lead_picture_caption"]
    lead_picture_credit = _inputs["lead_picture_credit"]
    lead_picture_remove = _inputs["lead_picture_remove"]

    class Meta:
        model = Article
        fields = [
            "title",
            "slug",
            "summary",
            "body",
            "language",
            "lead_picture",
            "topics",
            "status",
            "published_at",
            "comments_open",
            "original_url",
        ]
        widgets = {
            "body": ProseWidget(
                extensions=ARTICLE, pictures=True, of="article", attrs={"rows": 24, "class": "vLargeTextField"}
            ),
            "summary": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "topics": forms.CheckboxSelectMultiple,
            "status": forms.RadioSelect(
                choices=[
                    (Article.Status.DRAFT, gettext_lazy("Draft: only staff can see it")),
                    (Article.Status.PUBLISHED, gettext_lazy("Published: from the time below, or now if it's empty")),
                ]
            ),
        }
        labels = {"status": gettext_lazy("Who can read it")}
        help_texts = {
            "body": gettext_lazy(
                "For the site. Emails show the headline, summary and lead picture, and link to this text; the pictures "
                "in it don't reach them."
            ),
            "published_at": gettext_lazy(
                "In the future: we publish it at that time. In the past: the article is backdated."
            ),
            "slug": gettext_lazy(
                "The last part of its web address. Leave it empty to make it from the headline. If you change it "
                "later, the old address leads to the new one."
            ),
        }
        error_messages = {
            "slug": {"unique": gettext_lazy("Another article already has this address. Choose a different one.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            choices = list(self.Meta.widgets["status"].choices)  # type: ignore[attr-defined]
            if self.instance.status == Article.Status.REVIEW:
                choices.insert(1, (Article.Status.REVIEW, _("Ready for review: only staff can see it")))
            self.fields["status"].choices = choices
        if self.picture_field in self.fields:
            self.begin_with_picture()
        if "title" in self.fields and not self.instance.pk:
            self.fields["title"].widget.attrs["autofocus"] = True
        for name in ("slug", *NEEDED):  # the address is made of the headline when it is left empty
            if name in self.fields:
                self.fields[name].required = False
        if "published_at" in self.fields:
            self.fields["published_at"].label = _("Published at (%s)") % active_zone()

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        try:
            cleaned = clean_body(body)
        except BodyTooLong as problem:
            raise forms.ValidationError(str(problem)) from None
        if body.strip() and not cleaned.strip():
            raise forms.ValidationError(_("An article can't contain any of this text. Write it again."))
        return cleaned

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        words = _(
            "Someone else saved this article while you were working on it. Your text is "
            'below and hasn\'t been saved. <a href="{}" target="_blank" rel="noopener">Open '
            "their version</a>. To overwrite it with yours, save again."
        )
        self.tell_the_second_editor(words, preview_path)
        if self.picture_field in self.fields:
            self.clean_picture()
        if cleaned.get("status", self.instance.status) == Article.Status.PUBLISHED:
            self._must_be_complete()
            if "published_at" in self.fields and not cleaned.get("published_at"):
                cleaned["published_at"] = timezone.now()
        return self.cleaned_data

    def needs_description(self) -> bool:
        return bool(self.cleaned_data.get("status", self.instance.status) == Article.Status.PUBLISHED)

    def _must_be_complete(self) -> None:
        """What a draft may lack."""
        for name, sentence in NEEDED.items():
            if name in self.fields and name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, str(sentence))


@admin.register(Article)
class ArticleAdmin(SavesArticles, NamesWhatNeedsIt, ArticleAdminBase):
    form = ArticleForm
    inlines = [BylineInline]
    list_display = ["title", "when", "topic_names", "reading_minutes", "picture"]
    list_filter = ["status", "topics", "published_at"]
    search_fields = ["title", "summary"]
    search_help_text = gettext_lazy("Search headlines and summaries")
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    # The text has a column of its own, what is set beside it another: article.css. On a telephone they follow in order.
    fieldsets = [
        (None, {"fields": ["title", "summary", "body"], "classes": ["iria-writing"]}),
        (
            gettext_lazy("Lead picture"),
            {
                "fields": [
                    "lead_picture", "lead_picture_file", "lead_picture_alt", "lead_picture_is_decorative",
                    "lead_picture_caption", "lead_picture_credit", "lead_picture_remove",
                ]
            },
        ),
        (gettext_lazy("Where it belongs"), {"fields": ["topics", "language", "slug", "original_url"]}),
        (gettext_lazy("Publish"), {"fields": ["status", "published_at", "comments_open"]}),
    ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:number>/publishing/", view(publishing.publishing), name="newsletters_article_publishing"),
        ]
        return own + super().get_urls()

    def needed_by(self, rows: Collection[Article]) -> Collection[Edition]:
        holding = Edition.objects.filter(items__article__in=rows)
        return holding.select_related("newsletter").order_by("-pk").distinct()[:MOST_NAMED]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return super().get_queryset(request).select_related("lead_picture").prefetch_related("topics").defer("body")

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return without_inputs(fieldsets, ArticleForm, {"lead_picture": "picture"})

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> list[str]:
        return [] if may(request, "newsletters.publish_article") else ["status", "published_at"]

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        if publishing.EDITION in request.POST and may(request, publishing.PUBLISH):
            obj.status = Article.Status.PUBLISHED
        request.iria_words_wait = form.words_wait  # type: ignore[attr-defined]
        save_article(obj, by=acting_name(request))

    def response_add(self, request: HttpRequest, obj: Article, post_url_continue: str | None = None) -> HttpResponse:
        return self._next_if_asked(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return self._next_if_asked(request, obj) or super().response_change(request, obj)

    def _next_if_asked(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        if publishing.EDITION in request.POST and publishing.may_put_in(request):
            return publishing.into_an_edition(request, article)
        if "_publish" in request.POST and article.status == Article.Status.PUBLISHED:
            messages.success(request, _published_in_words(article))
            if count := undescribed(article.body):
                messages.warning(request, _undescribed_in_words(count))
            return HttpResponseRedirect(change_url(article))
        if "_preview" not in request.POST:
            return None
        messages.success(request, _("“%(title)s” was saved.") % {"title": article.title})
        return HttpResponseRedirect(preview_path(article))

    def view_on_site(self, obj: Article) -> str:
        return obj.get_absolute_url() if obj.is_public else preview_path(obj)

    @admin.display(description=gettext_lazy("published"), ordering="published_at")
    def when(self, article: Article) -> str:
        return publishing.state_in_words(article)

    @admin.display(description=gettext_lazy("topics"))
    def topic_names(self, article: Article) -> str:
        return ", ".join(topic.name for topic in article.topics.all())

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, article: Article) -> SafeString:
        return thumbnail(article.lead_picture, 32)


def preview_path(article: Article) -> str:
    """The article as readers will see it, for staff only until it is published."""
    return f"{localised(article.own_path)}preview/"


@admin.register(Author)
class AuthorAdmin(NamesWhatNeedsIt, AuthorAdminBase):
    form = PlainTextsForm
    list_display = ["name", "article_count", "beginning"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Author]:
        found: QuerySet[Author] = super().get_queryset(request).annotate(number_of_articles=Count("articles"))
        return found

    @admin.display(description=gettext_lazy("articles"), ordering="number_of_articles")
    def article_count(self, author: Author) -> int:
        return author.number_of_articles  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=gettext_lazy("about"))
    def beginning(self, author: Author) -> str:
        return Truncator(author.about).chars(120)

    def needed_by(self, rows: Collection[Author]) -> Collection[Article]:
        return Article.objects.filter(authors__in=rows).only("title").order_by("-pk").distinct()[:MOST_NAMED]


def _undescribed_in_words(count: int) -> str:
    return ngettext(
        "A picture in the text has no alternative text. Describe it, or say that it is decorative.",
        "%d pictures in the text have no alternative text. Describe them, or say that they are decorative.",
        count,
    ).replace("%d", str(count))


def _published_in_words(article: Article) -> SafeString:
    if article.is_public:
        said = _('“{}” is public. <a href="{}">See it on the site</a>')
        return format_html(said, article.title, article.get_absolute_url())
    moment = in_local_words(article.published_at) if article.published_at else ""
    return format_html(_("“{}” will be public from {} on."), article.title, moment)
