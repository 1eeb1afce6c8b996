"""A mail service takes an edition and then tells of its mails, over HTTP, to an installation that is up."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.installations import Embedded
from tests.mail.esp.mail_service import MailService, Says
from tests.newsletters.events.webhooks.payloads import Mail, postmark

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
SECRET = ("webhooks", "a-long-Secret-4-journeys")


def test_what_a_service_tells_of_an_edition_takes_effect(tmp_path: Path) -> None:
    numbers = count(1)
    with MailService() as service:
        service.answer = lambda call: Says(
            body={"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{next(numbers)}", "To": call["To"]}
        )
        iria = Embedded(
            tmp_path, EMAIL_URL="anymail.backends.postmark.EmailBackend", ANYMAIL_POSTMARK_SERVER_TOKEN="token",
            ANYMAIL_POSTMARK_API_URL=service.url, ANYMAIL_WEBHOOK_SECRET=":".join(SECRET),
        )  # fmt: skip
        iria.manage("migrate", "--verbosity", "0")
        iria.lay("newsletter")
        iria.lay("readers", plain=4)
        edition = iria.lay("edition", number=1)["edition"]

        def tell(event: Any, **how: Any) -> int:
            address = f"{iria.site.base}/webhooks/postmark/tracking/"
            return requests.post(address, json=event, headers=iria.site.headers, timeout=20, **how).status_code

        with iria.up() as process:
            iria.manage("editions", "send", str(edition), "--repeat")
            process.wait_for(lambda: len(service.calls) == 4, "the service has all mails", seconds=60)
            # As the service knows them: by the reference that came with each, as if its numbers weren't stored yet.
            mails = [Mail("not-known", call["Metadata"]["iria"], call["To"]) for call in service.calls]
            events = [
                postmark(what, mail) for what, mail in zip(("hard", "complaint", "delivered"), mails, strict=False)
            ]
            assert [tell(event) for event in events] == [401, 401, 401]
            assert tell(events[0], auth=("webhooks", "guessed")) == 403
            assert iria.lay("came_back")["suppressed"] == []
            assert [tell(event, auth=SECRET) for event in [*events, *events]] == [200] * 6
            assert tell({"a": "b" * 1_000_000}, auth=SECRET) == 200, "more than a visitor may send"
            assert tell({"a": "b" * 11_000_000}, auth=SECRET) == 413
            process.wait_for(
                lambda: len(iria.lay("came_back")["suppressed"]) == 2, "two addresses are suppressed", seconds=60
            )
            process.wait_for(
                lambda: "delivered" in iria.lay("came_back")["reported"].values(), "one has arrived", seconds=60
            )
            told = iria.lay("came_back")
    first, second, third, fourth = (mail.address for mail in mails)
    assert told["suppressed"] == sorted([first, second])
    assert told["reported"] == {first: "bounced", second: "complained", third: "delivered", fourth: None}
