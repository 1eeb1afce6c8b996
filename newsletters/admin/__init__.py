"""The staff's pages: thin faces over the stages, in Django's admin."""

from newsletters.admin import articles, editions, institute, newsletters, paces, pictures, roles, staff

__all__ = ["articles", "editions", "institute", "newsletters", "paces", "pictures", "roles", "staff"]
