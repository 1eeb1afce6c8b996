"""The page that shows what came in as it came."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletters.admin.feedback import raw_events
from newsletters.events.receiving.keeping import keep_once
from newsletters.models import Feedback, RawEvent

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


def test_what_could_not_be_read_or_take_effect_is_tried_again_from_its_list(owner: Client) -> None:
    event = keep_once("postmark", b"{}")
    assert event is not None
    RawEvent.objects.update(state=RawEvent.State.FAILED, attempts=5, error="KeyError: 'x'")
    bounce = Feedback.objects.create(
        source="smtp", key="1", kind=Feedback.Kind.SOFT, at=timezone.now(), effect=Feedback.Effect.FAILED,
        attempts=5, error="RuntimeError: a defect",
    )  # fmt: skip
    for row, said in ((event, "KeyError"), (bounce, "RuntimeError: a defect")):
        address = reverse(f"admin:newsletters_{row._meta.model_name}_changelist")
        assert said in owner.get(address).content.decode()
        asked = {"action": "try_again", "_selected_action": [str(row.pk)]}
        assert "1 will be tried again" in owner.post(address, asked, follow=True).content.decode()
    event.refresh_from_db()
    bounce.refresh_from_db()
    assert (event.state, event.attempts) == (RawEvent.State.WAITING, 0)
    assert (bounce.effect, bounce.attempts) == (Feedback.Effect.WAITING, 0)
