"""Where a mailbox is that is read over the network, and how to log in to it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """`tls` is “implicit”, “starttls” or “none”."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: str = "implicit"

    def __str__(self) -> str:
        return f"{self.folder} of {self.username} at {self.host}:{self.port}"
