"""Whose mail came back: the one thing about a bounce that nobody else can make up."""

from __future__ import annotations

from mail.return_paths import ReturnPath, read_return_path
from newsletters.events.incoming_mail.kinds import Reading


def return_path_of(reading: Reading) -> ReturnPath | None:
    """The return path that the mail came back to; None if it came to none of ours. The address in a bounce's text may
    be anybody's; this says which mail it was and to whom. Reads the secrets in the settings."""
    return next((path for address in reading.came_to if (path := read_return_path(address)) is not None), None)
