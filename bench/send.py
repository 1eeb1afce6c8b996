"""Sending one edition: our sender with its ledger, the plain Django way, and smtp-source.

The plain way is a good version of what everybody writes first: the HTML is ready, and for each reader a Django template
is filled, an EmailMultiAlternatives is built and sent over one SMTP connection that is kept; nothing is written down.
Ours claims, hands out, sends and settles: at the end every reader stands in the ledger, or the measurement fails.
"""

from __future__ import annotations

import resource
import time

import django

django.setup()

from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.template import engines  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.sink import Sink  # noqa: E402
from newsletters.delivery import audience, freezing, frozen, ledger, sending  # noqa: E402
from newsletters.editions import transitions  # noqa: E402
from newsletters.models import Chunk, Edition  # noqa: E402
from newsletters.rendering import recipients  # noqa: E402
from newsletters.rendering.message import common_headers, own_headers  # noqa: E402
from newsletters.rendering.slots import MARK  # noqa: E402
from subscribers.models import Subscriber  # noqa: E402
from tests.journeys import laying  # noqa: E402


def measure(sink: Sink, *, readers: int, rounds: int) -> list[dict[str, float]]:
    """The figures of each round."""
    call_command("migrate", verbosity=0)
    laying.newsletter()
    laying.readers(plain=readers)
    return [_round(number, sink, readers) for number in range(1, rounds + 1)]


def _round(number: int, sink: Sink, readers: int) -> dict[str, float]:
    edition = Edition.objects.get(pk=laying.edition(number)["edition"])
    transitions.queue(edition.pk, revision=edition.revision, by="bench")
    began = time.perf_counter()
    freezing.start(edition.pk)
    froze = time.perf_counter() - began
    naive_rate, size = _naive(edition, readers)
    cpu, began = _cpu(), time.perf_counter()
    sending.send_slice(seconds=3600)
    took, cpu = time.perf_counter() - began, _cpu() - cpu
    sums = ledger.sums(edition)
    if sums.accepted != readers:
        raise RuntimeError(f"{readers} readers, but the ledger says {sums}")
    return {
        "smtp-source, mails a second": sink.source(readers, size),
        "naive, mails a second": naive_rate,
        "ours, mails a second": readers / took,
        "ours, µs of processor a mail": cpu / readers * 1e6,
        "freezing, readers a second": readers / froze,
        "bytes a mail": float(size),
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _naive(edition: Edition, readers: int) -> tuple[float, int]:
    """Mails a second, and the bytes of one."""
    claim = Chunk.objects.filter(edition=edition).values("edition_id", "edition__content_hash")[0]
    ready = frozen.load(claim["edition_id"], claim["edition__content_hash"])
    mail, content = ready.variants[1], ready.content
    django_engine = engines["django"]
    templates = [django_engine.from_string(_as_template(part, len(mail.slots))) for part in (mail.html, mail.text)]
    ids = list(Subscriber.objects.order_by("pk").values_list("pk", flat=True)[:readers])
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend")
    connection.open()
    size = 0
    began = time.perf_counter()
    for at in range(0, len(ids), 500):
        people = audience.check(ids[at : at + 500], content.list_id, ready.topic_names, timezone.now()).recipients
        for person in people.values():
            values = recipients.values(mail.slots, person, content)
            context = {f"slot{number}": value for number, value in enumerate(values)}
            message = EmailMultiAlternatives(
                subject=content.subject,
                body=templates[1].render(context),
                from_email=f"{content.from_name} <{content.from_email}>",
                to=[person.email],
                headers=own_headers(content, person, date=timezone.now()) | common_headers(content),
            )
            message.attach_alternative(templates[0].render(context), "text/html")
            connection.send_messages([message])
            size = size or len(message.message().as_bytes())
    took = time.perf_counter() - began
    connection.close()
    return len(ids) / took, size


def _as_template(part: str, slots: int) -> str:
    for number in range(slots):
        part = part.replace(f"{MARK}{number:03d}x", f"{{{{ slot{number} }}}}")
    return part
