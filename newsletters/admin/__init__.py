"""The staff's pages, by subject: thin faces over the stages, in Django's admin."""

from newsletters.admin import roles
from newsletters.admin.content import archives, articles, comments, feeds, pictures
from newsletters.admin.edition import model_admin as edition
from newsletters.admin.edition import templates, test_mails
from newsletters.admin.feedback import bounces, raw_events
from newsletters.admin.newsletter import list_texts, list_welcomes, schedule
from newsletters.admin.newsletter import model_admin as newsletter
from newsletters.admin.system import institute, pages, rate_limits

__all__ = [
    "archives",
    "articles",
    "bounces",
    "comments",
    "edition",
    "feeds",
    "institute",
    "list_texts",
    "list_welcomes",
    "newsletter",
    "pages",
    "pictures",
    "rate_limits",
    "raw_events",
    "roles",
    "schedule",
    "templates",
    "test_mails",
]
