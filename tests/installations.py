"""Whole installations for the journeys, each with data of its own: `Embedded` (`manage.py up`) and `Production`.

They are driven only by what an operator, a reader and a mail server have: commands, HTTP, SMTP. What has no command
(a crowd of readers at a scripted mail server) is laid in the database by `tests.journeys.laying`, in a process with
the installation's own environment.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import requests

from tests.clerk import Clerk
from tests.processes import ROOT, Process, environment, manage, wait_until
from tests.servers import free_port
from tests.static_files import lay_static_files

SECRET = "journeys-only-q7Zt2mVx9LpKc4Rw8NbHs6Yd1Fj3"
ADMIN_EMAIL = "editor@iria.example"
ADMIN_PASSWORD = "a-Long-passphrase-4-tests"
LEDGER = ("waiting", "handed_out", "accepted", "deferred", "retrying", "rejected", "skipped", "cancelled", "in_doubt")


class Site:
    """A reader's way to the pages: follows mailed links (which begin with SITE_URL) to where the process listens."""

    def __init__(self, base: str, site_url: str, *, extra: Mapping[str, str] | None = None) -> None:
        self.base = base
        self.site_url = site_url
        # As the reverse proxy in front would; no cookies are kept between two requests.
        self.headers = {"Host": urlsplit(site_url).netloc, **(extra or {})}

    def _local(self, address: str) -> str:
        if address.startswith("/"):
            return self.base + address
        assert address.startswith(f"{self.site_url}/"), f"{address} does not begin with SITE_URL ({self.site_url})"
        return self.base + address.removeprefix(self.site_url)

    def get(self, address: str) -> requests.Response:
        return requests.get(self._local(address), headers=self.headers, timeout=20, allow_redirects=False)

    def destination(self, link: str) -> str:
        """Where a mailed link leads: past the address that counts it, if it has one."""
        return self.get(link).headers["Location"] if "/c/" in link else link

    def post(self, address: str, data: Any = None) -> requests.Response:
        return requests.post(self._local(address), data=data or {}, headers=self.headers, timeout=20,
                             allow_redirects=False)  # fmt: skip

    def is_ready(self) -> bool:
        try:
            return self.get("/healthz").status_code == 200
        except requests.ConnectionError:
            return False


class Installation:
    """What both kinds have: an environment, commands, a site."""

    variables: dict[str, str]
    site: Site
    folder: Path  # of this installation, for data and logs

    def __init__(self) -> None:
        self._ending = ExitStack()

    @cached_property
    def clerk(self) -> Clerk:
        """Lays and tells without a start of Python for each, which takes the processor more than a second."""
        return self._ending.enter_context(Clerk(self.variables, self.folder / "clerk.log"))

    def manage(self, *arguments: str, seconds: float = 120.0) -> str:
        return manage(*arguments, variables=self.variables, seconds=seconds)

    def lay(self, what: str, **numbers: int | str) -> dict[str, Any]:
        """Run a function of `tests.journeys.laying` in a process of this installation."""
        return self.clerk.lay(what, **numbers)

    def ask(self, *command: str) -> str:
        """What a command answers that changes nothing."""
        answer: str = self.clerk.ask("command", words=command)
        return answer

    def editions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.ask("editions", "list", "--json"))
        return found

    def status(self, edition: int) -> str:
        return str(next(each["status"] for each in self.editions() if each["id"] == edition))

    def ledger(self, edition: int) -> dict[str, Any]:
        """The ledger; that it sums is held every time it is looked at (promise 1)."""
        sums: dict[str, Any] = json.loads(self.ask("editions", "ledger", str(edition), "--json"))
        assert sums["candidates"] == sum(sums[key] for key in LEDGER), f"the ledger does not sum: {sums}"
        return sums


class Embedded(Installation):
    """`manage.py up` on SQLite in a fresh folder, with the built-in inbox unless EMAIL_URL is given."""

    def __init__(self, folder: Path, **variables: str) -> None:
        super().__init__()
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        base = f"http://localhost:{self.port}"
        if "EMAIL_URL" in variables:  # nothing leaves for a mail server with links to this machine
            variables = {"SITE_URL": "https://news.iria.example"} | variables
        self.variables = environment(
            IRIA_DATA=str(self.data), PORT=str(self.port), INBOX_SMTP_PORT=str(free_port()),
            IRIA_ADMIN_EMAIL=ADMIN_EMAIL, IRIA_ADMIN_PASSWORD=ADMIN_PASSWORD, **variables,
        )  # fmt: skip
        self.site = Site(base, variables.get("SITE_URL", base))
        self._starts = 0

    def up(self) -> Process:
        self._starts += 1
        log = self.folder / f"up-{self._starts}.log"
        process = Process([sys.executable, "manage.py", "up"], variables=self.variables, log=log)
        process.ending.callback(self._dismiss_the_clerk)
        try:
            process.wait_for_words("Iria is ready at", seconds=120)
        except AssertionError:
            process.__exit__()
            raise
        return process

    def _dismiss_the_clerk(self) -> None:
        self._ending.close()
        vars(self).pop("clerk", None)  # a later question gets another

    def inbox(self) -> list[dict[str, Any]]:
        """What `/inbox/messages.json` lists, newest first."""
        messages: list[dict[str, Any]] = self.site.get("/inbox/messages.json").json()
        return messages

    def mail(self, number: int | str) -> EmailMessage:
        """A caught mail as a mail program would see it."""
        answer = self.site.get(f"/inbox/{number}/raw")
        assert answer.headers["Content-Type"].startswith("message/rfc822")
        return message_from_bytes(answer.content, policy=policy.default)

    def text_of(self, number: int | str) -> str:
        part = self.mail(number).get_body(("plain",))
        assert part is not None, "the mail has no text part"
        return str(part.get_content())


