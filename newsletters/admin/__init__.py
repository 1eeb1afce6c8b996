"""The staff's pages: thin faces over the stages, in Django's admin."""

from newsletters.admin import (
    articles,
    comments,
    editions,
    institute,
    newsletters,
    paces,
    pictures,
    roles,
    staff,
    templates,
    testing,
)

__all__ = [
    "articles",
    "comments",
    "editions",
    "institute",
    "newsletters",
    "paces",
    "pictures",
    "roles",
    "staff",
    "templates",
    "testing",
]
