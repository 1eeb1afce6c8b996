"""Kinds of message: registered once, and each context comes back from the database as it was posted."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest
from django.utils import timezone

from mail.models import Message
from mail.outbox import kinds
from mail.outbox.kinds import MessageKind, kind_in_words, registered_kinds
from mail.outbox.posting import post
from mail.outbox.sending import send_due
from mail.writing.message import Mail
from tests.mail.outbox.scripted_server import ScriptedServer


@dataclass(frozen=True)
class ExampleContext:
    numbers: tuple[int, ...]
    word: str = "none"


def write(row: Message, context: ExampleContext) -> Mail:
    return Mail(f"{context.word} of {context.numbers}", "text", "IRIA <news@iria.example>")


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> MessageKind[ExampleContext]:
    kind = MessageKind("example", "an example", ExampleContext, write)
    monkeypatch.setattr(kinds, "_kinds", {**kinds._kinds, "example": kind})
    return kind


@pytest.mark.django_db
def test_a_context_comes_back_as_it_was_posted(example: MessageKind[ExampleContext], server: ScriptedServer) -> None:
    row = post(example, "ada@example.org", ExampleContext((1, 2), "sum"))
    row.refresh_from_db()
    assert row.context == {"numbers": [1, 2], "word": "sum"}
    assert example.unpack(row.context) == ExampleContext((1, 2), "sum")
    assert send_due() == 1
    assert server.taken[0].subject == "sum of (1, 2)"
    assert server.taken[0].to == ["ada@example.org"]


def test_what_another_version_stored_besides_is_ignored(example: MessageKind[ExampleContext]) -> None:
    assert example.unpack({"numbers": [3], "of_a_newer_version": True}) == ExampleContext((3,))


@pytest.mark.django_db
def test_a_kind_that_nobody_registered_waits_and_is_logged(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    row = Message.objects.create(kind="of_a_newer_version", address="ada@example.org", due_at=timezone.now())
    with caplog.at_level(logging.ERROR):
        assert send_due() == 0
    row.refresh_from_db()
    assert row.state == "waiting"
    assert f"Message {row.pk} could not be written" in caplog.text
    assert "of_a_newer_version" in row.reply


def test_two_kinds_of_one_name_are_refused(example: MessageKind[ExampleContext]) -> None:
    kinds.register(example)
    with pytest.raises(ValueError, match="example"):
        kinds.register(MessageKind("example", "another", ExampleContext, write))


def test_every_kind_has_words() -> None:
    names = {kind.name for kind in registered_kinds()}
    assert names >= {
        "confirmation", "reminder", "welcome", "preferences_link", "approval_requested", "comments_held",
        "review_requested", "review_returned",
    }  # fmt: skip
    assert all(kind_in_words(name) for name in names)
    assert kind_in_words("of_a_newer_version") == "of_a_newer_version"