class Production(Installation):
    """The door, Celery workers and beat as processes of their own, on PostgreSQL, Redis and an SMTP server."""

    site_url = "https://news.iria.example"

    def __init__(
        self, folder: Path, *, database_url: str, redis_url: str, email_url: str, migrated: bool = False
    ) -> None:
        super().__init__()
        self.folder = folder
        self._migrated = migrated
        self.port = free_port()
        self.variables = environment(
            IRIA_MODE="production", IRIA_DATA=str(folder / "data"), SECRET_KEY=SECRET, SITE_URL=self.site_url,
            ALLOWED_HOSTS="news.iria.example", DATABASE_URL=database_url, REDIS_URL=redis_url, EMAIL_URL=email_url,
            DJANGO_SETTINGS_MODULE="tests.journeys.settings", WEB_BIND=f"127.0.0.1:{self.port}", WEB_WORKERS="1",
            PYTHONPATH=str(ROOT),
        )  # fmt: skip
        self.site = Site(f"http://127.0.0.1:{self.port}", self.site_url, extra={"X-Forwarded-Proto": "https"})
        (folder / "data").mkdir(parents=True)
        self._running: list[Process] = []

    def prepare(self) -> None:
        """What an operator does once: tables, unless the database has them, and static files."""
        if not self._migrated:
            self.manage("migrate", "--verbosity", "0")
        self.collect_static_files()

    def collect_static_files(self) -> None:
        into = Path(self.variables["IRIA_DATA"]) / "static"
        lay_static_files(into, lambda: self.manage("collectstatic", "--noinput", "--verbosity", "0"))

    def _start(self, name: str, *command: str, inside: Sequence[str] = ()) -> Process:
        process = Process(
            [*inside, sys.executable, "-m", *command],
            variables=self.variables,
            log=self.folder / f"{name}-{len(self._running)}.log",
        )
        self._running.append(process)
        return process

    def web(self) -> Process:
        process = self._start("web", "iria.door")
        process.wait_for(self.site.is_ready, "/healthz answers 200")
        return process

    def worker(
        self, queues: str = "mail,default,bulk", *, name: str = "", inside: Sequence[str] = (), wait: bool = True
    ) -> Process:
        """A Celery worker; `inside` is a command that runs it, such as unshare."""
        options = ["--hostname", f"{name}@%h"] if name else []
        process = self._start(
            "worker", "celery", "-A", "iria", "worker", "-Q", queues, "--concurrency", "1", "--loglevel", "INFO",
            *options, inside=inside,
        )  # fmt: skip
        if wait:
            process.wait_for_words(" ready.")
        return process

    def beat(self) -> Process:
        return self._start("beat", "celery", "-A", "iria", "beat", "--loglevel", "INFO")

    def wait_for_ledger(self, edition: int, seconds: float = 60.0, **wanted: int) -> dict[str, Any]:
        """Until the ledger shows these figures."""
        seen: dict[str, Any] = {}

        def shows() -> bool:
            seen.update(self.ledger(edition))
            return all(seen[key] == value for key, value in wanted.items())

        try:
            wait_until(shows, f"the ledger shows {wanted}", seconds=seconds, every=0.5)
        except AssertionError as failure:
            logs = "\n".join(f"--- {each.log.name}\n{each.output()[-3000:]}" for each in self._running)
            raise AssertionError(f"{failure} It shows {seen}.\n{logs}") from None
        return seen

    def __enter__(self) -> Self:
        self.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        with self._ending:
            for process in reversed(self._running):
                process.__exit__()


def links(text: str) -> list[str]:
    """The addresses in a mail's text part, in order."""
    return re.findall(r"https?://[^\s<>()\"]+", text)


def link_to(text: str, kind: str) -> str:
    """The one link of this kind (`confirm`, `preferences`, `unsubscribe`) in a mail's text part."""
    found = sorted({link for link in links(text) if f"/{kind}/" in link})
    assert len(found) == 1, f"{len(found)} links to /{kind}/ in:\n{text}"
    return found[0]
