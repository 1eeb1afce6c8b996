"""What the people's side says to the floors above it."""

from __future__ import annotations

from django.dispatch import Signal

# Sent within the transaction that erases a person: subscriber_id (int), email (str). Anyone who keeps
# words about them, or the address, forgets these.
erased = Signal()
# The same of a person who never confirmed anything and is deleted after some weeks: nothing was ever sent to them but
# messages, so that the ledger has nothing to forget.
forgotten = Signal()
# Sent within the transaction that merges two people, while both are still there: kept_id, former_id (int). Anyone who
# keeps rows about a person by a foreign key hands them over; what keeps the bare number needs nothing.
merged = Signal()
