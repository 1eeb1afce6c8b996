"""The way out is tested by what it is for: editions that are ready, a scripted channel, people with a list."""

from tests.newsletters.delivery.conftest import _not_stopping, clock, newsletter, scripted, smtp
from tests.subscribers.conftest import browser, iria_news, mails, topics

__all__ = ["_not_stopping", "browser", "clock", "iria_news", "mails", "newsletter", "scripted", "smtp", "topics"]
