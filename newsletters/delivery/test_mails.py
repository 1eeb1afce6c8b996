"""Test mails: an edition as it stands, to people who are no readers, through the real transport, marked [Test]."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from django.utils import timezone

from mail.results import Result, Verdict
from mail.return_paths import edition_paths, edition_references
from mail.routing import make_transport
from mail.transport import NotTaken, Outgoing, Why
from newsletters.blocks.content import ArticleContent
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import render
from newsletters.rendering.message import build
from newsletters.rendering.recipients import Recipient, as_sample
from subscribers import suppression

PATIENCE = 20.0  # seconds, for all of them together


def send_test(
    content: EditionContent,
    addresses: Iterable[str],
    by: str,
    *,
    as_reader: Recipient | None = None,
    articles: Sequence[ArticleContent] | None = None,
) -> list[str]:
    """Send an edition with this content to each address. Returns one sentence an address, in their order.

    It says what it would say to `as_reader`, or else to somebody with the name `by` who follows everything and has a
    sample of each attribute; with these articles, or else all. The links for leaving and preferences in it belong to
    subscriber 0, who does not exist. A suppressed address gets no test either.
    """
    asked = list(dict.fromkeys(addresses))
    suppressed = suppression.suppressed_among(asked)
    wanted = [address for address in asked if address not in suppressed]
    said = {address: f"{address}: not sent. This address is suppressed." for address in suppressed}
    if wanted:
        said |= _send(content, wanted, by, as_reader=as_reader, articles=articles)
    return [said[address] for address in asked]


def _send(
    content: EditionContent,
    wanted: Sequence[str],
    by: str,
    *,
    as_reader: Recipient | None,
    articles: Sequence[ArticleContent] | None,
) -> dict[str, str]:
    """By address, the sentence that says what became of it."""
    mail = render(content, articles)
    sample = as_sample(Recipient(0, "", by, timezone.now().date()), content)
    envelope_from = edition_paths(content.edition_id, content.from_email)(sample.id)
    reference = edition_references(content.edition_id)(sample.id)
    transport = make_transport()
    try:
        for number, address in enumerate(wanted):
            recipient = as_reader._replace(id=0, email=address) if as_reader else sample._replace(email=address)
            transport.submit(
                Outgoing(
                    key=number,
                    email=address,
                    envelope_from=envelope_from,
                    make=lambda recipient=recipient: build(  # type: ignore[misc]
                        mail, recipient, content, date=timezone.now(), test=True
                    ),
                    # Nobody's consent is at stake, so the check of a recipient does not age.
                    checked_at=time.monotonic() + 3600,
                    reference=reference,
                )
            )
        back = transport.collect(at_least=len(wanted), within=PATIENCE)
        if transport.pending:  # what was begun may still arrive: break it off, and say “perhaps” instead of “not”
            transport.abort()
            back += transport.collect(at_least=transport.pending, within=1.0)
        trouble = transport.trouble
    finally:
        transport.close()
    results = {mail.key: what for mail, what in back if not isinstance(what, Why)}
    reason = str(trouble) if trouble else "The mail server didn't answer in time."
    return {address: _sentence(address, results.get(number), reason) for number, address in enumerate(wanted)}


def _sentence(address: str, result: Result | NotTaken | None, trouble: str) -> str:
    if isinstance(result, NotTaken):
        return f"{address}: not sent. The mail server said: {result.reply}"
    if result is None:
        return f"{address}: not sent. {trouble}"
    if result.outcome == Verdict.ACCEPTED:
        return f"{address}: accepted by the mail server."
    if result.outcome == Verdict.DEFERRED:
        return f"{address}: deferred by the mail server ({result.reply}). Try again in a few minutes."
    if result.outcome == Verdict.IN_DOUBT:
        return f"{address}: in doubt: the mail server may have taken it."
    return f"{address}: rejected by the mail server ({result.reply})."
