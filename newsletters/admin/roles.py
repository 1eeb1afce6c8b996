"""Who may do what: five roles, kept as groups of Django's permissions.

`make_roles` runs after every migrate and leaves each of the five groups exactly as described here, however often it
runs, so that a new permission reaches the people who should have it. Who needs another mix makes a group of their
own: groups with other names are never touched. A superuser may do everything, like an owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, Permission
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest
from django.utils.translation import gettext as _


def _all(app: str, *models: str, but: tuple[str, ...] = ()) -> frozenset[str]:
    return frozenset(
        f"{app}.{verb}_{model}" for model in models for verb in ("view", "add", "change", "delete") if verb not in but
    )


def _view(app: str, *models: str) -> frozenset[str]:
    return frozenset(f"{app}.view_{model}" for model in models)


_DRAFTING = (
    _all("newsletters", "article", "articleauthor", "picture", but=("delete",))
    | {"newsletters.delete_articleauthor", "newsletters.view_author", "newsletters.add_author"}
    | _view("subscribers", "topic")
)
_WRITING = (
    _all("newsletters", "article", "articleauthor", "author", "picture")
    | _all("newsletters", "comment", but=("add",))
    | {"newsletters.publish_article"}
    | _all("newsletters", "feedsource")
    | _all("newsletters", "archiveimport", but=("delete",))
    | {"newsletters.view_feedcategory", "newsletters.change_feedcategory"}
    | _all("subscribers", "topic", but=("delete",))
)
_COMPOSING = (
    _all("newsletters", "edition", "editionitem", "editiontemplate")
    | {"newsletters.view_approval", "newsletters.add_approval"}
    | _view("newsletters", "newsletter", "occurrence", "seedlist", "listwelcome")
)
_SENDING = (
    frozenset({"newsletters.send_edition", "newsletters.change_approval", "newsletters.delete_listwelcome"})
    | _all("newsletters", "newsletter", but=("delete",))
    | _all("newsletters", "ratelimit", "seedlist")  # tests go to the addresses of seed lists
)
_REPORTS = _view("newsletters", "delivery", "edition", "newsletter")
_EDITOR = _WRITING | _COMPOSING | _REPORTS
_PEOPLE = (
    _all("subscribers", "subscriber", "subscription")
    | _all("subscribers", "mailinglist", "topic", but=("delete",))
    | _all("subscribers", "suppression")
    | _all("subscribers", "attribute", "tag", "segment")
    | _view("subscribers", "consentrecord", "topicselection")
    | _view("mail", "message")
    | _view("newsletters", "feedback", "rawevent")
    | {"subscribers.suppress_subscriber", "subscribers.export_subscriber", "subscribers.import_subscriber"}
    | _view("subscribers", "import")
    | _all("newsletters", "listtext")
)
_STAFF = (
    _all("auth", "user")
    | _view("auth", "group")
    | _all("newsletters", "institute", but=("add", "delete"))
    | _all("newsletters", "page")
)


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    does: str
    permissions: frozenset[str]


ROLES = (
    Role("Writer", "writes articles and asks for their review", _DRAFTING),
    Role("Editor", "writes articles and composes editions", _EDITOR),
    Role("Publisher", "does what an editor does, sets up newsletters and rate limits, and sends", _EDITOR | _SENDING),
    Role("Manager", "manages readers, lists and topics", _PEOPLE | _REPORTS),
    Role(
        "Owner",
        "can do everything",
        _EDITOR | _SENDING | _PEOPLE | _STAFF
        | {"newsletters.add_preflightoverride", "newsletters.own_design_newsletter"}
        | {"newsletters.require_approval_newsletter", "subscribers.choose_single_opt_in"}
        | _all("newsletters", "newsletter") | _all("subscribers", "mailinglist", "topic"),
    ),
)  # fmt: skip


def make_roles(sender: AppConfig | None = None, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """After a migrate: the five groups, each with its permissions. Permissions that do not exist yet are left for the
    next app's signal, since each app makes its own when its migrations are done."""
    from django.contrib.auth.management import create_permissions

    apps = kwargs.get("apps")
    if sender is not None and apps is not None:
        # Our handler may run before Django's own for the same app; making them twice is harmless.
        create_permissions(sender, verbosity=0, using=using, apps=apps)
    if sender is not None:
        _reword_permissions(sender, using)
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using).select_related("content_type")
    }
    for role in ROLES:
        group, _created = Group.objects.using(using).get_or_create(name=role.name)
        group.permissions.set([known[name] for name in role.permissions if name in known])


