"""SpamAssassin's own rules, without the network, over mails as a reader's server gets them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from tests import strict_mail
from tests.conftest import missing

SECONDS = 300
# What it learned from other mail, and where a mail comes from, say nothing about what is in ours; nor does the credit
# that any mail of a list has.
_SETTINGS = (
    "use_bayes 0",
    "use_auto_welcomelist 0",
    "use_txrep 0",
    "report_safe 0",
    "clear_headers",
    "add_header all Judged _HEADER(X-Number)_ _SCORE_ _TESTSSCORES(,)_",
    "fold_headers 0",
    "trusted_networks 198.51.100.0/24",
    "score ALL_TRUSTED 0",
    "score MAILING_LIST_MULTI 0",
)
_JUDGED = re.compile(r"^X-Spam-Judged: (\d+) +(-?[\d.]+) ?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Judgement:
    score: float
    rules: dict[str, float]  # those that hit, with their scores


def judge(mails: Mapping[str, bytes], folder: Path) -> dict[str, Judgement]:
    """One run for all of them, since it takes seconds to begin. Skips, or fails, where it is not installed."""
    program = shutil.which("spamassassin")
    if program is None:
        missing(
            "SpamAssassin judges our mails: install Debian's spamassassin.", required_by="IRIA_REQUIRE_SPAMASSASSIN"
        )
    mailbox = folder / "mails.mbox"
    mailbox.write_bytes(b"".join(_delivered(number, mail) for number, mail in enumerate(mails.values())))
    settings = [argument for line in _SETTINGS for argument in ("--cf", line)]
    command: Sequence[str] = [program, "--local", "--nocreate-prefs", *settings, "--mbox", str(mailbox)]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    run = subprocess.run(command, capture_output=True, env=environment, timeout=SECONDS, check=True)
    found = _JUDGED.findall(run.stdout.decode("utf-8", "replace"))
    assert len(found) == len(mails), run.stderr.decode("utf-8", "replace")[-2000:]
    names = list(mails)  # it takes them in an order of its own
    return {names[int(number)]: _judgement(*said) for number, *said in found}


def _judgement(score: str, rules: str) -> Judgement:
    pairs = [rule.split("=") for rule in rules.split(",") if "=" in rule]
    return Judgement(float(score), {name: float(points) for name, points in pairs})


def _delivered(number: int, mail: bytes) -> bytes:
    """In an mbox, with what a relay of ours and the reader's server write above it."""
    at = parsedate_to_datetime(strict_mail.read(mail, utf8=True)["Date"])
    stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    head = (
        f"From news@iria.example {at.ctime()}\n"
        f"X-Number: {number}\n"
        "Return-Path: <news@iria.example>\n"
        "Received: from relay.iria.example (relay.iria.example [198.51.100.7])\n"
        f"\tby mx.readers.example (Postfix) with ESMTPS id {number:08X}\n\tfor <ada@example.org>; {stamp}\n"
    )
    return head.encode() + mail.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") + b"\n\n"
