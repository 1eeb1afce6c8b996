"""A storm of sign-ups from as many visitors, three in ten of them for one address.

`IRIA_STORM=10000` makes it as large as the one that was asked for; each request costs the same, so fewer show as much.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from lib.fragments import VERSION
from mail.models import Message
from subscribers import intake
from subscribers.models import FormRequest, MailingList, Subscriber, Subscription

VICTIM = "victim@example.org"
STORM = int(os.environ.get("IRIA_STORM", "600"))  # requests
# In the worst case nothing holds a request up: each brings its proof of work. Else most get one more step.
STORMS = [pytest.param(600, False, id="as it is set"), pytest.param(STORM, True, id="every proof was made")]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("requests", "solved"), STORMS)
def test_one_address_gets_one_row_and_three_mails(
    iria_news: MailingList, settings: Settings, requests: int, solved: bool
) -> None:
    if solved:
        settings.SIGNUP_LIMIT_OF_SITE = settings.SIGNUP_LIMIT_PER_DOMAIN = (10**6, 3600)
    else:
        settings.SIGNUP_LIMIT_OF_SITE = (200, 3600)
    client = Client()
    version = uuid4().hex  # the site's own: what this process keeps of another test's lists isn't of these
    began = time.monotonic()
    codes: Counter[int] = Counter()
    for number in range(requests):
        email = VICTIM if number % 10 < 3 else f"invented{number}@invented.example"
        where = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        visitor: dict[str, Any] = {"REMOTE_ADDR": where, VERSION: version}  # as the door passes it on
        codes[client.post("/subscribe/", {"email": email}, **visitor).status_code] += 1
    while intake.take_in():
        pass
    assert set(codes) <= {200, 429}, codes  # and never a 5xx
    assert not FormRequest.objects.exists()
    victim = Subscriber.objects.get(email=VICTIM)
    assert Subscription.objects.filter(subscriber=victim).count() == 1
    assert Message.objects.filter(address=VICTIM).count() == 3
    others = requests * 7 // 10
    if solved:
        assert codes[200] == requests and Subscriber.objects.count() == 1 + others
    else:
        assert codes[429] > requests // 2
    per_request = (time.monotonic() - began) / requests
    assert per_request < 0.5, f"{per_request * 1000:.0f} ms a request"  # against quadratic work
