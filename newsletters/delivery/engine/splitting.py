"""Give back a part of a claim: the members who wait, when others of the chunk are still on their way.

A server may take ten minutes to answer for one mail (RFC 5321 §4.5.3.2.6). Until then the chunk cannot be given back,
but nobody else of it needs to wait for that: they become a chunk of their own, which any process may claim.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from newsletters.delivery.engine.hold import Hold
from newsletters.delivery.ledger import members
from newsletters.models import Chunk, Delivery, Edition
from newsletters.models.deliveries import Outcome


def give_back_waiting(hold: Hold) -> None:
    """Nothing changes when nobody waits, or when the claim is no longer ours: the next exchange will find that out."""
    if not hold.waiting:
        return
    claim = hold.claim
    with transaction.atomic():
        # The code that makes chunks of an edition locks it first, so that no two take the same number. Its key stays
        # free: other senders need it for the rows they write.
        edition = Edition.objects.select_for_update(no_key=True).only("pk").get(pk=claim.edition_id)
        chunk = (
            Chunk.objects.select_for_update()
            .filter(pk=claim.chunk_id, state=Chunk.State.CLAIMED, fence=claim.fence)
            .first()
        )
        if chunk is None:
            return
        everybody = members.unpack(chunk.members)
        kept, waiting = everybody[: chunk.handed_to], everybody[chunk.handed_to :]
        last = edition.chunks.filter(kind=chunk.kind).aggregate(last=Max("seq"))["last"]
        rest = Chunk.objects.create(
            edition=edition,
            kind=chunk.kind,
            group=chunk.group,
            wave=chunk.wave,
            seq=last + 1,
            members=members.pack(waiting),
            n=len(waiting),
        )
        if chunk.kind == Chunk.Kind.RETRY:  # they have rows, which say where they are counted
            ids = [member.subscriber_id for member in waiting]
            theirs = Delivery.objects.filter(chunk=chunk, outcome=Outcome.RETRYING, subscriber_id__in=ids)
            rest.retrying = theirs.update(chunk=rest)
            chunk.retrying -= rest.retrying
            rest.save(update_fields=["retrying"])
        chunk.members, chunk.n = members.pack(kept), len(kept)
        chunk.save(update_fields=["members", "n", "retrying"])
    hold.keep_only(kept)
