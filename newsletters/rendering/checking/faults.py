"""What a check of a mail finds: what, where in the mail, and in which words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a mail.

    `about` is what finds its place: an address, the address of a picture, or words as they stand in the mail; empty
    when it is about the mail as a whole. `certain` says that it is wrong for certain, and not only unwise.
    """

    code: str
    sentence: str
    about: str = ""
    certain: bool = False
