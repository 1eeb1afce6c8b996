"""Environment variables about mail that comes back: where it is fetched, and how much of it is too much."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from iria.env import EnvironmentProblem, text, words
from lib import hosts
from lib.mailbox_accounts import ImapMailbox
from lib.networks import BadNetwork, Networks
from lib.service_urls import BadServiceUrl, read_service_url
from lib.sns_topics import TOPIC_ARN

MOST_NETWORKS = 2000
_SO_MANY = re.compile(r"(\d{1,4}) ?/ ?(\d{1,4})")


def folder(name: str) -> Path | None:
    """An absolute path of a folder; None when it is not set. Whether it exists is seen when it is used."""
    value = text(name)
    if not value:
        return None
    if not value.startswith("/"):
        raise EnvironmentProblem(f"{name} must be the absolute path of a folder: /var/mail/bounces/Maildir.")
    return Path(value)


def imap(name: str) -> ImapMailbox | None:
    """`imaps://user:password@host/folder`; None when it is not set."""
    value = text(name)
    if not value:
        return None
    example = "imaps://user:password@mail.example.org/INBOX"
    try:
        found = read_service_url(value)
        host = hosts.in_ascii(found.host)
    except (BadServiceUrl, hosts.BadHost) as problem:
        why = str(problem) if isinstance(problem, BadServiceUrl) else "has no valid host."
        raise EnvironmentProblem(f"{name} {why} It must look like {example}.") from None
    if found.scheme not in {"imap", "imaps"} or not (host and found.username and found.password):
        raise EnvironmentProblem(f"{name} must look like {example}: with a user name, a password and a host.")
    tls = found.options.get("tls", "implicit" if found.scheme == "imaps" else "starttls")
    if tls not in {"none", "starttls", "implicit"} or set(found.options) - {"tls"}:
        raise EnvironmentProblem(f"{name}: the only option is tls, which is implicit, starttls or none.")
    if tls == "none" and not hosts.is_loopback(host):
        raise EnvironmentProblem(f"{name}: without TLS the password would cross the network in the open.")
    if not f"{found.username}{found.password}{found.path}".isascii():
        raise EnvironmentProblem(
            f"{name}: Iria logs in to mailboxes with ASCII alone. The user name, the password and the folder must have"
            " no other characters, such as ä; write a folder as the server names it (modified UTF-7: Entw&APw-rfe)."
        )
    port = found.port or (993 if tls == "implicit" else 143)
    return ImapMailbox(host, port, found.username, found.password, found.path.strip("/") or "INBOX", tls)


def so_many_in_days(name: str, default: str) -> tuple[int, timedelta]:
    """`5/30`: five within thirty days."""
    found = _SO_MANY.fullmatch(text(name, default))
    if found is None or not int(found[1]) or not int(found[2]):
        raise EnvironmentProblem(f"{name} must say how many within how many days, for example {default}.")
    return int(found[1]), timedelta(days=int(found[2]))


def sns_topics(name: str) -> list[str]:
    """A comma-separated list of ARNs."""
    topics = words(name)
    for topic in topics:
        if not TOPIC_ARN.fullmatch(topic):
            raise EnvironmentProblem(
                f"{name} has “{topic}” in it, but must be the ARN of an SNS topic such as"
                " arn:aws:sns:eu-west-1:123456789012:mail-events."
            )
    return topics


def networks(name: str) -> Networks:
    """A comma-separated list like `192.0.2.0/24, 2001:db8::/32`; most often none."""
    found = words(name)
    if len(found) > MOST_NETWORKS:
        raise EnvironmentProblem(f"{name} has {len(found):,} networks; at most {MOST_NETWORKS:,} are possible.")
    for each in found:
        try:
            Networks([each])
        except BadNetwork as problem:
            raise EnvironmentProblem(
                f"{name}: “{each[:60]}” {problem}. Networks look like 192.0.2.0/24 or 2001:db8::/32."
            ) from None
    return Networks(found)
