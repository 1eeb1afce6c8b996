"""Whatever the ledger gives as a reason has words, and nothing without words can be written."""

from __future__ import annotations

import ast
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

from mail.results import Result
from mail.send_reasons import SendReason, WordedCode, answer_reason
from newsletters.delivery.ledger.outcomes import Settlement
from newsletters.delivery.ledger.reasons import Reason, Skip, reason_in_words
from newsletters.models import Chunk, Delivery
from tests.factories import make_edition

ROOT = Path(__file__).resolve().parents[4]
CODES = [*chain(Skip, Reason, SendReason)]


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_words_of_its_own(code: WordedCode) -> None:
    assert code.words
    assert code.words != code.value
    assert reason_in_words(code.value) == code.words


def test_no_code_means_two_things_and_each_fits_the_column() -> None:
    values = [code.value for code in CODES]
    assert len(values) == len(set(values))
    assert max(map(len, values)) <= (Delivery._meta.get_field("reason").max_length or 0)
    assert len({code.words for code in CODES}) == len(CODES)


def test_a_reason_without_words_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="words"):
        type(Reason)("Wordless", (WordedCode,), _members({"NO_WORDS": "no_words"}))  # type: ignore[misc]


def _members(values: dict[str, str]) -> dict[str, str]:
    body = type(Reason).__prepare__("Wordless", (WordedCode,))
    for name, value in values.items():
        body[name] = value
    return body


@pytest.mark.parametrize(
    ("stage", "code", "words"),
    [
        ("mail", 451, "deferred in answer to the sender's address (451)"),
        ("rcpt", 550, "rejected in answer to the recipient's address (550)"),
        ("data", 554, "rejected before the content was sent (554)"),
        ("final", 452, "deferred after the content was sent (452)"),
        ("service", 400, "rejected by the email service (400)"),
        ("replayed", 550, "rejected according to the journal of a process that died (550)"),
        ("replayed", None, "not accepted, according to the journal of a process that died"),
    ],
)
def test_a_server_s_answer_in_words(stage: str, code: int | None, words: str) -> None:
    assert reason_in_words(answer_reason(stage, code)) == words


def test_a_stage_without_words_makes_no_reason() -> None:
    with pytest.raises(ValueError, match="helo"):
        answer_reason("helo", 550)


def test_what_an_older_version_wrote_is_shown_as_it_is() -> None:
    assert reason_in_words("greylisted_once") == "greylisted once"


def test_nobody_writes_a_reason_by_hand() -> None:
    """Types say so too, except where Django's own methods take what they are given."""
    by_hand = []
    for path in chain((ROOT / "mail").rglob("*.py"), (ROOT / "newsletters" / "delivery").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            for keyword in call.keywords:
                if keyword.arg == "reason" and _is_by_hand(keyword.value):
                    by_hand.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert by_hand == []
    assert Result.__annotations__["reason"] == "AnyReason"
    assert Settlement.__annotations__["reason"] == "Skip | Reason"


def _is_by_hand(value: ast.expr) -> bool:
    """A string that isn't empty, anywhere but among what `answer_reason` is given."""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "answer_reason":
        return False
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return ast.unparse(value) not in {"''", '""'}
    return any(_is_by_hand(each) for each in ast.iter_child_nodes(value) if isinstance(each, ast.expr))


@pytest.mark.django_db
def test_reasons_that_were_stored_get_their_new_codes_and_the_old_ones_on_the_way_back() -> None:
    rename = import_module("newsletters.migrations.0021_name_stored_reasons_by_their_new_codes")
    edition = make_edition()
    chunk = Chunk.objects.create(edition=edition, wave=timezone.now(), seq=1, members=b"", n=0)
    for number, reason in enumerate(("paced", "said_by_person", "gave_up"), 1):
        Delivery.objects.create(
            edition=edition, subscriber_id=number, chunk=chunk, fence=1, variant=1, outcome="rejected", reason=reason,
            settled_at=timezone.now(),
        )  # fmt: skip
    rename.forwards(apps, None)
    stored = Delivery.objects.order_by("subscriber_id").values_list("reason", flat=True)
    assert list(stored) == [Reason.THROTTLED, Reason.SET_BY_STAFF, Reason.GAVE_UP]
    rename.backwards(apps, None)
    assert list(stored.all()) == ["paced", "said_by_person", "gave_up"]
