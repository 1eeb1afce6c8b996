"""The page that shows what came in as it came."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from newsletters.admin.feedback import raw_events
from newsletters.events.receiving.keeping import keep_once

pytestmark = pytest.mark.django_db


def page_of(client: Client, body: bytes) -> str:
    event = keep_once("postmark", body, content_type="application/json")
    assert event is not None
    return client.get(reverse("admin:newsletters_rawevent_change", args=[event.pk])).content.decode()


def test_json_is_shown_indented(owner: Client) -> None:
    assert "{\n  &quot;a&quot;: [\n    1" in page_of(owner, b'{"a": [1]}')


def test_deep_json_makes_no_longer_page_than_flat_json(owner: Client) -> None:
    """Each level is indented by two more: 400 KB of zeros 600 levels deep would be 241 MB."""
    page = page_of(owner, b"[" * 600 + b"0," * 199_000 + b"0" + b"]" * 600)
    assert "Only the beginning is shown." in page
    assert len(page) < 2 * raw_events.MOST_SHOWN


def test_of_deep_json_no_more_is_made_than_is_shown() -> None:
    deep = json.loads("[" * 600 + "0," * 199_000 + "0" + "]" * 600)
    assert raw_events.MOST_SHOWN < len(raw_events._indented(deep)) < 2 * raw_events.MOST_SHOWN
