"""Where a recipient of an edition can be: each state with its name and meaning, for pages, exports and the terminal.

Before there is an outcome a recipient is waiting or being sent to; the rest are the outcomes of the ledger. The keys
are those of `Totals`, in the order in which they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsletters.models.deliveries import Outcome, Totals


@dataclass(frozen=True, slots=True)
class RecipientState:
    key: str
    name: str | Promise
    meaning: str | Promise

    def count_in(self, totals: Totals) -> int:
        return int(getattr(totals, self.key))


WAITING = RecipientState("waiting", _("Waiting"), _("not sent yet"))
SENDING = RecipientState("handed_out", _("Sending"), _("being sent now"))
_MEANINGS = {
    Outcome.ACCEPTED: _("the reader's mail server or our relay took it; that doesn't mean it was read"),
    Outcome.DEFERRED: _("the server asked us to try again later"),
    Outcome.RETRYING: _("being sent once more"),
    Outcome.REJECTED: _("the server won't take it"),
    Outcome.SKIPPED: _("unsubscribed, paused, suppressed, or no article on their topics"),
    Outcome.CANCELLED: _("the edition was cancelled before their turn"),
    Outcome.IN_DOUBT: _("the server may have taken it; we never resend by ourselves"),
}
OUTCOMES = {outcome: RecipientState(outcome.value, outcome.label, _MEANINGS[outcome]) for outcome in Outcome}
SKIPPED = OUTCOMES[Outcome.SKIPPED]
# Those who were never due stand aside.
OF_RECIPIENTS = (WAITING, SENDING, *(state for state in OUTCOMES.values() if state is not SKIPPED))


def outcomes_in_words(totals: Totals) -> str:
    """“1,204 of 1,207 accepted, 3 rejected; 15 skipped”: each outcome that occurred, and accepted always, since that is
    the question."""
    of_all, skipped = totals.of_recipients, totals.never_due
    said = [f"{of_all.accepted:,} of {of_all.candidates:,} {str(OUTCOMES[Outcome.ACCEPTED].name).lower()}"]
    said += [
        f"{state.count_in(of_all):,} {str(state.name).lower()}"
        for outcome, state in OUTCOMES.items()
        if state.count_in(of_all) and outcome != Outcome.ACCEPTED
    ]
    return ", ".join(said) + (f"; {skipped:,} {str(OUTCOMES[Outcome.SKIPPED].name).lower()}" if skipped else "")
