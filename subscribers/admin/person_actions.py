"""What staff can do to a person, each after a page that says what will happen: resend, suppress, release, erase."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from subscribers import suppression
from subscribers.admin.confirmed_actions import AnyAdmin, ConfirmedAction
from subscribers.erasure import erase
from subscribers.models import ConsentRecord, Subscriber, Subscription, Suppression
from subscribers.signup import double_opt_in

Outcome = double_opt_in.SignupOutcome


def sentence_for(outcome: double_opt_in.SignupOutcome) -> str:
    """What staff are told of a request for a confirmation mail."""
    return {
        Outcome.CONFIRMATION_QUEUED: _("We've sent a confirmation email. They get nothing else until they confirm."),
        Outcome.ALREADY_SUBSCRIBED: _("There is nothing to confirm: this person has no pending subscription."),
        Outcome.SUBSCRIBED: _("They're subscribed."),
        Outcome.SUPPRESSED: _("No email was sent: this address is suppressed. Release it first."),
        Outcome.LIMITED: _(
            "No email was sent: this address has reached today's limit for confirmations. Try again tomorrow."
        ),
    }[outcome]


# Of what is done to a person.
PERMISSIONS = {
    "resend": "subscribers.change_subscriber",
    "suppress": "subscribers.suppress_subscriber",
    "release": "subscribers.suppress_subscriber",
    "erase": "subscribers.delete_subscriber",
}


def person_actions(model_admin: AnyAdmin, request: HttpRequest, person: Subscriber) -> dict[str, ConfirmedAction]:
    """What can be done to this person now."""
    by = request.user.get_username()

    def suppress(note: str) -> str:
        suppression.suppress(person.email, reason=Suppression.Reason.STAFF, note=note, by=by)
        model_admin.log_change(request, person, f"suppressed: {note}")
        return _("%s won't get any more email.") % person

    def release(note: str) -> str:
        suppression.release(person.email, note=note, by=by)
        model_admin.log_change(request, person, f"released: {note}")
        return _("%s can get email again.") % person

    def resend(note: str) -> str:
        return sentence_for(double_opt_in.resend_confirmation(person, source=ConsentRecord.Source.STAFF, staff=by))

    def forget(note: str) -> str:
        erase(person, note=note, by=by)
        return _("The person was erased. The address stays blocked by a hash that can't be read back.")

    actions: dict[str, ConfirmedAction] = {}
    if any(s.status == Subscription.Status.PENDING for s in person.subscriptions.all()):
        actions["resend"] = ConfirmedAction(
            title=_("Resend the confirmation"),
            explanation=_("We send a new email with a new link to this address, at most a few times a day."),
            button=_("Resend"),
            permission=PERMISSIONS["resend"],
            do=resend,
            asks_for_note=False,
        )
    if person.is_suppressed:
        actions["release"] = ConfirmedAction(
            title=_("Release this address"),
            explanation=_("The address gets email again from the lists it's confirmed for."),
            button=_("Release"),
            permission=PERMISSIONS["release"],
            do=release,
        )
    else:
        actions["suppress"] = ConfirmedAction(
            title=_("Suppress this address"),
            explanation=_(
                "The address gets no email from now on, even if it subscribes again, until someone releases it."
            ),
            button=_("Suppress"),
            permission=PERMISSIONS["suppress"],
            do=suppress,
        )
    actions["erase"] = ConfirmedAction(
        title=_("Erase this person"),
        explanation=_(
            "We permanently delete the name, address, subscriptions and traces. We keep the "
            "consent history without the person, and a hash that stops the address from being "
            "signed up again. This can't be undone. Don't write the address in the note."
        ),
        button=_("Erase permanently"),
        permission=PERMISSIONS["erase"],
        do=forget,
        is_grave=True,
    )
    return actions
