"""Staff with each role, as on the pages of newsletters."""

from __future__ import annotations

from tests.newsletters.admin.conftest import browser_of, owner

__all__ = ["browser_of", "owner"]
