"""A server whose answers to messages a test writes."""

from tests.mail.outbox.scripted_server import server

__all__ = ["server"]
