"""The people's part of the staff's pages: thin faces over signup, suppression and erasure."""

from subscribers.admin import join_requests, lists, people, records, suppressions

__all__ = ["join_requests", "lists", "people", "records", "suppressions"]
