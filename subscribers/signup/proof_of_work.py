"""What a sign-up takes when too many come at once: some seconds of a computer's work, or of a person's patience.

The page gives the browser a challenge, bound to the address and signed, and a small script of our own finds a number
that, hashed with it, begins with so many zero bits (as Hashcash and ALTCHA do). Nothing is asked of anybody else, and
nothing has to be remembered here: for another address, or a quarter of an hour later, the work begins anew. Each
doubling of the flood doubles the work.

Without JavaScript there is a wait instead: a signed ticket with the moment from which the same form is taken. Tickets
are given out one behind the other, so that a program that waits, too, brings in no more than `TICKET_SECONDS` allows.
When the next one would lie too far ahead there is none, and the work is still taken: a full queue keeps out only those
who would have to wait in it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from hashlib import blake2b, sha256

from lib.addresses import address_key
from lib.query_numbers import read_number
from subscribers.attempt_counts import LimitedAttempt, count
from subscribers.tokens import BadToken, Purpose, make, read

PROOF, TICKET = "proof", "ticket"  # fields of the form
EASIEST_BITS = 17  # about 130,000 hashes: less than a second of a phone
HARDEST_BITS = 21
VALID_SECONDS = 15 * 60
SHORTEST_WAIT = 20  # seconds, without JavaScript
TICKET_SECONDS = 4  # between the moments of two tickets
LONGEST_WAIT = 30 * 60
_WINDOW = 600


@dataclass(frozen=True, slots=True)
class Challenge:
    token: str
    bits: int
    ticket: str  # empty while the queue is full
    wait: int  # seconds, until the ticket is good, or until it is worth asking for one again


def challenge(email: str, excess: int, ticket: str = "") -> Challenge:
    """For a sign-up of this address without a proof. A ticket that came with it keeps its place in the queue."""
    now = int(time.time())
    bits = min(HARDEST_BITS, EASIEST_BITS + int(math.log2(max(1, excess)) / 2))
    token = make(Purpose.SIGNUP_PROOF, now, _digest(email), bits)
    ready_at = _ready_at(email, ticket) or now + _next_wait()
    if ready_at - now > LONGEST_WAIT:
        return Challenge(token, bits, ticket="", wait=LONGEST_WAIT)
    return Challenge(
        token, bits, ticket=make(Purpose.SIGNUP_TICKET, ready_at, _digest(email)), wait=max(0, ready_at - now)
    )


def is_accepted(email: str, proof: str, ticket: str) -> bool:
    """Whether the browser has done the work for this address, or its person has waited."""
    return _is_solved(email, proof) or _has_waited(email, ticket)


def _is_solved(email: str, proof: str) -> bool:
    token, _dot, number = proof.partition(".")
    try:
        made_at, digest, bits = read(Purpose.SIGNUP_PROOF, token)
    except (BadToken, ValueError):
        return False
    if digest != _digest(email) or time.time() - made_at > VALID_SECONDS or read_number(number) is None:
        return False
    return int.from_bytes(sha256(f"{token}.{number}".encode()).digest(), "big") >> (256 - bits) == 0


def _has_waited(email: str, ticket: str) -> bool:
    ready_at = _ready_at(email, ticket)
    return ready_at is not None and 0 <= time.time() - ready_at < VALID_SECONDS


def _ready_at(email: str, ticket: str) -> int | None:
    """The moment of a ticket for this address; None for one that is not, or that has lapsed."""
    try:
        ready_at, digest = read(Purpose.SIGNUP_TICKET, ticket)
    except (BadToken, ValueError):
        return None
    return ready_at if digest == _digest(email) and time.time() - ready_at < VALID_SECONDS else None


def _next_wait() -> int:
    """How long the next one waits, in seconds: behind everybody who came in these ten minutes."""
    (before,) = count([LimitedAttempt("signup-queue", "", [(0, _WINDOW)])])
    return SHORTEST_WAIT + TICKET_SECONDS * max(0, before.excess - 1)


def _digest(email: str) -> int:
    return int.from_bytes(blake2b(address_key(email).encode(), digest_size=6).digest(), "big")
