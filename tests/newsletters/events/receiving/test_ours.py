"""What isn't ours costs little: a folder may be full of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletters.events.mailboxes import maildir
from newsletters.events.receiving import mail
from tests.dovecot import deliver
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.incoming_mail.mails import mail as some_mail
from tests.newsletters.events.sent_mail import UNKNOWN, bounce, complaint, path_of, sent_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("return_paths")]
FORGED = "b-e-1-1-00" + "0" * 32 + "@bounce.iria.example"


@pytest.fixture
def path() -> str:
    mailing_list = make_list()
    ada = make_reader(mailing_list, email="ada@reader.example")
    edition = make_edition(make_newsletter(mailing_list))
    sent_to(edition, ada)
    return path_of(edition, ada)


def test_what_names_nothing_that_we_signed_is_not_even_parsed(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.delattr(mail, "read_mail")
        assert not mail.is_ours(some_mail("a.friend@example.org", "Lunch?", "At noon."))
        assert not mail.is_ours(bounce(FORGED, "ada@reader.example", UNKNOWN))
    assert mail.is_ours(bounce(path, "ada@reader.example", UNKNOWN))
    assert mail.is_ours(bounce(path.upper(), "ada@reader.example", UNKNOWN))
    assert mail.is_ours(complaint(path, "ada@reader.example"))


def test_a_look_into_a_maildir_is_bounded_by_mails_of_all_kinds(path: str, tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / part).mkdir()
    for number in range(3):
        deliver(tmp_path, f"{number}.host", some_mail("a.friend@example.org", f"Lunch {number}?", "At noon."))
    deliver(tmp_path, "3.host", bounce(path, "ada@reader.example", UNKNOWN))
    assert maildir.fetch(tmp_path, most=3) == 0
    assert maildir.fetch(tmp_path, most=3) == 1
