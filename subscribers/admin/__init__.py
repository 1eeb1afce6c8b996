"""The people's part of the staff's pages: thin faces over signup, suppression and erasure."""

from subscribers.admin import imports, join_requests, lists, people, records, suppressions

__all__ = ["imports", "join_requests", "lists", "people", "records", "suppressions"]
