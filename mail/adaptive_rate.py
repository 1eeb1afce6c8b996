"""How fast to send to a server that says “too fast”, and says nothing else.

A sender of R mails a second, of which the share s is refused, was served R·(1 - s) a second: where the server has a
rate of its own, that is it. So a window in which mails were refused sets the rate to what was taken, and one without
raises it a little, to notice when the server takes more: additive increase and multiplicative decrease, by as much as
the server itself tells. The mails that are refused on the way cost nobody an attempt.

Some servers refuse a share of their mails however slow we are. When half the rate did not halve the share, that share
is taken as usual and no longer as a reason to be slower.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST = 1 / 20  # a second: a server that takes nothing at all is asked every 20 seconds
LEAST_FACTOR = 0.25  # of one window: what is on its way still belongs to the rate before
WINDOWS = ((50, 2.0), (20, 5.0), (1, 20.0))  # so many mails are a window when it has lasted for so many seconds
FINDING_OUT = (10, 2.0)  # the same before anything is known, and where a share is usual
FIRST = 10.0  # a second, at least, after the first refusal: who has hardly begun has not had many taken
CLEARLY, CLEAR_SHARE, CLEAR_SECONDS = 3, 0.2, 1.0  # refusals, of all, in which time: that ends a window
AT_ONCE, AT_ONCE_SHARE = 10, 0.5  # that does at once
SETTLING = 1.0  # seconds after the rate was lowered: what was begun before fills the server's second
GENTLY, QUICKLY = 0.02, 0.25  # of the rate, by which a window without refusals raises it: near what is known, the
NEAR = 0.9  # first time, then twice as much each time; and far below
HALF = 0.5
MOST_USUAL = 0.5  # a share that may be usual
FORGOTTEN = 600.0  # seconds after the last refusal, from which on its rate may be tried at once


@dataclass(slots=True)
class Rate:
    """Mails a second, and what it was learned from. Times in seconds, of any one clock."""

    per_second: float
    known: float  # what it took when it last refused some
    window_at: float
    taken: int = 0
    refused: int = 0
    share: float = 0.0  # refused, when the rate was lowered last
    high_rate: float = 0.0  # where a row of windows with refusals began, 0 when there is none,
    high_share: float = 0.0  # and how many were refused there
    usual: float = 0.0
    calm: int = 0  # windows in a row without refusals
    unrefused: float = 0.0  # the rate of the last of them
    is_found: bool = False  # it refused some at a rate of ours, and took others

    @classmethod
    def first(cls, now: float, *, lately: float) -> Rate:
        """After the first refusal: go on at what it took lately."""
        rate = max(FIRST, lately)
        return cls(per_second=rate, known=rate, window_at=now + SETTLING)

    def record(self, now: float, *, taken: int, refused: int) -> None:
        """So many mails that began under this rate were answered."""
        if now < self.window_at:
            return  # begun before the rate was lowered
        self.taken += taken
        self.refused += refused
        count = self.taken + self.refused
        age = now - self.window_at
        windows = WINDOWS if self.is_found and not self.usual else (FINDING_OUT, *WINDOWS)
        if self._is_clear(age) or any(count >= mails and age >= seconds for mails, seconds in windows):
            self._end_window(now)

    def _is_clear(self, age: float) -> bool:
        """Is it clear already that the server takes much less?"""
        if self.refused < CLEARLY or self._share < CLEAR_SHARE or self._is_usual:
            return False
        return age >= CLEAR_SECONDS or (self.refused >= AT_ONCE and self._share >= AT_ONCE_SHARE)

    def resume(self, now: float) -> None:
        """After a long silence, in which whatever kept the server from taking more may be over."""
        self.per_second = max(self.per_second, NEAR * self.known)
        self._begin(now)

    @property
    def _share(self) -> float:
        return self.refused / (self.taken + self.refused)

    @property
    def _is_usual(self) -> bool:
        return self.usual > 0 and self._share <= 1.5 * self.usual + 0.1

    def _end_window(self, now: float) -> None:
        if self.refused and not self._is_usual:
            self._lower(now)
            return
        used = (self.taken + self.refused) / max(now - self.window_at, 0.001)
        if used >= 0.5 * self.per_second:  # else it was not this rate that held us up
            if not self.refused:
                self.unrefused, self.high_rate = self.per_second, 0.0
            self._raise()
        self._begin(now)

    def _lower(self, now: float) -> None:
        self.share = share = self._share
        if not self.high_rate:
            self.high_rate, self.high_share = self.per_second, share
        elif self.per_second <= HALF * self.high_rate and HALF * self.high_share <= share <= MOST_USUAL:
            self.per_second, self.usual = self.high_rate, share
            self.high_rate = self.unrefused = 0.0
            self._begin(now)
            return
        self.usual, self.calm = 0.0, 0
        before, factor = self.per_second, max(LEAST_FACTOR, 1 - share)
        # It was raised a little too much: the rate before was right. Refused at that one too, it goes by the share.
        self.per_second = max(LEAST, before * factor, self.unrefused if self.unrefused < before else 0)
        self.unrefused = 0.0
        if self.taken:
            self.known, self.is_found = self.per_second, True
        factor = self.per_second / before
        self._begin(now + SETTLING if factor < NEAR else now)

    def _raise(self) -> None:
        if self.share == 1 and self.taken:  # it took nothing, and now it does
            self.per_second, self.share = max(2 * self.per_second, 0.5 * self.known), 0.0
        elif self.usual or self.per_second < NEAR * self.known:
            self.per_second *= 1.5 if self.usual else 1 + QUICKLY
        else:
            self.per_second *= 1 + min(QUICKLY, GENTLY * 2**self.calm) if self.is_found else 1.5
            self.calm = min(self.calm + 1, 8)

    def _begin(self, now: float) -> None:
        self.window_at, self.taken, self.refused = now, 0, 0
