"""The mails about an approval: to those who may decide, once, and to nobody who left meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from mail.models import Message
from mail.outbox.sending import send_due
from newsletters.editions import approving
from newsletters.models import Edition
from tests.mail.outbox.scripted_server import ScriptedServer
from tests.newsletters.editions.approving.conftest import person


def test_those_who_may_approve_get_one_mail(edition: Edition, ada: User, bea: User, mailoutbox: list[Any]) -> None:
    person("Cleo", "Owner")
    person("Dora", "Manager")
    asked = approving.ask(edition, by=ada)
    assert approving.untold() == [asked.pk]
    assert approving.tell_approvers(asked.pk) == 2
    assert approving.tell_approvers(asked.pk) == 0
    assert approving.untold() == []
    assert send_due() == 2
    assert {address for mail in mailoutbox for address in mail.to} == {"bea@iria.example", "cleo@iria.example"}
    assert "Ada requests your approval" in mailoutbox[0].body
    assert f"https://news.iria.example/admin/newsletters/edition/{edition.pk}/" in mailoutbox[0].body


def test_who_decided_or_left_meanwhile_gets_no_message(edition: Edition, ada: User, bea: User) -> None:
    cleo = person("Cleo", "Owner")
    asked = approving.ask(edition, by=ada)
    assert approving.tell_approvers(asked.pk) == 2
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    assert send_due() == 1
    assert Message.objects.get(address=cleo.email).state == "dropped"
    Message.objects.update(state="waiting")
    approving.approve(edition, asked.pk, by=bea)
    assert send_due() == 0


def test_who_asked_is_told_that_it_was_rejected_and_why(
    edition: Edition, ada: User, bea: User, mailoutbox: list[Any]
) -> None:
    asked = approving.ask(edition, by=ada)
    approving.give_back(edition, asked.pk, by=bea, note="The second figure is wrong.")
    assert send_due() == 1
    (mail,) = mailoutbox
    assert mail.to == [ada.email]
    assert mail.subject == f"Approval rejected: {edition}"
    assert "Bea rejected" in mail.body
    assert "The second figure is wrong." in mail.body
    assert f"https://news.iria.example/admin/newsletters/edition/{edition.pk}/change/" in mail.body


@pytest.mark.parametrize("gone", [{"is_active": False}, {"email": ""}])
def test_who_asked_and_left_gets_none(edition: Edition, ada: User, bea: User, gone: dict[str, Any]) -> None:
    asked = approving.ask(edition, by=ada)
    User.objects.filter(pk=ada.pk).update(**gone)
    approving.give_back(edition, asked.pk, by=bea, note="No.")
    assert not Message.objects.filter(kind="approval_rejected").exists()


def test_an_address_that_is_refused_keeps_nobody_else_from_their_mail(
    scheduled: Edition, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    ada, bea, _cleo = person("Ada", "Editor"), person("Bea"), person("Cleo", "Owner")
    asked = approving.ask(scheduled, by=ada)
    assert approving.tell_approvers(asked.pk) == 2
    refused = Message.objects.get(address=bea.email)
    server.answers.append((550, "no such user <bea@iria.example>"))
    assert send_due(first=refused.pk) == 1
    assert [mail.to for mail in server.taken] == [["cleo@iria.example"]]
    assert f"Message {refused.pk}, attempt 1: rejected" in caplog.text
    assert "bea@iria.example" not in caplog.text
