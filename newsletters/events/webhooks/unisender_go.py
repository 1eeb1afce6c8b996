"""Unisender Go, whose signature stands in what it signs."""

from __future__ import annotations

import hashlib
import re

from django.utils.crypto import constant_time_compare

from newsletters.events.webhooks.service import RefusedCall, Service

MOST_FOUND = 10  # of the same name: a reader's own data may have it too
_SIGNATURE = re.compile(rb'"auth"\s*:\s*"([0-9A-Za-z]{32})"')


class UnisenderGo(Service):
    def check_unparsed(self, body: bytes) -> None:
        """anymail parses the call to find its signature. https://godocs.unisender.ru/web-api-ref#callback-format"""
        for number, found in enumerate(_SIGNATURE.finditer(body)):
            if number == MOST_FOUND:
                break
            signed = body.replace(found[1], self._view.api_key_bytes)
            if constant_time_compare(found[1], hashlib.md5(signed, usedforsecurity=False).hexdigest()):
                return
        raise RefusedCall("Its signature is wrong (ANYMAIL_UNISENDER_GO_API_KEY).")
