"""Events of all services together, shuffled, each told three times and one in a hundred forged: one end, whatever the
order. It is that of a model of some lines, which knows neither services nor databases.

`WEBHOOK_EVENTS=100000` tries so many, in twelve minutes of processor time; the usual number is for every day.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from django.test import Client
from pytest_django import Settings

from mail.return_paths import edition_references
from newsletters.delivery.limits import stopped_domains
from newsletters.events import incoming
from newsletters.models import Chunk, Delivery, Edition, Feedback, StoppedDomain
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber, Subscription, Suppression
from tests.factories import make_edition, make_list, make_newsletter, start
from tests.newsletters.events.webhooks.conftest import SetUp, keys_of, reader_of, work_off
from tests.newsletters.events.webhooks.payloads import TELLERS, Mail, provider_id, tell
from tests.newsletters.events.webhooks.signing import SECRET, Call, basic_auth, need_cryptography, signed

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(7200)]
EVENTS = int(os.environ.get("WEBHOOK_EVENTS", "800"))
EDITIONS = 6
TOLD = 3
FORGED = 0.01
MOST_AT_ONCE = 200
IN_LISTS = ("sendgrid", "sparkpost", "mandrill", "mailjet")
SERVICES = sorted(TELLERS)
# How often a mail has such an event. Dead addresses are few: of very many, a person decides.
SHARES = {"delivered": 0.6, "soft": 0.35, "full": 0.2, "hard": 0.04, "policy": 0.1, "complaint": 0.03,
          "unsubscribe": 0.05, "opened": 0.1}  # fmt: skip
RANK = {"delivered": 1, "soft": 2, "full": 2, "hard": 2, "policy": 2, "complaint": 3}
REPORTED = [None, "delivered", "bounced", "complained"]


@dataclass(frozen=True)
class Told:
    """An event of a mail: which edition's, to which reader."""

    edition: int
    reader: int
    service: str
    what: str
    mail: Mail


@dataclass
class End:
    """What is left when all is told."""

    reported: dict[tuple[int, int], str | None] = field(default_factory=dict)
    feedback: Counter[tuple[str, str, int, int]] = field(default_factory=Counter)
    suppressed: set[str] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    stopped: set[tuple[int, str]] = field(default_factory=set)


def expected(mails: Iterable[tuple[int, int]], domains: Mapping[int, str], events: Iterable[Told]) -> End:
    """The model: sets and a maximum, which know no order."""
    end, rank = End(), dict.fromkeys(mails, 0)
    bounced: dict[tuple[str, str], set[int]] = defaultdict(set)
    refused: dict[tuple[int, str], set[int]] = defaultdict(set)
    for event in events:
        rank[event.edition, event.reader] = max(rank[event.edition, event.reader], RANK.get(event.what, 0))
        if event.what in {"delivered", "opened"}:
            continue
        end.feedback[event.service, event.what, event.edition, event.reader] += 1
        address = event.mail.address
        if event.what in {"hard", "complaint"}:
            end.suppressed.add(address)
        elif event.what == "unsubscribe":
            end.left.add(event.reader)
        elif event.what == "policy":
            refused[event.edition, address.partition("@")[2]].add(event.reader)
        else:
            bounced[address, event.what].add(event.edition)
    end.reported = {mail: REPORTED[of] for mail, of in rank.items()}
    end.suppressed |= {address for (address, _what), editions in bounced.items() if len(editions) >= 5}
    # Asked at the third refusal, and whenever they have doubled.
    asked = {stopped_domains.ENOUGH} | {2**n for n in range(2, 20)}
    accepted = Counter((edition, domains[reader]) for edition, reader in rank)
    end.stopped = {
        at
        for at, readers in refused.items()
        if any(stopped_domains.SHARE * accepted[at] < n <= len(readers) for n in asked)
    }
    return end


def found() -> End:
    end = End()
    end.reported = {
        (edition, reader): reported
        for edition, reader, reported in Delivery.objects.values_list("edition", "subscriber_id", "reported")
    }
    for source, kind, edition, reader in Feedback.objects.values_list("source", "kind", "edition", "subscriber_id"):
        assert edition is not None and reader is not None
        end.feedback[source, kind, edition, reader] += 1
    end.suppressed = set(Suppression.objects.values_list("email", flat=True))
    unsubscribed = Subscription.objects.filter(status=Subscription.Status.UNSUBSCRIBED)
    end.left = set(unsubscribed.values_list("subscriber_id", flat=True))
    end.stopped = set(StoppedDomain.objects.values_list("edition", "domain"))
    return end


