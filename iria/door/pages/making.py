"""Makes a page in a thread: reads the version, then looks what other processes have made, then asks Django.

In this order, so that a page is never newer in name than in what it says: what changes while it is made raises the
version, and the page is made again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iria.door.django_threads import DjangoAnswer
from iria.door.pages.kept import Key, Made
from iria.door.pages.page import KeptPage
from iria.door.rsgi import HeaderList
from lib.fragments import VERSION
from lib.public_pages import KEPT

if TYPE_CHECKING:  # it loads the client of Redis, which an installation without one needn't
    from iria.door.pages.shared import SharedPages

logger = logging.getLogger(__name__)

# Of the request that makes a page for all: what would make the answer one for this browser alone.
_CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}

AskDjango = Callable[[dict[str, Any]], DjangoAnswer]


@dataclass
class MadeByDjango:
    """The page with its parameters, or what Django answered that isn't a page for everybody."""

    made: Made
    answer: DjangoAnswer | None = None


class Maker:
    """`read_version` may raise whatever a database's driver does."""

    def __init__(self, read_version: Callable[[], str], shared: SharedPages | None) -> None:
        self.read_version = read_version
        self._shared = shared

    def make(self, key: Key, environment: dict[str, Any], ask_django: AskDjango) -> MadeByDjango:
        read_at = time.monotonic()
        try:
            version = self.read_version()
        except Exception as error:  # noqa: BLE001 - whatever a database's driver raises; Django has an answer to it
            logger.warning("Can't read the version of the pages: %s", error)
            return MadeByDjango(Made("", read_at), ask_django(environment))
        asked = {name: value for name, value in environment.items() if name not in _CONDITIONS} | {
            VERSION: version,
            # As the key has it: what else this visitor wrote there must not decide what the others get.
            "QUERY_STRING": key[2].encode().decode("latin-1"),
        }
        answers: list[DjangoAnswer] = []

        def make_page() -> KeptPage | None:
            answer = ask_django(asked)
            answers.append(answer)
            if answer.status != 200 or answer.rest is not None or answer.file or not _is_for_everybody(answer.headers):
                return None
            logger.debug("Made %s%s", key[0], key[1])
            return KeptPage(version, time.time(), answer.headers, answer.body)

        page = make_page() if self._shared is None else self._shared.find_or_make("\n".join(key), version, make_page)
        if page is None:
            return MadeByDjango(Made(version, read_at), answers[-1])
        return MadeByDjango(Made(version, read_at, page, page.reads))


def _is_for_everybody(headers: HeaderList) -> bool:
    """What the view says; and whatever it says, nothing that sets a cookie or depends on one."""
    named = {name.lower(): value.lower() for name, value in headers}
    return (
        named.keys() >= {KEPT.lower(), "etag"} and "set-cookie" not in named and "cookie" not in named.get("vary", "")
    )
