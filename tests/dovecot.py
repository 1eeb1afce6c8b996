"""A real IMAP server for the tests: Dovecot, with one mailbox of its own in a folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lib.mailbox_accounts import ImapMailbox
from tests.conftest import missing
from tests.processes import wait_until
from tests.servers import free_port

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{folder}/mail
first_valid_uid = 0
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""
PASSWORD = "a-password"


@contextmanager
def imap_server() -> Iterator[tuple[ImapMailbox, Path]]:
    """The mailbox, and its folder as a Maildir, into which a test delivers. Skips, or fails, without Dovecot."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        missing("Mail is fetched by IMAP: install Debian's dovecot-imapd.", required_by="IRIA_REQUIRE_SERVERS")
    folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))  # a socket's path has to be short
    port = free_port()
    me = pwd.getpwuid(os.getuid())
    owner = pwd.getpwnam("mail") if me.pw_uid == 0 else me  # Dovecot opens no mailbox of root's
    internal, login = ("dovecot", "dovenull") if me.pw_uid == 0 else (me.pw_name, me.pw_name)
    group = "dovecot" if me.pw_uid == 0 else str(me.pw_gid)
    for part in ("run", "state", "home", "mail/new", "mail/cur", "mail/tmp"):
        (folder / part).mkdir(parents=True)
    (folder / "dovecot.conf").write_text(
        CONFIGURATION.format(
            folder=folder, port=port, password=PASSWORD, uid=owner.pw_uid, gid=owner.pw_gid, internal=internal,
            login=login, group=group,
        )
    )  # fmt: skip
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    server = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")], start_new_session=True)
    try:
        wait_until(lambda: _answers(port) or server.poll() is not None, "Dovecot answers")
        assert server.poll() is None, (folder / "log").read_text()[-2000:]
        yield ImapMailbox("127.0.0.1", port, "bounces", PASSWORD, tls="none"), folder / "mail"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def deliver(mailbox: Path, name: str, mail: bytes) -> None:
    """As a mail server delivers into a Maildir, for the mailbox's owner."""
    written = mailbox / "tmp" / name
    written.write_bytes(mail)
    owner = mailbox.stat()
    os.chown(written, owner.st_uid, owner.st_gid)
    written.rename(mailbox / "new" / name)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False
