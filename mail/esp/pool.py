"""Some channels, a thread each: for e-mail services, whose calls block.

The intent is recorded before a call begins and its outcome when it ends. A call whose mail was certainly not taken is
revoked; one that failed in a way that nobody foresaw leaves its mail in doubt. A service that fails or asks us to wait
is left alone by all calls of the process; then one of them is the first to try again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from mail.mail_queue import MailQueue
from mail.results import Result, Verdict
from mail.send_reasons import SendReason
from mail.transport import Channel, NoAnswer, Outgoing, Recorder, TransportError, Unbuildable, Why

logger = logging.getLogger(__name__)
IDLE_SECONDS = 0.5  # how soon a thread without work notices that the pool was closed


class Pool(MailQueue):
    def __init__(self, make_channel: Callable[[], Channel], size: int, recorder: Recorder) -> None:
        super().__init__(size, recorder)
        self._make_channel = make_channel
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._work = threading.Semaphore(0)  # one for each mail that was submitted
        self._threads: list[threading.Thread] = []
        self._channels: list[Channel] = []

    @property
    def room(self) -> int:
        """After a wait one call shows whether the others would fare better."""
        return min(super().room, max(0, 1 - self._pending)) if self._circuit.is_on_trial else super().room

    def submit(self, mail: Outgoing) -> None:
        super().submit(mail)
        self._work.release()
        if len(self._threads) < min(self._size, self._pending):
            thread = threading.Thread(target=self._run, name=f"sender-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def abort(self) -> None:
        self.withdraw()
        with self._lock:
            channels = list(self._channels)
        for channel in channels:
            channel.abort()

    def close(self) -> None:
        self.withdraw()
        self._closing.set()
        for _ in self._threads:
            self._work.release()  # who waits for work finds none, and looks whether to go on
        for thread in self._threads:
            thread.join(timeout=2)

    # --- in each thread ---------------------------------------------------------------------------------------
    def _run(self) -> None:
        channel = self._make_channel()
        with self._lock:
            self._channels.append(channel)
        try:
            while not self._closing.is_set():
                if self._work.acquire(timeout=IDLE_SECONDS) and (mail := self._next()) is not None:
                    self._one(channel, mail)
        finally:
            with self._lock:
                self._channels.remove(channel)
            channel.close()

    def _one(self, channel: Channel, mail: Outgoing) -> None:
        why = self._why_not(mail)
        if why is not None:
            self._return(mail, why)
            return
        try:
            result = channel.send(mail)
        except TransportError as trouble:
            self._circuit.open(trouble)
            self._recorder.revoke(mail.slot, mail.key)
            self._write_down()
            self._return(mail, Why.UNREACHABLE)
            return
        except NoAnswer as silence:
            # Else a service that is down would leave the whole list in doubt, and not only the calls in flight.
            self._circuit.open(TransportError(str(silence)))
            result = silence.result(mail)
        except Unbuildable as error:
            result = error.result(mail)
        except Exception:
            # Not foreseen, so nothing can be said about this mail: the queue moves on, and the mail is in doubt.
            logger.exception("Sending mail %s failed", mail.key)
            channel.close()
            result = Result(mail.key, Verdict.IN_DOUBT, reason=SendReason.UNEXPECTED_ERROR)
        else:
            self._circuit.close()
        self._note(mail, result)
        self._write_down()
        self._return(mail, result)

    def _why_not(self, mail: Outgoing) -> Why | None:
        """Why the mail must not begin; None when it may, and is intended."""
        if mail.is_stale:
            return Why.STALE
        if self.trouble:
            return Why.UNREACHABLE
        self._recorder.intend(mail.slot, mail.key)
        if not self._write_down():
            self._recorder.revoke(mail.slot, mail.key)
            return Why.NO_JOURNAL
        return None
