"""What the delivery says to the floors above it."""

from __future__ import annotations

from django.dispatch import Signal

# Sent once, after the commit that finished the edition: edition (Edition), sums (ledger.Sums).
edition_finished = Signal()
