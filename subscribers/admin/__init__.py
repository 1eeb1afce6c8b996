"""The people's part of the staff's pages: thin faces over signup, suppression and erasure."""

from subscribers.admin import (
    attributes,
    bulk_jobs,
    imports,
    join_requests,
    lists,
    people,
    records,
    segments,
    suppressions,
)

__all__ = [
    "attributes",
    "bulk_jobs",
    "imports",
    "join_requests",
    "lists",
    "people",
    "records",
    "segments",
    "suppressions",
]
