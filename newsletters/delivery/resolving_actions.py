"""What a person can decide about mails that Iria gave up on, each decision with whom it is about and what it did.

The pages and `manage.py editions` offer these and say the same words of them; `resolving` carries them out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext, ngettext_lazy

from newsletters.delivery import resolving
from newsletters.delivery.ledger.reasons import reason_in_words
from newsletters.models.deliveries import Outcome


@dataclass(frozen=True, slots=True)
class Resolution:
    name: str
    outcome: Outcome  # of those whom it is about
    carry_out: Callable[..., resolving.Decided]
    sends: bool  # is anybody sent anything?
    done: Any

    def in_words(self, decided: resolving.Decided) -> str:
        """What was done, and who was left as they were."""
        sentences = [counted(self.done, decided.changed)] if decided.changed else []
        for reason, count in decided.left_out.items():
            sentences.append(
                ngettext("%(n)s left unchanged: %(why)s.", "%(n)s left unchanged: %(why)s.", count)
                % {"n": f"{count:,}", "why": reason_in_words(reason)}
            )
        return " ".join(sentences)


def counted(words: Any, count: int) -> str:
    """Words of which some depend on how many, with the number in them."""
    return str(words % {"count": count, "n": f"{count:,}"})


MARK_AS_SENT = Resolution(
    "mark-as-sent", Outcome.IN_DOUBT, resolving.mark_as_sent, sends=False,
    done=ngettext_lazy("%(n)s email marked as sent.", "%(n)s emails marked as sent.", "count"),
)  # fmt: skip
RESEND = Resolution(
    "resend", Outcome.IN_DOUBT, resolving.resend, sends=True,
    done=ngettext_lazy("%(n)s email in doubt will be resent.", "%(n)s emails in doubt will be resent.", "count"),
)  # fmt: skip
RETRY_FAILED = Resolution(
    "retry-failed", Outcome.REJECTED, resolving.retry_failed, sends=True,
    done=ngettext_lazy("%(n)s rejected email will be retried.", "%(n)s rejected emails will be retried.", "count"),
)  # fmt: skip
