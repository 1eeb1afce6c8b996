"""The first page of the staff: what is due, what waits, what is under way, what needs a person, how the lists grow.

Everything is asked for at once, in a number of queries that no number of rows changes, and counts nothing that an
index does not count. Each section is there for anyone who may act on it, and each entry leads to the place.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from newsletters.admin.dashboard import beginning, drafts, due, growth, moving, needs, recent
from newsletters.admin.roles import may


def context(request: HttpRequest) -> dict[str, Any]:
    """For the template of the admin's index. A section that is None is not for this visitor."""
    sees_editions = may(request, "newsletters.view_edition")
    under_way = moving.editions() if sees_editions else None
    return {
        **beginning.context(request),
        "needs": needs.list_needs(request),
        "moving": under_way,
        "recent": recent.editions() if sees_editions else None,
        "may_write": may(request, "newsletters.add_article"),
        "drafts": drafts.waiting() if sees_editions else None,
        "may_compose": may(request, "newsletters.add_edition"),
        "due": due.newsletters(request) if may(request, "newsletters.view_newsletter") else None,
        "growth": growth.shown() if may(request, "newsletters.view_delivery") else None,
    }
