"""The plain Django way, in a process with an installation's environment: `python -m bench.naive EDITION MAILS`.

A good version of what everybody writes first: the HTML is ready, and for each reader a Django template is filled, an
EmailMultiAlternatives is built and sent over one SMTP connection that is kept; nothing is written down. It sends the
variants of an edition that was frozen, to its readers, with the same values in the same places as ours.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC
from itertools import islice
from typing import Any

import django
import psutil

django.setup()

from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.template import engines  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.machine import cpu_seconds, peak_mb  # noqa: E402
from newsletters.delivery.ledger import members  # noqa: E402
from newsletters.models import Chunk, Edition, Variant  # noqa: E402
from newsletters.rendering import recipients, slots  # noqa: E402
from newsletters.rendering.content import EditionContent  # noqa: E402
from newsletters.rendering.message import common_headers, own_headers  # noqa: E402
from newsletters.rendering.recipients import Recipient  # noqa: E402
from subscribers.models import Subscription  # noqa: E402

WARM_UP = 20


def mails(edition: Edition) -> Iterator[EmailMultiAlternatives]:
    """One after the other, made when it is asked for."""
    content = EditionContent.from_json(edition.snapshot or {})
    variants = {each.number: each for each in Variant.objects.filter(edition=edition)}
    templates = {
        number: [_as_template(part, len(each.slots)) for part in (each.subject, each.text, each.html)]
        for number, each in variants.items()
    }
    for packed in Chunk.objects.filter(edition=edition).order_by("seq").values_list("members", flat=True):
        wanted = dict(members.unpack(packed))
        people = Subscription.objects.filter(mailing_list_id=content.list_id, subscriber_id__in=wanted)
        for each in people.select_related("subscriber", "selection").prefetch_related("selection__topics"):
            number = wanted[each.subscriber_id]
            if number not in variants:
                continue
            topics = tuple(topic.name for topic in each.selection.topics.all()) if each.selection else ()
            person = Recipient(
                each.subscriber_id, each.subscriber.email, each.subscriber.name,
                each.requested_at.astimezone(UTC).date(), topics, each.subscriber.attributes,
            )  # fmt: skip
            values = recipients.values(slots.from_json(variants[number].slots), person, content)
            context = {f"slot{place}": value for place, value in enumerate(values)}
            subject, text, html = (template.render(context) for template in templates[number])
            message = EmailMultiAlternatives(
                subject=" ".join(subject.split()),
                body=text,
                from_email=f"{content.from_name} <{content.from_email}>",
                to=[person.email],
                headers=own_headers(content, person, date=timezone.now()) | common_headers(content),
            )
            message.attach_alternative(html, "text/html")
            yield message


def _as_template(part: str, count: int) -> Any:
    for number in range(count):
        part = part.replace(f"{slots.MARK}{number:03d}x", f"{{{{ slot{number} }}}}")
    return engines["django"].from_string(part)


def main(edition: int, wanted: int) -> dict[str, float]:
    made = mails(Edition.objects.get(pk=edition))
    me = psutil.Process(os.getpid())
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend")
    connection.open()
    first = list(islice(made, WARM_UP))
    connection.send_messages(first)
    cpu, began, sent = cpu_seconds([me]), time.perf_counter(), 0
    for message in islice(made, wanted):
        sent += connection.send_messages([message]) or 0
    took, cpu = time.perf_counter() - began, cpu_seconds([me]) - cpu
    connection.close()
    return {"mails": sent, "seconds": took, "cpu": cpu, "peak_mb": peak_mb(me.pid)}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
