"""The queue of comments: each with its whole text and two buttons, approve and spam, in the list itself.

A button posts its comment alone and comes back to the same list; with JavaScript the line goes and the list stays as
it is. What was decided can be decided otherwise in the lists of approved and of spam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from lib.dates import in_local_words
from lib.json_answers import wants_json
from newsletters.articles import comments
from newsletters.models import Comment
from subscribers.admin.big_tables import CappedPaginator

if TYPE_CHECKING:
    CommentAdminBase = admin.ModelAdmin[Comment]
else:
    CommentAdminBase = admin.ModelAdmin

State = Comment.State
# What a button does, and what it says.
DEEDS: dict[str, tuple[Comment.State, Any]] = {
    "approve": (State.APPROVED, gettext_lazy("Approve")),
    "spam": (State.SPAM, gettext_lazy("Spam")),
    "hold": (State.HELD, gettext_lazy("Hold")),
}
SHORT = 400  # characters; a longer text can be opened in its line


class StateFilter(admin.SimpleListFilter):
    """What waits is shown until somebody asks for something else."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(State.APPROVED), _("Approved")), (str(State.SPAM), _("Spam")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        waiting = _("Waiting (%(n)s)") % {"n": comments.waiting()}
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": waiting,
        }
        for value, label in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> QuerySet[Comment]:
        value = self.value()
        return queryset if value == "all" else queryset.filter(state=value or State.HELD)


@admin.register(Comment)
class CommentAdmin(CommentAdminBase):
    list_display = ["whole", "deeds"]
    list_display_links = None
    list_filter = [StateFilter]
    list_select_related = ["article", "parent"]
    search_fields = ["name", "email", "text"]
    search_help_text = gettext_lazy("Search names, addresses and texts")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    list_max_show_all = 0
    list_per_page = 50
    actions = ["approve_chosen", "spam_chosen"]

    class Media:
        js = ["admin_iria/comments.js"]
        css = {"all": ["admin_iria/comments.css"]}

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:pk>/{deed}/",
                self.admin_site.admin_view(self._deed_view(deed)),
                name=f"newsletters_comment_{deed}",
            )
            for deed in DEEDS
        ]
        return own + super().get_urls()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """What waits longest comes first; of what was decided, the newest."""
        return ["-pk"] if StateFilter.parameter_name in request.GET else ["pk"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Comments"), **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Nobody rewrites what a reader said: there is nothing to change but the state, and the list does that."""
        return HttpResponseRedirect(f"{reverse('admin:newsletters_comment_changelist')}?state=all")

    def _deed_view(self, deed: str) -> Callable[..., HttpResponse]:
        state = DEEDS[deed][0]

        @require_POST
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if not self.has_change_permission(request):
                raise PermissionDenied
            comment = Comment.objects.filter(pk=pk).first()
            if comment is not None:
                comments.decide([pk], state, by=request.user.get_username())
            said = _outcome(comment, state)
            if wants_json(request):
                return JsonResponse({"said": said, "waiting": _("Waiting (%(n)s)") % {"n": comments.waiting()}})
            messages.success(request, said)
            return HttpResponseRedirect(_back(request))

        return view

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """The log says that something was deleted, and no word of what is to be gone."""
        for comment in queryset:  # which keeps them, and gives them on
            comment.name, comment.text = f"#{comment.pk}", ""
        return super().log_deletions(request, queryset)

    # --- The list -----------------------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("comment"))
    def whole(self, comment: Comment) -> SafeString:
        """All that is needed to decide: who, where, when, in answer to whom, and the text."""
        answer = _("in reply to %(name)s") % {"name": comment.parent.name} if comment.parent else ""
        about = (comment.email, comment.ip, in_local_words(comment.created_at), answer)
        return format_html(
            '<p class="iria-who"><bdi>{}</bdi> · {}</p><p class="iria-where"><a href="{}#comments">{}</a></p>{}',
            comment.name,
            " · ".join(each for each in about if each),
            comment.article.get_absolute_url(),
            comment.article,
            _text(comment.text),
        )

    @admin.display(description=gettext_lazy("decide"))
    def deeds(self, comment: Comment) -> SafeString:
        """Buttons of the list's own form: each sends it to an address of its own."""
        buttons = (
            (deed, reverse(f"admin:newsletters_comment_{deed}", args=[comment.pk]), label, comment.name)
            for deed, (state, label) in DEEDS.items()
            if state != comment.state
        )
        return format_html(
            '<div class="iria-deeds" data-comment="{}">{}</div>',
            comment.pk,
            format_html_join(
                " ",
                '<button type="submit" class="button iria-{}" formaction="{}">{}'
                '<span class="visually-hidden"> {}</span></button>',
                buttons,
            ),
        )

    # --- Many at once -------------------------------------------------------------------------------------------
    @admin.action(permissions=["change"], description=gettext_lazy("Approve selected comments"))
    def approve_chosen(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide(request, queryset, State.APPROVED)

    @admin.action(permissions=["change"], description=gettext_lazy("Mark selected comments as spam"))
    def spam_chosen(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        self._decide(request, queryset, State.SPAM)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Comment], state: Comment.State) -> None:
        changed = comments.decide(list(queryset.values_list("pk", flat=True)), state, by=request.user.get_username())
        said = {
            State.APPROVED: ngettext("%(n)s comment approved.", "%(n)s comments approved.", changed),
            State.SPAM: ngettext("%(n)s comment marked as spam.", "%(n)s comments marked as spam.", changed),
        }[state]
        messages.success(request, said % {"n": changed})


def _text(text: str) -> SafeString:
    whole = comments.as_html(text)
    if len(text) <= SHORT:
        return format_html('<div class="iria-comment">{}</div>', whole)
    return format_html(
        '<details class="iria-comment"><summary dir="auto">{}… <span class="iria-more">{}</span></summary>'
        "<div>{}</div></details>",
        text[:SHORT],
        _("Show the whole comment"),
        whole,
    )


def _outcome(comment: Comment | None, state: Comment.State) -> str:
    if comment is None:
        return _("This comment no longer exists.")
    said = {
        State.APPROVED: _("Comment by %(name)s approved."),
        State.SPAM: _("Comment by %(name)s marked as spam."),
        State.HELD: _("Comment by %(name)s is on hold again."),
    }[state]
    return said % {"name": comment.name}


def _back(request: HttpRequest) -> str:
    """The list that the button was pressed in, with its page and its search."""
    came_from = request.headers.get("Referer", "")
    if "/newsletters/comment/" in came_from and url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return came_from
    return reverse("admin:newsletters_comment_changelist")