def _reword_permissions(app: AppConfig, using: str) -> None:
    """Django makes permissions and never rewrites them: what staff choose from would keep the words of old versions."""
    words = {
        (model._meta.model_name, code): name
        for model in app.get_models()
        for code, name in [
            *((f"{action}_{model._meta.model_name}", f"Can {action} {model._meta.verbose_name_raw}")
              for action in model._meta.default_permissions),
            *model._meta.permissions,
        ]
    }  # fmt: skip
    stored = Permission.objects.using(using).filter(content_type__app_label=app.label).select_related("content_type")
    for permission in stored:
        name = words.get((permission.content_type.model, permission.codename), permission.name)
        if permission.name != name:
            Permission.objects.using(using).filter(pk=permission.pk).update(name=name)


def roles_with(permission: str) -> list[str]:
    """The names of the roles that have this permission, the least powerful first."""
    return [role.name for role in ROLES if permission in role.permissions]


def held_by(user: AbstractBaseUser | AnonymousUser) -> str:
    """The visitor's roles in words."""
    if isinstance(user, AnonymousUser):
        return _("not signed in")
    if getattr(user, "is_superuser", False):
        return _("Owner")
    names = list(Group.objects.filter(user=user.pk).order_by("name").values_list("name", flat=True))
    return ", ".join(names) or _("no role")


def who_may(permission: str) -> str:
    """“A Publisher or Owner”, for the sentence of a refusal."""
    names = roles_with(permission) or ["Owner"]
    if len(names) == 1:
        return names[0]
    return _("%(some)s or %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}


def may(request: HttpRequest, permission: str) -> bool:
    user = request.user
    return not isinstance(user, AnonymousUser) and user.has_perm(permission)


def require(request: HttpRequest, permission: str, doing: str) -> None:
    """Raise `PermissionDenied` with a sentence that says who could. `doing` begins it: “Sending an edition”."""
    if not may(request, permission):
        raise PermissionDenied(
            _(
                "You don't have permission to do this (%(doing)s). You need the role %(who)s. You are "
                "signed in as %(user)s (%(roles)s)."
            )
            % {"doing": doing, "who": who_may(permission), "user": request.user, "roles": held_by(request.user)}
        )


def who_may_open(request: HttpRequest) -> str:
    """For a page of Django's own admin, whose refusal carries no words: the roles that could open it."""
    permission = _permission_for(request)
    return who_may(permission) if permission else ""


def why_nobody_may(request: HttpRequest) -> str:
    """Why a page of Django's own admin refuses even a visitor with the right to it; empty for others."""
    permission = _permission_for(request)
    if not permission or not may(request, permission):
        return ""
    verb = permission.partition(".")[2].partition("_")[0]
    if verb == "delete":
        return _("This can't be deleted: something still needs it, or it has to be kept.")
    if verb == "add":
        return _("Iria adds these by itself; nobody does by hand.")
    return _("Iria keeps these; nobody changes them by hand.")


def _permission_for(request: HttpRequest) -> str:
    """What Django's own page asks for: “newsletters.delete_article”; empty for other pages."""
    match = request.resolver_match
    name = match.url_name if match else None
    parts = (name or "").rsplit("_", 2)
    if len(parts) != 3:
        return ""
    verb = {"changelist": "view", "history": "view"}.get(parts[2], parts[2])
    return f"{parts[0]}.{verb}_{parts[1]}" if verb in {"view", "add", "change", "delete"} else ""