def sent_editions(readers: int) -> tuple[list[Edition], list[Subscriber]]:
    """Editions that the services took: each reader's mails by one of them."""
    mailing_list = make_list()
    people = [reader_of(mailing_list, f"reader{n}@d{n % 7}.example") for n in range(readers)]
    newsletter = make_newsletter(mailing_list)
    editions = [start(make_edition(newsletter)) for _ in range(EDITIONS)]
    for edition in editions:
        chunk = Chunk.objects.filter(edition=edition)[0]
        Chunk.objects.filter(pk=chunk.pk).update(accepted=readers)
        Delivery.objects.bulk_create(
            [
                Delivery(
                    edition=edition,
                    subscriber_id=person.pk,
                    chunk=chunk,
                    fence=1,
                    variant=0,
                    attempts=1,
                    outcome=Outcome.ACCEPTED,
                    settled_at=edition.updated_at,
                    provider_id=number_of(service_of(n), edition, person),
                )
                for n, person in enumerate(people)
            ]
        )
    return editions, people


def service_of(reader: int) -> str:
    """Most by one of those that tell in lists: else a hundred thousand calls would take an hour."""
    return SERVICES[reader // 10 % len(SERVICES)] if reader % 10 == 0 else IN_LISTS[reader % len(IN_LISTS)]


def number_of(service: str, edition: Edition, person: Subscriber) -> str:
    return provider_id(service, edition.pk * 1_000_000 + person.pk)


def draw(rng: random.Random, editions: Sequence[Edition], people: Sequence[Subscriber]) -> Iterator[Told]:
    for edition in editions:
        reference = edition_references(edition.pk)
        for n, person in enumerate(people):
            service = service_of(n)
            named = rng.random() < 0.5
            mail = Mail(number_of(service, edition, person), reference(person.pk) if named else "", person.email)
            for what, share in SHARES.items():
                if rng.random() < share and tell(service, what, mail) is not None:
                    yield Told(edition.pk, person.pk, service, what, mail)


def forged(rng: random.Random, events: Sequence[Told]) -> Iterator[Told]:
    """The worst of each sort, of somebody else's mails: signed by the service, and none of ours."""
    for event in rng.sample(events, max(1, int(len(events) * FORGED / 2))):
        last = event.mail.reference[-1:]
        reference = event.mail.reference[:-1] + ("0" if last != "0" else "1") if last else ""
        mail = replace(
            event.mail, provider_id=provider_id(event.service, 99_000_000 + event.reader), reference=reference
        )
        yield replace(event, what="hard", mail=mail)


def as_calls(rng: random.Random, events: Sequence[Told]) -> Iterator[Call]:
    """In lists of any length where the service makes lists, in any order."""
    waiting: dict[str, list[object]] = defaultdict(list)
    sizes = {service: rng.randint(1, MOST_AT_ONCE) for service in IN_LISTS}
    for event in events:
        told = tell(event.service, event.what, event.mail)
        assert told is not None
        if event.service not in IN_LISTS:
            yield signed(event.service, told[0], basic=True)
            continue
        waiting[event.service] += told[0]
        if len(waiting[event.service]) >= sizes[event.service]:
            yield signed(event.service, waiting.pop(event.service), basic=True)
            sizes[event.service] = rng.randint(1, MOST_AT_ONCE)
    for service, rest in waiting.items():
        yield signed(service, rest, basic=True)


def spoilt(rng: random.Random, call: Call) -> Call:
    """With a signature or a password that isn't the service's."""
    headers = dict(call.headers) | basic_auth("webhooks:guessed-guessed-guessed")
    return replace(call, headers=headers, body=call.body.replace(b"soft", b"hard") if rng.random() < 0.5 else call.body)


@pytest.mark.parametrize("seed", [1])
def test_whatever_the_order_one_end(seed: int, set_up: SetUp, client: Client, settings: Settings) -> None:
    need_cryptography()
    set_up("amazon_ses")
    settings.ANYMAIL = {name: key for service in SERVICES for name, key in keys_of(service).items()} | {
        "WEBHOOK_SECRET": SECRET,
        "MANDRILL_WEBHOOK_URL": "http://testserver/webhooks/mandrill/tracking/",
    }
    rng = random.Random(seed)
    editions, people = sent_editions(max(20, int(EVENTS / EDITIONS / sum(SHARES.values()))))
    events = list(draw(rng, editions, people))
    assert len(events) > EVENTS * 0.8
    tellings = [*events, *forged(rng, events)] * TOLD
    rng.shuffle(tellings)
    calls = refused = 0
    for call in as_calls(rng, tellings):
        calls += 1
        if not refused or rng.random() < FORGED:
            refused += 1
            assert spoilt(rng, call).post(client) in {400, 401, 403}
        assert call.post(client) == 200
        if rng.random() < 0.02:
            incoming.work_off()
    work_off()
    assert calls > len(tellings) / MOST_AT_ONCE
    end = found()
    model = expected(
        [(edition.pk, person.pk) for edition in editions for person in people],
        {person.pk: person.email.partition("@")[2] for person in people},
        events,
    )
    assert json.dumps(sorted(end.stopped)) == json.dumps(sorted(model.stopped)) and end.stopped
    assert end.suppressed == model.suppressed
    assert end.left == model.left
    assert end.feedback == model.feedback
    assert end.reported == model.reported
    assert len({kind for _source, kind, _edition, _reader in end.feedback}) == 6
