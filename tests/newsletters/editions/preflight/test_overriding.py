"""An owner overrides what blocks an edition, with a reason, and not everything."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from newsletters.editions import preflight, snapshot, transitions
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.preflight.overriding import NoReason, override
from newsletters.models import Article, Edition, Newsletter
from tests.factories import make_edition, queue
from tests.newsletters.editions.preflight.conftest import codes


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("olga", first_name="Olga", last_name="Owner")


def pass_over(edition: Edition, owner: User, reason: str = "The name stays as it is.") -> None:
    override(edition, fingerprint(snapshot.of_edition(edition)), preflight.check(edition), reason=reason, by=owner)


def test_an_owner_may_pass_over_what_blocks_with_a_reason(newsletter: Newsletter, owner: User) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    assert codes(edition) == {"tk"}
    pass_over(edition, owner)
    (finding,) = preflight.check(edition)
    assert (finding.code, finding.blocking) == ("tk", False)
    assert "Olga Owner" in finding.overridden
    assert "The name stays as it is." in finding.overridden
    assert queue(edition).status == Edition.Status.QUEUED


def test_any_edit_ends_an_override(newsletter: Newsletter, owner: User) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    pass_over(edition, owner)
    Article.objects.update(title="Another headline")
    (finding,) = preflight.check(edition)
    assert (finding.code, finding.blocking, finding.overridden) == ("tk", True, "")
    assert "Olga Owner" in finding.ended


def test_an_override_is_for_what_was_found_then(newsletter: Newsletter, owner: User) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    pass_over(edition, owner)
    Article.objects.update(status=Article.Status.DRAFT)  # which the content does not say
    assert codes(edition) == {"unpublished"}


@pytest.mark.parametrize("reason", ["", "  ", "because"])
def test_an_override_without_a_reason_is_refused(newsletter: Newsletter, owner: User, reason: str) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    with pytest.raises(NoReason):
        pass_over(edition, owner, reason)
    assert codes(edition) == {"tk"}


def test_no_owner_may_pass_over_a_missing_unsubscribe_link_or_an_unsafe_header(
    newsletter: Newsletter, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = make_edition(newsletter, subject="One\r\nBcc: all@example.org")
    pass_over(edition, owner)
    assert codes(edition) == {"control"}
    edition = make_edition(newsletter)
    monkeypatch.setattr(
        "newsletters.editions.preflight.rendered_mail.unsubscribe_url", lambda *ids: "https://not-in-the-mail/"
    )
    pass_over(edition, owner)
    assert codes(edition) == {"unsubscribe"}
    with pytest.raises(transitions.NotReady):
        queue(edition)


# --- Cost ---------------------------------------------------------------------------------------------------------
