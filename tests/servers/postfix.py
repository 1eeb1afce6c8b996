"""A real Postfix for tests, Debian's own, in folders of its own and with none of the machine's configuration.

It is a relay as many institutes have one: it takes mail from this machine and delivers it into one Maildir, from which
`delivered` reads who got what. What it refuses is said by tables, a line each, and by settings that a `restart` may
change. Its master must run as root, since it gives its parts other users; that is why this is skipped elsewhere.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from email import message_from_binary_file
from pathlib import Path
from typing import Self

from tests.servers.kept import Kept, ServerMissing, free_port, wait_until_ready

DAEMONS = Path("/usr/lib/postfix/sbin")
MAILBOX_USER = "nobody"
TABLES = ("senders", "recipients", "contents", "unknown", "transports")
_WRITTEN = tuple(name for name in TABLES if name != "unknown")  # which is a line of the mailboxes
RETURNED = "returned"  # the folder of the Maildir for mail to return paths
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
smtp unix - - n - - smtp
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """`postfix.url` is where to send. What is not named here is as Postfix ships it."""

    def __init__(self) -> None:
        if not (DAEMONS / "master").exists():
            raise ServerMissing("No Postfix here: install Debian's postfix.")
        if os.geteuid() != 0:
            raise ServerMissing("Postfix must be started by root, since it gives its parts other users.")
        self.port = free_port()
        # Not among pytest's folders, which nobody but their owner may enter.
        self._base = Path(tempfile.mkdtemp(prefix="iria-postfix-"))
        self._base.chmod(0o755)
        self._runs = 0
        user = pwd.getpwnam("postfix")
        box = pwd.getpwnam(MAILBOX_USER)
        for name, owner in (("queue", None), ("data", user), ("mail", box)):
            folder = self._base / name
            folder.mkdir()
            folder.chmod(0o755)  # whatever this process's umask is
            if owner is not None:
                os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._settings = {
            "compatibility_level": "3.6", "queue_directory": f"{self._base}/queue", "command_directory": "/usr/sbin",
            "daemon_directory": str(DAEMONS), "data_directory": f"{self._base}/data", "mail_owner": "postfix",
            "setgid_group": "postdrop", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "myhostname": "mx.invalid", "mydestination": "", "mynetworks": "127.0.0.0/8", "alias_maps": "",
            "smtpd_relay_restrictions": "permit_mynetworks, reject", "smtpd_delay_reject": "no",
            "smtpd_sender_restrictions": f"check_sender_access regexp:{self._base}/senders",
            "smtpd_recipient_restrictions": f"check_recipient_access regexp:{self._base}/recipients",
            "smtpd_end_of_data_restrictions": f"check_recipient_access regexp:{self._base}/contents",
            "virtual_mailbox_domains": "static:all", "virtual_mailbox_base": f"{self._base}/mail",
            "virtual_mailbox_maps": f"regexp:{self._base}/mailboxes", "virtual_transport": "virtual",
            "transport_maps": f"regexp:{self._base}/transports",
            "virtual_uid_maps": f"static:{box.pw_uid}", "virtual_gid_maps": f"static:{box.pw_gid}",
            "smtpd_client_event_limit_exceptions": "",  # else this machine is excepted from its limits
            "maillog_file": f"{self._base}/mail.log", "maillog_file_prefixes": str(self._base),
        }  # fmt: skip
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self._base)
            raise

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}/?connections=4"

    def restart(self, *, tables: Mapping[str, str] | None = None, **settings: str) -> None:
        """Cut everybody off, and go on with these settings and tables, which hold until the next time: of `senders`,
        `recipients` and `contents` a pattern and what is answered, of `unknown` a pattern, of `transports` a pattern
        and where what was taken goes on, as smtp:[127.0.0.1]:2525."""
        self.stop()
        self.start(tables=tables, **settings)

    def start(self, *, tables: Mapping[str, str] | None = None, **settings: str) -> None:
        tables = dict(tables or {})
        assert set(tables) <= set(TABLES)
        unknown = tables.pop("unknown", "")
        everybody = f"!{unknown} all/\n" if unknown else "/./ all/\n"
        (self._base / "mailboxes").write_text(f"/^b-[em]-|^unsubscribe@/ {RETURNED}/\n{everybody}")
        for name in _WRITTEN:
            (self._base / name).write_text(tables.get(name, "") + "\n")
        self._runs += 1
        run = self._base / f"run-{self._runs}"
        run.mkdir()
        run.chmod(0o755)
        (run / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in (self._settings | settings).items()))
        (run / "master.cf").write_text(MASTER.format(port=self.port))
        for path in (self._base / "mailboxes", *(self._base / name for name in _WRITTEN), *run.iterdir()):
            path.chmod(0o644)
        checking = ["/usr/sbin/postfix", "-c", str(run), "check"]
        checked = subprocess.run(checking, check=False, capture_output=True, text=True, umask=0o022)
        if checked.returncode:
            raise ServerMissing(f"Postfix did not start: {checked.stderr.strip()}")
        command = [str(DAEMONS / "master"), "-c", str(run), "-s"]
        self._kept = Kept(command, folder=run, ends_by=signal.SIGTERM)
        wait_until_ready(self._answers, self._kept, "Postfix")

    def _answers(self) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=5) as client:
                return client.noop()[0] == 250
        except OSError:
            return False

    def stop(self) -> None:
        """Its queue and its mail stay."""
        self._kept.stop()

    @property
    def returned(self) -> Path:
        """The Maildir with what came back to return paths."""
        folder = self._base / "mail" / RETURNED
        if not folder.is_dir():
            box = pwd.getpwnam(MAILBOX_USER)
            for each in (folder, *(folder / part for part in ("new", "cur", "tmp"))):
                each.mkdir(parents=True)
                os.chown(each, box.pw_uid, box.pw_gid)
        return folder

    def delivered(self, domain: str) -> Counter[str]:
        """How often each address of the domain got a mail, as the Maildir says."""
        found: Counter[str] = Counter()
        for path in (self._base / "mail" / "all" / "new").glob("*"):
            with path.open("rb") as file:
                message = message_from_binary_file(file)
            to = str(message["Delivered-To"])
            found[to] += to.endswith(f"@{domain}")
        return +found

    def log(self) -> str:
        return (self._base / "mail.log").read_text(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._base)
