"""Those who compose editions, as in the tests of the admin."""

from __future__ import annotations

from tests.newsletters.admin.conftest import browser_of, editor, publisher

__all__ = ["browser_of", "editor", "publisher"]
