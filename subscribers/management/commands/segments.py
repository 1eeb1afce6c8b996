"""`manage.py segments`: how many people a segment has, and why somebody is in it or not.

What can't be answered is one sentence on standard error and exit status 1; `--json` prints what a script needs and
nothing else.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lib.addresses import address_key
from subscribers.models import Segment, Subscriber
from subscribers.segments import counting
from subscribers.segments.explaining import ExplainedPart, explain
from subscribers.segments.rules import BadRule, Group, parse_rule


class Command(BaseCommand):
    help = "List segments, count the people in one, or say why somebody is in it or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "count", "explain"])
        parser.add_argument("slug", nargs="?", help="the segment's address, as its page shows it")
        parser.add_argument("address", nargs="?", help="of the person to explain")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            self._list(as_json=options["json"])
            return
        segment = Segment.objects.filter(slug=options["slug"] or "").first()
        if segment is None:
            raise CommandError(f"There is no segment “{options['slug'] or ''}”. “segments list” shows all.")
        try:
            rule = parse_rule(segment.rule)
            if options["action"] == "count":
                self._count(segment, rule, as_json=options["json"])
            else:
                self._explain(segment, rule, options["address"] or "", as_json=options["json"])
        except (BadRule, counting.TooSlow) as problem:
            raise CommandError(f"{segment.name}: {problem}") from problem

    def _list(self, *, as_json: bool) -> None:
        rows = list(Segment.objects.values("slug", "name", "description"))
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(f"{row['slug']}  {row['name']}")

    def _count(self, segment: Segment, rule: Group, *, as_json: bool) -> None:
        people = counting.count(rule)
        if as_json:
            self.stdout.write(json.dumps({"segment": segment.slug, "people": people}, ensure_ascii=False))
        else:
            self.stdout.write(f"{segment.name}: {people:,} people")

    def _explain(self, segment: Segment, rule: Group, address: str, *, as_json: bool) -> None:
        person = Subscriber.objects.filter(email_key=address_key(address[:254])).first() if address else None
        if person is None:
            raise CommandError(f"There is no subscriber “{address}”." if address else "Whose address? Write it behind.")
        explained = explain(rule, person)
        if as_json:
            said = {"segment": segment.slug, "address": person.email, "in": explained.holds, "why": explained.to_json()}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
            return
        is_in = "is in" if explained.holds else "isn't in"
        self.stdout.write(f"{person.readable_email} {is_in} {segment.name}:")
        self._tree(explained, 1)

    def _tree(self, part: ExplainedPart, depth: int) -> None:
        sign = "✓" if part.holds else "✗"
        told = "" if part.how else f" ({part.told or 'nothing there'})"
        self.stdout.write(f"{'  ' * depth}{sign} {part.words}{told}")
        for each in part.parts:
            self._tree(each, depth + 1)
