"""The people's part of the staff's pages: thin faces over signup, suppression and erasure."""

from subscribers.admin import lists, people, records, suppressions

__all__ = ["lists", "people", "records", "suppressions"]
